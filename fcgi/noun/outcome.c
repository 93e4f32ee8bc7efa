/*
 * outcome.c: what a finished run means.
 */
#include "noun/outcome.h"

#include <string.h>

#include "json.h"
#include "noun/content.h"
#include "noun/outcome_error.h"
#include "op/jsonschema.h"
#include "wire.h"

#define VALUE_MAX ((size_t)8 * 1024 * 1024) /* the cap of a RESULT frame */

/* In the record of a request each text has a limit; the least, a method's. */
#define RECORD_CUT 32
#define RECORD_MAX ((size_t)32 * 1024) /* the cap of a REQUEST frame */

/* The lead, then a line for each field. */
static const char *
fields_text(struct arena *a, const char *lead, const struct fail *f)
{
	const char *text = lead;

	for (size_t i = 0; i < f->nfields; i++)
		text = arena_printf(a, "%s\n- %s: %s", text,
		    f->fields[i].pointer[0] != '\0' ? f->fields[i].pointer
						    : "(the whole)",
		    f->fields[i].message);
	return text;
}

static void
broken(struct outcome *out, enum box_outcome code, const char *text)
{
	out->code = code;
	out->text = str_from(text);
	out->json = STR_NONE;
	out->value = out->whole = out->content = NULL;
}

/*
 * The result without secrets; true when there were some.  Keys that cannot be
 * kept apart any more make it one string.
 */
static bool
hide(struct arena *a, const struct redact *r, struct outcome *out)
{
	struct str clean = redact_json(a, r, out->json, 0);
	json_t *text;

	if (clean.p == out->json.p)
		return false;
	if (json_parse(a, clean, SIZE_MAX, &out->value, NULL) != FAIL_NONE) {
		text = json_keep(a, json_arr());
		clean = redact_text(a, r, out->json, 0);
		json_add(text, json_stringn(clean.p, clean.n));
		out->value = json_array_get(text, 0);
		clean = json_text(a, out->value);
	}
	out->json = clean;
	return true;
}

static const char *
misfit(const struct fail *f, bool hidden)
{
	if (f->code != FAIL_INVALID)
		return f->message;
	return hidden ? "With the secrets taken out of it, the tool's result "
			"does not fit its output schema:"
		      : "The tool's result does not fit its output schema:";
}

/* Content instead of a value; false when there is no result in it. */
static bool
read_content(struct arena *a, bool promised, struct outcome *out)
{
	struct content c;
	const char *why;

	if (!content_read(a, out->value, &c, &why)) {
		broken(out, BOX_OUTCOME_OUTPUT,
		    arena_printf(
			a, "The tool's result could not be read. %s", why));
		return false;
	}
	if (promised && c.structured == NULL && !c.is_error) {
		broken(out, BOX_OUTCOME_ERROR,
		    "The tool has an output schema, but its result has no "
		    "structured part: mcp.result(..., structured=...).");
		return false;
	}
	out->text = c.text;
	out->value = c.structured;
	out->content = c.blocks;
	if (c.is_error)
		out->code = BOX_OUTCOME_ERROR;
	return !c.is_error;
}

static void
read_result(struct arena *a, const struct run *run, const json_t *output_schema,
    const struct redact *r, struct outcome *out)
{
	struct fail f;
	bool hidden;

	fail_clear(&f);
	if (!run->have_result ||
	    json_parse(a, buf_str(&run->result), VALUE_MAX, &out->value, &f) !=
		FAIL_NONE) {
		broken(out, BOX_OUTCOME_OUTPUT,
		    arena_printf(a, "The tool's result could not be read. %s",
			f.message));
		return;
	}
	out->json = buf_str(&run->result);
	hidden = hide(a, r, out);
	out->whole = out->value;
	if (run->content) {
		if (!read_content(a, output_schema != NULL, out))
			return;
	} else {
		out->text = json_is_string(out->value)
		    ? str_from(json_string_value(out->value))
		    : out->json;
	}
	if (output_schema != NULL && out->value != NULL &&
	    jsonschema_validate(output_schema, out->value, &f) != FAIL_NONE)
		broken(out, BOX_OUTCOME_ERROR,
		    fields_text(a, misfit(&f, hidden), &f));
}

struct str
outcome_clean(struct arena *a, struct str s)
{
	struct buf b;
	struct str out;

	if (str_utf8_valid(s) && !memchr(s.n > 0 ? s.p : "", '\0', s.n))
		return s;
	buf_init(&b, SIZE_MAX);
	while (s.n > 0) {
		size_t n = s.p[0] != '\0' ? str_utf8_seq(s) : 0;

		buf_put(&b, n > 0 ? s.p : "\xef\xbf\xbd", n > 0 ? n : 3);
		s = str_sub(s, n > 0 ? n : 1, s.n);
	}
	out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

static struct str
printed(struct arena *a, const struct run *run, const struct redact *r)
{
	struct str s = outcome_clean(a, buf_str(&run->output));

	s = redact_text(a, r, s, run->exit.cut > 0 ? 1 : 0);
	if (run->exit.cut == 0)
		return s;
	return str_from(arena_printf(a, "%.*s\n… (%lu more bytes)", STR_FMT(s),
	    (unsigned long)run->exit.cut));
}

/* --- requests ------------------------------------------------------------- */

static void
read_requests(struct arena *a, const struct run *run, const struct redact *r,
    struct outcome *out)
{
	struct rd rd = rd_from(buf_str(&run->requests));
	json_t *list;

	out->nrequests = run->nrequests > run->exit.requests
	    ? run->nrequests
	    : run->exit.requests;
	if (run->nrequests == 0)
		return;
	list = json_keep(a, json_arr());
	while (rd.n > 0 && !rd.bad) {
		struct str record = rd_lstr(&rd, RECORD_MAX);
		json_t *v;

		/* What cannot be read is counted, not told. */
		if (json_parse(a, record, RECORD_MAX, &v, NULL) != FAIL_NONE)
			continue;
		record = redact_json(a, r, record, RECORD_CUT);
		if (json_parse(a, record, SIZE_MAX, &v, NULL) == FAIL_NONE)
			json_add(list, json_incref(v));
	}
	out->requests = list;
}

/* --- refusals ------------------------------------------------------------- */

int
outcome_retry(const struct box_exit *e)
{
	if (e->outcome != BOX_OUTCOME_BUSY && e->outcome != BOX_OUTCOME_RATE)
		return 0;
	return e->retry_ms <= 1000 ? 1 : (int)((e->retry_ms - 1) / 1000 + 1);
}

const char *
outcome_refusal(struct arena *a, const struct box_exit *e)
{
	int seconds = outcome_retry(e);
	const char *why = e->outcome == BOX_OUTCOME_RATE
	    ? "The tools of this server are called more often than its limit "
	      "allows"
	    : "All sandboxes are in use";

	if (e->message.n > 0)
		why = arena_printf(
		    a, "The run was refused: %.*s", STR_FMT(e->message));
	return arena_printf(a, "%s. Try again in %d second%s.", why, seconds,
	    seconds == 1 ? "" : "s");
}

/* --- all of it ------------------------------------------------------------ */

/* The kernel's facts, in a sentence: there is no answer of the tool's own. */
static const char *
plain_text(struct arena *a, const struct box_exit *e)
{
	if (outcome_retry(e) > 0)
		return outcome_refusal(a, e);
	if (e->outcome == BOX_OUTCOME_CANCELLED && e->message.n > 0)
		return arena_printf(
		    a, "The call was cancelled: %.*s.", STR_FMT(e->message));
	return box_outcome_text(e->outcome);
}

static void
read_error(struct arena *a, const struct run *run, const struct redact *r,
    struct outcome *out)
{
	struct outcome_error e;

	outcome_error_read(a, run, r, &e);
	out->text = e.text;
	out->rule = e.rule;
	out->http = e.http;
	out->rpc_code = e.rpc_code;
	out->rpc_text = e.rpc_text;
}

void
outcome_read(struct arena *a, const struct run *run,
    const json_t *output_schema, const struct redact *r, struct outcome *out)
{
	*out = (struct outcome){
	    .code = run->exit.outcome,
	    .text = str_from(plain_text(a, &run->exit)),
	    .printed = printed(a, run, r),
	    .retry_after = outcome_retry(&run->exit),
	    .exit = &run->exit,
	};
	read_requests(a, run, r, out);
	if (out->code == BOX_OUTCOME_RESULT)
		read_result(a, run, output_schema, r, out);
	else if (out->code == BOX_OUTCOME_ERROR)
		read_error(a, run, r, out);
}
