/*
 * server.c: a server is a named set of tools that is switched on as one.
 */
#include "noun/server.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/tx.h"
#include "op/view.h"

#define KIND "server"

/* clang-format off */
#define SERVER_ROWS \
	FIELD_UUID(struct server, id, .doc = "Identifies the server."), \
	FIELD_STR(struct server, name, \
	    .doc = "First half of its tools' full names (name__tool)."), \
	FIELD_STR(struct server, description, .flags = FIELD_NULLABLE, \
	    .doc = "What its tools are for."), \
	FIELD_STR(struct server, status, .choices = SERVER_STATUSES, \
	    .doc = "Tools can be called only while it is running."), \
	FIELD_INT(struct server, default_timeout_ms, \
	    .doc = "Time limit of tools that have none of their own."), \
	FIELD_INT(struct server, tool_count, .doc = "Number of its tools."), \
	FIELD_INT(struct server, pending_count, \
	    .doc = "How many of them wait for review."), \
	FIELD_STR(struct server, created_by, .doc = "Who made it."), \
	FIELD_TIME(struct server, created_at, .doc = "When it was made."), \
	FIELD_TIME(struct server, updated_at, .doc = "When it last changed.")

const struct field server_fields[] = {
	SERVER_ROWS,
	FIELD_END
};

static const struct field tool_rows[] = {
	FIELD_UUID(struct server_tool, id, .doc = "Identifies the tool."),
	FIELD_STR(struct server_tool, name, .doc = "Name within the server."),
	FIELD_STR(struct server_tool, description, .doc = "What it does."),
	FIELD_BOOL(struct server_tool, enabled, .doc = "Is it switched on?"),
	FIELD_STR(struct server_tool, approval_status,
	    .choices = "draft|pending_review|approved|rejected",
	    .doc = "Where its current version stands."),
	FIELD_INT(struct server_tool, current_version,
	    .doc = "Number of its current version."),
	FIELD_END
};

#define HOSTS_ROW \
	FIELD_STRS(struct server_detail, allowed_hosts, \
	    .doc = "What every tool of it may reach, as host:port (*: any " \
		   "port; private: also in private address space). A tool can " \
		   "have grants of its own beside these.")

const struct field server_detail_fields[] = {
	SERVER_ROWS,
	FIELD_LIST(struct server_detail, tools, .child = tool_rows,
	    .child_size = sizeof(struct server_tool),
	    .child_name = "ServerTool", .doc = "Its tools, by name."),
	HOSTS_ROW,
	FIELD_END
};

static const struct field hosts_rows[] = {
	HOSTS_ROW,
	FIELD_END
};
/* clang-format on */

_Static_assert(offsetof(struct server_detail, server) == 0,
    "a detail begins with the server, so that field rows fit both");

/* --- reading -------------------------------------------------------------- */

enum fail_code
server_list(
    struct ctx *ctx, const struct server_list_args *args, struct page *out)
{
	return paged(ctx, Q_server_list,
	    DB_ARGS(DB_STR(args->search), DB_STR(args->status)), server_fields,
	    sizeof(struct server), args->page, args->page_size, out);
}

enum fail_code
server_get(struct ctx *ctx, struct str id, struct server *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_server_get, DB_ARGS(DB_STR(id)), server_fields, out),
	    KIND);
}

enum fail_code
server_get_detail(struct ctx *ctx, struct str id, struct server_detail *out)
{
	enum fail_code rc = server_get(ctx, id, &out->server);

	if (rc == FAIL_NONE)
		rc = db_all(ctx, Q_server_tools, DB_ARGS(DB_STR(id)), tool_rows,
		    sizeof(struct server_tool), &out->tools);
	if (rc != FAIL_NONE)
		return rc;
	return db_one(
	    ctx, Q_server_hosts, DB_ARGS(DB_STR(id)), hosts_rows, out);
}

/* --- changing ------------------------------------------------------------- */

static json_t *
seen(struct ctx *ctx, const struct server *s)
{
	return json_keep(ctx->arena, view_object(server_fields, s));
}

/* Holds the row, so that what is read next stays as it is. */
static enum fail_code
hold(struct ctx *ctx, struct str id, struct server *out)
{
	enum fail_code rc;
	int64_t found;

	rc = db_run(ctx, Q_server_lock, DB_ARGS(DB_STR(id)), &found);
	return rc != FAIL_NONE ? rc : server_get(ctx, id, out);
}

/* Reads the new state and writes the audit row: the last step. */
static enum fail_code
record(struct ctx *ctx, const char *operation, struct str id,
    const struct server *before, struct server_detail *out)
{
	enum fail_code rc = server_get_detail(ctx, id, out);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, operation, KIND, out->server.id,
	    before != NULL ? seen(ctx, before) : NULL, seen(ctx, &out->server));
}

struct inserted {
	const char *id;
};

static const struct field inserted_fields[] = {
    FIELD_UUID(struct inserted, id, .doc = "Of the new row."), FIELD_END};

static enum fail_code
create(struct ctx *ctx, const struct server_create_args *args,
    struct server_detail *out)
{
	struct str description = args->description.n > 0 ? args->description
							 : STR_NONE;
	struct inserted row;
	enum fail_code rc;

	rc = db_one(ctx, Q_server_insert,
	    DB_ARGS(DB_STR(args->name), DB_STR(description),
		DB_OPT_INT(args->default_timeout_ms), DB_CSTR(ctx_actor(ctx))),
	    inserted_fields, &row);
	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, rc,
		    "There is already a server named %.*s.",
		    STR_FMT(args->name));
	if (rc != FAIL_NONE)
		return rc;
	return record(ctx, "create_server", str_from(row.id), NULL, out);
}

enum fail_code
server_create(struct ctx *ctx, const struct server_create_args *args,
    struct server_detail *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, create(ctx, args, out));
}

static enum fail_code
update(struct ctx *ctx, const struct server_update_args *args,
    struct server_detail *out)
{
	bool describe = args->description.p != NULL;
	struct server before;
	enum fail_code rc = hold(ctx, args->server_id, &before);

	if (rc != FAIL_NONE)
		return rc;
	rc = db_run(ctx, Q_server_update,
	    DB_ARGS(DB_STR(args->server_id),
		DB_STR(args->description.n > 0 ? args->description : STR_NONE),
		DB_BOOL(describe), DB_OPT_INT(args->default_timeout_ms)),
	    NULL);
	if (rc != FAIL_NONE)
		return rc;
	return record(ctx, "update_server", args->server_id, &before, out);
}

enum fail_code
server_update(struct ctx *ctx, const struct server_update_args *args,
    struct server_detail *out)
{
	enum fail_code rc;

	if (args->description.p == NULL && !args->default_timeout_ms.given)
		return fail(&ctx->fail, FAIL_INVALID,
		    "Give at least one thing to change.");
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, update(ctx, args, out));
}

static enum fail_code delete (
    struct ctx *ctx, const struct server_delete_args *args) {
	struct server before;
	enum fail_code rc = hold(ctx, args->server_id, &before);

	if (rc != FAIL_NONE) return rc;
	if (strcmp(before.status, "running") == 0 &&
	    !args->force.v) return fail(&ctx->fail, FAIL_CONFLICT,
	    "The server is running. Stop it first, or delete it with "
	    "force=true.");
	rc = db_run(
	    ctx, Q_server_delete, DB_ARGS(DB_STR(args->server_id)), NULL);
	if (rc != FAIL_NONE) return rc;
	return audit_write(
	    ctx, "delete_server", KIND, before.id, seen(ctx, &before), NULL);
}

enum fail_code
server_delete(struct ctx *ctx, const struct server_delete_args *args)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, delete (ctx, args));
}

/* --- on and off ----------------------------------------------------------- */

struct change {
	const char *operation;
	const char *from;
	const char *to;
	const char *refusal;
};

static enum fail_code
switch_to(struct ctx *ctx, struct str id, const struct change *c,
    struct server_detail *out)
{
	struct server before;
	enum fail_code rc = hold(ctx, id, &before);

	if (rc != FAIL_NONE)
		return rc;
	if (strcmp(before.status, c->from) != 0)
		return fail(&ctx->fail, FAIL_CONFLICT, "%s", c->refusal);
	rc = db_run(ctx, Q_server_set_status,
	    DB_ARGS(DB_STR(id), DB_CSTR(c->to)), NULL);
	if (rc != FAIL_NONE)
		return rc;
	return record(ctx, c->operation, id, &before, out);
}

static enum fail_code
change_status(struct ctx *ctx, struct str id, const struct change *c,
    struct server_detail *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, switch_to(ctx, id, c, out));
}

enum fail_code
server_start(struct ctx *ctx, struct str id, struct server_detail *out)
{
	static const struct change c = {"start_server", "stopped", "running",
	    "The server is already running."};

	return change_status(ctx, id, &c, out);
}

enum fail_code
server_stop(struct ctx *ctx, struct str id, struct server_detail *out)
{
	static const struct change c = {
	    "stop_server", "running", "stopped", "The server is not running."};

	return change_status(ctx, id, &c, out);
}

enum fail_code
server_restart(struct ctx *ctx, struct str id, struct server_detail *out)
{
	/* There is no state in a running server that could be begun anew: each
	 * call is a process of its own.  The record says that it was asked. */
	static const struct change c = {"restart_server", "running", "running",
	    "The server is not running. Start it."};

	return change_status(ctx, id, &c, out);
}
