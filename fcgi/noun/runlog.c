/*
 * runlog.c: the log of runs, read and forgotten.
 */
#include "noun/runlog.h"

#include "clock.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/cursor.h"
#include "noun/tx.h"

/* Rows that are forgotten at once, and how long one request goes on. */
#define FORGET_ROWS 20000
#define FORGET_MS 20000
/* Of so many runs the percentiles are taken. */
#define SAMPLE 10000

/* --- filters -------------------------------------------------------------- */

static void
put(json_t *o, const char *key, struct str v)
{
	if (v.n > 0)
		json_put_view(o, key, v);
}

static void
put_bool(json_t *o, const char *key, struct opt_bool v)
{
	if (v.given)
		json_put_str(o, key, v.v ? "true" : "false");
}

json_t *
runlog_where(struct ctx *ctx, const struct runlog_filter *f)
{
	json_t *o = json_keep(ctx->arena, json_obj());

	put(o, "server_id", f->server_id);
	put(o, "tool_id", f->tool_id);
	put(o, "tool_name", f->tool_name);
	put(o, "caller", f->executed_by);
	put(o, "outcome", f->outcome);
	put(o, "kind", f->kind);
	put(o, "request_id", f->request_id);
	put(o, "trace_id", f->trace_id);
	put(o, "from", f->from);
	put(o, "to", f->to);
	put(o, "search", f->search);
	put_bool(o, "success", f->success);
	put_bool(o, "is_test", f->is_test);
	return o;
}

/* --- pages ---------------------------------------------------------------- */

enum fail_code
runlog_list(struct ctx *ctx, const struct runlog_list_args *args,
    struct runlog_list *out)
{
	json_t *where = runlog_where(ctx, &args->filter);
	const char *list = cursor_filtered(ctx, "runs", where);
	size_t size = (size_t)args->page_size.v;
	struct runlog *v;
	enum fail_code rc;

	*out = (struct runlog_list){.next_cursor = NULL};
	if ((rc = cursor_seek(ctx, list, args->cursor, where)) != FAIL_NONE)
		return rc;
	/* One more than is shown: is there another page? */
	rc = db_all(ctx, Q_logs_list,
	    DB_ARGS(DB_JSON(where), DB_INT(args->page_size.v + 1)),
	    runlog_row_fields, sizeof(*v), &out->items);
	v = out->items.v;
	if (rc == FAIL_NONE && out->items.n > size) {
		out->items.n = size;
		out->next_cursor = cursor_behind(
		    ctx, list, v[size - 1].place, v[size - 1].id);
	}
	return rc;
}

enum fail_code
runlog_get(struct ctx *ctx, struct str id, struct runlog *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_logs_get, DB_ARGS(DB_STR(id)), runlog_fields, out),
	    "run");
}

/* --- forgetting ----------------------------------------------------------- */

struct gone {
	int64_t gone;
};

static const struct field gone_fields[] = {
    FIELD_INT(struct gone, gone, .doc = "Rows."),
    FIELD_END,
};

enum fail_code
runlog_forget(struct ctx *ctx, int64_t days, struct runlog_forgotten *out)
{
	int64_t end = clock_mono_ms() + FORGET_MS;
	enum fail_code rc = FAIL_NONE;
	json_t *after;
	struct gone part = {.gone = 1};

	*out = (struct runlog_forgotten){.retention_days = days};
	while (rc == FAIL_NONE && part.gone > 0 && clock_mono_ms() < end) {
		rc = db_one(ctx, Q_logs_forget,
		    DB_ARGS(DB_INT(days), DB_INT(FORGET_ROWS)), gone_fields,
		    &part);
		if (rc == FAIL_NONE)
			out->deleted_count += part.gone;
	}
	if (rc != FAIL_NONE)
		return rc;
	out->more = part.gone > 0;
	after = json_keep(ctx->arena, json_obj());
	json_put_int(after, "retention_days", days);
	json_put_int(after, "deleted_count", out->deleted_count);
	return audit_write(
	    ctx, "delete_execution_logs", "run", NULL, NULL, after);
}

/* --- counting ------------------------------------------------------------- */

/* clang-format off */
const struct field runlog_totals_fields[] = {
	FIELD_INT(struct runlog_stats, total_executions, .doc = "All."),
	FIELD_INT(struct runlog_stats, successful, .doc = "With a result."),
	FIELD_INT(struct runlog_stats, failed, .doc = "Without."),
	FIELD_ROW(struct runlog_stats, avg_duration_ms, struct opt_int,
	    FIELD_T_OPT_INT, .flags = FIELD_NULLABLE, .doc = "Mean."),
	FIELD_INT(struct runlog_stats, period_executions, .doc = "Of it."),
	FIELD_INT(struct runlog_stats, period_successful, .doc = "Of it."),
	FIELD_INT(struct runlog_stats, period_failed, .doc = "Of it."),
	FIELD_ROW(struct runlog_stats, period_avg_duration_ms, struct opt_int,
	    FIELD_T_OPT_INT, .flags = FIELD_NULLABLE, .doc = "Mean."),
	FIELD_INT(struct runlog_stats, unique_tools, .doc = "Tools."),
	FIELD_INT(struct runlog_stats, unique_users, .doc = "Callers."),
	FIELD_END
};

static const struct field percentile_fields[] = {
	FIELD_INT(struct runlog_stats, sampled, .doc = "Runs."),
	FIELD_OPT_INT(struct runlog_stats, p50, .flags = FIELD_NULLABLE,
	    .doc = "Half."),
	FIELD_OPT_INT(struct runlog_stats, p95, .flags = FIELD_NULLABLE,
	    .doc = "Most."),
	FIELD_OPT_INT(struct runlog_stats, p99, .flags = FIELD_NULLABLE,
	    .doc = "Nearly all."),
	FIELD_END
};

static const struct field outcome_rows[] = {
	FIELD_STR(struct runlog_count, outcome, .doc = "How they ended."),
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."),
	FIELD_END
};

static const struct field tool_rows[] = {
	FIELD_UUID(struct runlog_count, tool_id, .doc = "The tool."),
	FIELD_STR(struct runlog_count, tool_name, .doc = "Its name."),
	FIELD_UUID(struct runlog_count, server_id, .doc = "Its server."),
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."),
	FIELD_INT(struct runlog_count, failed, .doc = "Without a result."),
	FIELD_OPT_INT(struct runlog_count, avg_duration_ms,
	    .flags = FIELD_NULLABLE, .doc = "Mean."),
	FIELD_END
};

static const struct field server_rows[] = {
	FIELD_UUID(struct runlog_count, server_id, .doc = "The server."),
	FIELD_STR(struct runlog_count, server_name, .flags = FIELD_NULLABLE,
	    .doc = "Its name."),
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."),
	FIELD_INT(struct runlog_count, failed, .doc = "Without a result."),
	FIELD_OPT_INT(struct runlog_count, avg_duration_ms,
	    .flags = FIELD_NULLABLE, .doc = "Mean."),
	FIELD_END
};

static const struct field time_rows[] = {
	FIELD_TIME(struct runlog_count, timestamp, .doc = "Its beginning."),
	FIELD_INT(struct runlog_count, executions, .doc = "Runs."),
	FIELD_INT(struct runlog_count, failed, .doc = "Without a result."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
percentiles(struct ctx *ctx, const struct runlog_stats_args *args,
    struct runlog_stats *out)
{
	const struct runlog_filter f = {
	    .server_id = args->server_id,
	    .tool_id = args->tool_id,
	    .is_test = args->is_test,
	};
	json_t *where = runlog_where(ctx, &f);
	char from[CLOCK_RFC3339_MAX];
	struct runlog_stats p;
	enum fail_code rc;

	clock_rfc3339(
	    clock_wall_ms() - args->period_hours.v * 3600 * 1000, from);
	json_put_str(where, "from", from);
	rc = db_one(ctx, Q_logs_percentiles,
	    DB_ARGS(DB_JSON(where), DB_INT(SAMPLE)), percentile_fields, &p);
	if (rc != FAIL_NONE)
		return rc;
	out->sampled = p.sampled;
	out->p50 = p.p50;
	out->p95 = p.p95;
	out->p99 = p.p99;
	return FAIL_NONE;
}

enum fail_code
runlog_stats(struct ctx *ctx, const struct runlog_stats_args *args,
    struct runlog_stats *out)
{
	const struct db_arg a[] = {
	    DB_STR(args->server_id),
	    DB_STR(args->tool_id),
	    args->is_test.given ? DB_BOOL(args->is_test.v) : DB_NULL,
	    DB_INT(args->period_hours.v),
	    DB_STR(args->by),
	};
	const struct {
		enum q q;
		size_t nargs;
		const struct field *fields;
		struct list *into;
	} parts[] = {
	    {Q_logs_by_outcome, 4, outcome_rows, &out->by_outcome},
	    {Q_logs_by_tool, 4, tool_rows, &out->by_tool},
	    {Q_logs_by_server, 4, server_rows, &out->by_server},
	    {Q_logs_over_time, 5, time_rows, &out->over_time},
	};
	enum fail_code rc = db_one(
	    ctx, Q_logs_totals, a, 4, runlog_totals_fields, out);

	for (size_t i = 0; rc == FAIL_NONE && i < NELEM(parts); i++)
		rc = db_all(ctx, parts[i].q, a, parts[i].nargs, parts[i].fields,
		    sizeof(struct runlog_count), parts[i].into);
	out->period_hours = args->period_hours.v;
	return rc != FAIL_NONE ? rc : percentiles(ctx, args, out);
}
