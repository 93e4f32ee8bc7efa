/*
 * comment.c: what reviewers and authors say to each other about a tool.
 */
#include "noun/comment.h"

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/tool.h"
#include "noun/tx.h"
#include "noun/version.h"
#include "op/view.h"

/* clang-format off */
const struct field comment_fields[] = {
	FIELD_INT(struct comment, id, .doc = "Identifies the comment."),
	FIELD_UUID(struct comment, tool_id, .doc = "The tool."),
	FIELD_INT(struct comment, version, .doc = "The version it is about."),
	FIELD_OPT_INT(struct comment, line, .flags = FIELD_NULLABLE,
	    .doc = "The line of its code; null: the version as a whole."),
	FIELD_OPT_INT(struct comment, reply_to, .flags = FIELD_NULLABLE,
	    .doc = "The comment that began the thread; null: this one did."),
	FIELD_STR(struct comment, body, .doc = "What is said."),
	FIELD_BOOL(struct comment, from_reviewer,
	    .doc = "By somebody who may decide; else by the author's side."),
	FIELD_STR(struct comment, author, .doc = "By whom."),
	FIELD_TIME(struct comment, created_at, .doc = "When."),
	FIELD_STR(struct comment, resolved_by, .flags = FIELD_NULLABLE,
	    .doc = "Who closed the thread; null: it is open."),
	FIELD_TIME(struct comment, resolved_at, .flags = FIELD_NULLABLE,
	    .doc = "When."),
	FIELD_END
};

struct added {
	int64_t id;
};

static const struct field added_fields[] = {
	FIELD_INT(struct added, id, .doc = "Of the new row."),
	FIELD_END
};
/* clang-format on */

/* --- reading -------------------------------------------------------------- */

enum fail_code
comment_list(
    struct ctx *ctx, const struct comment_list_args *a, struct page *out)
{
	struct tool t;
	enum fail_code rc = tool_get(ctx, a->tool_id, &t);

	if (rc != FAIL_NONE)
		return rc;
	return paged(ctx, Q_comment_list,
	    DB_ARGS(DB_STR(a->tool_id), DB_OPT_INT(a->version),
		a->open.given ? DB_BOOL(a->open.v) : DB_NULL),
	    comment_fields, sizeof(struct comment), a->page, a->page_size, out);
}

enum fail_code
comment_open(struct ctx *ctx, struct str tool_id, struct list *out)
{
	return db_all(ctx, Q_comment_open, DB_ARGS(DB_STR(tool_id)),
	    comment_fields, sizeof(struct comment), out);
}

static enum fail_code
get(struct ctx *ctx, struct str tool_id, int64_t id, struct comment *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_comment_get, DB_ARGS(DB_STR(tool_id), DB_INT(id)),
		comment_fields, out),
	    "comment on this tool");
}

/* --- saying something ------------------------------------------------------
 */

static bool
reviewer(const struct ctx *ctx)
{
	return ctx->caller.kind == CALLER_PERSON && ctx->pool == POOL_ADMIN &&
	    ctx_may(ctx, PERM_DECIDE);
}

static int64_t
lines_of(const char *code)
{
	int64_t n = 1;

	for (const char *p = code; *p != '\0'; p++)
		n += *p == '\n' && p[1] != '\0';
	return n;
}

static enum fail_code
check_line(struct ctx *ctx, const struct comment_add_args *a, int64_t version)
{
	struct version v;
	enum fail_code rc = version_get(ctx, a->tool_id, version, &v);

	if (rc != FAIL_NONE || !a->line.given)
		return rc;
	if (a->line.v <= lines_of(v.python_code))
		return FAIL_NONE;
	return fail_field(&ctx->fail, "/line", "the code has %lld lines",
	    (long long)lines_of(v.python_code));
}

/* Where the answered thread begins; a reply to a reply is one to that. */
static enum fail_code
find_thread(
    struct ctx *ctx, const struct comment_add_args *a, struct opt_int *out)
{
	struct comment c;
	enum fail_code rc;

	*out = (struct opt_int){.given = false};
	if (!a->reply_to.given)
		return FAIL_NONE;
	rc = get(ctx, a->tool_id, a->reply_to.v, &c);
	if (rc != FAIL_NONE)
		return rc;
	if (c.resolved_at != NULL)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The thread was closed by %s. Begin another one.",
		    c.resolved_by);
	*out = c.reply_to.given ? c.reply_to
				: (struct opt_int){.given = true, .v = c.id};
	return FAIL_NONE;
}

static json_t *
seen(struct ctx *ctx, const struct comment *c)
{
	return json_keep(ctx->arena, view_object(comment_fields, c));
}

static enum fail_code
add(struct ctx *ctx, const struct comment_add_args *a, struct comment *out)
{
	struct opt_int thread;
	struct added row;
	struct tool t;
	int64_t version;
	enum fail_code rc = tool_hold(ctx, a->tool_id, &t);

	if (rc != FAIL_NONE)
		return rc;
	version = a->version.given ? a->version.v : t.current_version;
	if ((rc = check_line(ctx, a, version)) != FAIL_NONE ||
	    (rc = find_thread(ctx, a, &thread)) != FAIL_NONE)
		return rc;
	rc = db_one(ctx, reviewer(ctx) ? Q_comment_ask : Q_comment_add,
	    DB_ARGS(DB_STR(a->tool_id), DB_INT(version), DB_OPT_INT(a->line),
		DB_OPT_INT(thread), DB_STR(a->body), DB_CSTR(ctx_actor(ctx))),
	    added_fields, &row);
	if (rc == FAIL_NONE)
		rc = get(ctx, a->tool_id, row.id, out);
	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, "add_review_comment", "tool", out->tool_id,
	    NULL, seen(ctx, out));
}

enum fail_code
comment_add(
    struct ctx *ctx, const struct comment_add_args *args, struct comment *out)
{
	enum fail_code rc;

	if (str_trim(args->body).n == 0)
		return fail_field(&ctx->fail, "/body", "says nothing");
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, add(ctx, args, out));
}

/* --- closing ---------------------------------------------------------------
 */

static enum fail_code
resolve(
    struct ctx *ctx, const struct comment_resolve_args *a, struct comment *out)
{
	bool close = !a->resolved.given || a->resolved.v;
	struct comment before;
	struct tool t;
	int64_t thread;
	enum fail_code rc;

	if ((rc = tool_hold(ctx, a->tool_id, &t)) != FAIL_NONE ||
	    (rc = get(ctx, a->tool_id, a->comment_id.v, &before)) != FAIL_NONE)
		return rc;
	if ((before.resolved_at != NULL) == close)
		return fail(&ctx->fail, FAIL_CONFLICT, "The thread is %s.",
		    close ? "closed already" : "open");
	thread = before.reply_to.given ? before.reply_to.v : before.id;
	rc = db_run(ctx, Q_comment_resolve,
	    DB_ARGS(DB_STR(a->tool_id), DB_INT(thread),
		close ? DB_CSTR(ctx_actor(ctx)) : DB_NULL),
	    NULL);
	if (rc == FAIL_NONE)
		rc = get(ctx, a->tool_id, a->comment_id.v, out);
	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, "resolve_review_comment", "tool", out->tool_id,
	    seen(ctx, &before), seen(ctx, out));
}

enum fail_code
comment_resolve(struct ctx *ctx, const struct comment_resolve_args *args,
    struct comment *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, resolve(ctx, args, out));
}

enum fail_code
comment_resolve_all(struct ctx *ctx, const char *tool_id)
{
	return db_run(ctx, Q_comment_resolve_all,
	    DB_ARGS(DB_CSTR(tool_id), DB_CSTR(ctx_actor(ctx))), NULL);
}
