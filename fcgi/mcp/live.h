/*
 * live.h: the answer to a call while the call goes on.
 *
 * It begins as nothing: a call that says nothing on its way is answered by
 * plain JSON.  The first thing to say, or 15 seconds of silence, make it a
 * stream of events whose last one is the answer.
 *
 * In a legacy session the events have ids and are in the database before they
 * are sent (noun/mcpstream), so that a client that lost its connection can
 * fetch them from any worker; the call goes on without a connection.  A modern
 * client that leaves has cancelled its call.
 *
 * Who owns the exchange may call what is here: the loop's thread while it is
 * parked, else the request thread.
 */
#ifndef MCPBOX_LIVE_H
#define MCPBOX_LIVE_H

#include <jansson.h>
#include <stdbool.h>

#include "mcp/era.h"
#include "noun/mcpsession.h"
#include "str.h"
#include "web/exchange.h"

struct live;

/*
 * For x, once; x->live and x->hooks.  `session` may be NULL; `id` is the
 * request's; `may_stream`: the client accepts events, and this is no batch.
 */
struct live *live_new(struct exchange *x, const struct era *era,
    const struct mcpsession *session, const json_t *id, bool may_stream);

/* What a slow reader loses first. */
enum live_weight {
	LIVE_PROGRESS, /* the next one says more */
	LIVE_LOG,
	LIVE_ASK /* never */
};

/* A JSON-RPC message to the client, while x is parked. */
void live_put(struct live *v, struct str json, enum live_weight weight);
/* The same from a step, with a database; FAIL_CONFLICT when this answer
 * cannot be a stream.  A failure of the database is one only in a session. */
enum fail_code live_put_here(struct live *v, struct str json) ATTR_NODISCARD;

/*
 * While parked, in a session of 2025-11-25: closes the connection and lets the
 * client come back for the rest.  Nothing in other eras.
 */
void live_drop(struct live *v);

/* Can it become a stream? */
bool live_may(const struct live *v);
/* The client does not want the answer any more. */
bool live_cancelled(const struct live *v);
/*
 * The answer: true if it went on the stream (x->res is done), false if the
 * answer is still to be made as if there were no stream.  `json` may be
 * changed.
 */
bool live_finish(struct live *v, struct str json);

/* Questions that the exchange waits for (ask.c): the loop marks them. */
struct live_ask {
	const char *id;
	bool told; /* there is an answer to be looked for */
	struct live_ask *next;
};
void live_ask_add(struct live *v, struct live_ask *ask);
void live_ask_clear(struct live *v);

#endif
