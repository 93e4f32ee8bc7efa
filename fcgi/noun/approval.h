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
	int64_t pending_resources; /* of pending_tools; templates, too */
	int64_t pending_prompts;
	int64_t pending_light; /* of those that wait: description only */
	const char *oldest_pending_at; /* NULL: nothing waits */
	int64_t recently_approved;     /* decisions of the last 7 days */
	int64_t recently_auto_approved;
	int64_t recently_rejected;
	int64_t pending_network_requests;
	int64_t approved_network_requests;
	int64_t rejected_network_requests;
};

/* What there is to look at.  new: no approval stands, so everything; full:
 * what changed since; description: only title and description did, the light
 * review; none: it is what is approved. */
#define APPROVAL_SCOPES "new|full|description|none"
#define APPROVAL_SORTS "waiting|newest|oldest|name|findings"
#define APPROVAL_BULK_MAX 100

struct approval_item {
	struct tool tool; /* first: shares its field rows */
	const char *requested_by;
	int64_t findings_high; /* of the checker, and remarks (noun/aids) */
	int64_t findings_warning;
	bool is_new;       /* never approved before */
	const char *scope; /* APPROVAL_SCOPES */
	const char *author;
	const char *change_summary;
	const char *since; /* when it came to where it is */
	int64_t open_comments;
};

/* A run of what is reviewed that was no call; long texts are cut. */
struct approval_trial {
	const char *id;
	const char *caller;
	int64_t version;
	const char *outcome;
	bool success;
	const char *input_args; /* JSON text, like result and requests */
	const char *result;
	const char *error;
	const char *stdout_text;
	const char *requests;
	int64_t duration_ms;
	int64_t cpu_ms;
	int64_t peak_kib;
	const char *created_at;
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
	const char *uri;
	const char *mime_type;
	struct strs client_capabilities;
	const char *task_mode;
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
	const char *scope; /* APPROVAL_SCOPES */
	const char *powers_digest;
	struct list powers;     /* struct power */
	struct list new_powers; /* those of them that are new */
	struct list findings;   /* struct code_finding */
	struct list hosts;      /* struct code_host */
	struct list hidden;     /* struct remark, as the two below */
	struct list lint;
	int64_t remarks_high; /* of both */
	int64_t remarks_warning;
	struct approval_base *base; /* NULL: nothing is approved */
	struct compare *changes;    /* since then; NULL likewise */
	struct list history;        /* struct approval_event, newest first */
	/* struct network: what waits for this tool or its server. */
	struct list network_requests;
	struct list comments; /* struct comment: open threads */
	struct list trials;   /* struct approval_trial, newest first */
};

struct approval_list_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str search; /* taken literally */
	struct str status; /* TOOL_STATUSES, or "all" */
	struct str kind;   /* KIND_WORDS, or "all" */
	struct str server_id;
	struct str author;
	struct opt_int min_age_hours;
	struct opt_int max_age_hours;
	struct str findings;
	struct opt_bool is_new;
	struct str scope;
	struct str sort;
};

struct approval_decide_args {
	struct str tool_id;
	/* "approve", "reject", or "submit_for_review", which is about whatever
	 * is current: what names a version may be absent then. */
	struct str action;
	struct opt_int version;
	struct str digest;
	struct str powers_digest;
	struct str reason;
	struct strs network_requests; /* ids, approved with it */
};

/* One of several; what is shown of it is as for one alone. */
struct approval_bulk_item {
	struct str tool_id;
	struct opt_int version;
	struct str digest;
	struct str powers_digest;
};

struct approval_bulk_args {
	struct list items; /* struct approval_bulk_item */
	struct str action;
	struct str reason;
};

struct approval_outcome {
	const char *id;
	bool success;
	const char *approval_status; /* afterwards; NULL: not known */
	const char *problem;         /* slug of the failure, or NULL */
	const char *error;
};

struct approval_failed {
	const char *id;
	const char *error;
};

struct approval_bulk {
	bool success; /* all of them */
	int64_t processed_count;
	struct list failed;  /* struct approval_failed */
	struct list results; /* struct approval_outcome, in the given order */
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
/* The same without trials: what an author can see before a reviewer does. */
enum fail_code approval_preview(struct ctx *ctx, struct str tool_id,
    struct approval_review *out) ATTR_NODISCARD;
/* In a transaction: the same as approval_preview, with the tool held. */
enum fail_code approval_hold(struct ctx *ctx, struct str tool_id,
    struct approval_review *out) ATTR_NODISCARD;
/*
 * FAIL_MOVED when what is named is not current; FAIL_CONFLICT when the state
 * does not allow it: approved already, or a rejection of what does not wait
 * for review; FAIL_INVALID for a rejection without a reason.
 */
enum fail_code approval_decide(struct ctx *ctx,
    const struct approval_decide_args *args,
    struct approval_review *out) ATTR_NODISCARD;
/*
 * Each in a transaction of its own, in the given order: what cannot be decided
 * is told, the rest is.  After a failure that is nobody's (the database is
 * away) the rest is not tried, and said so.  FAIL_INVALID for a rejection
 * without a reason.
 */
enum fail_code approval_decide_all(struct ctx *ctx,
    const struct approval_bulk_args *args,
    struct approval_bulk *out) ATTR_NODISCARD;
/* Back to review.  FAIL_CONFLICT unless approved. */
enum fail_code approval_revoke(struct ctx *ctx,
    const struct approval_revoke_args *args,
    struct approval_review *out) ATTR_NODISCARD;

#endif
