/*
 * standing.h: the standalone stream of a legacy session (GET without the id of
 * a call's event): what changed, and nothing else.
 *
 * One a session, wherever it is: the session's row names the worker and the
 * worker's number for the stream.  It keeps nothing: whoever comes back with
 * an old id is told that all may have changed.
 */
#ifndef MCPBOX_STANDING_H
#define MCPBOX_STANDING_H

#include "mcp/era.h"
#include "noun/mcpsession.h"
#include "web/exchange.h"
#include "web/stream.h"

/* Ids of its events are "standalone-" and a number that grows. */
#define STANDING_NAME "standalone"

/*
 * STEP_STREAM, or after a failure (x->ctx.fail: CONFLICT when there is one,
 * BUSY when there are too many streams) STEP_DONE without an answer.
 */
enum step standing_begin(struct exchange *x, const struct era *era,
    const struct mcpsession *session, bool resumes);

/* On the loop's thread: a resource has changed, that sessions want to know of.
 */
void standing_hear(struct loop *l, const struct news *n);
/* Says that this process lives (host_beat). */
void standing_beat(struct loop *l);
/* Frees what the loop holds of this. */
void standing_free(struct loop *l);

#endif
