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
#include "noun/mcpsession.h"
#include "web/exchange.h"

struct ask;
struct live;
struct message;
struct turn;
/* A method, or its second half after a run.  STEP_DONE: answered; STEP_PARK:
 * waits for x->ctx.run, or for a question (ask.h); STEP_STREAM: x->stream is
 * the answer. */
typedef enum step message_fn(struct message *m);

struct message {
	struct exchange *x;
	const struct era *era;
	const struct mcpsession *session; /* legacy: whose; NULL: without one */
	struct rpc_msg rpc;
	message_fn *resume; /* what goes on when a parked message's run ended */
	void *user;         /* the method's own state, in the arena */
	bool batch;         /* one of several in an array */
	bool bare;          /* the result alone is written, for later */
	struct live *live; /* what is said before the answer; NULL in a batch */
	struct ask *asks;  /* questions that are out (ask.h) */
	int64_t asks_until; /* monotonic ms */
	struct turn *turn;  /* of a run that may ask (turn.h) */

	/* the answer, by answer.h */
	int status;      /* HTTP */
	struct buf *out; /* all of the POST's answers */
	size_t start;    /* where this one begins in it */
	bool members;    /* its result has a member: the next needs a comma */
	json_t *meta;    /* members of the result's _meta, or NULL */
};

#endif
