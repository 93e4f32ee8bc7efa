/*
 * approval_auto.c: what the policy decides without a person.
 */
#include "noun/approval_auto.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/aids.h"
#include "noun/approval.h"
#include "noun/audit.h"
#include "noun/powers.h"
#include "noun/tx.h"
#include "noun/version.h"
#include "op/view.h"

/* clang-format off */
const struct field approval_policy_fields[] = {
	FIELD_STR(struct approval_policy, tool_mode,
	    .choices = APPROVAL_TOOL_MODES,
	    .doc = "What is approved without a person. never: nothing. "
		   "description_only: a change of title and description alone, "
		   "of an approved tool, to plain prose. no_new_powers: also "
		   "any change of a tool that a person approved that needs "
		   "nothing new. no_powers: also a tool without secrets, "
		   "network and requests to the client, if it is new."),
	FIELD_STR(struct approval_policy, network_mode,
	    .choices = APPROVAL_NETWORK_MODES,
	    .doc = "Requests for network access that are approved without a "
		   "person. never: none. public: for a host that is not "
		   "private, on a port that is named."),
	FIELD_STR(struct approval_policy, updated_by, .flags = FIELD_NULLABLE,
	    .doc = "Who changed it last; null: it is as it came."),
	FIELD_TIME(struct approval_policy, updated_at,
	    .flags = FIELD_NULLABLE, .doc = "When."),
	FIELD_END
};

struct decided {
	const char *policy; /* NULL: a person must */
};

static const struct field decided_fields[] = {
	FIELD_STR(struct decided, policy, .flags = FIELD_NULLABLE,
	    .doc = "The mode that decided."),
	FIELD_END
};

struct granted {
	bool approved;
};

static const struct field granted_fields[] = {
	FIELD_BOOL(struct granted, approved, .doc = "Did it?"),
	FIELD_END
};
/* clang-format on */

enum fail_code
approval_get_policy(struct ctx *ctx, struct approval_policy *out)
{
	return db_one(
	    ctx, Q_approval_policy, DB_NOARGS, approval_policy_fields, out);
}

static json_t *
seen(struct ctx *ctx, const struct approval_policy *p)
{
	return json_keep(ctx->arena, view_object(approval_policy_fields, p));
}

static enum fail_code
set_policy(struct ctx *ctx, const struct approval_policy_args *a,
    struct approval_policy *out)
{
	struct approval_policy before;
	enum fail_code rc = approval_get_policy(ctx, &before);

	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_approval_set_policy,
		    DB_ARGS(DB_STR(a->tool_mode), DB_STR(a->network_mode),
			DB_CSTR(ctx_actor(ctx))),
		    NULL);
	if (rc == FAIL_NONE)
		rc = approval_get_policy(ctx, out);
	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, "set_approval_policy", "policy", NULL,
	    seen(ctx, &before), seen(ctx, out));
}

enum fail_code
approval_set_policy(struct ctx *ctx, const struct approval_policy_args *args,
    struct approval_policy *out)
{
	enum fail_code rc;

	if (args->tool_mode.n == 0 && args->network_mode.n == 0)
		return fail(&ctx->fail, FAIL_INVALID,
		    "Give at least one thing to change.");
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, set_policy(ctx, args, out));
}

/* --- asking it --------------------------------------------------------------
 */

enum fail_code
approval_auto(struct ctx *ctx, struct str tool_id)
{
	struct approval_policy policy;
	struct approval_review r;
	struct decided row;
	enum fail_code rc = approval_get_policy(ctx, &policy);

	if (rc != FAIL_NONE || strcmp(policy.tool_mode, "never") == 0)
		return rc;
	rc = approval_preview(ctx, tool_id, &r);
	if (rc != FAIL_NONE || r.remarks_high + r.remarks_warning > 0)
		return rc;
	return db_one(ctx, Q_approval_auto,
	    DB_ARGS(DB_STR(tool_id), DB_INT(r.tool.current_version),
		DB_CSTR(r.tool.digest), DB_CSTR(r.powers_digest),
		DB_JSON(powers_json(ctx, &r.powers)), DB_CSTR(ctx_actor(ctx)),
		DB_CSTR(ctx->client_ip), DB_CSTR(ctx->request_id)),
	    decided_fields, &row);
}

enum fail_code
approval_auto_network(struct ctx *ctx, struct str request_id)
{
	struct granted row;

	return db_one(ctx, Q_network_auto,
	    DB_ARGS(DB_STR(request_id), DB_CSTR(ctx_actor(ctx)),
		DB_CSTR(ctx->client_ip), DB_CSTR(ctx->request_id)),
	    granted_fields, &row);
}
