/*
 * tool.c: tools, except for changes of their content (tool_update.c).
 */
#include "noun/tool.h"

#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/approval_auto.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/server.h"
#include "noun/tool_rows.h"
#include "noun/tx.h"
#include "noun/version.h"
#include "op/view.h"

#define KIND "tool"

const struct field tool_fields[] = {
    TOOL_SUMMARY_ROWS, TOOL_CODE_ROWS, FIELD_END};

const struct field tool_summary_fields[] = {TOOL_SUMMARY_ROWS, FIELD_END};

/* --- reading -------------------------------------------------------------- */

enum fail_code
tool_list_kinds(struct ctx *ctx, const struct tool_list_args *args,
    const char *kinds, struct page *out)
{
	struct str rest = str_from(kinds), words[KIND_NUMBER];
	struct strs list = {.given = true, .v = words};
	struct server server;
	enum fail_code rc = server_get(ctx, args->server_id, &server);

	if (rc != FAIL_NONE)
		return rc;
	while (rest.p != NULL && list.n < KIND_NUMBER)
		words[list.n++] = str_split(&rest, '|');
	return paged(ctx, Q_tool_list,
	    DB_ARGS(DB_STR(args->server_id), DB_STRS(list)),
	    tool_summary_fields, sizeof(struct tool), args->page,
	    args->page_size, out);
}

enum fail_code
tool_list(struct ctx *ctx, const struct tool_list_args *args, struct page *out)
{
	return tool_list_kinds(ctx, args,
	    str_eq_c(args->kind, "all") ? KIND_WORDS
					: arena_str(ctx->arena, args->kind).p,
	    out);
}

enum fail_code
tool_get(struct ctx *ctx, struct str id, struct tool *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_tool_get, DB_ARGS(DB_STR(id)), tool_fields, out),
	    KIND);
}

enum fail_code
tool_hold(struct ctx *ctx, struct str id, struct tool *out)
{
	enum fail_code rc = db_run(ctx, Q_tool_lock, DB_ARGS(DB_STR(id)), NULL);

	return rc != FAIL_NONE ? rc : tool_get(ctx, id, out);
}

static json_t *
summary(struct ctx *ctx, const struct tool *t)
{
	return json_keep(ctx->arena, view_object(tool_summary_fields, t));
}

enum fail_code
tool_record(struct ctx *ctx, const char *operation, const struct tool *before,
    struct tool *out)
{
	json_t *was = before != NULL ? summary(ctx, before) : NULL;
	const char *id = before != NULL ? before->id : out->id;
	enum fail_code rc = tool_get(ctx, str_from(id), out);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, operation, KIND, id, was, summary(ctx, out));
}

/* --- values of a version ----------------------------------------------------
 */

const char *
tool_text(struct ctx *ctx, struct str s)
{
	return s.n > 0 ? arena_str(ctx->arena, s).p : NULL;
}

json_t *
tool_value(json_t *v)
{
	return json_is_null(v) ? NULL : v;
}

static int
compare_names(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

struct strs
tool_set(struct ctx *ctx, const struct strs *names)
{
	struct strs out = {.given = true};

	out.v = arena_zalloc(ctx->arena, names->n, sizeof(*out.v));
	if (names->n == 0)
		return out;
	memcpy(out.v, names->v, names->n * sizeof(*out.v));
	qsort(out.v, names->n, sizeof(*out.v), compare_names);
	for (size_t i = 0; i < names->n; i++) {
		if (out.n == 0 || !str_eq(out.v[out.n - 1], out.v[i]))
			out.v[out.n++] = out.v[i];
	}
	return out;
}

/* --- making --------------------------------------------------------------- */

struct taken {
	bool taken;
};

static const struct field taken_fields[] = {
    FIELD_BOOL(struct taken, taken, .doc = "Is the name in use?"), FIELD_END};

static enum fail_code
name_taken(struct ctx *ctx, struct str name)
{
	return fail(&ctx->fail, FAIL_DUPLICATE,
	    "The server already has a tool, resource or prompt named %.*s.",
	    STR_FMT(name));
}

static const char *
kind_of(const struct tool_create_args *args)
{
	return args->kind != NULL ? args->kind : KIND_TOOL;
}

static enum fail_code
check_content(struct ctx *ctx, const struct tool_create_args *args)
{
	struct kind_content c = {
	    .kind = kind_of(args),
	    .annotations = args->annotations,
	    .input_schema = args->input_schema,
	    .output_schema = args->output_schema,
	    .uri = args->uri,
	    .mime_type = args->mime_type,
	    .size = args->size,
	    .icons = args->icons,
	    .client_capabilities = args->client_capabilities,
	    .task_mode = args->task_mode,
	    .whole = true,
	};

	return kind_check(ctx, &c);
}

/* What is wrong without a look at the code; the server goes to *server. */
static enum fail_code
check_create(
    struct ctx *ctx, const struct tool_create_args *args, struct server *server)
{
	struct taken row;
	enum fail_code rc = server_get(ctx, args->server_id, server);

	if (rc != FAIL_NONE)
		return rc;
	if (strlen(server->name) + 2 + args->name.n > TOOL_FULL_NAME_MAX)
		(void)fail_field(&ctx->fail, "/name",
		    "makes %s__%.*s longer than %d characters", server->name,
		    STR_FMT(args->name), TOOL_FULL_NAME_MAX);
	rc = check_content(ctx, args);
	if (rc != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_tool_exists,
	    DB_ARGS(DB_STR(args->server_id), DB_STR(args->name)), taken_fields,
	    &row);
	if (rc == FAIL_NONE && row.taken)
		return name_taken(ctx, args->name);
	return rc;
}

enum fail_code
tool_create_begin(struct ctx *ctx, const struct tool_create_args *args)
{
	struct server server;
	enum fail_code rc = check_create(ctx, args, &server);

	return rc != FAIL_NONE
	    ? rc
	    : code_check_begin(ctx, args->python_code, kind_of(args),
		  json_is_object(args->input_schema));
}

struct inserted {
	const char *id;
};

static const struct field inserted_fields[] = {
    FIELD_UUID(struct inserted, id, .doc = "Of the new row."), FIELD_END};

static enum fail_code
create(struct ctx *ctx, const struct tool_create_args *args,
    const struct code_check *check, const struct server *server,
    struct tool *out)
{
	json_t *given = tool_value(args->input_schema);
	struct version v = {
	    .kind = kind_of(args),
	    .name = arena_printf(
		ctx->arena, "%s__%.*s", server->name, STR_FMT(args->name)),
	    .title = tool_text(ctx, args->title),
	    .description = args->description.n > 0
		? arena_str(ctx->arena, args->description).p
		: code_description(ctx, check),
	    .timeout_ms = args->timeout_ms,
	    .python_code = arena_str(ctx->arena, args->python_code).p,
	    .input_schema = given != NULL ? given : check->input_schema,
	    .input_schema_given = given != NULL,
	    .output_schema = tool_value(args->output_schema),
	    .annotations = tool_value(args->annotations),
	    .secret_names = tool_set(ctx, &args->secret_names),
	    .uri = tool_text(ctx, args->uri),
	    .mime_type = tool_text(ctx, args->mime_type),
	    .size = {.given = args->size.given && !args->size.null,
		.v = args->size.v},
	    .icons = tool_value(args->icons),
	    .client_capabilities = tool_set(ctx, &args->client_capabilities),
	    .task_mode = args->task_mode.n > 0
		? arena_str(ctx->arena, args->task_mode).p
		: "none",
	    .completes = check->completes,
	    .findings = check->findings_json,
	    .imports = check->imports,
	    .change_summary = "Created",
	    .change_source = ctx_change_source(ctx),
	};
	struct inserted row;
	enum fail_code rc;

	rc = kind_check_variables(ctx, v.kind, v.uri, v.input_schema);
	if (rc != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_tool_insert,
	    DB_ARGS(DB_STR(args->server_id), DB_STR(args->name),
		DB_CSTR(ctx_actor(ctx)), DB_CSTR(v.kind)),
	    inserted_fields, &row);
	if (rc == FAIL_DUPLICATE)
		return name_taken(ctx, args->name);
	if (rc == FAIL_NONE)
		rc = version_store(ctx, row.id, 1, &v);
	if (rc != FAIL_NONE)
		return rc;
	out->id = row.id;
	return tool_record(
	    ctx, arena_printf(ctx->arena, "create_%s", v.kind), NULL, out);
}

enum fail_code
tool_create_finish(struct ctx *ctx, const struct tool_create_args *args,
    const struct code_check *check, struct tool *out)
{
	struct server server;
	/* Again: the check took a while. */
	enum fail_code rc = check_create(ctx, args, &server);

	if (rc == FAIL_NONE)
		rc = db_begin(ctx);
	if (rc != FAIL_NONE)
		return rc;
	return tx_end(ctx, create(ctx, args, check, &server, out));
}

enum fail_code
tool_create_as(
    struct ctx *ctx, const char *kind, const struct tool_create_args *args)
{
	struct tool_create_args of_kind = *args;

	of_kind.kind = kind;
	return tool_create_begin(ctx, &of_kind);
}

enum fail_code
tool_create_as_checked(struct ctx *ctx, const char *kind,
    const struct tool_create_args *args, const struct run *run,
    struct tool *out)
{
	struct tool_create_args of_kind = *args;
	struct code_check check;
	enum fail_code rc = code_check_accept(ctx, run, &check);

	of_kind.kind = kind;
	return rc != FAIL_NONE ? rc
			       : tool_create_finish(ctx, &of_kind, &check, out);
}

/* --- ending, and asking for review ---------------------------------------- */

static enum fail_code delete (struct ctx *ctx, struct str id) {
	struct tool before; enum fail_code rc = tool_hold(ctx, id, &before);

	if (rc != FAIL_NONE) return rc;
	rc = db_run(ctx, Q_tool_delete, DB_ARGS(DB_STR(id)), NULL);
	if (rc != FAIL_NONE) return rc;
	/* The whole of it, code too: the record outlives the versions. */
	return audit_write(ctx, "delete_tool", KIND, before.id,
	    json_keep(ctx->arena, view_object(tool_fields, &before)), NULL);
}

enum fail_code
tool_delete(struct ctx *ctx, struct str id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, delete (ctx, id));
}

static enum fail_code
request(struct ctx *ctx, const struct tool_request_args *args, struct tool *out)
{
	struct tool before;
	enum fail_code rc = tool_hold(ctx, args->tool_id, &before);

	if (rc != FAIL_NONE)
		return rc;
	if (strcmp(before.approval_status, "pending_review") == 0)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The %s already waits for review.", kind_noun(before.kind));
	if (strcmp(before.approval_status, "approved") == 0)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The %s is already approved as it is.",
		    kind_noun(before.kind));
	rc = db_run(ctx, Q_tool_request,
	    DB_ARGS(DB_STR(args->tool_id), DB_CSTR(ctx_actor(ctx)),
		DB_STR(args->notes.n > 0 ? args->notes : STR_NONE)),
	    NULL);
	if (rc == FAIL_NONE)
		rc = approval_auto(ctx, args->tool_id);
	if (rc != FAIL_NONE)
		return rc;
	return tool_record(ctx, "request_publish", &before, out);
}

enum fail_code
tool_request_publish(
    struct ctx *ctx, const struct tool_request_args *args, struct tool *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, request(ctx, args, out));
}
