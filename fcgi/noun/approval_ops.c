/*
 * approval_ops.c: the review queue, over REST.  Decisions have no other door.
 */
#include "noun/approval.h"

#include "noun/approval_rows.h"

struct no_args {
	char unused;
};

struct id_args {
	struct str tool_id;
};

/* clang-format off */
#define ID_ROW(S) \
	PARAM_UUID(S, tool_id, .from = FROM_PATH, .required = true, \
	    .doc = "The tool's id.")
#define REASON_MAX 2000
#define DIGEST_PATTERN "^[0-9a-f]{64}$"
#define UUID_PATTERN \
	"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

static const struct param no_params[] = {
	PARAM_END
};

static const struct param list_params[] = {
	PAGE_PARAMS(struct approval_list_args, "20"),
	PARAM_STR(struct approval_list_args, search, .from = FROM_QUERY,
	    .max = 200,
	    .doc = "Only tools with this text in full name, title or "
		   "description."),
	PARAM_ENUM(struct approval_list_args, status, .from = FROM_QUERY,
	    .choices = TOOL_STATUSES "|all", .def = "pending_review",
	    .doc = "Only tools in this state."),
	PARAM_ENUM(struct approval_list_args, kind, .from = FROM_QUERY,
	    .choices = KIND_WORDS "|all", .def = "all",
	    .doc = "Only what is of this kind."),
	PARAM_END
};

static const struct param id_params[] = {
	ID_ROW(struct id_args),
	PARAM_END
};

static const struct param decide_params[] = {
	ID_ROW(struct approval_decide_args),
	PARAM_ENUM(struct approval_decide_args, action, .required = true,
	    .choices = "approve|reject", .doc = "The decision."),
	PARAM_INT(struct approval_decide_args, version, .required = true,
	    .min = 1, .max = 2147483647, .doc = "The version that was shown."),
	PARAM_STR(struct approval_decide_args, digest, .required = true,
	    .min = 64, .max = 64, .pattern = DIGEST_PATTERN,
	    .doc = "The digest that was shown."),
	PARAM_STR(struct approval_decide_args, powers_digest,
	    .required = true, .min = 64, .max = 64, .pattern = DIGEST_PATTERN,
	    .doc = "The digest of the powers that were shown."),
	PARAM_STR(struct approval_decide_args, reason, .max = REASON_MAX,
	    .doc = "For the author. Required for a rejection."),
	PARAM_STRS(struct approval_decide_args, network_requests, .max = 32,
	    .pattern = UUID_PATTERN,
	    .doc = "With approve: ids of requests for network access, of this "
		   "tool or its server, that are approved with it. Those that "
		   "need private=true are decided alone."),
	PARAM_END
};

static const struct param revoke_params[] = {
	ID_ROW(struct approval_revoke_args),
	PARAM_STR(struct approval_revoke_args, reason, .max = REASON_MAX,
	    .doc = "For the history."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(approval_item_fields, struct approval_item, "ReviewItem")
};
/* clang-format on */

static enum fail_code
op_stats(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return approval_get_stats(ctx, result);
}

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return approval_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return approval_get(ctx, a->tool_id, result);
}

static enum fail_code
op_decide(struct ctx *ctx, const void *args, void *result)
{
	return approval_decide(ctx, args, result);
}

static enum fail_code
op_revoke(struct ctx *ctx, const void *args, void *result)
{
	return approval_revoke(ctx, args, result);
}

/* clang-format off */
enum { OP_STATS, OP_LIST, OP_GET, OP_DECIDE, OP_REVOKE };

#define REVIEW \
	.result = approval_review_fields, \
	.result_size = sizeof(struct approval_review), \
	.result_name = "ReviewDetail"

const struct op approval_ops[] = {
	[OP_STATS] = {
		.name = "approval_stats",
		.title = "Numbers of the review queue",
		.doc = "How many tools are in each state, and how many were "
		       "decided in the last 7 days.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = approval_stats_fields,
		.result_size = sizeof(struct approval_stats),
		.result_name = "ApprovalStats",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_stats,
	},
	[OP_LIST] = {
		.name = "list_tool_approvals",
		.title = "The review queue",
		.doc = "Tools by state, those that wait for review if no state "
		       "is given; who has waited longest comes first.",
		.params = list_params,
		.args_size = sizeof(struct approval_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ReviewPage",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_tool_approval",
		.title = "One tool, for review",
		.doc = "A tool with all that a decision should look at: its "
		       "powers, findings, the version that is approved now, "
		       "and earlier decisions.",
		.params = id_params, .args_size = sizeof(struct id_args),
		REVIEW,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_DECIDE] = {
		.name = "decide_tool",
		.title = "Approve or reject a tool",
		.doc = "Decides about the version that was shown. 409 "
		       "digest-moved when version, content or powers are not "
		       "what is named: review it again. Approve is possible "
		       "from pending_review, draft and rejected, reject only "
		       "from pending_review.",
		.params = decide_params,
		.args_size = sizeof(struct approval_decide_args),
		REVIEW,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_decide,
	},
	[OP_REVOKE] = {
		.name = "revoke_tool",
		.title = "Revoke an approval",
		.doc = "Takes the approval of the current version back; the "
		       "next call is refused. The tool waits for review again.",
		.params = revoke_params,
		.args_size = sizeof(struct approval_revoke_args),
		REVIEW,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_revoke,
	},
	{.name = NULL},
};

#define QUEUE "/api/approvals/tools"

const struct route approval_routes[] = {
	{"GET",  "/api/approvals/stats",     &approval_ops[OP_STATS],  200, false},
	{"GET",  QUEUE,                      &approval_ops[OP_LIST],   200, false},
	{"GET",  QUEUE "/{tool_id}",         &approval_ops[OP_GET],    200, false},
	{"POST", QUEUE "/{tool_id}/action",  &approval_ops[OP_DECIDE], 200, false},
	{"POST", QUEUE "/{tool_id}/revoke",  &approval_ops[OP_REVOKE], 200, false},
	ROUTE_END
};
/* clang-format on */
