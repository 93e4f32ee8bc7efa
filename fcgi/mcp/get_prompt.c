/*
 * get_prompt.c: prompts/get.
 */
#include "mcp/answer.h"
#include "mcp/kind_call.h"
#include "mcp/method.h"
#include "mcp/result.h"

#include <string.h>

#include "json.h"
#include "noun/content.h"
#include "op/jsonschema.h"

/* --- before --------------------------------------------------------------- */

/* {} when absent; NULL unless it is an object of strings. */
static const json_t *
arguments_of(struct message *m)
{
	json_t *v = json_object_get(m->rpc.params, "arguments"), *one;
	const char *name;

	if (v == NULL)
		return json_keep(m->x->ctx.arena, json_obj());
	if (!json_is_object(v))
		return NULL;
	json_object_foreach(v, name, one)
	{
		if (!json_is_string(one))
			return NULL;
	}
	return v;
}

/* True if they fit what main takes; false after an answer was written. */
static bool
fit(struct message *m, const struct kind_call *c, const json_t *arguments)
{
	struct ctx *ctx = &m->x->ctx;
	json_t *schema;

	if (kind_call_schema(ctx, &c->run.tool, &schema) != FAIL_NONE) {
		(void)answer_fail(m);
		return false;
	}
	if (jsonschema_validate(schema, arguments, &ctx->fail) == FAIL_NONE)
		return true;
	(void)answer_error(m, 200, RPC_INVALID_PARAMS, NULL, "%s",
	    result_fields(ctx->arena,
		arena_printf(ctx->arena, "The arguments are not those of %s:",
		    c->run.tool.full_name),
		&ctx->fail));
	return false;
}

/* --- after ---------------------------------------------------------------- */

static bool
is_message(const json_t *v)
{
	const char *role = json_get_str(v, "role");

	return role != NULL &&
	    (strcmp(role, "user") == 0 || strcmp(role, "assistant") == 0) &&
	    content_is_block(json_object_get(v, "content"));
}

static enum step
resume(struct message *m)
{
	struct kind_call *c = m->user;
	const char *text = c->run.tool.description, *own;
	const json_t *messages, *one;
	enum step step;
	json_t *value;
	size_t i;

	if (!kind_call_end(m, c, &value, &step))
		return step;
	messages = json_get_arr(value, "messages");
	if (json_array_size(messages) == 0)
		return kind_call_odd(m, c, "it has no messages");
	json_array_foreach(messages, i, one)
	{
		if (!is_message(one))
			return kind_call_odd(m, c,
			    "a message has no role, or no content of MCP");
	}
	own = json_get_str(value, "description");
	answer_open(m);
	answer_member_str(m, "description", str_from(own != NULL ? own : text));
	answer_member(m, "messages");
	buf_putc(m->out, '[');
	json_array_foreach(messages, i, one)
	{
		buf_printf(m->out,
		    "%s{\"role\":\"%s\",\"content\":", i > 0 ? "," : "",
		    json_get_str(one, "role"));
		result_block(m, json_object_get(one, "content"));
		buf_putc(m->out, '}');
	}
	buf_putc(m->out, ']');
	return answer_close(m);
}

enum step
get_prompt_run(struct message *m)
{
	struct kind_call *c = arena_zalloc(m->x->ctx.arena, 1, sizeof(*c));
	const char *name = json_get_str(m->rpc.params, "name");
	const json_t *arguments = arguments_of(m);

	if (name == NULL)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.name must be a string.");
	if (arguments == NULL)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.arguments must be an object of strings.");
	if (!kind_call_prompt(m, name, c) || !fit(m, c, arguments))
		return STEP_DONE;
	return kind_call_begin(m, c, BOX_ENTRY_PROMPT, arguments, resume);
}
