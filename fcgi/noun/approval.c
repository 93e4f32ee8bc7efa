/*
 * approval.c: what people decided about tools.
 */
#include "noun/approval.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/approval_rows.h"
#include "noun/audit.h"
#include "noun/comment.h"
#include "noun/network.h"
#include "noun/paged.h"
#include "noun/powers.h"
#include "noun/quorum.h"
#include "noun/tx.h"
#include "noun/version.h"
#include "op/view.h"

/* --- reading -------------------------------------------------------------- */

enum fail_code
approval_get_stats(struct ctx *ctx, struct approval_stats *out)
{
	return db_one(
	    ctx, Q_approval_stats, DB_NOARGS, approval_stats_fields, out);
}

/* "all", or the one. */
static struct strs
statuses(struct ctx *ctx, struct str wanted)
{
	struct str rest = str_from(TOOL_STATUSES);
	struct strs out = {.given = true};

	out.v = arena_zalloc(ctx->arena, 4, sizeof(*out.v));
	while (rest.p != NULL) {
		struct str one = str_split(&rest, '|');

		if (str_eq_c(wanted, "all") || str_eq(wanted, one))
			out.v[out.n++] = one;
	}
	return out;
}

static enum fail_code
check_ages(struct ctx *ctx, const struct approval_list_args *a)
{
	if (!a->min_age_hours.given || !a->max_age_hours.given ||
	    a->min_age_hours.v <= a->max_age_hours.v)
		return FAIL_NONE;
	return fail_field(
	    &ctx->fail, "/min_age_hours", "is more than max_age_hours");
}

enum fail_code
approval_list(
    struct ctx *ctx, const struct approval_list_args *args, struct page *out)
{
	enum fail_code rc = check_ages(ctx, args);

	if (rc != FAIL_NONE)
		return rc;
	return paged(ctx, Q_approval_list,
	    DB_ARGS(DB_STRS(statuses(ctx, args->status)), DB_STR(args->search),
		str_eq_c(args->kind, "all") ? DB_NULL : DB_STR(args->kind),
		DB_STR(args->server_id), DB_STR(args->author),
		DB_OPT_INT(args->min_age_hours),
		DB_OPT_INT(args->max_age_hours), DB_STR(args->findings),
		args->is_new.given ? DB_BOOL(args->is_new.v) : DB_NULL,
		DB_STR(args->scope), DB_STR(args->sort)),
	    approval_item_fields, sizeof(struct approval_item), args->page,
	    args->page_size, out);
}

/* --- deciding ------------------------------------------------------------- */

/* The verdict, as all three ways share it. */
struct verdict {
	const char *name;      /* of decision.verdict */
	const char *operation; /* of the audit trail */
	struct str reason;
};

static enum fail_code
check_current(struct ctx *ctx, const struct approval_decide_args *a,
    const struct approval_review *now)
{
	if (a->version.v == now->tool.current_version &&
	    str_eq_c(a->digest, now->tool.digest) &&
	    str_eq_c(a->powers_digest, now->powers_digest))
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_MOVED, NULL);
}

/* The database compares digests as stored; that this one was made from this
 * content is for us to see. */
static enum fail_code
check_digest(struct ctx *ctx, const struct tool *t)
{
	struct version v;
	enum fail_code rc = version_get(
	    ctx, str_from(t->id), t->current_version, &v);

	if (rc != FAIL_NONE || strcmp(version_digest(ctx, &v), t->digest) == 0)
		return rc;
	log_error("a version does not have the digest it is stored with",
	    LOG_STR("tool", t->id), LOG_INT("version", t->current_version));
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "The stored version does not have the digest that it claims. It "
	    "cannot be approved; make a new version.");
}

/* History, new state, audit row: what every decision ends with. */
static enum fail_code
record(struct ctx *ctx, const struct verdict *v, const struct tool *before,
    const char *review, struct approval_review *out)
{
	const char *actor = ctx_actor(ctx);
	json_t *was = json_keep(
	    ctx->arena, view_object(tool_summary_fields, before));
	enum fail_code rc;

	if ((rc = db_run(ctx, Q_approval_record,
		 DB_ARGS(DB_CSTR(before->id), DB_CSTR(v->name),
		     DB_INT(before->current_version), DB_CSTR(before->digest),
		     DB_STR(v->reason), DB_CSTR(actor)),
		 NULL)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_tool_set_review,
		 DB_ARGS(DB_CSTR(before->id), DB_CSTR(review)), NULL)) !=
		FAIL_NONE ||
	    (rc = approval_get(ctx, str_from(before->id), out)) != FAIL_NONE)
		return rc;
	return audit_write(ctx, v->operation, "tool", out->tool.id, was,
	    json_keep(
		ctx->arena, view_object(tool_summary_fields, &out->tool)));
}

/* What it may do from now on, with the requests that are approved with it. */
static enum fail_code
powers_then(struct ctx *ctx, const struct approval_review *seen,
    const struct strs *network_requests, json_t **powers_out)
{
	const struct list *powers = &seen->powers;
	struct approval_review then;
	enum fail_code rc = network_approve_with(
	    ctx, seen->tool.id, network_requests);

	if (rc == FAIL_NONE && network_requests->n > 0) {
		rc = approval_preview(ctx, str_from(seen->tool.id), &then);
		powers = &then.powers;
	}
	if (rc == FAIL_NONE)
		*powers_out = powers_json(ctx, powers);
	return rc;
}

static enum fail_code
approve(struct ctx *ctx, const struct verdict *v,
    const struct strs *network_requests, struct approval_review *out)
{
	struct tool t = out->tool;
	json_t *powers;
	bool enough;
	enum fail_code rc;

	if (strcmp(t.approval_status, "approved") == 0)
		return fail(
		    &ctx->fail, FAIL_CONFLICT, "It is already approved.");
	if ((rc = check_digest(ctx, &t)) != FAIL_NONE ||
	    (rc = quorum_cast(ctx, t.id, t.current_version, t.digest,
		 out->powers_digest, &enough)) != FAIL_NONE)
		return rc;
	if (!enough)
		return FAIL_NONE; /* the vote stays, the tool as it is */
	if ((rc = powers_then(ctx, out, network_requests, &powers)) !=
		FAIL_NONE ||
	    (rc = db_run(ctx, Q_approval_set,
		 DB_ARGS(DB_CSTR(t.id), DB_INT(t.current_version),
		     DB_CSTR(t.digest), DB_CSTR(out->powers_digest),
		     DB_CSTR(ctx_actor(ctx)), DB_JSON(powers)),
		 NULL)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_approval_unreject, DB_ARGS(DB_CSTR(t.id)),
		 NULL)) != FAIL_NONE ||
	    (rc = comment_resolve_all(ctx, t.id)) != FAIL_NONE)
		return rc;
	return record(ctx, v, &t, "draft", out);
}

static enum fail_code
reject(struct ctx *ctx, const struct verdict *v, struct approval_review *out)
{
	struct tool t = out->tool;
	enum fail_code rc;

	if (strcmp(t.approval_status, "pending_review") != 0)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "Only a tool that waits for review can be rejected. An "
		    "approval can be revoked.");
	rc = db_run(ctx, Q_approval_reject,
	    DB_ARGS(DB_CSTR(t.id), DB_INT(t.current_version), DB_CSTR(t.digest),
		DB_STR(v->reason), DB_CSTR(ctx_actor(ctx))),
	    NULL);
	return rc != FAIL_NONE ? rc : record(ctx, v, &t, "draft", out);
}

static enum fail_code
decide(struct ctx *ctx, const struct approval_decide_args *a,
    struct approval_review *out)
{
	bool yes = str_eq_c(a->action, "approve");
	struct verdict v = {
	    .name = yes ? "approve" : "reject",
	    .operation = yes ? "approve_tool" : "reject_tool",
	    .reason = a->reason.n > 0 ? a->reason : STR_NONE,
	};
	enum fail_code rc = approval_hold(ctx, a->tool_id, out);

	if (rc == FAIL_NONE)
		rc = check_current(ctx, a, out);
	if (rc != FAIL_NONE)
		return rc;
	return yes ? approve(ctx, &v, &a->network_requests, out)
		   : reject(ctx, &v, out);
}

/* All faults are collected. */
static enum fail_code
check_args(struct ctx *ctx, const struct approval_decide_args *a)
{
	struct fail *f = &ctx->fail;
	bool rejects = str_eq_c(a->action, "reject");

	if (!a->version.given)
		(void)fail_field(f, "/version", "is required");
	if (a->digest.n == 0)
		(void)fail_field(f, "/digest", "is required");
	if (a->powers_digest.n == 0)
		(void)fail_field(f, "/powers_digest", "is required");
	if (rejects && a->network_requests.n > 0)
		(void)fail_field(f, "/network_requests",
		    "are approved with a tool, not rejected with it");
	if (rejects && str_trim(a->reason).n == 0)
		(void)fail_field(
		    f, "/reason", "is required: the author reads it");
	return f->nfields == 0 ? FAIL_NONE : fail(f, FAIL_INVALID, NULL);
}

static enum fail_code
submit(struct ctx *ctx, const struct approval_decide_args *a,
    struct approval_review *out)
{
	struct tool_request_args request = {a->tool_id, a->reason};
	enum fail_code rc = tool_request_publish(ctx, &request, &out->tool);

	return rc != FAIL_NONE ? rc : approval_get(ctx, a->tool_id, out);
}

enum fail_code
approval_decide(struct ctx *ctx, const struct approval_decide_args *args,
    struct approval_review *out)
{
	enum fail_code rc;

	if (str_eq_c(args->action, "submit_for_review"))
		return submit(ctx, args, out);
	rc = check_args(ctx, args);
	if (rc == FAIL_NONE)
		rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, decide(ctx, args, out));
}

static enum fail_code
revoke(struct ctx *ctx, const struct approval_revoke_args *a,
    struct approval_review *out)
{
	struct verdict v = {
	    "revoke", "revoke_tool", a->reason.n > 0 ? a->reason : STR_NONE};
	enum fail_code rc = approval_hold(ctx, a->tool_id, out);
	struct tool t = out->tool;

	if (rc == FAIL_NONE && strcmp(t.approval_status, "approved") != 0)
		rc = fail(&ctx->fail, FAIL_CONFLICT, "It is not approved.");
	if (rc == FAIL_NONE)
		rc = db_run(
		    ctx, Q_approval_clear, DB_ARGS(DB_CSTR(t.id)), NULL);
	return rc != FAIL_NONE ? rc
			       : record(ctx, &v, &t, "pending_review", out);
}

enum fail_code
approval_revoke(struct ctx *ctx, const struct approval_revoke_args *args,
    struct approval_review *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, revoke(ctx, args, out));
}
