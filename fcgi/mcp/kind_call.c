/*
 * kind_call.c: the run behind resources/read, prompts/get and
 * completion/complete.
 */
#include "mcp/kind_call.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/call.h"
#include "mcp/result.h"
#include "mcp/turn.h"
#include "noun/outcome.h"
#include "noun/scope.h"

/* As large as the limits on a definition let a schema be. */
#define SCHEMA_TEXT_MAX ((size_t)1024 * 1024)

json_t *
kind_call_data(struct message *m, const char *reason, const char *uri)
{
	json_t *data = json_keep(m->x->ctx.arena, json_obj());

	if (reason != NULL)
		json_put_str(data, "reason", reason);
	if (uri != NULL)
		json_put_str(data, "uri", uri);
	return data;
}

enum fail_code
kind_call_schema(struct ctx *ctx, const struct run_tool *t, json_t **out)
{
	if (json_parse(ctx->arena, str_from(t->input_schema), SCHEMA_TEXT_MAX,
		out, &ctx->fail) == FAIL_NONE)
		return FAIL_NONE;
	fail_detail(&ctx->fail, "stored schema: %s", ctx->fail.message);
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

/* --- finding -------------------------------------------------------------- */

/* Why one that exists cannot be used now: a word, and a sentence. */
static const char *
why_not(const struct run_tool *t, const char **reason_out)
{
	if (strcmp(t->approval_status, "approved") != 0) {
		*reason_out = t->approval_status;
		return "It can be used once a person has approved it as it is.";
	}
	if (!t->enabled) {
		*reason_out = "disabled";
		return "It is switched off. A person can switch it on.";
	}
	*reason_out = "stopped";
	return "Its server is not running. mcpbox_start_server starts it.";
}

bool
kind_call_prompt(struct message *m, const char *name, struct kind_call *c)
{
	struct ctx *ctx = &m->x->ctx;
	enum fail_code rc = ctx_require(ctx, PERM_CALL);
	const char *reason, *text;
	struct str server, prompt;

	if (rc == FAIL_NONE && ctx->scope != NULL)
		rc = run_find(ctx, KIND_PROMPT, str_from(ctx->scope->name),
		    str_from(name), &c->run.tool);
	else if (rc == FAIL_NONE)
		rc = call_split(name, &server, &prompt)
		    ? run_find(ctx, KIND_PROMPT, server, prompt, &c->run.tool)
		    : fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	if (rc == FAIL_NOT_FOUND) {
		(void)answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "There is no prompt with the name %.128s.", name);
		return false;
	}
	if (rc != FAIL_NONE) {
		(void)answer_fail(m);
		return false;
	}
	if (c->run.tool.callable)
		return true;
	text = why_not(&c->run.tool, &reason);
	(void)answer_error(m, 200, RPC_INVALID_PARAMS,
	    kind_call_data(m, reason, NULL), "%s cannot be used now. %s",
	    c->run.tool.full_name, text);
	return false;
}

/* --- running -------------------------------------------------------------- */

enum step
kind_call_begin(struct message *m, struct kind_call *c, enum box_entry entry,
    const json_t *arguments, message_fn *resume)
{
	c->run.kind = BOX_KIND_CALL;
	c->run.entry = entry;
	c->run.arguments = arguments;
	if (entry != BOX_ENTRY_COMPLETE && !turn_begin(m, &c->run))
		return STEP_DONE;
	if (run_begin(&m->x->ctx, &c->run) != FAIL_NONE)
		return answer_fail(m);
	m->user = c;
	m->resume = resume;
	return STEP_PARK;
}

/* No answer without its record: what was acknowledged is not lost. */
static void
unrecorded(struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;

	log_error("run could not be recorded",
	    LOG_STR("reason", fail_slug(f->code)),
	    LOG_STR("detail", f->detail));
	(void)answer_error(m, 503, RPC_INTERNAL, NULL,
	    "The code ran, but the record of the run could not be saved, so "
	    "its result is withheld.");
}

static void
refused(struct message *m, const struct kind_call *c, const struct outcome *o)
{
	struct ctx *ctx = &m->x->ctx;

	if (o->retry_after > 0) {
		ctx->fail.retry_after = o->retry_after;
		(void)fail(&ctx->fail,
		    o->code == BOX_OUTCOME_RATE ? FAIL_RATE : FAIL_BUSY, "%.*s",
		    STR_FMT(o->text));
		(void)answer_fail(m);
		return;
	}
	(void)answer_error(m, 200, RPC_INTERNAL,
	    kind_call_data(m, box_outcome_name(o->code), c->uri),
	    "%s failed. %.*s", c->run.tool.full_name, STR_FMT(o->text));
}

bool
kind_call_end(struct message *m, struct kind_call *c, json_t **value_out,
    enum step *step_out)
{
	struct ctx *ctx = &m->x->ctx;
	struct outcome o;

	if (turn_asks(m, step_out))
		return false;
	*step_out = STEP_DONE;
	if (run_end(ctx, &c->run, ctx->run, NULL, &o) != FAIL_NONE) {
		unrecorded(m);
		return false;
	}
	if (o.asked != NULL) {
		*step_out = turn_input(m, &c->run, o.asked);
		return false;
	}
	if (o.printed.n > 0)
		answer_meta(m, RESULT_META_OUTPUT, o.printed);
	if (o.code != BOX_OUTCOME_RESULT) {
		refused(m, c, &o);
		return false;
	}
	*value_out = o.value;
	return true;
}

enum step
kind_call_odd(struct message *m, const struct kind_call *c, const char *why)
{
	return answer_error(m, 200, RPC_INTERNAL,
	    kind_call_data(m, box_outcome_name(BOX_OUTCOME_OUTPUT), c->uri),
	    "%s returned what it may not: %s.", c->run.tool.full_name, why);
}
