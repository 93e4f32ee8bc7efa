/*
 * call.h: the two kinds of tools/call.
 */
#ifndef MCPBOX_CALL_H
#define MCPBOX_CALL_H

#include <jansson.h>

#include "mcp/message.h"
#include "noun/run.h"
#include "op/op.h"
#include "str.h"

/* A tool of a server on its way. */
struct user_call {
	struct run_call run;
	json_t *output_schema; /* NULL: none */
};

/* A management tool: the operation behind "mcpbox_…". */
enum step call_op(
    struct message *m, const struct op *op, const json_t *arguments);

/* A tool of a server, by the halves of its name. */
enum step call_user(struct message *m, struct str server, struct str tool,
    const json_t *arguments);

/* The result of a run, once it has its record. */
enum step call_result(
    struct message *m, const struct user_call *call, const struct outcome *o);
/* "server__name" at the first "__", since a server's name has none; false if
 * it is not of that form. */
bool call_split(const char *name, struct str *server, struct str *rest);

/* -32602: there is no such tool. */
enum step call_unknown(struct message *m);

#endif
