/*
 * approval_bulk.c: several decisions at once.
 */
#include "noun/approval.h"

/* In one sentence, for a list of failures. */
static const char *
sentence(struct ctx *ctx)
{
	const struct fail *f = &ctx->fail;

	if (f->nfields == 0)
		return arena_strdup(ctx->arena, f->message);
	return arena_printf(ctx->arena, "%s: %s %s", f->message,
	    f->fields[0].pointer, f->fields[0].message);
}

/* Nobody's fault: what is wrong with one is wrong with the next. */
static bool
ends_all(enum fail_code rc)
{
	return rc == FAIL_UNAVAILABLE || rc == FAIL_INTERNAL ||
	    rc == FAIL_UNCERTAIN;
}

static void
put_failed(struct approval_outcome *o, const char *problem, const char *error,
    struct approval_bulk *out)
{
	struct approval_failed *failed = out->failed.v;

	o->problem = problem;
	o->error = error;
	failed[out->failed.n++] = (struct approval_failed){o->id, error};
}

/* FAIL_NONE unless the rest is not worth trying. */
static enum fail_code
decide_one(struct ctx *ctx, const struct approval_bulk_args *args, size_t i,
    struct approval_bulk *out)
{
	const struct approval_bulk_item *items = args->items.v,
					*item = &items[i];
	struct approval_outcome *o = (struct approval_outcome *)out->results.v +
	    i;
	struct approval_decide_args one = {
	    .tool_id = item->tool_id,
	    .action = args->action,
	    .version = item->version,
	    .digest = item->digest,
	    .powers_digest = item->powers_digest,
	    .reason = args->reason,
	};
	struct approval_review review;
	enum fail_code rc = approval_decide(ctx, &one, &review);

	if (rc == FAIL_NONE) {
		o->success = true;
		o->approval_status = review.tool.approval_status;
		out->processed_count++;
		return FAIL_NONE;
	}
	put_failed(o, fail_slug(rc), sentence(ctx), out);
	if (ends_all(rc))
		return rc;
	fail_clear(&ctx->fail);
	return FAIL_NONE;
}

enum fail_code
approval_decide_all(struct ctx *ctx, const struct approval_bulk_args *args,
    struct approval_bulk *out)
{
	size_t n = args->items.n;
	const struct approval_bulk_item *items = args->items.v;
	struct approval_outcome *o = arena_zalloc(ctx->arena, n, sizeof(*o));
	enum fail_code rc = FAIL_NONE;

	if (str_eq_c(args->action, "reject") && str_trim(args->reason).n == 0) {
		(void)fail_field(
		    &ctx->fail, "/reason", "is required: the author reads it");
		return fail(&ctx->fail, FAIL_INVALID, NULL);
	}
	out->results = (struct list){.v = o, .n = n};
	out->failed.v = arena_zalloc(
	    ctx->arena, n, sizeof(struct approval_failed));
	for (size_t i = 0; i < n; i++) {
		o[i].id = arena_str(ctx->arena, items[i].tool_id).p;
		if (rc == FAIL_NONE)
			rc = decide_one(ctx, args, i, out);
		else
			put_failed(&o[i], fail_slug(rc),
			    "Not tried: one before it failed for a reason "
			    "that is not its own.",
			    out);
		/* Before anything was decided it is the answer itself. */
		if (rc != FAIL_NONE && i == 0)
			return rc;
	}
	if (rc != FAIL_NONE)
		fail_clear(&ctx->fail);
	out->success = out->failed.n == 0;
	return FAIL_NONE;
}
