/*
 * sqlstate.c: one table.
 *
 * Source: PostgreSQL 15, appendix A; class MB is ours.
 */
#include "db/sqlstate.h"

#include <stddef.h>
#include <string.h>

#include "attr.h"

/* The first row whose text starts the SQLSTATE counts. */
static const struct {
	const char *start;
	enum fail_code code;
} table[] = {
    {"MB403", FAIL_FORBIDDEN},
    {"MB404", FAIL_NOT_FOUND},
    {"MB409", FAIL_CONFLICT},
    {"MB410", FAIL_MOVED},
    {"MB422", FAIL_INVALID},
    {"23505", FAIL_DUPLICATE},
    {"23503", FAIL_NOT_FOUND}, /* CONFLICT for a DELETE */
    {"23514", FAIL_INVALID},
    {"22", FAIL_INVALID},
    {"40001", FAIL_BUSY},
    {"40P01", FAIL_BUSY},
    {"55P03", FAIL_BUSY},
    {"53300", FAIL_BUSY}, /* too many connections */
    {"57014", FAIL_TIMEOUT},
    {"57P", FAIL_UNAVAILABLE},   /* shutting down, starting up */
    {"25006", FAIL_UNAVAILABLE}, /* read-only: a fail-over is under way */
    {"08", FAIL_UNAVAILABLE},
    {"42501", FAIL_FORBIDDEN},
};

enum fail_code
sqlstate_fail(const char *sqlstate, bool deleting, bool *own_out)
{
	*own_out = false;
	if (sqlstate == NULL)
		return FAIL_INTERNAL;
	*own_out = strncmp(sqlstate, "MB", 2) == 0;
	if (deleting && strcmp(sqlstate, "23503") == 0)
		return FAIL_CONFLICT;
	for (size_t i = 0; i < NELEM(table); i++) {
		if (strncmp(sqlstate, table[i].start, strlen(table[i].start)) ==
		    0)
			return table[i].code;
	}
	*own_out = false;
	return FAIL_INTERNAL;
}
