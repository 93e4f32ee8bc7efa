/*
 * stmt.h: statements on a connection; the inside of db/.
 */
#ifndef MCPBOX_STMT_H
#define MCPBOX_STMT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/conninfo.h"
#include "db/db.h"

struct db {
	const struct settings *settings;
	enum pool pool;
	PGconn *conn;          /* NULL: not connected yet */
	bool prepared[Q__MAX]; /* on this connection */
	bool in_tx;            /* between db_begin and its end */
	bool used;             /* a statement was sent since db_tidy */
	bool reset;            /* the connection was made anew since db_tidy */
	bool stale;            /* drop it at db_tidy */
	bool doomed;           /* the server said good-bye */
	bool down;             /* the last attempt failed, and was logged */
	int64_t not_before_ms; /* no connection attempt before this */
};

/* Name and text of a statement. */
const char *stmt_name(enum q q);
const char *stmt_text(enum q q);

/* Connected and usable, or FAIL_UNAVAILABLE. */
enum fail_code stmt_ready(struct ctx *ctx) ATTR_NODISCARD;

/*
 * Executes; *res_out is cleared by the caller (PQclear) on FAIL_NONE only.
 * The failure says what the client may know.
 */
enum fail_code stmt_exec(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, PGresult **res_out) ATTR_NODISCARD;

/* One of the statements without parameters that cannot be prepared. */
enum fail_code stmt_simple(struct ctx *ctx, enum q q) ATTR_NODISCARD;

#endif
