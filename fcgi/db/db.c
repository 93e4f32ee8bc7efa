/*
 * db.c: named statements for services.
 */
#include "db/db.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "db/row.h"
#include "db/stmt.h"
#include "log.h"

/* The column of a page statement that tells the rows in all. */
#define FULL_COUNT "full_count"

struct db *
db_new(const struct settings *settings, enum pool pool)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		log_panic("out of memory", "database");
	db->settings = settings;
	db->pool = pool;
	return db;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->conn);
	free(db);
}

void
db_tidy(struct db *db)
{
	bool open = db->in_tx;

	db->in_tx = db->used = db->reset = false;
	if (db->conn == NULL)
		return;
	if (open)
		log_error("transaction left open");
	if (PQtransactionStatus(db->conn) != PQTRANS_IDLE &&
	    PQstatus(db->conn) == CONNECTION_OK)
		PQclear(PQexec(db->conn, stmt_text(Q_db_rollback)));
	if (db->stale) {
		PQfinish(db->conn);
		db->conn = NULL;
		db->stale = false;
	}
}

/* --- statements ----------------------------------------------------------- */

static enum fail_code
wrong_rows(struct ctx *ctx, enum q q, int n)
{
	if (n == 0)
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	fail_detail(&ctx->fail, "%s: %d rows, not one", stmt_name(q), n);
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

enum fail_code
db_one(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, void *out)
{
	PGresult *res;
	enum fail_code rc = stmt_exec(ctx, q, args, nargs, &res);

	if (rc != FAIL_NONE)
		return rc;
	if (PQntuples(res) == 1)
		rc = row_read(ctx, res, 0, fields, NULL, out);
	else
		rc = wrong_rows(ctx, q, PQntuples(res));
	PQclear(res);
	return rc;
}

/* All rows of a result; the caller clears it. */
static enum fail_code
read_rows(struct ctx *ctx, const PGresult *res, const struct field *fields,
    const char *skip, size_t row_size, struct list *out)
{
	size_t n = (size_t)PQntuples(res);
	struct row_map map;
	enum fail_code rc = row_map_make(ctx, res, fields, skip, &map);

	*out = (struct list){.v = arena_zalloc(ctx->arena, n, row_size)};
	for (size_t i = 0; i < n && rc == FAIL_NONE; i++)
		rc = row_read_mapped(
		    ctx, res, (int)i, &map, (char *)out->v + i * row_size);
	if (rc == FAIL_NONE)
		out->n = n;
	return rc;
}

enum fail_code
db_all(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, size_t row_size, struct list *out)
{
	PGresult *res;
	enum fail_code rc = stmt_exec(ctx, q, args, nargs, &res);

	if (rc != FAIL_NONE)
		return rc;
	rc = read_rows(ctx, res, fields, NULL, row_size, out);
	PQclear(res);
	return rc;
}

static enum fail_code
full_count(struct ctx *ctx, enum q q, const PGresult *res, int64_t *out)
{
	int column = PQfnumber(res, FULL_COUNT);

	*out = 0;
	if (PQntuples(res) == 0)
		return FAIL_NONE;
	if (column >= 0 &&
	    str_to_i64(str_from(PQgetvalue(res, 0, column)), out))
		return FAIL_NONE;
	fail_detail(&ctx->fail, "%s: no " FULL_COUNT, stmt_name(q));
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

enum fail_code
db_page(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, size_t row_size, struct list *out,
    int64_t *total_out)
{
	PGresult *res;
	enum fail_code rc = stmt_exec(ctx, q, args, nargs, &res);

	if (rc != FAIL_NONE)
		return rc;
	rc = full_count(ctx, q, res, total_out);
	if (rc == FAIL_NONE)
		rc = read_rows(ctx, res, fields, FULL_COUNT, row_size, out);
	PQclear(res);
	return rc;
}

enum fail_code
db_run(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    int64_t *affected_out)
{
	PGresult *res;
	enum fail_code rc = stmt_exec(ctx, q, args, nargs, &res);
	int64_t n;

	if (rc != FAIL_NONE)
		return rc;
	if (affected_out != NULL)
		*affected_out = str_to_i64(str_from(PQcmdTuples(res)), &n) ? n
									   : 0;
	PQclear(res);
	return FAIL_NONE;
}

/* --- transactions --------------------------------------------------------- */

enum fail_code
db_begin(struct ctx *ctx)
{
	enum fail_code rc;

	if (ctx->db->in_tx)
		log_panic("transaction inside a transaction", ctx->request_id);
	rc = stmt_simple(ctx, Q_db_begin);
	ctx->db->in_tx = rc == FAIL_NONE;
	return rc;
}

enum fail_code
db_commit(struct ctx *ctx)
{
	enum fail_code rc = stmt_simple(ctx, Q_db_commit);

	ctx->db->in_tx = false;
	return rc;
}

void
db_rollback(struct ctx *ctx)
{
	struct db *db = ctx->db;

	if (!db->in_tx)
		return;
	db->in_tx = false;
	/* When the connection is gone so is the transaction. */
	if (PQstatus(db->conn) == CONNECTION_OK)
		PQclear(PQexec(db->conn, stmt_text(Q_db_rollback)));
}

bool
db_alive(struct ctx *ctx)
{
	bool alive = stmt_simple(ctx, Q_db_alive) == FAIL_NONE;

	fail_clear(&ctx->fail);
	return alive;
}
