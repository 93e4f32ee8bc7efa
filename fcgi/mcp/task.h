/*
 * task.h: tasks as a client sees them (extension io.modelcontextprotocol/tasks
 * of 2026-07-28).
 *
 * Only tools/call becomes a task: where the tool's task_mode says so, for a
 * client that declares the extension in the request.  Legacy revisions have
 * none: 2025-11-25 had an experiment of that name, which is not served.
 */
#ifndef MCPBOX_TASK_H
#define MCPBOX_TASK_H

#include "buf.h"
#include "mcp/call.h"
#include "mcp/message.h"
#include "noun/mcptask.h"

#define TASK_EXTENSION ERA_META "tasks"

/* Does the request's client know tasks? */
bool task_declared(const struct message *m);
/* -32021: it does not, and it must. */
enum step task_refuse(struct message *m, const char *text);

/* The members of a task that all answers have, from "taskId" on. */
void task_put(struct buf *b, struct str id, const struct mcptask *t);
/* The same, and those that its status brings (DetailedTask). */
void task_put_all(struct buf *b, struct str id, const struct mcptask *t);

#endif
