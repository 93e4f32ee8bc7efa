/*
 * runlog.h: the log of runs: what ran, for whom, and how it ended.
 *
 * A row is written by the call path before its answer is sent (noun/run); here
 * it is read, counted, exported and forgotten.  The filters are put together
 * in the database (sql/migrations/0018_records.sql), each with an index.
 */
#ifndef MCPBOX_RUNLOG_H
#define MCPBOX_RUNLOG_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"
#include "op/source.h"

#define RUNLOG_KINDS "call|test|trial"
#define RUNLOG_OUTCOMES                                                        \
	"result|tool_error|timeout|cpu_limit|memory_limit|forbidden_syscall|"  \
	"output_limit|crashed|exited|cancelled|busy|sandbox_failed|"           \
	"rate_limited|input_required"
/* A time as clients write it: RFC 3339. */
#define RUNLOG_TIME_PATTERN                                                    \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"            \
	"([.][0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
#define RUNLOG_CURSOR_MAX 200

struct runlog_filter {
	struct str server_id, tool_id, tool_name, executed_by, outcome, kind;
	struct str request_id, trace_id, from, to, search;
	struct opt_bool success, is_test;
};

struct runlog_list_args {
	struct runlog_filter filter;
	struct opt_int page_size;
	struct str cursor;
};

/* A row as lists have it; the rest is for one row, or for the export. */
struct runlog {
	const char *id, *tool_id, *server_id, *tool_name;
	int64_t version;
	const char *kind;
	const char *source; /* NULL: of old */
	bool is_test;
	const char *outcome;
	bool success;
	const char *error; /* NULL: none */
	int64_t duration_ms, cpu_ms, peak_kib;
	const char *executed_by;
	const char *session; /* NULL: the caller has none */
	const char *request_id, *trace_id, *created_at;
	const char *place; /* with microseconds; of lists */

	const char *digest, *client_ip, *stdout_text;
	json_t *input_args, *result, *requests;
	const char *args_text, *result_text; /* of the export */
};

struct runlog_list {
	struct list items; /* struct runlog */
	const char *next_cursor;
};

struct runlog_forget_args {
	struct opt_int retention_days;
};

struct runlog_forgotten {
	int64_t deleted_count;
	int64_t retention_days;
	bool more; /* there was no time for all */
};

struct runlog_stats_args {
	struct str server_id, tool_id, by;
	struct opt_bool is_test;
	struct opt_int period_hours;
};

/* What a row of a breakdown is about, and its numbers. */
struct runlog_count {
	const char *outcome;                 /* by outcome */
	const char *tool_id, *tool_name;     /* by tool */
	const char *server_id, *server_name; /* by tool and by server */
	const char *timestamp;               /* over time */
	int64_t executions, failed;
	struct opt_int avg_duration_ms;
};

struct runlog_stats {
	int64_t total_executions, successful, failed;
	struct opt_int avg_duration_ms;
	int64_t period_executions, period_successful, period_failed;
	struct opt_int period_avg_duration_ms;
	int64_t period_hours, unique_tools, unique_users;
	int64_t sampled; /* runs of which the next are */
	struct opt_int p50, p95, p99;
	struct list by_outcome, by_tool, by_server, over_time;
};

/* Newest runs of a tool, for its author. */
struct runlog_brief {
	const char *id, *kind;
	int64_t version;
	bool success;
	const char *outcome;
	int64_t duration_ms;
	const char *error, *input_args, *result, *stdout_text;
	const char *executed_by, *created_at;
};

extern const struct field runlog_row_fields[];
extern const struct field runlog_export_fields[];
extern const struct field runlog_fields[];
extern const struct field runlog_brief_fields[];
extern const struct field runlog_totals_fields[];
extern const struct op runlog_ops[];
extern const struct route runlog_routes[];

/* The filters that are given, for run_log_page; in the arena. */
json_t *runlog_where(struct ctx *ctx, const struct runlog_filter *f);

enum fail_code runlog_list(struct ctx *ctx, const struct runlog_list_args *args,
    struct runlog_list *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND. */
enum fail_code runlog_get(
    struct ctx *ctx, struct str id, struct runlog *out) ATTR_NODISCARD;
/* Forgets runs that are older, in parts, for at most some seconds. */
enum fail_code runlog_forget(
    struct ctx *ctx, int64_t days, struct runlog_forgotten *out) ATTR_NODISCARD;
enum fail_code runlog_stats(struct ctx *ctx,
    const struct runlog_stats_args *args,
    struct runlog_stats *out) ATTR_NODISCARD;

/* runlog_export.c: "csv" or "jsonl" of all that the filters let through. */
enum fail_code runlog_export(struct ctx *ctx, const struct runlog_filter *f,
    struct str format, struct source *out) ATTR_NODISCARD;
/* One cell of CSV (RFC 4180), with a quote before what a spreadsheet would
 * take for a formula. */
void runlog_csv_cell(struct buf *b, struct str text);

#endif
