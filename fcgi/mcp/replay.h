/*
 * replay.h: the rest of a call's answer, for a client that lost its
 * connection: what is in the database behind the event it saw last, and then
 * what comes, until the answer.
 */
#ifndef MCPBOX_REPLAY_H
#define MCPBOX_REPLAY_H

#include "noun/mcpsession.h"
#include "web/exchange.h"

/*
 * STEP_STREAM; or STEP_DONE after a failure in x->ctx.fail: NOT_FOUND when
 * there is no such stream, or it is forgotten.
 */
enum step replay_begin(struct exchange *x, const struct mcpsession *session,
    struct str name, int64_t after);

#endif
