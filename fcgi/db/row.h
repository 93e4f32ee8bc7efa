/*
 * row.h: a result row into a struct by its field table.
 *
 * Columns match fields by name.  A column without a field is an error (so is a
 * NULL in a field that is not NULLABLE); a field without a column stays as it
 * was.  Text and JSON are copied into the arena.
 */
#ifndef MCPBOX_ROW_H
#define MCPBOX_ROW_H

#include <libpq-fe.h>

#include "op/ctx.h"
#include "op/op.h"

/* Which field each column fills, found once for all rows of a result. */
struct row_map {
	size_t n;                    /* columns */
	const struct field **fields; /* NULL: the skipped column */
};

/* `skip` names one column to ignore ("full_count"), or NULL. */
enum fail_code row_map_make(struct ctx *ctx, const PGresult *res,
    const struct field *fields, const char *skip,
    struct row_map *out) ATTR_NODISCARD;
enum fail_code row_read_mapped(struct ctx *ctx, const PGresult *res, int row,
    const struct row_map *map, void *out) ATTR_NODISCARD;

/* Both in one, for a single row. */
enum fail_code row_read(struct ctx *ctx, const PGresult *res, int row,
    const struct field *fields, const char *skip, void *out) ATTR_NODISCARD;

#endif
