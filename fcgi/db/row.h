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

/* `skip` names one column to ignore ("full_count"), or NULL. */
enum fail_code row_read(struct ctx *ctx, const PGresult *res, int row,
    const struct field *fields, const char *skip, void *out) ATTR_NODISCARD;

#endif
