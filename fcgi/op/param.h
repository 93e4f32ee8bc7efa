/*
 * param.h: a request bound to an args struct by the parameter table.
 *
 * All faults are collected: FAIL_INVALID with one entry a field.  Unknown
 * members and unknown query parameters are faults too.
 */
#ifndef MCPBOX_PARAM_H
#define MCPBOX_PARAM_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"
#include "str.h"

/* Characters of one entry of a PARAM_STRS. */
#define PARAM_ENTRY_MAX 256

/* A path or query parameter, decoded. */
struct param_text {
	struct str name;
	struct str value;
};

/*
 * Fills args (args_size bytes, zeroed here) from: `path` (FROM_PATH rows),
 * `query` (FROM_QUERY rows) and the JSON object `body` (FROM_BODY; NULL = no
 * body).
 */
enum fail_code param_bind_rest(struct ctx *ctx, const struct op *op,
    const struct param_text *path, size_t npath, const struct param_text *query,
    size_t nquery, const json_t *body, void *args) ATTR_NODISCARD;
/* MCP: everything comes from one object; `from` is ignored. */
enum fail_code param_bind_mcp(struct ctx *ctx, const struct op *op,
    const json_t *arguments, void *args) ATTR_NODISCARD;

/* Start-up: compiles every pattern; false (and a log line) on a bad row. */
bool param_check_table(const struct op *op);
/* Does s match this row's pattern? Compiled patterns only. */
bool param_matches(const struct param *p, struct str s);

#endif
