/*
 * version.c: what a tool was, is, and may become again.
 */
#include "noun/version.h"

#include <string.h>

#include "db/db.h"
#include "noun/aids.h"
#include "noun/approval_auto.h"
#include "noun/digest.h"
#include "noun/tx.h"

/* clang-format off */
const struct field version_fields[] = {
	FIELD_UUID(struct version, tool_id, .doc = "The tool."),
	FIELD_INT(struct version, version, .doc = "Its number, from 1."),
	FIELD_STR(struct version, kind, .choices = KIND_WORDS,
	    .doc = "What it is for clients."),
	FIELD_STR(struct version, name, .doc = "Full name: server__tool."),
	FIELD_STR(struct version, title, .flags = FIELD_NULLABLE,
	    .doc = "A name for people."),
	FIELD_STR(struct version, description, .doc = "What it does."),
	FIELD_OPT_INT(struct version, timeout_ms, .flags = FIELD_NULLABLE,
	    .doc = "Time limit; null: the server's default."),
	FIELD_STR(struct version, python_code, .doc = "Its source."),
	FIELD_JSON(struct version, input_schema,
	    .doc = "JSON Schema of the arguments."),
	FIELD_JSON(struct version, output_schema, .flags = FIELD_NULLABLE,
	    .doc = "JSON Schema of the result."),
	FIELD_JSON(struct version, annotations, .flags = FIELD_NULLABLE,
	    .doc = "Hints for clients."),
	FIELD_STRS(struct version, secret_names,
	    .doc = "Secrets that it declares."),
	FIELD_STR(struct version, uri, .flags = FIELD_NULLABLE,
	    .doc = "URI of a resource, or a template (RFC 6570) of URIs."),
	FIELD_STR(struct version, mime_type, .flags = FIELD_NULLABLE,
	    .doc = "MIME type of a resource's content."),
	FIELD_OPT_INT(struct version, size, .flags = FIELD_NULLABLE,
	    .doc = "Bytes of a resource's content, as its author says."),
	FIELD_JSON(struct version, icons, .flags = FIELD_NULLABLE,
	    .doc = "Icons for clients."),
	FIELD_STRS(struct version, client_capabilities,
	    .doc = "What a client must have declared to use it."),
	FIELD_STR(struct version, task_mode, .choices = KIND_TASK_MODES,
	    .doc = "May, or must, a call become a task?"),
	FIELD_BOOL(struct version, input_schema_given,
	    .doc = "Is the input schema the author's own?"),
	FIELD_BOOL(struct version, completes,
	    .doc = "Has the code a function that completes arguments?"),
	FIELD_STR(struct version, digest,
	    .doc = "SHA-256 of its content, in hex."),
	FIELD_JSON(struct version, findings,
	    .doc = "Remarks of the checker."),
	FIELD_JSON(struct version, remarks,
	    .doc = "What was odd about its texts when it was made."),
	FIELD_STRS(struct version, imports, .flags = FIELD_NULLABLE,
	    .doc = "Modules that it imports; none, too, for versions from "
		   "before they were read."),
	FIELD_STR(struct version, change_summary, .doc = "What changed."),
	FIELD_STR(struct version, change_source, .choices = VERSION_SOURCES,
	    .doc = "By which door it came."),
	FIELD_STR(struct version, created_by, .doc = "Who made it."),
	FIELD_TIME(struct version, created_at, .doc = "When."),
	FIELD_END
};
/* clang-format on */

enum fail_code
version_get(struct ctx *ctx, struct str tool_id, int64_t n, struct version *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_version_get, DB_ARGS(DB_STR(tool_id), DB_INT(n)),
		version_fields, out),
	    "version of this tool");
}

const char *
version_digest(struct ctx *ctx, const struct version *v)
{
	struct digest_content c = {
	    .kind = v->kind,
	    .name = v->name,
	    .title = v->title,
	    .description = v->description,
	    .input_schema = v->input_schema,
	    .output_schema = v->output_schema,
	    .annotations = v->annotations,
	    .code = v->python_code,
	    .timeout_ms = v->timeout_ms,
	    .secret_names = v->secret_names,
	    .uri = v->uri,
	    .mime_type = v->mime_type,
	    .size = v->size,
	    .icons = v->icons,
	    .client_capabilities = v->client_capabilities,
	    .task_mode = v->task_mode,
	    .input_schema_given = v->input_schema_given,
	};

	return digest_content(ctx->arena, &c);
}

enum fail_code
version_store(
    struct ctx *ctx, const char *tool_id, int64_t n, struct version *v)
{
	v->tool_id = tool_id;
	v->version = n;
	v->digest = version_digest(ctx, v);
	v->remarks = aids_json(ctx, v);
	v->created_by = ctx_actor(ctx);
	return db_run(ctx, Q_version_insert,
	    DB_ARGS(DB_CSTR(tool_id), DB_INT(n), DB_CSTR(v->kind),
		DB_CSTR(v->name), DB_CSTR(v->title), DB_CSTR(v->description),
		DB_JSON(v->input_schema), DB_JSON(v->output_schema),
		DB_JSON(v->annotations), DB_CSTR(v->python_code),
		DB_OPT_INT(v->timeout_ms), DB_STRS(v->secret_names),
		DB_CSTR(v->digest), DB_JSON(v->findings),
		DB_CSTR(v->change_summary), DB_CSTR(v->change_source),
		DB_CSTR(v->created_by), DB_CSTR(v->uri), DB_CSTR(v->mime_type),
		DB_OPT_INT(v->size), DB_JSON(v->icons),
		DB_STRS(v->client_capabilities), DB_CSTR(v->task_mode),
		DB_BOOL(v->input_schema_given), DB_BOOL(v->completes),
		DB_JSON(v->remarks), DB_STRS(v->imports)),
	    NULL);
}

enum fail_code
version_add(struct ctx *ctx, const struct tool *held, struct version *v)
{
	bool draft = strcmp(held->approval_status, "draft") == 0;
	enum fail_code rc;

	rc = version_store(ctx, held->id, held->current_version + 1, v);
	if (rc != FAIL_NONE)
		return rc;
	rc = db_run(ctx, Q_tool_set_version,
	    DB_ARGS(DB_CSTR(held->id), DB_INT(v->version),
		DB_CSTR(draft ? "draft" : "pending_review"),
		DB_CSTR(v->created_by)),
	    NULL);
	if (rc != FAIL_NONE || draft)
		return rc;
	return approval_auto(ctx, str_from(held->id));
}

static enum fail_code
rollback(struct ctx *ctx, struct str tool_id, int64_t n, struct tool *out)
{
	struct tool before;
	struct version v;
	enum fail_code rc = tool_hold(ctx, tool_id, &before);

	if (rc == FAIL_NONE && n >= before.current_version)
		rc = fail(&ctx->fail, FAIL_CONFLICT,
		    "The current version is %lld: give an older one.",
		    (long long)before.current_version);
	if (rc == FAIL_NONE)
		rc = version_get(ctx, tool_id, n, &v);
	if (rc != FAIL_NONE)
		return rc;
	v.change_summary = arena_printf(
	    ctx->arena, "Rolled back to version %lld", (long long)n);
	v.change_source = "rollback";
	rc = version_add(ctx, &before, &v);
	if (rc != FAIL_NONE)
		return rc;
	return tool_record(ctx, "rollback_tool", &before, out);
}

enum fail_code
version_rollback(
    struct ctx *ctx, struct str tool_id, int64_t n, struct tool *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc
			       : tx_end(ctx, rollback(ctx, tool_id, n, out));
}
