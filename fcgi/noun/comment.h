/*
 * comment.h: what reviewers and authors say to each other about a tool.
 *
 * A comment is about a version, or a line of its code, and stays with it.  One
 * without reply_to begins a thread; the thread is open until a person who may
 * decide closes it, or approves the tool.  The author's side, a person or a
 * model, reads what is open in get_tool_status and answers by a reply or by
 * another version.
 */
#ifndef MCPBOX_COMMENT_H
#define MCPBOX_COMMENT_H

#include "op/ctx.h"
#include "op/op.h"

#define COMMENT_MAX 4000 /* characters */

struct comment {
	int64_t id;
	const char *tool_id;
	int64_t version;
	struct opt_int line;     /* not given: the version as a whole */
	struct opt_int reply_to; /* not given: it begins a thread */
	const char *body;
	bool from_reviewer; /* else: from the author's side */
	const char *author;
	const char *created_at;
	const char *resolved_by; /* of its thread; NULL: open */
	const char *resolved_at;
};

struct comment_list_args {
	struct str tool_id;
	struct opt_int page;
	struct opt_int page_size;
	struct opt_int version;
	struct opt_bool open;
};

struct comment_add_args {
	struct str tool_id;
	struct opt_int version; /* not given: the current one */
	struct opt_int line;
	struct opt_int reply_to;
	struct str body;
};

struct comment_resolve_args {
	struct str tool_id;
	struct opt_int comment_id;
	struct opt_bool resolved;
};

extern const struct field comment_fields[];
extern const struct op comment_ops[];
extern const struct route comment_routes[];

/* Oldest first.  FAIL_NOT_FOUND without such a tool (as all below). */
enum fail_code comment_list(struct ctx *ctx,
    const struct comment_list_args *args, struct page *out) ATTR_NODISCARD;
/* What is still talked about, thread by thread, at most 100. */
enum fail_code comment_open(
    struct ctx *ctx, struct str tool_id, struct list *out) ATTR_NODISCARD;
/*
 * FAIL_INVALID for a line that the version does not have, FAIL_CONFLICT for a
 * reply in a closed thread, or when the conversation is full.
 */
enum fail_code comment_add(struct ctx *ctx, const struct comment_add_args *args,
    struct comment *out) ATTR_NODISCARD;
/* Closes a thread, or opens it again; any comment of it names it. */
enum fail_code comment_resolve(struct ctx *ctx,
    const struct comment_resolve_args *args,
    struct comment *out) ATTR_NODISCARD;
/* In a transaction: closes every thread of the tool. */
enum fail_code comment_resolve_all(
    struct ctx *ctx, const char *tool_id) ATTR_NODISCARD;

#endif
