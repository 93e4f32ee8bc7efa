/*
 * rpc.c: the JSON-RPC 2.0 envelope.
 */
#include "mcp/rpc.h"

#include <string.h>

#include "json.h"

enum fail_code
rpc_read(const json_t *v, struct rpc_msg *out, struct fail *f)
{
	const json_t *id, *method, *params;

	*out = (struct rpc_msg){.kind = RPC_REQUEST, .whole = v};
	if (!json_is_object(v))
		return fail(f, FAIL_REQUEST, "A message is a JSON object.");
	id = json_object_get(v, "id");
	method = json_object_get(v, "method");
	params = json_object_get(v, "params");
	if (strcmp(json_get_str(v, "jsonrpc") != NULL
		    ? json_get_str(v, "jsonrpc")
		    : "",
		"2.0") != 0)
		return fail(f, FAIL_REQUEST, "jsonrpc must be \"2.0\".");
	if (json_is_string(id) || json_is_integer(id))
		out->id = id;
	else if (id != NULL)
		return fail(
		    f, FAIL_REQUEST, "id must be a string or an integer.");
	if (method == NULL && out->id != NULL &&
	    (json_object_get(v, "result") != NULL) !=
		(json_object_get(v, "error") != NULL)) {
		out->kind = RPC_RESPONSE;
		return FAIL_NONE;
	}
	if (!json_is_string(method))
		return fail(f, FAIL_REQUEST, "method must be a string.");
	out->kind = id != NULL ? RPC_REQUEST : RPC_NOTIFICATION;
	out->method = json_string_value(method);
	if (json_is_object(params))
		out->params = params;
	else
		out->params_odd = params != NULL;
	return FAIL_NONE;
}

static void
put_id(struct buf *b, const json_t *id)
{
	buf_puts(b, "{\"jsonrpc\":\"2.0\",");
	if (id == NULL)
		return; /* never null: the schema has no such id */
	buf_puts(b, "\"id\":");
	json_append(b, id);
	buf_putc(b, ',');
}

void
rpc_put_open(struct buf *b, const json_t *id)
{
	put_id(b, id);
	buf_puts(b, "\"result\":{");
}

void
rpc_put_close(struct buf *b)
{
	buf_puts(b, "}}");
}

void
rpc_put_error(struct buf *b, const json_t *id, int code, const char *message,
    const json_t *data)
{
	put_id(b, id);
	buf_printf(b, "\"error\":{\"code\":%d,\"message\":", code);
	buf_json(b, str_from(message));
	if (data != NULL) {
		buf_puts(b, ",\"data\":");
		json_append(b, data);
	}
	rpc_put_close(b);
}
