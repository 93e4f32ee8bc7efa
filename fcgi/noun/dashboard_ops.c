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
	DASHBOARD_STATS_ROWS,
	FIELD_INT(struct dashboard_stats, error_rate,
	    .doc = "Errors in 10,000 calls; 250 is 2.5 %."),
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
	FIELD_LIST(struct dashboard, servers, .child = dashboard_server_fields,
	    .child_size = sizeof(struct dashboard_server),
	    .child_name = "DashboardServer",
	    .doc = "The 10 servers with the most calls."),
	FIELD_LIST(struct dashboard, over_time, .child = dashboard_step_fields,
	    .child_size = sizeof(struct dashboard_step),
	    .child_name = "DashboardStep",
	    .doc = "The period in steps of 10 minutes (1h, 6h) or of an hour, "
		   "without gaps, oldest first."),
	FIELD_LIST(struct dashboard, top_tools, .child = dashboard_tool_fields,
	    .child_size = sizeof(struct dashboard_tool),
	    .child_name = "DashboardTool",
	    .doc = "The 5 tools with the most calls."),
	FIELD_LIST(struct dashboard, recent_errors, .child = dashboard_error_fields,
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
