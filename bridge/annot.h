/*
 * annot.h: which arguments of which tools are mirrored into headers.
 *
 * A tool's input schema says so ("x-mcp-header": "X"), so it is learnt from
 * the answers to tools/list that pass by.
 */
#ifndef MCPBOX_BRIDGE_ANNOT_H
#define MCPBOX_BRIDGE_ANNOT_H

#include <jansson.h>
#include <stdbool.h>

#include "attr.h"
#include "str.h"

/* Of all tools together; what is beyond is not remembered. */
#define ANNOT_TOOLS_MAX 20000
#define ANNOT_HEADER_MAX 128 /* bytes of X */

struct annot;

struct annot *annot_new(void) ATTR_RETURNS_NONNULL;
void annot_free(struct annot *a);

/* `result` of a tools/list: what it says of a tool replaces what was known. */
void annot_learn(struct annot *a, const json_t *result);
/* Does this result have a tool of that name? */
bool annot_lists(const json_t *result, const char *tool);

/* A header's name, X of Mcp-Param-X, and the argument (never NULL). */
typedef void annot_fn(void *arg, const char *header, const json_t *value);
/* Calls fn for each argument of this call that has a header. */
void annot_each(const struct annot *a, const char *tool,
    const json_t *arguments, annot_fn *fn, void *arg);

#endif
