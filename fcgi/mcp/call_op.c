/*
 * call_op.c: management tools: the same operations as REST's.
 */
#include "mcp/call.h"

#include "json.h"
#include "mcp/result.h"
#include "op/cachever.h"
#include "op/param.h"
#include "op/view.h"
#include "out/run.h"

struct op_call {
	const struct op *op;
	void *args;
	void *result;
};

static void
bump(void)
{
	cache_bump("tools");
	cache_bump("resources");
	cache_bump("prompts");
}

/* The result as structuredContent, and as text for those who read only that. */
static enum step
finish(struct message *m, const struct op_call *call)
{
	const struct op *op = call->op;
	struct str text;

	/* Who changes something sees it in the next list; a notification from
	 * the database comes later. */
	if ((op->hints & HINT_READ_ONLY) == 0)
		bump();
	if (op->result == NULL)
		return result_text(m, STR_LIT("Done."), STR_NONE, false);
	text = json_text(m->x->ctx.arena,
	    json_keep(m->x->ctx.arena, view_object(op->result, call->result)));
	return result_text(m, text, text, false);
}

static enum step
resume(struct message *m)
{
	struct op_call *call = m->user;
	struct ctx *ctx = &m->x->ctx;

	if (call->op->resume(ctx, call->args, ctx->run, call->result) !=
	    FAIL_NONE)
		return result_fail(m);
	return finish(m, call);
}

enum step
call_op(struct message *m, const struct op *op, const json_t *arguments)
{
	struct ctx *ctx = &m->x->ctx;
	struct op_call *call = arena_zalloc(ctx->arena, 1, sizeof(*call));

	call->op = op;
	call->args = arena_zalloc(ctx->arena, 1, op->args_size);
	call->result = arena_zalloc(ctx->arena, 1, op->result_size);
	m->user = call;
	if (ctx_require(ctx, op->perm) != FAIL_NONE ||
	    param_bind_mcp(ctx, op, arguments, call->args) != FAIL_NONE ||
	    op->fn(ctx, call->args, call->result) != FAIL_NONE)
		return result_fail(m);
	if (ctx->run != NULL && op->resume != NULL) {
		m->resume = resume;
		return STEP_PARK;
	}
	return finish(m, call);
}
