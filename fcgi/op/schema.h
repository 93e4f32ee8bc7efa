/*
 * schema.h: JSON Schema 2020-12 from the parameter and field tables.
 */
#ifndef MCPBOX_SCHEMA_H
#define MCPBOX_SCHEMA_H

#include <jansson.h>

#include "op/op.h"

/* Root object schema of all parameters (MCP inputSchema). New reference. */
json_t *schema_input(const struct op *op);
/* Root object schema of the result; NULL without a result. */
json_t *schema_output(const struct op *op);
/* One parameter / one field table, for OpenAPI. `defs` (may be NULL) collects
 * named child schemas as "#/components/schemas/<name>". */
json_t *schema_param(const struct param *p);
json_t *schema_fields(const struct field *fields, json_t *defs);

#endif
