/*
 * dashboard.h: how the instance is doing, in one answer.
 *
 * Counted from run_count (sql/migrations/0018_records.sql), clients' calls
 * only.  Read at most once a second by a process, whoever asks.
 */
#ifndef MCPBOX_DASHBOARD_H
#define MCPBOX_DASHBOARD_H

#include "op/ctx.h"
#include "op/op.h"

struct dashboard_stats {
	int64_t total_servers, active_servers;
	int64_t total_tools, enabled_tools, pending_tools;
	int64_t total_requests, total_errors;
	int64_t error_rate; /* errors in 10,000 requests */
	struct opt_int avg_response_time_ms;
};

struct dashboard_server {
	const char *id, *name, *status;
	int64_t tool_count, requests, errors;
};

struct dashboard_step {
	const char *timestamp;
	int64_t requests, errors;
};

struct dashboard_tool {
	const char *tool_id, *tool_name;
	const char *server_name; /* NULL: deleted */
	int64_t invocations;
	struct opt_int avg_duration_ms;
};

struct dashboard_error {
	const char *id, *timestamp;
	const char *server_name; /* NULL: deleted */
	const char *tool_name, *outcome;
	const char *message; /* NULL: none */
};

struct dashboard {
	const char *period;
	struct dashboard_stats *stats;
	const char *breaker;       /* state of the one around the sandbox */
	struct list servers;       /* struct dashboard_server */
	struct list over_time;     /* struct dashboard_step */
	struct list top_tools;     /* struct dashboard_tool */
	struct list recent_errors; /* struct dashboard_error */
};

/* clang-format off */
/* Of struct dashboard_stats: what is counted, not what follows from it. */
#define DASHBOARD_STATS_ROWS \
	FIELD_INT(struct dashboard_stats, total_servers, .doc = "Servers."), \
	FIELD_INT(struct dashboard_stats, active_servers, \
	    .doc = "Servers that run."), \
	FIELD_INT(struct dashboard_stats, total_tools, .doc = "Tools."), \
	FIELD_INT(struct dashboard_stats, enabled_tools, \
	    .doc = "Tools that are switched on."), \
	FIELD_INT(struct dashboard_stats, pending_tools, \
	    .doc = "Tools that wait for review."), \
	FIELD_INT(struct dashboard_stats, total_requests, \
	    .doc = "Clients' calls of the period."), \
	FIELD_INT(struct dashboard_stats, total_errors, \
	    .doc = "Those without a result."), \
	FIELD_OPT_INT(struct dashboard_stats, avg_response_time_ms, \
	    .flags = FIELD_NULLABLE, \
	    .doc = "Mean time of a call; null without calls.")
/* clang-format on */

extern const struct field dashboard_stats_fields[];
extern const struct field dashboard_server_fields[];
extern const struct field dashboard_step_fields[];
extern const struct field dashboard_tool_fields[];
extern const struct field dashboard_error_fields[];
extern const struct op dashboard_ops[];
extern const struct route dashboard_routes[];

/* period: "1h", "6h", "24h" or "7d".  Lives as long as ctx's arena. */
enum fail_code dashboard_get(
    struct ctx *ctx, struct str period, struct dashboard *out) ATTR_NODISCARD;

#endif
