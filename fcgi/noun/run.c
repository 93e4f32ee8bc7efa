/*
 * run.c: a tool on its way to the sandbox, and the record of it.
 */
#include "noun/run.h"

#include "box.h"
#include "db/db.h"
#include "json.h"
#include "log.h"

/* What one run may use.  Grants may widen some of it, later. */
#define RUN_MEMORY ((uint64_t)256 * 1024 * 1024)
#define RUN_RESULT_MAX (1024U * 1024U)
#define RUN_OUTPUT_MAX (256U * 1024U)
#define RUN_THREADS 1

/* What a row of the log keeps. */
#define LOG_JSON_MAX ((size_t)64 * 1024)
#define LOG_TEXT_MAX ((size_t)64 * 1024)

/* Schemas and annotations are read as text: they are sent as they are. */
/* clang-format off */
static const struct field tool_fields[] = {
	FIELD_UUID(struct run_tool, tool_id, .doc = "The tool."),
	FIELD_UUID(struct run_tool, server_id, .doc = "Its server."),
	FIELD_STR(struct run_tool, full_name, .doc = "server__tool."),
	FIELD_STR(struct run_tool, title, .flags = FIELD_NULLABLE,
	    .doc = "For people."),
	FIELD_STR(struct run_tool, description, .doc = "For models."),
	FIELD_STR(struct run_tool, input_schema, .doc = "JSON text."),
	FIELD_STR(struct run_tool, output_schema, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STR(struct run_tool, annotations, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STR(struct run_tool, code, .flags = FIELD_NULLABLE,
	    .doc = "Python, if it may run."),
	FIELD_INT(struct run_tool, version, .doc = "Its current version."),
	FIELD_STR(struct run_tool, digest, .doc = "Of that version, in hex."),
	FIELD_INT(struct run_tool, timeout_ms, .doc = "Time limit."),
	FIELD_BOOL(struct run_tool, callable, .doc = "May it be called now?"),
	FIELD_STR(struct run_tool, approval_status, .doc = "Of the version."),
	FIELD_BOOL(struct run_tool, enabled, .doc = "Is it switched on?"),
	FIELD_STR(struct run_tool, server_status, .doc = "Of its server."),
	FIELD_END
};
/* clang-format on */

/* --- finding -------------------------------------------------------------- */

enum fail_code
run_find(
    struct ctx *ctx, struct str server, struct str tool, struct run_tool *out)
{
	return db_one(ctx, Q_run_find, DB_ARGS(DB_STR(server), DB_STR(tool)),
	    tool_fields, out);
}

enum fail_code
run_find_trial(struct ctx *ctx, struct str tool_id, struct run_tool *out)
{
	return db_one(
	    ctx, Q_run_find_trial, DB_ARGS(DB_STR(tool_id)), tool_fields, out);
}

enum fail_code
run_list(struct ctx *ctx, struct str after, struct list *out)
{
	return db_all(ctx, Q_run_list,
	    DB_ARGS(DB_STR(after.p != NULL ? after : STR_LIT(""))), tool_fields,
	    sizeof(struct run_tool), out);
}

/* --- running -------------------------------------------------------------- */

static enum fail_code
begin(struct ctx *ctx, enum box_kind kind, const struct run_tool *tool,
    const json_t *arguments)
{
	struct box_run box = {
	    .kind = kind,
	    .env = str_from(tool->server_id),
	    .tool = str_from(tool->full_name),
	    .digest = str_from(tool->digest),
	    .trace = str_from(ctx->request_id),
	    .code = str_from(tool->code),
	    .args = json_text(ctx->arena, arguments),
	    .limits =
		{
		    .wall_ms = (uint32_t)tool->timeout_ms,
		    .cpu_ms = (uint32_t)tool->timeout_ms,
		    .memory = RUN_MEMORY,
		    .result = RUN_RESULT_MAX,
		    .output = RUN_OUTPUT_MAX,
		    .threads = RUN_THREADS,
		},
	};

	if (tool->code == NULL)
		log_panic("a run without code", tool->full_name);
	return run_start(ctx, &box);
}

enum fail_code
run_begin(struct ctx *ctx, const struct run_tool *tool, const json_t *arguments)
{
	return begin(ctx, BOX_KIND_CALL, tool, arguments);
}

enum fail_code
run_begin_trial(
    struct ctx *ctx, const struct run_tool *tool, const json_t *arguments)
{
	return begin(ctx, BOX_KIND_TRIAL, tool, arguments);
}

/* --- the record ----------------------------------------------------------- */

/* The text itself, or how long it was. */
static struct str
cap_json(struct ctx *ctx, struct str text)
{
	if (text.n <= LOG_JSON_MAX)
		return text;
	return str_from(arena_printf(
	    ctx->arena, "{\"mcpbox_truncated\":true,\"bytes\":%zu}", text.n));
}

static struct str
cap_text(struct ctx *ctx, struct str text)
{
	return outcome_clean(ctx->arena, str_utf8_cut(text, LOG_TEXT_MAX));
}

/* For a column of type integer. */
static int64_t
cap_int(uint64_t v)
{
	return v < INT32_MAX ? (int64_t)v : INT32_MAX;
}

static enum fail_code
record(struct ctx *ctx, const struct run_tool *tool, bool trial,
    const json_t *arguments, const struct outcome *o)
{
	const struct box_exit *e = o->exit;
	bool ok = o->code == BOX_OUTCOME_RESULT;
	struct str none = STR_NONE;

	return db_run(ctx, Q_runlog_add,
	    DB_ARGS(DB_CSTR(tool->tool_id), DB_CSTR(tool->server_id),
		DB_CSTR(tool->full_name), DB_INT(tool->version),
		DB_CSTR(tool->digest), DB_CSTR(ctx_actor(ctx)),
		DB_CSTR(ctx->request_id), DB_BOOL(trial),
		DB_STR(cap_json(ctx, json_text(ctx->arena, arguments))),
		DB_STR(ok ? cap_json(ctx, o->json) : none),
		DB_CSTR(box_outcome_name(o->code)),
		DB_STR(ok ? none : cap_text(ctx, o->text)),
		DB_STR(o->printed.n > 0 ? cap_text(ctx, o->printed) : none),
		DB_INT(cap_int(e->wall_us / 1000)),
		DB_INT(cap_int(e->cpu_us / 1000)), DB_INT(cap_int(e->rss_kib))),
	    NULL);
}

enum fail_code
run_log(struct ctx *ctx, const struct run_tool *tool, const json_t *arguments,
    const struct outcome *o)
{
	return record(ctx, tool, false, arguments, o);
}

enum fail_code
run_log_trial(struct ctx *ctx, const struct run_tool *tool,
    const json_t *arguments, const struct outcome *o)
{
	return record(ctx, tool, true, arguments, o);
}
