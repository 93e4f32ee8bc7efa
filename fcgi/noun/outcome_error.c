/*
 * outcome_error.c: what a tool raised.
 */
#include "noun/outcome_error.h"

#include <string.h>

#include "json.h"

#define ERROR_MAX ((size_t)64 * 1024) /* the cap of an ERROR frame */

/* Texts that the child cuts (run/jail/call.py): a message, a header. */
#define MESSAGE_CUT 2000
#define HEADER_CUT 200

#define RULE_MAX 40
#define URL_MAX ((size_t)2000)
#define HEADERS_MAX 16
#define HEADER_MAX ((size_t)200)

/* One of an error's texts, as others may see it. */
static const char *
shown(struct arena *a, const struct redact *r, const char *s, const char *none)
{
	if (s == NULL || s[0] == '\0')
		return none;
	/* One that is replaced is in the arena, with a NUL behind it. */
	return redact_text(a, r, str_from(s), MESSAGE_CUT).p;
}

/* A slug, or NULL: nothing else is a rule's name. */
static const char *
read_rule(const json_t *e)
{
	const char *rule = json_get_str(e, "rule");
	size_t n = rule != NULL ? strlen(rule) : 0;

	if (n == 0 || n > RULE_MAX ||
	    strspn(rule, "abcdefghijklmnopqrstuvwxyz-") != n)
		return NULL;
	return rule;
}

/* --- an answer that the tool took for an error ---------------------------- */

static void
put_text(json_t *to, const char *name, struct str s)
{
	json_put(to, name, json_stringn(s.p, s.n));
}

static struct str
first_chars(struct str s, size_t max)
{
	size_t at = 0;

	for (size_t i = 0; i < max && at < s.n; i++)
		at += str_utf8_seq(str_sub(s, at, s.n));
	return str_sub(s, 0, at);
}

static json_t *
read_headers(const json_t *from)
{
	json_t *to = json_obj(), *v;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)from, name, v)
	{
		if (json_object_size(to) < HEADERS_MAX && json_is_string(v) &&
		    strlen(name) <= HEADER_MAX)
			put_text(to, name,
			    str_utf8_cut(
				str_from(json_string_value(v)), HEADER_MAX));
	}
	return to;
}

/* Only what it should have, only as long as it should be. */
static json_t *
read_http(struct arena *a, const json_t *e)
{
	const json_t *from = json_get_obj(e, "http");
	int64_t status = json_get_int(from, "status", 0);
	const char *url = json_get_str(from, "url");
	const char *body = json_get_str(from, "body");
	json_t *to;

	if (status < 100 || status > 599 || url == NULL)
		return NULL;
	to = json_keep(a, json_obj());
	json_put_int(to, "status", status);
	put_text(to, "url", str_utf8_cut(str_from(url), URL_MAX));
	json_put(to, "headers", read_headers(json_get_obj(from, "headers")));
	put_text(to, "body",
	    first_chars(str_from(body != NULL ? body : ""), OUTCOME_BODY_MAX));
	return to;
}

static json_t *
without_secrets(struct arena *a, const struct redact *r, json_t *http)
{
	struct str clean;
	json_t *v;

	if (http == NULL || r == NULL)
		return http;
	clean = redact_json(a, r, json_text(a, http), HEADER_CUT);
	if (json_parse(a, clean, SIZE_MAX, &v, NULL) != FAIL_NONE ||
	    json_get_str(v, "url") == NULL || json_get_str(v, "body") == NULL)
		return NULL;
	return v;
}

/* What a model needs to go on: the answer, below the exception. */
static const char *
http_lines(struct arena *a, const char *text, json_t *http)
{
	json_t *headers = json_get_obj(http, "headers"), *v;
	const char *body = json_get_str(http, "body");
	const char *name;

	text = arena_printf(a, "%s\nThe server answered %lld to %s", text,
	    (long long)json_get_int(http, "status", 0),
	    json_get_str(http, "url"));
	json_object_foreach(headers, name, v)
	{
		if (json_is_string(v))
			text = arena_printf(
			    a, "%s\n%s: %s", text, name, json_string_value(v));
	}
	return body[0] == '\0' ? text : arena_printf(a, "%s\n\n%s", text, body);
}

/* --- all of it ------------------------------------------------------------ */

/* " (rule import, line 3)", or less of it. */
static const char *
place(struct arena *a, const char *rule, int64_t line)
{
	if (rule != NULL && line > 0)
		return arena_printf(
		    a, " (rule %s, line %lld)", rule, (long long)line);
	if (rule != NULL)
		return arena_printf(a, " (rule %s)", rule);
	return line > 0 ? arena_printf(a, " (line %lld)", (long long)line) : "";
}

/* Of those that JSON-RPC and MCP reserve, two are a tool's. */
static bool
is_rpc_code(int64_t code)
{
	if (code == -32602 || code == -32603)
		return true;
	return code != 0 && code >= INT32_MIN && code <= INT32_MAX &&
	    (code < -32768 || code > -32000);
}

void
outcome_error_read(struct arena *a, const struct run *run,
    const struct redact *r, struct outcome_error *out)
{
	const char *message, *text;
	int64_t rpc;
	json_t *e;

	*out = (struct outcome_error){
	    .text = str_from(box_outcome_text(BOX_OUTCOME_ERROR))};
	if (!run->have_error ||
	    json_parse(a, buf_str(&run->error), ERROR_MAX, &e, NULL) !=
		FAIL_NONE)
		return;
	out->rule = read_rule(e);
	out->http = without_secrets(a, r, read_http(a, e));
	message = shown(a, r, json_get_str(e, "message"), "(no message)");
	rpc = json_get_int(e, "rpc", 0);
	if (is_rpc_code(rpc)) {
		out->rpc_code = (int)rpc;
		out->rpc_text = str_from(message);
	}
	text = arena_printf(a, "%s: %s%s",
	    shown(a, r, json_get_str(e, "type"), "Error"), message,
	    place(a, out->rule, json_get_int(e, "line", 0)));
	if (out->http != NULL)
		text = http_lines(a, text, out->http);
	out->text = str_from(text);
}
