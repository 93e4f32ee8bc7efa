/*
 * runlog_ops.c: the log of runs, as REST and MCP show it.
 */
#include "noun/runlog.h"

#include "db/db.h"
#include "noun/tool.h"

struct id_args {
	struct str log_id;
};

struct brief_args {
	struct str tool_id;
	struct opt_int limit;
};

struct brief_list {
	const char *tool_id;
	const char *tool_name;
	struct list logs; /* struct runlog_brief */
	int64_t total;
};

struct export_args {
	struct runlog_filter filter;
	struct str format;
};

/* clang-format off */
#define IN(S, m) .name = #m, .offset = offsetof(S, filter) + \
	offsetof(struct runlog_filter, m)
#define ID_ROW(S, m, where, text) \
	{ IN(S, m), .type = PARAM_T_UUID, .from = (where), \
	    .required = (where) == FROM_PATH, .doc = (text) }
#define TEXT_ROW(S, m, least, most, text) \
	{ IN(S, m), .type = PARAM_T_STR, .from = FROM_QUERY, .min = (least), \
	    .max = (most), .doc = (text) }
#define TIME_ROW(S, m, text) \
	{ IN(S, m), .type = PARAM_T_STR, .from = FROM_QUERY, .min = 20, \
	    .max = 35, .pattern = RUNLOG_TIME_PATTERN, .doc = (text) }

#define FILTER_ROWS(S) \
	TEXT_ROW(S, tool_name, 1, 64, \
	    "Only tools with this text in their full name."), \
	TEXT_ROW(S, executed_by, 1, 300, \
	    "Only runs of this caller, as in the rows."), \
	{ IN(S, outcome), .type = PARAM_T_ENUM, .from = FROM_QUERY, \
	    .choices = RUNLOG_OUTCOMES, .doc = "Only runs that ended so." }, \
	{ IN(S, kind), .type = PARAM_T_ENUM, .from = FROM_QUERY, \
	    .choices = RUNLOG_KINDS, .doc = "Only runs of this kind." }, \
	{ IN(S, success), .type = PARAM_T_BOOL, .from = FROM_QUERY, \
	    .doc = "Only runs with a result, or only those without?" }, \
	{ IN(S, is_test), .type = PARAM_T_BOOL, .from = FROM_QUERY, \
	    .doc = "Only tests and trials, or only clients' calls?" }, \
	TEXT_ROW(S, request_id, 1, 64, "Only the runs of this request."), \
	TEXT_ROW(S, trace_id, 1, 64, "Only the runs of this trace."), \
	TIME_ROW(S, from, "Not before this time (RFC 3339)."), \
	TIME_ROW(S, to, "Only before this time (RFC 3339)."), \
	TEXT_ROW(S, search, 3, 200, \
	    "Only runs with this text, taken literally, in the tool's name " \
	    "or in the error.")

#define PAGE_ROWS(S) \
	PARAM_INT(S, page_size, .from = FROM_QUERY, .min = 1, .max = 100, \
	    .def = "20", .doc = "Rows a page."), \
	PARAM_STR(S, cursor, .from = FROM_QUERY, .min = 1, \
	    .max = RUNLOG_CURSOR_MAX, \
	    .doc = "next_cursor of the page before, with the same filters.")

static const struct param list_params[] = {
	ID_ROW(struct runlog_list_args, server_id, FROM_QUERY,
	    "Only tools of this server."),
	ID_ROW(struct runlog_list_args, tool_id, FROM_QUERY,
	    "Only this tool."),
	FILTER_ROWS(struct runlog_list_args),
	PAGE_ROWS(struct runlog_list_args),
	PARAM_END
};

static const struct param of_tool_params[] = {
	ID_ROW(struct runlog_list_args, tool_id, FROM_PATH, "The tool's id."),
	FILTER_ROWS(struct runlog_list_args),
	PAGE_ROWS(struct runlog_list_args),
	PARAM_END
};

static const struct param of_server_params[] = {
	ID_ROW(struct runlog_list_args, server_id, FROM_PATH,
	    "The server's id."),
	ID_ROW(struct runlog_list_args, tool_id, FROM_QUERY,
	    "Only this tool."),
	FILTER_ROWS(struct runlog_list_args),
	PAGE_ROWS(struct runlog_list_args),
	PARAM_END
};

static const struct param export_params[] = {
	ID_ROW(struct export_args, server_id, FROM_QUERY,
	    "Only tools of this server."),
	ID_ROW(struct export_args, tool_id, FROM_QUERY, "Only this tool."),
	FILTER_ROWS(struct export_args),
	PARAM_ENUM(struct export_args, format, .from = FROM_QUERY,
	    .choices = "csv|jsonl", .def = "csv",
	    .doc = "CSV (RFC 4180), or one JSON object a line."),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_UUID(struct id_args, log_id, .from = FROM_PATH,
	    .required = true, .doc = "The run's id in the log."),
	PARAM_END
};

static const struct param stats_params[] = {
	PARAM_INT(struct runlog_stats_args, period_hours, .from = FROM_QUERY,
	    .min = 1, .max = 8760, .def = "24", .doc = "Hours of the period."),
	PARAM_UUID(struct runlog_stats_args, server_id, .from = FROM_QUERY,
	    .doc = "Only tools of this server."),
	PARAM_UUID(struct runlog_stats_args, tool_id, .from = FROM_QUERY,
	    .doc = "Only this tool."),
	PARAM_BOOL(struct runlog_stats_args, is_test, .from = FROM_QUERY,
	    .doc = "Only tests and trials, or only clients' calls?"),
	PARAM_ENUM(struct runlog_stats_args, by, .from = FROM_QUERY,
	    .choices = "hour|day", .def = "hour",
	    .doc = "Steps of over_time."),
	PARAM_END
};

static const struct param forget_params[] = {
	PARAM_INT(struct runlog_forget_args, retention_days,
	    .from = FROM_QUERY, .required = true, .min = 1, .max = 3650,
	    .doc = "Days that are kept; all older runs are deleted."),
	PARAM_END
};

static const struct param brief_params[] = {
	PARAM_UUID(struct brief_args, tool_id, .required = true,
	    .doc = "The tool's id."),
	PARAM_INT(struct brief_args, limit, .min = 1, .max = 50, .def = "10",
	    .doc = "Runs, newest first."),
	PARAM_END
};

#define ROW_ROWS \
	FIELD_UUID(struct runlog, id, .doc = "Identifies the run."), \
	FIELD_UUID(struct runlog, tool_id, .doc = "The tool."), \
	FIELD_UUID(struct runlog, server_id, .doc = "Its server."), \
	FIELD_STR(struct runlog, tool_name, \
	    .doc = "Its full name, as it was then."), \
	FIELD_INT(struct runlog, version, .doc = "The version that ran."), \
	FIELD_STR(struct runlog, kind, .choices = RUNLOG_KINDS, \
	    .doc = "A client's call, a person's test, or a trial without " \
		   "powers."), \
	FIELD_STR(struct runlog, source, .flags = FIELD_NULLABLE, \
	    .doc = "By which door it came: rest or mcp."), \
	FIELD_BOOL(struct runlog, is_test, .doc = "Was it no call?"), \
	FIELD_STR(struct runlog, outcome, .choices = RUNLOG_OUTCOMES, \
	    .doc = "How it ended."), \
	FIELD_BOOL(struct runlog, success, .doc = "Was there a result?"), \
	FIELD_STR(struct runlog, error, .flags = FIELD_NULLABLE, \
	    .doc = "What went wrong; cut in lists."), \
	FIELD_INT(struct runlog, duration_ms, .doc = "Time it took."), \
	FIELD_INT(struct runlog, cpu_ms, .doc = "Processor time it took."), \
	FIELD_INT(struct runlog, peak_kib, \
	    .doc = "Most memory it held, KiB."), \
	FIELD_STR(struct runlog, executed_by, \
	    .doc = "Who called: person:name or client:name."), \
	FIELD_STR(struct runlog, session, .flags = FIELD_NULLABLE, \
	    .doc = "The caller's session, if it has one."), \
	FIELD_STR(struct runlog, request_id, \
	    .doc = "Identifies the request, here and in every log."), \
	FIELD_STR(struct runlog, trace_id, .flags = FIELD_NULLABLE, \
	    .doc = "W3C trace id: the caller's, else the request's."), \
	FIELD_TIME(struct runlog, created_at, .doc = "When it ended.")

const struct field runlog_row_fields[] = {
	ROW_ROWS,
	FIELD_STR(struct runlog, place, .flags = FIELD_SECRET,
	    .doc = "Where the next page begins."),
	FIELD_END
};

const struct field runlog_export_fields[] = {
	ROW_ROWS,
	FIELD_STR(struct runlog, place, .doc = "For the next piece."),
	{ .name = "input_args", .type = FIELD_T_STR, .flags = FIELD_NULLABLE,
	    .offset = offsetof(struct runlog, args_text), .doc = "JSON text." },
	{ .name = "result", .type = FIELD_T_STR, .flags = FIELD_NULLABLE,
	    .offset = offsetof(struct runlog, result_text),
	    .doc = "JSON text." },
	{ .name = "stdout", .type = FIELD_T_STR, .flags = FIELD_NULLABLE,
	    .offset = offsetof(struct runlog, stdout_text),
	    .doc = "What it printed." },
	FIELD_END
};

const struct field runlog_fields[] = {
	ROW_ROWS,
	FIELD_STR(struct runlog, digest, .doc = "Of the version that ran."),
	FIELD_STR(struct runlog, client_ip, .flags = FIELD_NULLABLE,
	    .doc = "Where the request came from."),
	FIELD_JSON(struct runlog, input_args, .flags = FIELD_NULLABLE,
	    .doc = "Its arguments, without secrets; only their size when they "
		   "were large."),
	FIELD_JSON(struct runlog, result, .flags = FIELD_NULLABLE,
	    .doc = "Its result, the same way."),
	{ .name = "stdout", .type = FIELD_T_STR, .flags = FIELD_NULLABLE,
	    .offset = offsetof(struct runlog, stdout_text),
	    .doc = "What it printed." },
	FIELD_JSON(struct runlog, requests, .flags = FIELD_NULLABLE,
	    .doc = "Its outbound requests: count, and a list."),
	FIELD_END
};

static const struct field list_fields[] = {
	FIELD_LIST(struct runlog_list, items, .child = runlog_row_fields,
	    .child_size = sizeof(struct runlog), .child_name = "ExecutionLog",
	    .doc = "Newest first."),
	FIELD_STR(struct runlog_list, next_cursor, .flags = FIELD_NULLABLE,
	    .doc = "For the next page; null when this is the last."),
	FIELD_END
};

static const struct field forgotten_fields[] = {
	FIELD_INT(struct runlog_forgotten, deleted_count, .doc = "Runs."),
	FIELD_INT(struct runlog_forgotten, retention_days, .doc = "As asked."),
	FIELD_BOOL(struct runlog_forgotten, more,
	    .doc = "Are there more, for which there was no time? Ask again."),
	FIELD_END
};

const struct field runlog_brief_fields[] = {
	FIELD_UUID(struct runlog_brief, id, .doc = "Identifies the run."),
	FIELD_STR(struct runlog_brief, kind, .choices = RUNLOG_KINDS,
	    .doc = "A client's call, a person's test, or a trial."),
	FIELD_INT(struct runlog_brief, version, .doc = "Version that ran."),
	FIELD_BOOL(struct runlog_brief, success, .doc = "Was there a result?"),
	FIELD_STR(struct runlog_brief, outcome, .choices = RUNLOG_OUTCOMES,
	    .doc = "How it ended."),
	FIELD_INT(struct runlog_brief, duration_ms, .doc = "Time it took."),
	FIELD_STR(struct runlog_brief, error, .flags = FIELD_NULLABLE,
	    .doc = "What went wrong."),
	FIELD_STR(struct runlog_brief, input_args, .flags = FIELD_NULLABLE,
	    .doc = "Its arguments as JSON, cut."),
	FIELD_STR(struct runlog_brief, result, .flags = FIELD_NULLABLE,
	    .doc = "Its result as JSON, cut."),
	{ .name = "stdout", .type = FIELD_T_STR, .flags = FIELD_NULLABLE,
	    .offset = offsetof(struct runlog_brief, stdout_text),
	    .doc = "What it printed, cut." },
	FIELD_STR(struct runlog_brief, executed_by, .doc = "Who called."),
	FIELD_TIME(struct runlog_brief, created_at, .doc = "When it ended."),
	FIELD_END
};

static const struct field brief_fields[] = {
	FIELD_UUID(struct brief_list, tool_id, .doc = "The tool."),
	FIELD_STR(struct brief_list, tool_name, .doc = "Its full name."),
	FIELD_LIST(struct brief_list, logs, .child = runlog_brief_fields,
	    .child_size = sizeof(struct runlog_brief),
	    .child_name = "ToolRun", .doc = "Newest first."),
	FIELD_INT(struct brief_list, total, .doc = "Runs in this list."),
	FIELD_END
};

static const struct field outcome_fields[] = {
	FIELD_STR(struct runlog_count, outcome, .choices = RUNLOG_OUTCOMES,
	    .doc = "How they ended."),
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."),
	FIELD_END
};

#define COUNT_ROWS \
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."), \
	FIELD_INT(struct runlog_count, failed, \
	    .doc = "Those without a result.")
#define MEAN_ROW(S, m) \
	FIELD_OPT_INT(S, m, .flags = FIELD_NULLABLE, \
	    .doc = "Mean time in milliseconds; null without runs.")

static const struct field tool_fields_of[] = {
	FIELD_UUID(struct runlog_count, tool_id, .doc = "The tool."),
	FIELD_STR(struct runlog_count, tool_name, .doc = "Its full name."),
	FIELD_UUID(struct runlog_count, server_id, .doc = "Its server."),
	COUNT_ROWS,
	MEAN_ROW(struct runlog_count, avg_duration_ms),
	FIELD_END
};

static const struct field server_fields_of[] = {
	FIELD_UUID(struct runlog_count, server_id, .doc = "The server."),
	FIELD_STR(struct runlog_count, server_name, .flags = FIELD_NULLABLE,
	    .doc = "Its name; null when it was deleted."),
	COUNT_ROWS,
	MEAN_ROW(struct runlog_count, avg_duration_ms),
	FIELD_END
};

static const struct field time_fields[] = {
	FIELD_TIME(struct runlog_count, timestamp, .doc = "Its beginning."),
	COUNT_ROWS,
	FIELD_END
};

#define STAT(m, text) FIELD_INT(struct runlog_stats, m, .doc = (text))
#define PERCENTILE(m, text) \
	FIELD_OPT_INT(struct runlog_stats, m, .flags = FIELD_NULLABLE, \
	    .doc = (text))
#define PART(m, rows, name_, text) \
	FIELD_LIST(struct runlog_stats, m, .child = (rows), \
	    .child_size = sizeof(struct runlog_count), .child_name = (name_), \
	    .doc = (text))

static const struct field stats_fields[] = {
	STAT(total_executions, "Runs that are in the log."),
	STAT(successful, "Those with a result."),
	STAT(failed, "Those without."),
	MEAN_ROW(struct runlog_stats, avg_duration_ms),
	STAT(period_executions, "Runs of the period. It begins at full ten "
	    "minutes, like all that is counted here."),
	STAT(period_successful, "Those with a result."),
	STAT(period_failed, "Those without."),
	MEAN_ROW(struct runlog_stats, period_avg_duration_ms),
	STAT(period_hours, "As asked."),
	STAT(unique_tools, "Different tools that ran."),
	STAT(unique_users, "Different callers."),
	STAT(sampled, "The newest runs of the period, at most 10,000, of "
	    "which the next three are."),
	PERCENTILE(p50, "Half of them took at most so many milliseconds."),
	PERCENTILE(p95, "95 of 100."),
	PERCENTILE(p99, "99 of 100."),
	PART(by_outcome, outcome_fields, "OutcomeCount",
	    "Of the period, by outcome."),
	PART(by_tool, tool_fields_of, "ToolCount",
	    "The 20 tools with the most runs."),
	PART(by_server, server_fields_of, "ServerCount",
	    "The 20 servers with the most runs."),
	PART(over_time, time_fields, "TimeCount",
	    "By hour or day (UTC), without gaps."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return runlog_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return runlog_get(ctx, a->log_id, result);
}

static enum fail_code
op_stats(struct ctx *ctx, const void *args, void *result)
{
	return runlog_stats(ctx, args, result);
}

static enum fail_code
op_forget(struct ctx *ctx, const void *args, void *result)
{
	const struct runlog_forget_args *a = args;

	return runlog_forget(ctx, a->retention_days.v, result);
}

static enum fail_code
op_export(struct ctx *ctx, const void *args, void *result)
{
	const struct export_args *a = args;

	return runlog_export(ctx, &a->filter, a->format, result);
}

static enum fail_code
op_brief(struct ctx *ctx, const void *args, void *result)
{
	const struct brief_args *a = args;
	struct brief_list *out = result;
	struct tool tool;
	enum fail_code rc = tool_get(ctx, a->tool_id, &tool);

	if (rc == FAIL_NONE)
		rc = db_all(ctx, Q_runlog_of_tool,
		    DB_ARGS(DB_STR(a->tool_id), DB_INT(a->limit.v)),
		    runlog_brief_fields, sizeof(struct runlog_brief),
		    &out->logs);
	if (rc != FAIL_NONE)
		return rc;
	out->tool_id = tool.id;
	out->tool_name = tool.full_name;
	out->total = (int64_t)out->logs.n;
	return FAIL_NONE;
}

/* clang-format off */
enum {
	OP_LIST, OP_OF_TOOL, OP_OF_SERVER, OP_GET, OP_STATS, OP_FORGET,
	OP_EXPORT, OP_BRIEF
};

#define LIST_OP(name_, title_, params_) { \
		.name = (name_), .title = (title_), \
		.doc = "The log of runs, newest first, page by page: what " \
		       "ran, for whom and how it ended. The arguments, the " \
		       "result and the output of a run are in its own record.", \
		.params = (params_), \
		.args_size = sizeof(struct runlog_list_args), \
		.result = list_fields, \
		.result_size = sizeof(struct runlog_list), \
		.result_name = "ExecutionLogList", \
		.perm = PERM_READ, .faces = FACE_REST, \
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT, \
		.fn = op_list, \
	}

const struct op runlog_ops[] = {
	[OP_LIST] = LIST_OP("list_execution_logs", "Runs", list_params),
	[OP_OF_TOOL] = LIST_OP("list_tool_execution_logs", "Runs of a tool",
	    of_tool_params),
	[OP_OF_SERVER] = LIST_OP("list_server_execution_logs",
	    "Runs of a server's tools", of_server_params),
	[OP_GET] = {
		.name = "get_execution_log",
		.title = "One run",
		.doc = "One run with all that is kept of it.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.result = runlog_fields, .result_size = sizeof(struct runlog),
		.result_name = "ExecutionLogDetail",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_STATS] = {
		.name = "get_execution_stats",
		.title = "Numbers of runs",
		.doc = "How many runs there were, how they ended and how long "
		       "they took, in all and by outcome, tool, server and "
		       "time.",
		.params = stats_params,
		.args_size = sizeof(struct runlog_stats_args),
		.result = stats_fields,
		.result_size = sizeof(struct runlog_stats),
		.result_name = "ExecutionStats",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_stats,
	},
	[OP_FORGET] = {
		.name = "delete_execution_logs",
		.title = "Delete old runs",
		.doc = "Deletes the records of all runs that are older than "
		       "so many days, now. The setting "
		       "MCPBOX_LOG_RETENTION_DAYS does so by itself.",
		.params = forget_params,
		.args_size = sizeof(struct runlog_forget_args),
		.result = forgotten_fields,
		.result_size = sizeof(struct runlog_forgotten),
		.result_name = "ExecutionLogsDeleted",
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE | HINT_IDEMPOTENT,
		.fn = op_forget,
	},
	[OP_EXPORT] = {
		.name = "export_execution_logs",
		.title = "Runs as a file",
		.doc = "The log of runs that the filters let through, newest "
		       "first, as CSV or as JSON lines, sent as it is read. "
		       "In CSV a text that begins like a formula gets a "
		       "quote in front.",
		.params = export_params,
		.args_size = sizeof(struct export_args),
		.media = "text/csv|application/x-ndjson",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY,
		.fn = op_export,
	},
	[OP_BRIEF] = {
		.name = "get_tool_logs",
		.title = "Newest runs of a tool",
		.doc = "The newest runs of a tool: how each ended, with what "
		       "arguments, result and output, without secrets and "
		       "cut where they are long. Use it to see why a tool "
		       "fails. Tests and trials are among them; see kind.",
		.params = brief_params, .args_size = sizeof(struct brief_args),
		.result = brief_fields,
		.result_size = sizeof(struct brief_list),
		.result_name = "ToolRunList",
		.perm = PERM_EDIT, .faces = FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_brief,
	},
	{.name = NULL},
};

const struct route runlog_routes[] = {
	{"GET",    "/api/execution-logs",        &runlog_ops[OP_LIST],   200, false},
	{"DELETE", "/api/execution-logs",        &runlog_ops[OP_FORGET], 200, false},
	{"DELETE", "/api/activity/logs",         &runlog_ops[OP_FORGET], 200, true},
	{"GET",    "/api/execution-logs/stats",  &runlog_ops[OP_STATS],  200, false},
	{"GET",    "/api/execution-logs/export", &runlog_ops[OP_EXPORT], 200, false},
	{"GET",    "/api/logs/{log_id}",         &runlog_ops[OP_GET],    200, false},
	{"GET",    "/api/tools/{tool_id}/logs",  &runlog_ops[OP_OF_TOOL], 200, false},
	{"GET",    "/api/servers/{server_id}/execution-logs", &runlog_ops[OP_OF_SERVER], 200, false},
	ROUTE_END
};
/* clang-format on */
