/*
 * activity.h: what happens, in one stream: runs, sign-ins, approvals and
 * management, read from the log of runs and the trail of audit.
 *
 * The list goes back by pages.  The live stream asks the database twice a
 * second for what was committed since, so that it is the same from every
 * worker of every node, nothing is kept for a reader who is slow, and nobody
 * pays while nobody looks.  Where it cannot tell all (the reader was away for
 * too long, or too much happened at once) it says so: event "gap".
 */
#ifndef MCPBOX_ACTIVITY_H
#define MCPBOX_ACTIVITY_H

#include "op/ctx.h"
#include "op/op.h"
#include "op/source.h"

#define ACTIVITY_TYPES "call|test|login|approval|management"
#define ACTIVITY_LEVELS "info|warning|error"

struct activity_filter {
	struct str server_id, type, level, actor, request_id, from, to, search;
};

struct activity_list_args {
	struct activity_filter filter;
	struct opt_int page_size;
	struct str cursor;
};

struct activity {
	const char *created_at, *id, *type, *level, *actor, *message;
	const char *server_id, *tool_id;     /* NULL: about none */
	const char *target_kind, *target_id; /* NULL: about nothing */
	const char *request_id;              /* NULL: of no request */
	struct opt_int duration_ms;          /* of runs */
	const char *outcome;                 /* of runs, else NULL */
	const char *place;                   /* of lists */
};

struct activity_list {
	struct list items; /* struct activity */
	const char *next_cursor;
};

struct activity_chain {
	const char *request_id;
	struct list logs; /* struct activity, oldest first */
	int64_t count;
};

struct activity_stats_args {
	struct str server_id, period;
};

struct activity_count {
	const char *type, *level;
	int64_t total, ms;
};

struct activity_stats {
	int64_t total, errors;
	struct opt_int avg_duration_ms;
	struct list by_type; /* struct activity_count */
	const char *period;
};

extern const struct field activity_row_fields[];
extern const struct op activity_ops[];
extern const struct route activity_routes[];

enum fail_code activity_list(struct ctx *ctx,
    const struct activity_list_args *args,
    struct activity_list *out) ATTR_NODISCARD;
/* By the id of a row.  FAIL_NOT_FOUND. */
enum fail_code activity_get(
    struct ctx *ctx, struct str id, struct activity *out) ATTR_NODISCARD;
/* All of one request, at most 100. */
enum fail_code activity_of_request(struct ctx *ctx, struct str request_id,
    struct activity_chain *out) ATTR_NODISCARD;
enum fail_code activity_stats(struct ctx *ctx,
    const struct activity_stats_args *args,
    struct activity_stats *out) ATTR_NODISCARD;

/* Minutes of "1h", "6h", "24h", "7d". */
int64_t activity_minutes(struct str period);
/* The filters that are given, for activity_page; in the arena. */
json_t *activity_where(struct ctx *ctx, const struct activity_filter *f);

/*
 * activity_live.c: server-sent events from now on, or from the place that
 * `last_id` names (empty: none).  Each event's id is such a place.
 */
enum fail_code activity_live(struct ctx *ctx, const struct activity_filter *f,
    struct str last_id, struct source *out) ATTR_NODISCARD;

#endif
