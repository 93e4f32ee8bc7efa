/*
 * read_resource.c: resources/read, and subscriptions of legacy sessions.
 */
#include "mcp/answer.h"
#include "mcp/kind_call.h"
#include "mcp/list.h"
#include "mcp/method.h"

#include <string.h>

#include "json.h"
#include "noun/mcpsession.h"
#include "noun/resource.h"
#include "op/jsonschema.h"
#include "op/uri.h"

/* --- finding -------------------------------------------------------------- */

static enum step
not_found(struct message *m, const char *uri)
{
	return answer_error(m, 200,
	    m->era->modern ? RPC_INVALID_PARAMS : RPC_NO_RESOURCE,
	    kind_call_data(m, NULL, uri),
	    "There is no resource with the URI %.200s.", uri);
}

/* params.uri, or NULL after an answer was written. */
static const char *
read_uri(struct message *m)
{
	const char *uri = json_get_str(m->rpc.params, "uri");

	if (uri == NULL)
		(void)answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.uri must be a string.");
	return uri;
}

/* False after an answer was written. */
static bool
find(struct message *m, const char *uri, struct run_tool *out, json_t **values)
{
	struct ctx *ctx = &m->x->ctx;
	enum fail_code rc = ctx_require(ctx, PERM_CALL);

	if (rc == FAIL_NONE)
		rc = resource_find(ctx, str_from(uri), out, values);
	if (rc == FAIL_NONE)
		return true;
	(void)(rc == FAIL_NOT_FOUND ? not_found(m, uri) : answer_fail(m));
	return false;
}

/* --- the answer ----------------------------------------------------------- */

static bool
is_content(const json_t *v)
{
	const json_t *text = json_object_get(v, "text");
	const json_t *blob = json_object_get(v, "blob");
	const json_t *uri = json_object_get(v, "uri");
	const json_t *mime = json_object_get(v, "mimeType");
	const json_t *meta = json_object_get(v, "_meta");

	return json_is_object(v) &&
	    json_is_string(text) != json_is_string(blob) &&
	    (text == NULL || blob == NULL) &&
	    (uri == NULL ||
		uri_valid((struct str){
		    json_string_value(uri), json_string_length(uri)})) &&
	    (mime == NULL || json_is_string(mime)) &&
	    (meta == NULL || json_is_object(meta));
}

/* A member as the content has it, or else `text`. */
static void
put_or(struct message *m, const char *lead, const json_t *v, const char *text)
{
	if (v == NULL && text == NULL)
		return;
	buf_puts(m->out, lead);
	if (v != NULL)
		json_append(m->out, v);
	else
		buf_json(m->out, str_from(text));
}

static void
put_content(struct message *m, const struct kind_call *c, const json_t *v)
{
	const json_t *text = json_object_get(v, "text");

	put_or(m, "{\"uri\":", json_object_get(v, "uri"), c->uri);
	put_or(m, ",\"mimeType\":", json_object_get(v, "mimeType"),
	    c->run.tool.mime_type);
	put_or(m, text != NULL ? ",\"text\":" : ",\"blob\":",
	    text != NULL ? text : json_object_get(v, "blob"), NULL);
	put_or(m, ",\"_meta\":", json_object_get(v, "_meta"), NULL);
	buf_putc(m->out, '}');
}

static enum step
resume(struct message *m)
{
	struct kind_call *c = m->user;
	const json_t *contents;
	enum step step;
	json_t *value;

	if (!kind_call_end(m, c, &value, &step))
		return step;
	contents = json_get_arr(value, "contents");
	if (json_array_size(contents) == 0)
		return kind_call_odd(m, c, "it has no contents");
	for (size_t i = 0; i < json_array_size(contents); i++) {
		if (!is_content(json_array_get(contents, i)))
			return kind_call_odd(
			    m, c, "a content is neither text nor a blob");
	}
	answer_open(m);
	answer_member(m, "contents");
	buf_putc(m->out, '[');
	for (size_t i = 0; i < json_array_size(contents); i++) {
		if (i > 0)
			buf_putc(m->out, ',');
		put_content(m, c, json_array_get(contents, i));
	}
	buf_putc(m->out, ']');
	list_caching(m);
	return answer_close(m);
}

enum step
read_resource_run(struct message *m)
{
	struct ctx *ctx = &m->x->ctx;
	struct kind_call *c = arena_zalloc(ctx->arena, 1, sizeof(*c));
	const char *uri = read_uri(m);
	json_t *values, *schema;

	if (uri == NULL || !find(m, uri, &c->run.tool, &values))
		return STEP_DONE;
	c->uri = uri;
	if (kind_call_schema(ctx, &c->run.tool, &schema) != FAIL_NONE)
		return answer_fail(m);
	/* A value that main's Literal does not have makes no resource. */
	if (jsonschema_validate(schema, values, &ctx->fail) != FAIL_NONE)
		return not_found(m, uri);
	return kind_call_begin(
	    m, c, kind_entry(c->run.tool.kind), values, resume);
}

/* --- subscriptions -------------------------------------------------------- */

static enum step
change(struct message *m,
    enum fail_code (*fn)(struct ctx *ctx, int64_t id, struct str uri),
    const char *uri)
{
	if (m->session == NULL)
		return answer_error(m, 200, RPC_INVALID_REQUEST, NULL,
		    "A subscription is kept in a session: send initialize, and "
		    "then the Mcp-Session-Id of its answer.");
	if (fn(&m->x->ctx, m->session->id, str_from(uri)) != FAIL_NONE)
		return answer_fail(m);
	answer_open(m);
	return answer_close(m);
}

enum step
subscribe_run(struct message *m)
{
	const char *uri = read_uri(m);
	struct run_tool tool;
	json_t *values;

	if (uri == NULL || !find(m, uri, &tool, &values))
		return STEP_DONE;
	return change(m, mcpsession_subscribe, uri);
}

/* Of what is gone, too. */
enum step
unsubscribe_run(struct message *m)
{
	const char *uri = read_uri(m);

	return uri == NULL ? STEP_DONE : change(m, mcpsession_unsubscribe, uri);
}
