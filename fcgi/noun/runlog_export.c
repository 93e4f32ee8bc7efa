/*
 * runlog_export.c: the log of runs as a file.
 *
 * Read by pages behind the last row, from the newest: whatever is added
 * meanwhile changes nothing, and no piece is larger than a few rows.
 */
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/runlog.h"

/* Rows a query, and text after which a piece is enough. */
#define ROWS 100
#define ENOUGH ((size_t)4 * 1024 * 1024)

struct export
{
	bool csv;
	char *where; /* JSON text of the filters */
	char place[64];
	char id[40];
};

/* The columns, in the order of the file. */
static const struct column {
	const char *name;
	size_t offset;
	enum { TEXT, NUMBER, FLAG, JSON } type;
} columns[] = {
#define COLUMN(m, t)                                                           \
	{                                                                      \
#m, offsetof(struct runlog, m), t                              \
	}
    COLUMN(id, TEXT),
    COLUMN(created_at, TEXT),
    COLUMN(server_id, TEXT),
    COLUMN(tool_id, TEXT),
    COLUMN(tool_name, TEXT),
    COLUMN(version, NUMBER),
    COLUMN(kind, TEXT),
    COLUMN(source, TEXT),
    COLUMN(is_test, FLAG),
    COLUMN(outcome, TEXT),
    COLUMN(success, FLAG),
    COLUMN(duration_ms, NUMBER),
    COLUMN(cpu_ms, NUMBER),
    COLUMN(peak_kib, NUMBER),
    COLUMN(executed_by, TEXT),
    COLUMN(session, TEXT),
    COLUMN(request_id, TEXT),
    COLUMN(trace_id, TEXT),
    COLUMN(error, TEXT),
#undef COLUMN
    {"input_args", offsetof(struct runlog, args_text), JSON},
    {"result", offsetof(struct runlog, result_text), JSON},
    {"stdout", offsetof(struct runlog, stdout_text), TEXT},
};

static const void *
at(const struct runlog *row, const struct column *c)
{
	return (const char *)row + c->offset;
}

/* --- CSV ------------------------------------------------------------------ */

void
runlog_csv_cell(struct buf *b, struct str text)
{
	bool formula = text.n > 0 && strchr("=+-@\t\r", text.p[0]) != NULL;
	bool quote = formula;

	for (size_t i = 0; i < text.n && !quote; i++)
		quote = strchr(",\"\r\n", text.p[i]) != NULL;
	if (!quote) {
		buf_putstr(b, text);
		return;
	}
	buf_puts(b, formula ? "\"'" : "\"");
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, text.p[i]);
	}
	buf_putc(b, '"');
}

static void
csv_value(struct buf *b, const struct runlog *row, const struct column *c)
{
	const char *const *text = at(row, c);
	const int64_t *number = at(row, c);
	const bool *flag = at(row, c);

	switch (c->type) {
	case TEXT:
	case JSON:
		runlog_csv_cell(b, str_from(*text));
		break;
	case NUMBER:
		buf_printf(b, "%lld", (long long)*number);
		break;
	case FLAG:
		buf_puts(b, *flag ? "true" : "false");
		break;
	}
}

static void
csv_row(struct buf *b, const struct runlog *row)
{
	for (size_t i = 0; i < NELEM(columns); i++) {
		if (i > 0)
			buf_putc(b, ',');
		csv_value(b, row, &columns[i]);
	}
	buf_puts(b, "\r\n");
}

/* --- JSON lines ----------------------------------------------------------- */

static void
json_value(struct buf *b, const struct runlog *row, const struct column *c)
{
	const char *const *text = at(row, c);
	const int64_t *number = at(row, c);
	const bool *flag = at(row, c);

	switch (c->type) {
	case TEXT:
	case JSON:
		if (*text == NULL)
			buf_puts(b, "null");
		else if (c->type == JSON)
			buf_puts(b, *text);
		else
			buf_json(b, str_from(*text));
		break;
	case NUMBER:
		buf_printf(b, "%lld", (long long)*number);
		break;
	case FLAG:
		buf_puts(b, *flag ? "true" : "false");
		break;
	}
}

static void
json_row(struct buf *b, const struct runlog *row)
{
	for (size_t i = 0; i < NELEM(columns); i++) {
		buf_printf(b, "%c\"%s\":", i == 0 ? '{' : ',', columns[i].name);
		json_value(b, row, &columns[i]);
	}
	buf_puts(b, "}\n");
}

/* --- pieces --------------------------------------------------------------- */

static enum fail_code
read_rows(struct ctx *ctx, const struct export *e, struct list *out)
{
	json_t *where;

	if (json_parse(ctx->arena, str_from(e->where), SIZE_MAX, &where,
		&ctx->fail) != FAIL_NONE)
		log_panic("an export lost its filters", e->where);
	if (e->id[0] != '\0') {
		json_put_str(where, "at", e->place);
		json_put_str(where, "id", e->id);
	}
	return db_all(ctx, Q_logs_export, DB_ARGS(DB_JSON(where), DB_INT(ROWS)),
	    runlog_export_fields, sizeof(struct runlog), out);
}

static void
remember(struct export *e, const struct runlog *row)
{
	(void)snprintf(e->place, sizeof(e->place), "%s", row->place);
	(void)snprintf(e->id, sizeof(e->id), "%s", row->id);
}

static enum fail_code
more(struct ctx *ctx, void *state, struct buf *out, bool *done_out)
{
	struct export *e = state;
	const struct runlog *row;
	struct list rows;
	enum fail_code rc = read_rows(ctx, e, &rows);

	if (rc != FAIL_NONE)
		return rc;
	row = rows.v;
	for (size_t i = 0; i < rows.n && out->n < ENOUGH; i++) {
		if (e->csv)
			csv_row(out, &row[i]);
		else
			json_row(out, &row[i]);
		remember(e, &row[i]);
	}
	*done_out = rows.n == 0;
	return FAIL_NONE;
}

static void
free_state(void *state)
{
	struct export *e = state;

	free(e->where);
	free(e);
}

static const char *
csv_head(struct arena *a)
{
	const char *text = columns[0].name;

	for (size_t i = 1; i < NELEM(columns); i++)
		text = arena_printf(a, "%s,%s", text, columns[i].name);
	return arena_printf(a, "%s\r\n", text);
}

enum fail_code
runlog_export(struct ctx *ctx, const struct runlog_filter *f, struct str format,
    struct source *out)
{
	json_t *where = runlog_where(ctx, f);
	struct export *e = calloc(1, sizeof(*e));
	bool csv = str_eq_c(format, "csv");

	if (e == NULL ||
	    (e->where = strdup(json_text(ctx->arena, where).p)) == NULL)
		log_panic("out of memory", "export");
	e->csv = csv;
	*out = (struct source){
	    .more = more,
	    .state = e,
	    .free_state = free_state,
	    .media = csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
	    .filename = csv ? "mcpbox-runs.csv" : "mcpbox-runs.jsonl",
	    .start = csv ? csv_head(ctx->arena) : NULL,
	};
	if (audit_write(ctx, "export_execution_logs", "run", NULL, NULL,
		where) == FAIL_NONE)
		return FAIL_NONE;
	free_state(e);
	return ctx->fail.code;
}
