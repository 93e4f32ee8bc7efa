/*
 * approval.h: what people decided about tools.  The only writer of decisions.
 *
 * A decision is bound to what the reviewer saw: it names a version, the digest
 * of its content and the digest of its powers, and fails with FAIL_MOVED when
 * any of them is not current.  The database holds the same line by itself
 * (trigger decision_guard, grants in sql/roles.sql): the pool that models talk
 * to has no right to write here.
 *
 * Network access is decided alone (noun/network) or with the version that asks
 * for it: an approval can name requests that wait.  Powers tell what is granted
 * already; a grant made later reaches approved tools at once and is no reason
 * to review them again.
 */
#ifndef MCPBOX_APPROVAL_H
#define MCPBOX_APPROVAL_H

#include "noun/tool.h"
#include "op/ctx.h"
#include "op/op.h"

struct approval_stats {
	int64_t pending_tools;
	int64_t approved_tools;
	int64_t rejected_tools;
	int64_t draft_tools;
	int64_t recently_approved; /* decisions of the last 7 days */
	int64_t recently_rejected;
	int64_t pending_network_requests;
	int64_t approved_network_requests;
};

struct approval_item {
	struct tool tool; /* first: shares its field rows */
	const char *requested_by;
	int64_t findings_high;
	int64_t findings_warning;
	bool is_new; /* never approved before */
};

/* The version whose approval stands, to compare with. */
struct approval_base {
	int64_t version;
	const char *digest;
	const char *title;
	const char *description;
	const char *python_code;
	json_t *input_schema;
	struct opt_int timeout_ms;
};

struct approval_event {
	const char *verdict;
	int64_t version;
	const char *digest;
	const char *reason;
	const char *decided_by;
	const char *decided_at;
};

struct approval_review {
	struct tool tool; /* first: shares its field rows */
	const char *requested_by;
	const char *powers_digest;
	struct list powers;         /* struct power */
	struct list findings;       /* struct code_finding */
	struct list hosts;          /* struct code_host */
	struct approval_base *base; /* NULL: nothing is approved */
	struct list history;        /* struct approval_event, newest first */
	/* struct network: what waits for this tool or its server. */
	struct list network_requests;
};

struct approval_list_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str search; /* taken literally */
	struct str status; /* TOOL_STATUSES, or "all" */
};

struct approval_decide_args {
	struct str tool_id;
	struct str action; /* "approve" or "reject" */
	struct opt_int version;
	struct str digest;
	struct str powers_digest;
	struct str reason;
	struct strs network_requests; /* ids, approved with it */
};

struct approval_revoke_args {
	struct str tool_id;
	struct str reason;
};

extern const struct op approval_ops[];
extern const struct route approval_routes[];

enum fail_code approval_get_stats(
    struct ctx *ctx, struct approval_stats *out) ATTR_NODISCARD;
/* struct approval_item; what waits for review by waiting time. */
enum fail_code approval_list(struct ctx *ctx,
    const struct approval_list_args *args, struct page *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such a tool (as all below). */
enum fail_code approval_get(struct ctx *ctx, struct str tool_id,
    struct approval_review *out) ATTR_NODISCARD;
/*
 * FAIL_MOVED when what is named is not current; FAIL_CONFLICT when the state
 * does not allow it: approved already, or a rejection of what does not wait
 * for review; FAIL_INVALID for a rejection without a reason.
 */
enum fail_code approval_decide(struct ctx *ctx,
    const struct approval_decide_args *args,
    struct approval_review *out) ATTR_NODISCARD;
/* Back to review.  FAIL_CONFLICT unless approved. */
enum fail_code approval_revoke(struct ctx *ctx,
    const struct approval_revoke_args *args,
    struct approval_review *out) ATTR_NODISCARD;

#endif
