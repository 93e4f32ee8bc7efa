/*
 * registry.h: the operations and routes there are, and their self-check.
 */
#ifndef MCPBOX_REGISTRY_H
#define MCPBOX_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "op/op.h"
#include "str.h"

/* NULL-terminated arrays of tables; each noun of registry.def contributes one
 * of each. */
extern const struct op *const registry_ops[];
extern const struct route *const registry_routes[];

/* The operation behind an MCP tool name "mcpbox_…", or NULL. */
const struct op *registry_mcp(struct str tool_name);

/*
 * Unique names and routes, docs, permissions, reachable faces, patterns
 * that compile, path parameters that exist.  Logs each mistake; a start with
 * one is refused.
 */
bool registry_check(void);

/* The name of a permission ("edit"), or NULL for a mask that is none. */
const char *registry_perm(enum perm perm);

/* The OpenAPI 3.1 document (registry_openapi.c). New reference. */
json_t *registry_openapi(void);

/*
 * A table, by tabs: each operation with its route, the permission that it
 * needs, whether it changes anything, and which role, or scope of a token, may
 * use it (registry_permissions.c).  tests/api/permissions.tsv is a reviewed
 * copy.
 */
void registry_permissions(FILE *out);

#endif
