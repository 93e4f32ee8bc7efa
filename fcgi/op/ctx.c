/*
 * ctx.c: who is asking, and may they?
 */
#include "op/ctx.h"

bool
ctx_may(const struct ctx *ctx, enum perm perm)
{
	unsigned held = ctx->caller.perms | PERM_ANYONE;

	return (held & (unsigned)perm) == (unsigned)perm;
}

enum fail_code
ctx_require(struct ctx *ctx, enum perm perm)
{
	if (ctx_may(ctx, perm))
		return FAIL_NONE;
	if (ctx->caller.kind == CALLER_NOBODY)
		return fail(&ctx->fail, FAIL_UNAUTHORIZED, NULL);
	if (ctx->caller.must_enrol)
		return fail(&ctx->fail, FAIL_FORBIDDEN,
		    "Your role needs a second factor here. Set it up first "
		    "(/auth/totp).");
	return fail(&ctx->fail, FAIL_FORBIDDEN, NULL);
}

const char *
ctx_actor(struct ctx *ctx)
{
	const struct caller *c = &ctx->caller;

	switch (c->kind) {
	case CALLER_PERSON:
		if (c->token != NULL)
			return arena_printf(
			    ctx->arena, "token:%s/%s", c->name, c->token);
		return arena_printf(ctx->arena, "person:%s", c->name);
	case CALLER_CLIENT:
		if (c->token != NULL)
			return arena_printf(
			    ctx->arena, "client:%s/%s", c->name, c->token);
		return arena_printf(ctx->arena, "client:%s", c->name);
	case CALLER_NOBODY:
		break;
	}
	return "nobody";
}

const char *
ctx_change_source(const struct ctx *ctx)
{
	return ctx->face == FACE_MCP ? "llm" : "manual";
}

const char *
ctx_trace(const struct ctx *ctx)
{
	return ctx->trace_id != NULL ? ctx->trace_id : ctx->request_id;
}
