/*
 * db.h: named statements on this thread's PostgreSQL connection.
 *
 * Statements live in sql/queries/<noun>.sql ("-- name: server_get", then one
 * statement); sql/gen.awk turns them into enum q.  Each is prepared once a
 * connection, on first use, and again after a reconnect.  A write is
 * never repeated by itself: when the connection breaks at COMMIT the answer is
 * FAIL_UNCERTAIN.
 *
 * SQLSTATE -> fail: 23505 DUPLICATE, 23503 NOT_FOUND (insert/update) or
 * CONFLICT (delete), 23514 and 22xxx INVALID, 40001/40P01/55P03 BUSY, 57014
 * TIMEOUT, 42501 FORBIDDEN, class MB (our own RAISE): MB403 FORBIDDEN, MB404
 * NOT_FOUND, MB409 CONFLICT, MB410 MOVED, MB422 INVALID with the message of
 * the RAISE shown to the client (RAISE ... USING COLUMN = 'reason' makes it
 * an error at "/reason"); anything else INTERNAL.  The server's text
 * of other errors goes to the log only.
 */
#ifndef MCPBOX_DB_H
#define MCPBOX_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "op/ctx.h"
#include "op/op.h"
#include "str.h"

enum q {
#define QUERY(name, nparams, text) Q_##name,
#include "query.def"
#undef QUERY
	Q__MAX
};

/* One argument of a statement; text format unless bytes. */
struct db_arg {
	enum {
		DB_A_NULL,
		DB_A_STR,
		DB_A_INT,
		DB_A_BOOL,
		DB_A_BYTES,
		DB_A_JSON,
		DB_A_STRS
	} type;
	struct str s;
	int64_t i;
	const json_t *j;
	struct strs list;
};
#define DB_NULL ((struct db_arg){.type = DB_A_NULL})
/* An absent view (p == NULL) is NULL. */
#define DB_STR(v) ((struct db_arg){.type = DB_A_STR, .s = (v)})
#define DB_CSTR(v) ((struct db_arg){.type = DB_A_STR, .s = str_from(v)})
#define DB_INT(v) ((struct db_arg){.type = DB_A_INT, .i = (v)})
/* NULL unless given and not null. */
#define DB_OPT_INT(o) ((o).given && !(o).null ? DB_INT((o).v) : DB_NULL)
#define DB_BOOL(v) ((struct db_arg){.type = DB_A_BOOL, .i = (v) ? 1 : 0})
#define DB_BYTES(v) ((struct db_arg){.type = DB_A_BYTES, .s = (v)})
#define DB_JSON(v)                                                             \
	((struct db_arg){.type = DB_A_JSON, .j = (v)}) /* NULL -> NULL */
#define DB_STRS(v)                                                             \
	((struct db_arg){.type = DB_A_STRS, .list = (v)}) /* text[] */

/* db_one(ctx, Q_x, DB_ARGS(DB_STR(a), DB_INT(b)), fields, &out) */
#define DB_ARGS(...)                                                           \
	((const struct db_arg[]){__VA_ARGS__}),                                \
	    (sizeof((const struct db_arg[]){__VA_ARGS__}) /                    \
		sizeof(struct db_arg))
#define DB_NOARGS ((const struct db_arg *)NULL), ((size_t)0)

/* --- connection (one owner thread) ---------------------------------------- */

/* Lazy: connects on first use.  `conninfo` as keyword/value pairs is built
 * from settings for this pool's role. */
struct db *db_new(const struct settings *settings, enum pool pool);
void db_free(struct db *db);
/* Between requests: rolls back what a bug left open (logged as an error). */
void db_tidy(struct db *db);

/* --- statements ----------------------------------------------------------- */

/* Exactly one row into *out (zeroed first); FAIL_NOT_FOUND without a row. */
enum fail_code db_one(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, const struct field *fields, void *out) ATTR_NODISCARD;
/* All rows (the statement has its own LIMIT). */
enum fail_code db_all(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, const struct field *fields, size_t row_size,
    struct list *out) ATTR_NODISCARD;
/*
 * A page: the statement returns a column `full_count` (count(*) OVER ()) that
 * no field names; *total_out is 0 when there is no row.
 */
enum fail_code db_page(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, const struct field *fields, size_t row_size, struct list *out,
    int64_t *total_out) ATTR_NODISCARD;
/* No rows wanted.  *affected_out may be NULL. */
enum fail_code db_run(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, int64_t *affected_out) ATTR_NODISCARD;

/*
 * A transaction.  Every failing statement inside makes the rest fail: on any
 * failure call db_rollback (also done by db_tidy).  Nesting is a bug.
 */
enum fail_code db_begin(struct ctx *ctx) ATTR_NODISCARD;
enum fail_code db_commit(struct ctx *ctx) ATTR_NODISCARD;
void db_rollback(struct ctx *ctx);

/* For /health: a round trip within the statement timeout. */
bool db_alive(struct ctx *ctx);

#endif
