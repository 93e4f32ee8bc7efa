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

enum fail_code
approval_list(
    struct ctx *ctx, const struct approval_list_args *args, struct page *out)
{
	return paged(ctx, Q_approval_list,
	    DB_ARGS(DB_STR(args->status), DB_STR(args->search),
		str_eq_c(args->kind, "all") ? DB_NULL : DB_STR(args->kind)),
	    approval_item_fields, sizeof(struct approval_item), args->page,
	    args->page_size, out);
}

/* What a review needs beside the tool. */
struct extra {
	int64_t default_timeout_ms;
	const char *requested_by;
	json_t *findings;
	struct strs hosts;
};

/* clang-format off */
static const struct field extra_fields[] = {
	FIELD_INT(struct extra, default_timeout_ms, .doc = "Of the server."),
	FIELD_STR(struct extra, requested_by, .flags = FIELD_NULLABLE,
	    .doc = "Who asked."),
	FIELD_JSON(struct extra, findings, .doc = "Of the checker."),
	FIELD_STRS(struct extra, hosts, .doc = "Grants in force."),
	FIELD_END
};
/* clang-format on */

/* The version whose approval stands, if one does. */
static enum fail_code
read_base(struct ctx *ctx, const struct tool *t, struct version **out)
{
	*out = NULL;
	if (!t->approved_version.given)
		return FAIL_NONE;
	*out = arena_zalloc(ctx->arena, 1, sizeof(**out));
	return version_get(ctx, str_from(t->id), t->approved_version.v, *out);
}

static struct approval_base *
base_of(struct ctx *ctx, const struct version *v)
{
	struct approval_base *b = arena_zalloc(ctx->arena, 1, sizeof(*b));

	*b = (struct approval_base){
	    .version = v->version,
	    .digest = v->digest,
	    .title = v->title,
	    .description = v->description,
	    .python_code = v->python_code,
	    .input_schema = v->input_schema,
	    .timeout_ms = v->timeout_ms,
	    .uri = v->uri,
	    .mime_type = v->mime_type,
	    .client_capabilities = v->client_capabilities,
	    .task_mode = v->task_mode,
	};
	return b;
}

static void
put_powers(struct ctx *ctx, const struct version *base,
    const struct extra *extra, struct approval_review *out)
{
	const struct tool *t = &out->tool;
	int64_t default_ms = extra->default_timeout_ms;
	struct powers_source before,
	    now = {t->timeout_ms.given ? t->timeout_ms.v : default_ms,
		t->secret_names, extra->hosts, t->kind, t->uri,
		t->client_capabilities, t->task_mode};

	/* Grants are not a version's: what is approved has them, too. */
	if (base != NULL)
		before = (struct powers_source){
		    base->timeout_ms.given ? base->timeout_ms.v : default_ms,
		    base->secret_names, extra->hosts, base->kind, base->uri,
		    base->client_capabilities, base->task_mode};
	powers_list(ctx, &now, base != NULL ? &before : NULL, &out->powers);
	out->powers_digest = powers_digest(ctx, &out->powers);
}

/* Everything around a tool that has been read. */
static enum fail_code
complete(struct ctx *ctx, struct approval_review *out)
{
	struct str id = str_from(out->tool.id);
	struct version *base;
	struct extra extra;
	enum fail_code rc;

	if ((rc = db_one(ctx, Q_approval_extra, DB_ARGS(DB_STR(id)),
		 extra_fields, &extra)) != FAIL_NONE ||
	    (rc = read_base(ctx, &out->tool, &base)) != FAIL_NONE ||
	    (rc = db_all(ctx, Q_approval_history, DB_ARGS(DB_STR(id)),
		 approval_event_fields, sizeof(struct approval_event),
		 &out->history)) != FAIL_NONE ||
	    (rc = network_of_tool(ctx, id, STR_LIT("pending"),
		 &out->network_requests)) != FAIL_NONE)
		return rc;
	out->requested_by = extra.requested_by;
	code_findings(ctx, extra.findings, &out->findings);
	out->base = base != NULL ? base_of(ctx, base) : NULL;
	put_powers(ctx, base, &extra, out);
	return FAIL_NONE;
}

enum fail_code
approval_get(struct ctx *ctx, struct str tool_id, struct approval_review *out)
{
	enum fail_code rc = tool_get(ctx, tool_id, &out->tool);

	return rc != FAIL_NONE ? rc : complete(ctx, out);
}

/* --- deciding ------------------------------------------------------------- */

/* The verdict, as all three ways share it. */
struct verdict {
	const char *name;      /* of decision.verdict */
	const char *operation; /* of the audit trail */
	struct str reason;
};

/* The tool's state as the decision finds it, held. */
static enum fail_code
hold(struct ctx *ctx, struct str tool_id, struct approval_review *out)
{
	enum fail_code rc = tool_hold(ctx, tool_id, &out->tool);

	return rc != FAIL_NONE ? rc : complete(ctx, out);
}

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

static enum fail_code
approve(struct ctx *ctx, const struct verdict *v,
    const struct strs *network_requests, struct approval_review *out)
{
	struct tool t = out->tool;
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
	if ((rc = db_run(ctx, Q_approval_set,
		 DB_ARGS(DB_CSTR(t.id), DB_INT(t.current_version),
		     DB_CSTR(t.digest), DB_CSTR(out->powers_digest),
		     DB_CSTR(ctx_actor(ctx))),
		 NULL)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_approval_unreject, DB_ARGS(DB_CSTR(t.id)),
		 NULL)) != FAIL_NONE ||
	    (rc = network_approve_with(ctx, t.id, network_requests)) !=
		FAIL_NONE)
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
	enum fail_code rc = hold(ctx, a->tool_id, out);

	if (rc == FAIL_NONE)
		rc = check_current(ctx, a, out);
	if (rc != FAIL_NONE)
		return rc;
	return yes ? approve(ctx, &v, &a->network_requests, out)
		   : reject(ctx, &v, out);
}

enum fail_code
approval_decide(struct ctx *ctx, const struct approval_decide_args *args,
    struct approval_review *out)
{
	enum fail_code rc;

	if (str_eq_c(args->action, "reject") && args->network_requests.n > 0) {
		(void)fail_field(&ctx->fail, "/network_requests",
		    "are approved with a tool, not rejected with it");
		return fail(&ctx->fail, FAIL_INVALID, NULL);
	}
	if (str_eq_c(args->action, "reject") && str_trim(args->reason).n == 0) {
		(void)fail_field(
		    &ctx->fail, "/reason", "is required: the author reads it");
		return fail(&ctx->fail, FAIL_INVALID, NULL);
	}
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, decide(ctx, args, out));
}

static enum fail_code
revoke(struct ctx *ctx, const struct approval_revoke_args *a,
    struct approval_review *out)
{
	struct verdict v = {
	    "revoke", "revoke_tool", a->reason.n > 0 ? a->reason : STR_NONE};
	enum fail_code rc = hold(ctx, a->tool_id, out);
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
