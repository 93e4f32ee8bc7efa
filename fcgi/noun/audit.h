/*
 * audit.h: the record of who changed what.
 *
 * One row a mutation or login, written in the same transaction, chained by
 * SHA-256 to the row before it (SQL function audit_append, which serialises
 * writers at the chain's head).  Rows cannot be changed or deleted by any
 * login role.
 */
#ifndef MCPBOX_AUDIT_H
#define MCPBOX_AUDIT_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"

/*
 * Appends a row for the caller of ctx: actor, address, request id, operation
 * ("create_tool"), target ("tool", id or NULL), and the state before and after
 * as JSON objects (NULL = none; secrets only as set/unset).  Needs an open
 * transaction unless the statement is the only write.
 */
enum fail_code audit_write(struct ctx *ctx, const char *operation,
    const char *target_kind, const char *target_id, const json_t *before,
    const json_t *after) ATTR_NODISCARD;

extern const struct field audit_entry_fields[];
extern const struct op audit_ops[];
extern const struct route audit_routes[];

#endif
