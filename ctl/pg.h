/*
 * pg.h: named statements (sql/ctl) on one connection, as mcpbox_admin.
 *
 * Every function ends the program with a sentence when the database refuses or
 * is not there: a command either does all of its work or none.
 */
#ifndef MCPBOX_CTL_PG_H
#define MCPBOX_CTL_PG_H

#include <libpq-fe.h>

#include "config.h"

enum q {
#define QUERY(name, nparams, text) Q_##name,
#include "ctl_query.def"
#undef QUERY
	Q__MAX
};

void pg_open(const struct config *c);
void pg_close(void);

/*
 * Executes with as many text arguments (NULL is NULL) as the statement has.
 * The caller clears the result.
 */
PGresult *pg_query(enum q q, const char *const *args) ATTR_RETURNS_NONNULL;
/* The same, for what has no rows of interest; rows changed. */
long pg_run(enum q q, const char *const *args);

/* A column of the row by its name; NULL is NULL. */
const char *pg_text(const PGresult *res, int row, const char *column);

/* The row of the audit trail, last in a transaction; `after`: JSON or NULL. */
void pg_audit(const char *operation, const char *kind, const char *target,
    const char *after);

/* "ctl:root": who works here. */
const char *pg_actor(void);

#endif
