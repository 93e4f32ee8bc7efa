/*
 * call_user.c: a tool of a server, run in the sandbox.
 *
 * Each call asks the database for the tool, in the statement that also says
 * whether it may run: there is no registry that could be stale.
 */
#include "mcp/call.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/hold.h"
#include "mcp/result.h"
#include "mcp/task.h"
#include "mcp/turn.h"
#include "mcp/xparam.h"
#include "noun/outcome.h"
#include "noun/run.h"
#include "op/jsonschema.h"
#include "op/metric.h"

/*
 * Code without this word never ends its run to become a task, so it is one
 * from the beginning.  Code with it may.
 */
#define BECOMES "become_task"

/* As large as the limits on a tool's definition let a schema be. */
#define SCHEMA_TEXT_MAX ((size_t)1024 * 1024)

/* --- may it run? --------------------------------------------------------- */

/* A tool that exists and cannot be called now: why, and what to do. */
static enum step
not_callable(struct message *m, const struct run_tool *t)
{
	const char *status = t->approval_status;

	metric_add(METRIC_NOT_CALLABLE, 1);
	if (strcmp(status, "pending_review") == 0)
		return result_error(m, status,
		    "%s is waiting for approval by "
		    "a person. It can be called once it is approved; "
		    "mcpbox_get_tool_status says where it stands.",
		    t->full_name);
	if (strcmp(status, "rejected") == 0)
		return result_error(m, status,
		    "%s was rejected. "
		    "mcpbox_get_tool_status says why; change it with "
		    "mcpbox_update_tool, then ask again with "
		    "mcpbox_request_publish.",
		    t->full_name);
	if (strcmp(status, "approved") != 0)
		return result_error(m, status,
		    "%s is a draft, or was changed "
		    "after its approval. Ask for review with "
		    "mcpbox_request_publish; a person must approve it "
		    "before it can be called.",
		    t->full_name);
	if (!t->enabled)
		return result_error(m, "disabled",
		    "%s is switched off. A "
		    "person can switch it on, on the web page.",
		    t->full_name);
	return result_error(m, "stopped",
	    "The server of %s is not running. "
	    "mcpbox_start_server starts it.",
	    t->full_name);
}

/* Its author says that nobody is to wait for it. */
static enum step
no_task(struct message *m, const struct run_tool *t)
{
	const char *text = arena_printf(m->x->ctx.arena,
	    "%s runs as a task only: the client has to declare the extension " TASK_EXTENSION
	    ".",
	    t->full_name);

	if (m->era->modern)
		return task_refuse(m, text);
	return result_error(m, "task_required",
	    "%s There are no tasks before "
	    "2026-07-28.",
	    text);
}

/* --- before -------------------------------------------------------------- */

static enum fail_code
parse_schema(struct ctx *ctx, const char *text, json_t **out)
{
	*out = NULL;
	if (text == NULL)
		return FAIL_NONE;
	if (json_parse(ctx->arena, str_from(text), SCHEMA_TEXT_MAX, out,
		&ctx->fail) == FAIL_NONE)
		return FAIL_NONE;
	fail_detail(&ctx->fail, "stored schema: %s", ctx->fail.message);
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

/* True if the arguments fit; false after the answer has been written. */
static bool
arguments_fit(
    struct message *m, const struct user_call *call, const json_t *schema)
{
	struct fail *f = &m->x->ctx.fail;
	struct arena *a = m->x->ctx.arena;

	if (m->era->modern &&
	    xparam_check(&m->x->req, a, schema, call->run.arguments, f) !=
		FAIL_NONE) {
		(void)answer_error(
		    m, 400, RPC_HEADER_MISMATCH, NULL, "%s", f->message);
		return false;
	}
	if (jsonschema_validate(schema, call->run.arguments, f) == FAIL_NONE)
		return true;
	(void)result_error(m, fail_slug(f->code), "%s",
	    result_fields(a,
		f->code == FAIL_INVALID
		    ? arena_printf(a,
			  "The arguments do not fit the input "
			  "schema of %s:",
			  call->run.tool.full_name)
		    : f->message,
		f));
	return false;
}

/* --- after --------------------------------------------------------------- */

/* structuredContent: objects always; another value where the tool has an
 * outputSchema that says so and the revision can carry it. */
static struct str
structured(const struct message *m, const struct user_call *call,
    const struct outcome *o)
{
	if (!json_is_object(o->value) &&
	    (o->value == NULL || !m->era->any_value ||
		call->output_schema == NULL))
		return STR_NONE;
	return o->content == NULL ? o->json
				  : json_text(m->x->ctx.arena, o->value);
}

/* No answer without its record: what was acknowledged is not lost. */
static enum step
unrecorded(struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;

	log_error("run could not be recorded",
	    LOG_STR("reason", fail_slug(f->code)),
	    LOG_STR("detail", f->detail));
	return answer_error(m, 503, RPC_INTERNAL, NULL,
	    "The tool ran, but the record of the run could not be saved, so "
	    "its result is withheld. Look at what it did before you repeat "
	    "it.");
}

enum step
call_result(
    struct message *m, const struct user_call *call, const struct outcome *o)
{
	struct arena *a = m->x->ctx.arena;

	answer_meta(
	    m, RESULT_META_OUTCOME, str_from(box_outcome_name(o->code)));
	if (o->printed.n > 0)
		answer_meta(m, RESULT_META_OUTPUT, o->printed);
	if (o->retry_after > 0)
		answer_meta(m, RESULT_META_RETRY,
		    str_from(arena_printf(a, "%d", o->retry_after)));
	if (o->content != NULL)
		return result_content(m, o->content, structured(m, call, o),
		    o->code != BOX_OUTCOME_RESULT);
	return result_text(
	    m, o->text, structured(m, call, o), o->code != BOX_OUTCOME_RESULT);
}

static enum step
resume(struct message *m)
{
	struct user_call *call = m->user;
	struct ctx *ctx = &m->x->ctx;
	struct outcome o;
	enum step step;

	if (turn_asks(m, &step))
		return step;
	if (run_end(ctx, &call->run, ctx->run, call->output_schema, &o) !=
	    FAIL_NONE)
		return unrecorded(m);
	if (o.asked != NULL && o.asked->n == 0)
		return hold_begin(m, call, o.asked);
	if (o.asked != NULL)
		return turn_input(m, &call->run, o.asked);
	if (o.rpc_code != 0)
		return answer_error(
		    m, 200, o.rpc_code, NULL, "%.*s", STR_FMT(o.rpc_text));
	return call_result(m, call, &o);
}

enum step
call_user(struct message *m, struct str server, struct str tool,
    const json_t *arguments)
{
	struct ctx *ctx = &m->x->ctx;
	struct user_call *call = arena_zalloc(ctx->arena, 1, sizeof(*call));
	struct run_tool *t = &call->run.tool;
	enum fail_code rc;
	json_t *input;

	if (ctx_require(ctx, PERM_CALL) != FAIL_NONE)
		return result_fail(m);
	rc = run_find(ctx, KIND_TOOL, server, tool, t);
	if (rc == FAIL_NOT_FOUND)
		return call_unknown(m);
	if (rc != FAIL_NONE)
		return answer_fail(m);
	if (!t->callable)
		return not_callable(m, t);
	if (strcmp(t->task_mode, "required") == 0 && !task_declared(m))
		return no_task(m, t);
	call->run.kind = BOX_KIND_CALL;
	call->run.arguments = arguments;
	if (parse_schema(ctx, t->input_schema, &input) != FAIL_NONE ||
	    parse_schema(ctx, t->output_schema, &call->output_schema) !=
		FAIL_NONE)
		return answer_fail(m);
	if (!arguments_fit(m, call, input))
		return STEP_DONE;
	if (!turn_begin(m, &call->run))
		return STEP_DONE;
	if (strcmp(t->task_mode, "none") != 0 && task_declared(m)) {
		if (strstr(t->code, BECOMES) == NULL)
			return hold_begin(m, call, NULL);
		if (!turn_task(m, &call->run, true, NULL))
			return STEP_DONE;
	}
	if (run_begin(ctx, &call->run) != FAIL_NONE)
		return result_fail(m);
	m->user = call;
	m->resume = resume;
	return STEP_PARK;
}
