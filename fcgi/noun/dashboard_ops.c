/*
 * dashboard_ops.c: the dashboard, over REST.
 */
#include "noun/dashboard.h"

struct dashboard_args {
	struct str period;
};

/* clang-format off */
static const struct param dashboard_params[] = {
	PARAM_ENUM(struct dashboard_args, period, .from = FROM_QUERY,
	    .choices = "1h|6h|24h|7d", .def = "24h",
	    .doc = "What the numbers are of. It begins at full ten minutes."),
	PARAM_END
};

static const struct field stats_fields[] = {
	FIELD_INT(struct dashboard_stats, total_servers, .doc = "Servers."),
	FIELD_INT(struct dashboard_stats, active_servers,
	    .doc = "Servers that run."),
	FIELD_INT(struct dashboard_stats, total_tools, .doc = "Tools."),
	FIELD_INT(struct dashboard_stats, enabled_tools,
	    .doc = "Tools that are switched on."),
	FIELD_INT(struct dashboard_stats, pending_tools,
	    .doc = "Tools that wait for review."),
	FIELD_INT(struct dashboard_stats, total_requests,
	    .doc = "Clients' calls of the period."),
	FIELD_INT(struct dashboard_stats, total_errors,
	    .doc = "Those without a result."),
	FIELD_INT(struct dashboard_stats, error_rate,
	    .doc = "Errors in 10,000 calls; 250 is 2.5 %."),
	FIELD_OPT_INT(struct dashboard_stats, avg_response_time_ms,
	    .flags = FIELD_NULLABLE,
	    .doc = "Mean time of a call; null without calls."),
	FIELD_END
};

static const struct field server_fields_of[] = {
	FIELD_UUID(struct dashboard_server, id, .doc = "The server."),
	FIELD_STR(struct dashboard_server, name, .doc = "Its name."),
	FIELD_STR(struct dashboard_server, status,
	    .choices = "stopped|running", .doc = "Does it run?"),
	FIELD_INT(struct dashboard_server, tool_count, .doc = "Its tools."),
	FIELD_INT(struct dashboard_server, requests,
	    .doc = "Calls of its tools."),
	FIELD_INT(struct dashboard_server, errors,
	    .doc = "Those without a result."),
	FIELD_END
};

static const struct field step_fields[] = {
	FIELD_TIME(struct dashboard_step, timestamp, .doc = "Its beginning."),
	FIELD_INT(struct dashboard_step, requests, .doc = "Calls."),
	FIELD_INT(struct dashboard_step, errors,
	    .doc = "Those without a result."),
	FIELD_END
};

static const struct field top_fields[] = {
	FIELD_UUID(struct dashboard_tool, tool_id, .doc = "The tool."),
	FIELD_STR(struct dashboard_tool, tool_name, .doc = "Its full name."),
	FIELD_STR(struct dashboard_tool, server_name, .flags = FIELD_NULLABLE,
	    .doc = "Its server; null when that was deleted."),
	FIELD_INT(struct dashboard_tool, invocations, .doc = "Calls."),
	FIELD_OPT_INT(struct dashboard_tool, avg_duration_ms,
	    .flags = FIELD_NULLABLE, .doc = "Mean time of a call."),
	FIELD_END
};

static const struct field error_fields[] = {
	FIELD_UUID(struct dashboard_error, id, .doc = "The run, in the log."),
	FIELD_TIME(struct dashboard_error, timestamp, .doc = "When."),
	FIELD_STR(struct dashboard_error, server_name,
	    .flags = FIELD_NULLABLE,
	    .doc = "Its server; null when that was deleted."),
	FIELD_STR(struct dashboard_error, tool_name, .doc = "Which tool."),
	FIELD_STR(struct dashboard_error, outcome, .doc = "How it ended."),
	FIELD_STR(struct dashboard_error, message, .flags = FIELD_NULLABLE,
	    .doc = "What went wrong, cut at 200 characters."),
	FIELD_END
};

static const struct field dashboard_fields[] = {
	FIELD_STR(struct dashboard, period, .doc = "As asked."),
	FIELD_ROW(struct dashboard, stats, struct dashboard_stats *,
	    FIELD_T_OBJECT, .child = stats_fields,
	    .child_size = sizeof(struct dashboard_stats),
	    .child_name = "DashboardStats", .doc = "The totals."),
	FIELD_STR(struct dashboard, breaker,
	    .choices = "closed|open|half_open",
	    .doc = "State of the circuit breaker around the sandbox."),
	FIELD_LIST(struct dashboard, servers, .child = server_fields_of,
	    .child_size = sizeof(struct dashboard_server),
	    .child_name = "DashboardServer",
	    .doc = "The 10 servers with the most calls."),
	FIELD_LIST(struct dashboard, over_time, .child = step_fields,
	    .child_size = sizeof(struct dashboard_step),
	    .child_name = "DashboardStep",
	    .doc = "The period in steps of 10 minutes (1h, 6h) or of an hour, "
		   "without gaps, oldest first."),
	FIELD_LIST(struct dashboard, top_tools, .child = top_fields,
	    .child_size = sizeof(struct dashboard_tool),
	    .child_name = "DashboardTool",
	    .doc = "The 5 tools with the most calls."),
	FIELD_LIST(struct dashboard, recent_errors, .child = error_fields,
	    .child_size = sizeof(struct dashboard_error),
	    .child_name = "DashboardError",
	    .doc = "The newest 10 calls of the period without a result."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_dashboard(struct ctx *ctx, const void *args, void *result)
{
	const struct dashboard_args *a = args;

	return dashboard_get(ctx, a->period, result);
}

/* clang-format off */
const struct op dashboard_ops[] = {
	{
		.name = "get_dashboard",
		.title = "Dashboard",
		.doc = "How the instance is doing: totals, servers, calls "
		       "over time, the busiest tools and the newest errors, "
		       "in one answer that is at most a second old.",
		.params = dashboard_params,
		.args_size = sizeof(struct dashboard_args),
		.result = dashboard_fields,
		.result_size = sizeof(struct dashboard),
		.result_name = "Dashboard",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_dashboard,
	},
	{.name = NULL},
};

const struct route dashboard_routes[] = {
	{"GET", "/api/dashboard", &dashboard_ops[0], 200, false},
	ROUTE_END
};
/* clang-format on */
