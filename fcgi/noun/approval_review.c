/*
 * approval_review.c: all that a decision about a tool should look at.
 */
#include "noun/approval.h"

#include "db/db.h"
#include "noun/aids.h"
#include "noun/approval_rows.h"
#include "noun/code_host.h"
#include "noun/comment.h"
#include "noun/compare.h"
#include "noun/network.h"
#include "noun/powers.h"
#include "noun/version.h"

/* What a review needs beside the tool. */
struct extra {
	int64_t default_timeout_ms;
	const char *requested_by;
	const char *scope;
	json_t *powers; /* of the approval that stands; NULL: not kept */
	struct strs hosts;
	struct limit_values limits;
};

/* clang-format off */
static const struct field extra_fields[] = {
	FIELD_INT(struct extra, default_timeout_ms, .doc = "Of the server."),
	FIELD_STR(struct extra, requested_by, .flags = FIELD_NULLABLE,
	    .doc = "Who asked."),
	FIELD_STR(struct extra, scope, .doc = "What there is to look at."),
	FIELD_JSON(struct extra, powers, .flags = FIELD_NULLABLE,
	    .doc = "What was on the screen when it was approved."),
	FIELD_STRS(struct extra, hosts, .doc = "Grants in force."),
	LIMITS_ROWS(struct extra, limits),
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

static struct powers_source
source_of(const struct version *v, const struct extra *extra)
{
	return (struct powers_source){
	    .timeout_ms = v->timeout_ms.given ? v->timeout_ms.v
					      : extra->default_timeout_ms,
	    .secret_names = v->secret_names,
	    .hosts = extra->hosts,
	    .limits = extra->limits,
	    .imports = v->imports,
	    .client_capabilities = v->client_capabilities,
	    .kind = v->kind,
	    .uri = v->uri,
	    .task_mode = v->task_mode,
	};
}

static void
put_powers(struct ctx *ctx, const struct version *current,
    const struct version *base, const struct extra *extra,
    struct approval_review *out)
{
	struct powers_source before, now = source_of(current, extra);

	/* Without what was shown then: grants are not a version's. */
	if (base != NULL)
		before = source_of(base, extra);
	powers_list(ctx, &now, base != NULL ? &before : NULL, &out->powers);
	if (base != NULL && extra->powers != NULL)
		powers_mark(&out->powers, extra->powers);
	powers_new(ctx, &out->powers, &out->new_powers);
	out->powers_digest = powers_digest(ctx, &out->powers);
}

static void
put_aids(struct ctx *ctx, const struct version *v, struct approval_review *out)
{
	struct aids aids;

	aids_read(ctx, v, &aids);
	out->hidden = aids.hidden;
	out->lint = aids.lint;
	out->remarks_high = aids.high;
	out->remarks_warning = aids.warning;
}

static void
put_base(struct ctx *ctx, const struct version *current,
    const struct version *base, struct approval_review *out)
{
	out->base = NULL;
	out->changes = NULL;
	if (base == NULL)
		return;
	out->base = base_of(ctx, base);
	out->changes = arena_zalloc(ctx->arena, 1, sizeof(*out->changes));
	compare_versions(ctx, base, current, out->changes);
}

/* Everything around a tool that has been read. */
static enum fail_code
complete(struct ctx *ctx, struct approval_review *out)
{
	struct str id = str_from(out->tool.id);
	struct code_place place = {str_from(out->tool.server_id), id};
	struct version current, *base;
	struct extra extra;
	enum fail_code rc;

	if ((rc = db_one(ctx, Q_approval_extra, DB_ARGS(DB_STR(id)),
		 extra_fields, &extra)) != FAIL_NONE ||
	    (rc = version_get(ctx, id, out->tool.current_version, &current)) !=
		FAIL_NONE ||
	    (rc = read_base(ctx, &out->tool, &base)) != FAIL_NONE ||
	    (rc = db_all(ctx, Q_approval_history, DB_ARGS(DB_STR(id)),
		 approval_event_fields, sizeof(struct approval_event),
		 &out->history)) != FAIL_NONE ||
	    (rc = comment_open(ctx, id, &out->comments)) != FAIL_NONE ||
	    (rc = network_of_tool(ctx, id, STR_LIT("pending"),
		 &out->network_requests)) != FAIL_NONE)
		return rc;
	out->requested_by = extra.requested_by;
	out->scope = extra.scope;
	code_findings(ctx, current.findings, &out->findings);
	put_aids(ctx, &current, out);
	put_base(ctx, &current, base, out);
	put_powers(ctx, &current, base, &extra, out);
	return code_hosts(
	    ctx, current.findings, &place, &out->hosts, &out->findings);
}

enum fail_code
approval_preview(
    struct ctx *ctx, struct str tool_id, struct approval_review *out)
{
	enum fail_code rc;

	out->trials = (struct list){.n = 0};
	rc = tool_get(ctx, tool_id, &out->tool);
	return rc != FAIL_NONE ? rc : complete(ctx, out);
}

enum fail_code
approval_hold(struct ctx *ctx, struct str tool_id, struct approval_review *out)
{
	enum fail_code rc;

	out->trials = (struct list){.n = 0};
	rc = tool_hold(ctx, tool_id, &out->tool);
	return rc != FAIL_NONE ? rc : complete(ctx, out);
}

enum fail_code
approval_get(struct ctx *ctx, struct str tool_id, struct approval_review *out)
{
	enum fail_code rc = approval_preview(ctx, tool_id, out);

	if (rc != FAIL_NONE)
		return rc;
	return db_all(ctx, Q_approval_trials,
	    DB_ARGS(DB_STR(tool_id), DB_INT(out->tool.current_version),
		DB_CSTR(out->tool.digest)),
	    approval_trial_fields, sizeof(struct approval_trial), &out->trials);
}
