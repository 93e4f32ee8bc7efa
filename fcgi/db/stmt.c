/*
 * stmt.c: preparing, executing, and what can go wrong with it.
 *
 * The rule about lost connections: before the first statement of a request the
 * socket is looked at, so that a connection that died while it was idle is
 * made anew in silence.  Once a statement was sent nothing is repeated: the
 * server may have executed it.
 */
#include "db/stmt.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "db/sqlstate.h"
#include "json.h"
#include "log.h"
#include "op/metric.h"

/* After a failed attempt the other requests fail at once for this long. */
#define RETRY_MS 200

static const struct {
	const char *name;
	const char *text;
	size_t nparams;
} statements[Q__MAX + 1] = {
#define QUERY(name, nparams, text) [Q_##name] = {#name, text, nparams},
#include "query.def"
#undef QUERY
};

const char *
stmt_name(enum q q)
{
	return statements[q].name;
}

const char *
stmt_text(enum q q)
{
	return statements[q].text;
}

/* --- connection ----------------------------------------------------------- */

/* An idle connection's farewell arrives as a notice. */
static void
on_notice(void *arg, const PGresult *res)
{
	const char *severity = PQresultErrorField(
	    res, PG_DIAG_SEVERITY_NONLOCALIZED);
	struct db *db = arg;

	if (severity != NULL &&
	    (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		db->doomed = true;
	log_debug("notice of the database",
	    LOG_STR("text", PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)));
}

static const char *
pool_application(enum pool pool)
{
	switch (pool) {
	case POOL_ADMIN:
		return "mcpbox admin";
	case POOL_GATEWAY:
		return "mcpbox gateway";
	case POOL_JOBS:
		return "mcpbox jobs";
	}
	return "mcpbox";
}

static enum fail_code
unavailable(struct ctx *ctx, const char *why)
{
	struct str line = str_from(why);

	/* libpq's texts end in a line break and may have several lines. */
	line = str_trim(str_split(&line, '\n'));
	fail_detail(&ctx->fail, "database: %.*s", STR_FMT(line));
	return fail(&ctx->fail, FAIL_UNAVAILABLE,
	    "The database is not reachable. Try again in a moment.");
}

/* Opens the connection, or opens it again. */
static enum fail_code
connect_now(struct ctx *ctx)
{
	struct db *db = ctx->db;

	if (clock_mono_ms() < db->not_before_ms)
		return unavailable(ctx, "not reachable a moment ago");
	if (db->conn == NULL) {
		struct conninfo info;

		conninfo_build(&info, db->settings, pool_application(db->pool));
		db->conn = PQconnectdbParams(info.keys, info.values, 1);
		if (db->conn == NULL)
			log_panic("out of memory", "libpq");
		PQsetNoticeReceiver(db->conn, on_notice, db);
	} else {
		PQreset(db->conn);
	}
	memset(db->prepared, 0, sizeof(db->prepared));
	db->doomed = false;
	metric_add(METRIC_DB_CONNECTS, 1);
	if (PQstatus(db->conn) == CONNECTION_OK) {
		if (db->down)
			log_info("the database is back");
		db->down = false;
		return FAIL_NONE;
	}
	db->not_before_ms = clock_mono_ms() + RETRY_MS;
	(void)unavailable(ctx, PQerrorMessage(db->conn));
	if (!db->down)
		log_warning("the database is not reachable",
		    LOG_STR("detail", ctx->fail.detail));
	db->down = true;
	return FAIL_UNAVAILABLE;
}

/* Notices an end of file or a message that came while we were idle. */
static void
look_at_socket(PGconn *conn)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};

	if (p.fd >= 0 && poll(&p, 1, 0) > 0 && PQconsumeInput(conn) == 1)
		(void)PQisBusy(conn); /* reads what came: on_notice */
}

enum fail_code
stmt_ready(struct ctx *ctx)
{
	struct db *db = ctx->db;

	if (db->conn == NULL)
		return connect_now(ctx);
	if (!db->used)
		look_at_socket(db->conn);
	if (PQstatus(db->conn) == CONNECTION_OK && !db->doomed)
		return FAIL_NONE;
	if (db->used || db->reset)
		return unavailable(ctx, "the connection broke");
	db->reset = true;
	return connect_now(ctx);
}

/* --- arguments ------------------------------------------------------------ */

struct values {
	const char **v;
	int *lengths;
	int *formats;
};

/* PostgreSQL's text form of text[]: every element quoted. */
static const char *
array_text(struct arena *a, const struct strs *list)
{
	size_t n = 3;
	char *out, *o;

	for (size_t i = 0; i < list->n; i++)
		n += 2 * list->v[i].n + 3;
	out = o = arena_alloc(a, n);
	*o++ = '{';
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			*o++ = ',';
		*o++ = '"';
		for (size_t j = 0; j < list->v[i].n; j++) {
			char c = list->v[i].p[j];

			if (c == '"' || c == '\\')
				*o++ = '\\';
			*o++ = c;
		}
		*o++ = '"';
	}
	*o++ = '}';
	*o = '\0';
	return out;
}

static void
encode(struct arena *a, const struct db_arg *arg, struct values *out, size_t i)
{
	out->v[i] = NULL;
	switch (arg->type) {
	case DB_A_NULL:
		break;
	case DB_A_STR:
		if (arg->s.p != NULL)
			out->v[i] = arena_str(a, arg->s).p;
		break;
	case DB_A_INT:
		out->v[i] = arena_printf(a, "%" PRId64, arg->i);
		break;
	case DB_A_BOOL:
		out->v[i] = arg->i != 0 ? "t" : "f";
		break;
	case DB_A_BYTES:
		out->v[i] = arg->s.p;
		out->lengths[i] = (int)arg->s.n;
		out->formats[i] = 1;
		break;
	case DB_A_JSON:
		if (arg->j != NULL)
			out->v[i] = json_text(a, arg->j).p;
		break;
	case DB_A_STRS:
		if (arg->list.given || arg->list.n > 0)
			out->v[i] = array_text(a, &arg->list);
		break;
	}
}

/* A NUL would silently cut a text parameter. */
static bool
has_nul(const struct db_arg *arg)
{
	if (arg->type == DB_A_STR && arg->s.n > 0)
		return memchr(arg->s.p, '\0', arg->s.n) != NULL;
	if (arg->type != DB_A_STRS)
		return false;
	for (size_t i = 0; i < arg->list.n; i++) {
		struct str s = arg->list.v[i];

		if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
			return true;
	}
	return false;
}

static enum fail_code
encode_all(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    struct values *out)
{
	if (nargs != statements[q].nparams) {
		fail_detail(&ctx->fail, "%s: %zu arguments, not %zu",
		    stmt_name(q), nargs, statements[q].nparams);
		return fail(&ctx->fail, FAIL_INTERNAL, NULL);
	}
	out->v = arena_zalloc(ctx->arena, nargs, sizeof(*out->v));
	out->lengths = arena_zalloc(ctx->arena, nargs, sizeof(*out->lengths));
	out->formats = arena_zalloc(ctx->arena, nargs, sizeof(*out->formats));
	for (size_t i = 0; i < nargs; i++) {
		if (has_nul(&args[i]))
			return fail(&ctx->fail, FAIL_INVALID, NULL);
		encode(ctx->arena, &args[i], out, i);
	}
	return FAIL_NONE;
}

/* --- failures ------------------------------------------------------------- */

/* The connection broke while this statement was on its way. */
static enum fail_code
broke(struct ctx *ctx, enum q q)
{
	struct db *db = ctx->db;
	bool reads = strncmp(stmt_text(q), "SELECT", 6) == 0;
	bool unsure = q == Q_db_commit ||
	    (!db->in_tx && !reads && q != Q_db_begin && q != Q_db_rollback);

	(void)unavailable(ctx, PQerrorMessage(db->conn));
	if (unsure)
		return fail(&ctx->fail, FAIL_UNCERTAIN, NULL);
	return FAIL_UNAVAILABLE;
}

/* A message of our own (class MB) is for the client. */
static enum fail_code
own_message(struct ctx *ctx, enum fail_code code, const PGresult *res)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME);

	if (code == FAIL_INVALID && column != NULL)
		return fail_field(&ctx->fail,
		    arena_printf(ctx->arena, "/%s", column), "%s", text);
	return fail(&ctx->fail, code, "%s", text);
}

static enum fail_code
refused(struct ctx *ctx, enum q q, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool deleting = strncmp(stmt_text(q), "DELETE", 6) == 0, own;
	enum fail_code code;

	if (PQstatus(ctx->db->conn) != CONNECTION_OK)
		return broke(ctx, q);
	code = sqlstate_fail(state, deleting, &own);
	fail_detail(&ctx->fail, "%s: %s %s", stmt_name(q),
	    state != NULL ? state : "?????", text != NULL ? text : "");
	/* The statement is gone, or its plan no longer fits: both end with a
	 * new connection, and neither has executed anything. */
	if (state != NULL &&
	    (strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0)) {
		ctx->db->stale = true;
		return fail(&ctx->fail, FAIL_UNAVAILABLE, NULL);
	}
	if (own && text != NULL)
		return own_message(ctx, code, res);
	if (code == FAIL_BUSY || code == FAIL_UNAVAILABLE)
		ctx->fail.retry_after = 1;
	return fail(&ctx->fail, code, NULL);
}

/* Takes the result over. */
static enum fail_code
outcome(struct ctx *ctx, enum q q, PGresult *res, PGresult **res_out)
{
	ExecStatusType status = PQresultStatus(res);
	enum fail_code rc;

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		*res_out = res;
		return FAIL_NONE;
	}
	metric_add(METRIC_DB_ERRORS, 1);
	rc = refused(ctx, q, res);
	PQclear(res);
	return rc;
}

/* --- execution ------------------------------------------------------------ */

static enum fail_code
prepare(struct ctx *ctx, enum q q)
{
	struct db *db = ctx->db;
	PGresult *res = NULL;
	enum fail_code rc;

	if (db->prepared[q])
		return FAIL_NONE;
	res = PQprepare(db->conn, stmt_name(q), stmt_text(q), 0, NULL);
	rc = outcome(ctx, q, res, &res);
	if (rc != FAIL_NONE)
		return rc;
	PQclear(res);
	db->prepared[q] = true;
	return FAIL_NONE;
}

enum fail_code
stmt_exec(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    PGresult **res_out)
{
	struct db *db = ctx->db;
	struct values values = {.v = NULL};
	enum fail_code rc;
	PGresult *res = NULL;

	if ((rc = encode_all(ctx, q, args, nargs, &values)) != FAIL_NONE ||
	    (rc = stmt_ready(ctx)) != FAIL_NONE)
		return rc;
	db->used = true;
	if ((rc = prepare(ctx, q)) != FAIL_NONE)
		return rc;
	metric_add(METRIC_DB_STATEMENTS, 1);
	res = PQexecPrepared(db->conn, stmt_name(q), (int)nargs, values.v,
	    values.lengths, values.formats, 0);
	return outcome(ctx, q, res, res_out);
}

enum fail_code
stmt_simple(struct ctx *ctx, enum q q)
{
	enum fail_code rc = stmt_ready(ctx);
	PGresult *res = NULL;

	if (rc != FAIL_NONE)
		return rc;
	ctx->db->used = true;
	rc = outcome(ctx, q, PQexec(ctx->db->conn, stmt_text(q)), &res);
	if (rc != FAIL_NONE)
		return rc;
	/* COMMIT of a transaction that had failed rolls back and says so. */
	if (q == Q_db_commit && strcmp(PQcmdStatus(res), "COMMIT") != 0) {
		fail_detail(&ctx->fail, "commit after a failed statement");
		rc = fail(&ctx->fail, FAIL_INTERNAL, NULL);
	}
	PQclear(res);
	return rc;
}
