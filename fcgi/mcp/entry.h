/*
 * entry.h: one tool, resource or prompt as a list shows it.
 */
#ifndef MCPBOX_ENTRY_H
#define MCPBOX_ENTRY_H

#include "arena.h"
#include "buf.h"
#include "mcp/era.h"
#include "noun/run.h"
#include "op/op.h"

/* A management tool: "mcpbox_" and the operation's name. */
void entry_op(struct buf *b, const struct era *era, const struct op *op);

/*
 * A tool of a server.  Its schemas are sent as they are stored, byte for
 * byte; the legacy revisions, which have narrower ones, get an outputSchema
 * only if it describes an object, and {} or {"not":{}} for a property that
 * is true or false.
 */
void entry_tool(
    struct buf *b, const struct era *era, const struct run_tool *tool);

/* A resource, a template, a prompt. */
void entry_resource(
    struct buf *b, const struct era *era, const struct run_tool *tool);
void entry_template(
    struct buf *b, const struct era *era, const struct run_tool *tool);
void entry_prompt(
    struct buf *b, const struct era *era, const struct run_tool *tool);

/* May an outputSchema, and what it describes, be shown in this revision? */
bool entry_shows_output(const struct era *era, const json_t *schema);

#endif
