/*
 * approval_ops.c: the review queue, over REST.  Decisions have no other door.
 */
#include "noun/approval.h"

#include "noun/aids.h"
#include "noun/approval_auto.h"
#include "noun/approval_rows.h"
#include "noun/kind.h"

struct no_args {
	char unused;
};

struct id_args {
	struct str tool_id;
};

struct rules {
	struct list rules; /* struct remark_rule */
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
	    .doc = "Only those with this text in full name (with the "
		   "server's), title, description, URI, author, who asked, "
		   "notes for the reviewer, summary of the change or reason "
		   "of a rejection. It is taken literally, in any case."),
	PARAM_ENUM(struct approval_list_args, status, .from = FROM_QUERY,
	    .choices = TOOL_STATUSES "|all", .def = "pending_review",
	    .doc = "Only those in this state."),
	PARAM_ENUM(struct approval_list_args, kind, .from = FROM_QUERY,
	    .choices = KIND_WORDS "|all", .def = "all",
	    .doc = "Only those of this kind."),
	PARAM_UUID(struct approval_list_args, server_id, .from = FROM_QUERY,
	    .doc = "Only those of this server."),
	PARAM_STR(struct approval_list_args, author, .from = FROM_QUERY,
	    .max = 200,
	    .doc = "Only those whose current version is by this author, as "
		   "it is told: person:anna, client:local."),
	PARAM_INT(struct approval_list_args, min_age_hours,
	    .from = FROM_QUERY, .min = 0, .max = 1000000,
	    .doc = "Only those that have been where they are for so long."),
	PARAM_INT(struct approval_list_args, max_age_hours,
	    .from = FROM_QUERY, .min = 0, .max = 1000000,
	    .doc = "Only those that came there within so many hours."),
	PARAM_ENUM(struct approval_list_args, findings, .from = FROM_QUERY,
	    .choices = "high|warning|none",
	    .doc = "Only those with findings or remarks of severity high; "
		   "with any that are high or a warning; with neither."),
	PARAM_BOOL(struct approval_list_args, is_new, .from = FROM_QUERY,
	    .doc = "Only those that were never approved, or that were."),
	PARAM_ENUM(struct approval_list_args, scope, .from = FROM_QUERY,
	    .choices = APPROVAL_SCOPES,
	    .doc = "Only those with this much to look at; description: the "
		   "light reviews."),
	PARAM_ENUM(struct approval_list_args, sort, .from = FROM_QUERY,
	    .choices = APPROVAL_SORTS, .def = "waiting",
	    .doc = "waiting: who has waited longest, then the newest; "
		   "findings: the worst first."),
	PARAM_END
};

static const struct param id_params[] = {
	ID_ROW(struct id_args),
	PARAM_END
};

static const struct param decide_params[] = {
	ID_ROW(struct approval_decide_args),
	PARAM_ENUM(struct approval_decide_args, action, .required = true,
	    .choices = "approve|reject|submit_for_review",
	    .doc = "The decision; submit_for_review puts a draft or what was "
		   "rejected into the queue, as request-publish does."),
	PARAM_INT(struct approval_decide_args, version, .min = 1,
	    .max = 2147483647,
	    .doc = "The version that was shown. Required, as the two below, "
		   "for approve and reject."),
	PARAM_STR(struct approval_decide_args, digest, .min = 64, .max = 64,
	    .pattern = DIGEST_PATTERN, .doc = "The digest that was shown."),
	PARAM_STR(struct approval_decide_args, powers_digest, .min = 64,
	    .max = 64, .pattern = DIGEST_PATTERN,
	    .doc = "The digest of the powers that were shown."),
	PARAM_STR(struct approval_decide_args, reason, .max = REASON_MAX,
	    .doc = "For the author. Required for a rejection; with "
		   "submit_for_review the notes for the reviewer."),
	PARAM_STRS(struct approval_decide_args, network_requests, .max = 32,
	    .pattern = UUID_PATTERN,
	    .doc = "With approve: ids of requests for network access, of this "
		   "tool or its server, that are approved with it. Those that "
		   "need private=true are decided alone."),
	PARAM_END
};

static const struct param bulk_item_params[] = {
	PARAM_UUID(struct approval_bulk_item, tool_id, .required = true,
	    .doc = "The tool's id."),
	PARAM_INT(struct approval_bulk_item, version, .required = true,
	    .min = 1, .max = 2147483647, .doc = "The version that was shown."),
	PARAM_STR(struct approval_bulk_item, digest, .required = true,
	    .min = 64, .max = 64, .pattern = DIGEST_PATTERN,
	    .doc = "The digest that was shown."),
	PARAM_STR(struct approval_bulk_item, powers_digest, .required = true,
	    .min = 64, .max = 64, .pattern = DIGEST_PATTERN,
	    .doc = "The digest of the powers that were shown."),
	PARAM_END
};

static const struct param bulk_params[] = {
	PARAM_LIST(struct approval_bulk_args, items, .required = true,
	    .min = 1, .max = APPROVAL_BULK_MAX, .child = bulk_item_params,
	    .child_size = sizeof(struct approval_bulk_item),
	    .doc = "What is decided about, each as it was shown."),
	PARAM_ENUM(struct approval_bulk_args, action, .required = true,
	    .choices = "approve|reject", .doc = "The decision about each."),
	PARAM_STR(struct approval_bulk_args, reason, .max = REASON_MAX,
	    .doc = "For the authors. Required for a rejection."),
	PARAM_END
};

static const struct param policy_params[] = {
	PARAM_ENUM(struct approval_policy_args, tool_mode,
	    .choices = APPROVAL_TOOL_MODES,
	    .doc = "What is approved without a person."),
	PARAM_ENUM(struct approval_policy_args, network_mode,
	    .choices = APPROVAL_NETWORK_MODES,
	    .doc = "Which requests for network access are."),
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

static const struct field rules_fields[] = {
	FIELD_LIST(struct rules, rules, .child = remark_rule_fields,
	    .child_size = sizeof(struct remark_rule),
	    .child_name = "RemarkRule",
	    .doc = "Those about characters, then those about sentences."),
	FIELD_END
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
op_preview(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return approval_preview(ctx, a->tool_id, result);
}

static enum fail_code
op_bulk(struct ctx *ctx, const void *args, void *result)
{
	return approval_decide_all(ctx, args, result);
}

static enum fail_code
op_policy(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return approval_get_policy(ctx, result);
}

static enum fail_code
op_set_policy(struct ctx *ctx, const void *args, void *result)
{
	return approval_set_policy(ctx, args, result);
}

static enum fail_code
op_rules(struct ctx *ctx, const void *args, void *result)
{
	struct rules *out = result;

	(void)args;
	aids_rules(ctx, &out->rules);
	return FAIL_NONE;
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
enum {
	OP_STATS, OP_LIST, OP_GET, OP_PREVIEW, OP_BULK, OP_POLICY,
	OP_SET_POLICY, OP_RULES, OP_DECIDE, OP_REVOKE
};

#define POLICY \
	.result = approval_policy_fields, \
	.result_size = sizeof(struct approval_policy), \
	.result_name = "ApprovalPolicy"

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
		.doc = "Tools, resources, templates and prompts by state, "
		       "those that wait for review if no state is given; who "
		       "has waited longest comes first.",
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
		       "powers and which are new, what changed since the "
		       "version that is approved, findings, hidden "
		       "characters, sentences meant for a model, what was "
		       "tried, what was said, and earlier decisions.",
		.params = id_params, .args_size = sizeof(struct id_args),
		REVIEW,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_PREVIEW] = {
		.name = "preview_review",
		.title = "What a reviewer will see",
		.doc = "What a review of the current version begins with: how "
		       "much there is to look at, its powers and which are "
		       "new, what changed since the version that is approved, "
		       "findings, hidden characters, sentences that seem "
		       "meant for a model, open comments. Look here before "
		       "request_publish, and mend what would worry you.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.result = approval_preview_fields,
		.result_size = sizeof(struct approval_review),
		.result_name = "ReviewPreview",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_preview,
	},
	[OP_BULK] = {
		.name = "decide_tools",
		.title = "Approve or reject several tools",
		.doc = "Decides about each by itself, as it was shown: what "
		       "cannot be decided is told, the rest is.",
		.params = bulk_params,
		.args_size = sizeof(struct approval_bulk_args),
		.result = approval_bulk_fields,
		.result_size = sizeof(struct approval_bulk),
		.result_name = "ReviewBulk",
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_bulk,
	},
	[OP_POLICY] = {
		.name = "get_approval_policy",
		.title = "What is approved without a person",
		.doc = "The policy of automatic approvals; never, unless an "
		       "admin said otherwise.",
		.params = no_params, .args_size = sizeof(struct no_args),
		POLICY,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_policy,
	},
	[OP_SET_POLICY] = {
		.name = "set_approval_policy",
		.title = "Say what is approved without a person",
		.doc = "Changes what is given. It holds for what is asked from "
		       "now on; what waits already is decided by a person. "
		       "Each such approval is recorded with the policy as who "
		       "decided.",
		.params = policy_params,
		.args_size = sizeof(struct approval_policy_args),
		POLICY,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_set_policy,
	},
	[OP_RULES] = {
		.name = "list_review_rules",
		.title = "Rules of the review",
		.doc = "Every rule by which hidden characters and sentences "
		       "meant for a model are told, and why it matters.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = rules_fields, .result_size = sizeof(struct rules),
		.result_name = "ReviewRules",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_rules,
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
	{"GET",  "/api/approvals/policy",    &approval_ops[OP_POLICY], 200, false},
	{"PATCH", "/api/approvals/policy",   &approval_ops[OP_SET_POLICY], 200, false},
	{"GET",  "/api/approvals/rules",     &approval_ops[OP_RULES],  200, false},
	{"GET",  QUEUE,                      &approval_ops[OP_LIST],   200, false},
	{"POST", QUEUE "/bulk-action",       &approval_ops[OP_BULK],   200, false},
	{"GET",  QUEUE "/{tool_id}",         &approval_ops[OP_GET],    200, false},
	{"GET",  "/api/tools/{tool_id}/review-preview", &approval_ops[OP_PREVIEW], 200, false},
	{"POST", QUEUE "/{tool_id}/action",  &approval_ops[OP_DECIDE], 200, false},
	{"POST", QUEUE "/{tool_id}/revoke",  &approval_ops[OP_REVOKE], 200, false},
	ROUTE_END
};
/* clang-format on */
