/*
 * message.h: one JSON-RPC message on its way to an answer.
 */
#ifndef MCPBOX_MESSAGE_H
#define MCPBOX_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "mcp/era.h"
#include "mcp/rpc.h"
#include "web/exchange.h"

struct message;
/* A method, or its second half after a run.  STEP_DONE: answered. */
typedef enum step message_fn(struct message *m);

struct message {
	struct exchange *x;
	const struct era *era;
	struct rpc_msg rpc;
	message_fn *resume; /* what goes on when a parked message's run ended */
	void *user;         /* the method's own state, in the arena */

	/* the answer, by answer.h */
	int status;      /* HTTP */
	struct buf *out; /* all of the POST's answers */
	size_t start;    /* where this one begins in it */
	bool members;    /* its result has a member: the next needs a comma */
	json_t *meta;    /* members of the result's _meta, or NULL */
};

#endif
