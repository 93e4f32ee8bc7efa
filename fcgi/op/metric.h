/*
 * metric.h: what happens, counted: for /metrics.
 *
 * Counters of all processes of the instance in one mapping that the master
 * makes; each is one atomic addition.  They begin at zero when the master
 * starts.  A program without a master counts for itself.
 */
#ifndef MCPBOX_METRIC_H
#define MCPBOX_METRIC_H

#include <stdint.h>

#include "box.h"
#include "buf.h"
#include "fail.h"
#include "op/ctx.h"

/* Single numbers: name, what it counts. */
#define METRIC_LIST(M)                                                         \
	M(DB_STATEMENTS, "mcpbox_db_statements_total",                         \
	    "Statements sent to PostgreSQL.")                                  \
	M(DB_ERRORS, "mcpbox_db_errors_total",                                 \
	    "Statements that PostgreSQL refused or lost.")                     \
	M(DB_CONNECTS, "mcpbox_db_connects_total",                             \
	    "Connections to PostgreSQL that were opened.")                     \
	M(EGRESS_REQUESTS, "mcpbox_egress_requests_total",                     \
	    "Outbound requests of runs, refused ones among them.")             \
	M(EGRESS_REFUSED, "mcpbox_egress_refused_total",                       \
	    "Outbound requests that were refused.")                            \
	M(NOT_CALLABLE, "mcpbox_calls_not_callable_total",                     \
	    "Calls of tools that were not approved, enabled or started.")      \
	M(LIMITED_ADDRESS, "mcpbox_limited_address_total",                     \
	    "Requests over the limit of their address.")                       \
	M(LIMITED_ACCOUNT, "mcpbox_limited_account_total",                     \
	    "Requests over the limit of their account.")                       \
	M(LIMITED_TOKEN, "mcpbox_limited_token_total",                         \
	    "Requests over the limit of their session or token.")              \
	M(LIMITED_TOOL, "mcpbox_limited_tool_total",                           \
	    "Calls over the limit of their tool.")                             \
	M(ROWS_FORGOTTEN, "mcpbox_log_rows_forgotten_total",                   \
	    "Rows of the log that were deleted because of their age.")

enum metric {
#define M(id, name, doc) METRIC_##id,
	METRIC_LIST(M)
#undef M
	    METRIC__MAX
};

/* Master, before any fork. */
void metric_init(void);

void metric_add(enum metric m, uint64_t n);
/* A run has ended. */
void metric_run(enum box_kind kind, enum box_outcome outcome, uint64_t us);
/* A request was answered; code: why it failed, or FAIL_NONE. */
void metric_request(
    enum pool pool, int status, enum fail_code code, uint64_t us);

/* All of them, text format 0.0.4 of Prometheus. */
void metric_put(struct buf *b);

/* Pieces of that format: "# HELP" and "# TYPE"; one sample, with `labels`
 * ("{a=\"b\"}" or ""). */
void metric_head(
    struct buf *b, const char *name, const char *type, const char *doc);
void metric_sample(
    struct buf *b, const char *name, const char *labels, uint64_t v);

#endif
