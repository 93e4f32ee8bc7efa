/*
 * comment_ops.c: the conversation about a tool, as REST and MCP show it.
 */
#include "noun/comment.h"

/* clang-format off */
#define TOOL_ROW(S) \
	PARAM_UUID(S, tool_id, .from = FROM_PATH, .required = true, \
	    .doc = "The tool's id.")
#define NUMBER_MAX 2147483647
#define ID_MAX 9007199254740991

static const struct param list_params[] = {
	TOOL_ROW(struct comment_list_args),
	PAGE_PARAMS(struct comment_list_args, "50"),
	PARAM_INT(struct comment_list_args, version, .from = FROM_QUERY,
	    .min = 1, .max = NUMBER_MAX,
	    .doc = "Only those about this version."),
	PARAM_BOOL(struct comment_list_args, open, .from = FROM_QUERY,
	    .doc = "Only those of threads that are open, or that are not."),
	PARAM_END
};

static const struct param add_params[] = {
	TOOL_ROW(struct comment_add_args),
	PARAM_STR(struct comment_add_args, body, .required = true, .min = 1,
	    .max = COMMENT_MAX, .doc = "What is to be said."),
	PARAM_INT(struct comment_add_args, reply_to, .min = 1, .max = ID_MAX,
	    .doc = "Id of the comment that it answers; else it begins a "
		   "thread."),
	PARAM_INT(struct comment_add_args, version, .min = 1,
	    .max = NUMBER_MAX,
	    .doc = "The version it is about; the current one if not given."),
	PARAM_INT(struct comment_add_args, line, .min = 1, .max = 100000,
	    .doc = "The line of the version's code that it is about."),
	PARAM_END
};

static const struct param resolve_params[] = {
	TOOL_ROW(struct comment_resolve_args),
	PARAM_INT(struct comment_resolve_args, comment_id, .from = FROM_PATH,
	    .required = true, .min = 1, .max = ID_MAX,
	    .doc = "Id of a comment of the thread."),
	PARAM_BOOL(struct comment_resolve_args, resolved,
	    .doc = "False opens it again; true if not given."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(comment_fields, struct comment, "ReviewComment")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return comment_list(ctx, args, result);
}

static enum fail_code
op_add(struct ctx *ctx, const void *args, void *result)
{
	return comment_add(ctx, args, result);
}

static enum fail_code
op_resolve(struct ctx *ctx, const void *args, void *result)
{
	return comment_resolve(ctx, args, result);
}

/* clang-format off */
enum { OP_LIST, OP_ADD, OP_RESOLVE };

#define COMMENT \
	.result = comment_fields, .result_size = sizeof(struct comment), \
	.result_name = "ReviewComment"

const struct op comment_ops[] = {
	[OP_LIST] = {
		.name = "list_review_comments",
		.title = "What was said about a tool",
		.doc = "The conversation of reviewers and authors about a "
		       "tool, oldest first. get_tool_status has what is "
		       "still open.",
		.params = list_params,
		.args_size = sizeof(struct comment_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ReviewCommentPage",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_ADD] = {
		.name = "add_review_comment",
		.title = "Say something about a tool",
		.doc = "A reviewer asks the author about a version or a line "
		       "of it; the author answers with reply_to, or makes "
		       "another version with update_tool. Comments stay with "
		       "the version.",
		.params = add_params,
		.args_size = sizeof(struct comment_add_args),
		COMMENT,
		.perm = PERM_RUN, .faces = FACE_REST | FACE_MCP,
		.fn = op_add,
	},
	[OP_RESOLVE] = {
		.name = "resolve_review_comment",
		.title = "Close a thread",
		.doc = "Says that a thread is settled, or opens it again. An "
		       "approval closes all of a tool.",
		.params = resolve_params,
		.args_size = sizeof(struct comment_resolve_args),
		COMMENT,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_resolve,
	},
	{.name = NULL},
};

#define ALL "/api/tools/{tool_id}/comments"

const struct route comment_routes[] = {
	{"GET",  ALL, &comment_ops[OP_LIST], 200, false},
	{"POST", ALL, &comment_ops[OP_ADD],  201, false},
	{"POST", ALL "/{comment_id}/resolve", &comment_ops[OP_RESOLVE], 200, false},
	ROUTE_END
};
/* clang-format on */
