/*
 * ask.h: questions to a legacy client: elicitation/create, sampling/
 * createMessage, roots/list.
 *
 * A question goes out on the stream of the call that asks it, and only there;
 * the client's answer comes as a POST of its own, to any worker of any node.
 * Meanwhile the exchange is parked.  On request threads:
 *
 *	if (ask_send(m, "elicitation/create", params, &q) != FAIL_NONE)
 *		...
 *	return ask_wait(m, resume, 120000);
 *
 *	resume:	switch (ask_look(m)) {
 *		case ASK_WAIT:	return ask_again(m);
 *		case ASK_DONE:	q->answer ...
 *
 * Several may be out at once; the wait is for all of them, and for the end of
 * m->x->ctx.run, if one is on.  Whether the client can be asked that is the
 * caller's business (turn.h).
 */
#ifndef MCPBOX_ASK_H
#define MCPBOX_ASK_H

#include <jansson.h>

#include "mcp/live.h"
#include "mcp/message.h"

struct ask {
	struct live_ask live; /* first */
	/* {"result": …} or {"error": …}; NULL: none came. */
	const json_t *answer;
	struct ask *next;
};

/*
 * Sends it; *out is in the exchange's arena.  `params` may be NULL.
 * FAIL_CONFLICT when the answer cannot be a stream.
 */
enum fail_code ask_send(struct message *m, const char *method,
    const json_t *params, struct ask **out) ATTR_NODISCARD;

/* STEP_PARK: `resume` goes on when all are answered, after timeout_ms, when the
 * client cancels, and now and then. */
enum step ask_wait(struct message *m, message_fn *resume, int64_t timeout_ms);

enum ask_state {
	ASK_DONE,     /* each has its answer */
	ASK_WAIT,     /* not yet: ask_again */
	ASK_LATE,     /* the time is over; some may have answers */
	ASK_CANCELLED /* the client does not want the call any more */
};
/* In `resume`: how it stands.  After anything but ASK_WAIT the questions are
 * forgotten, and others can be asked. */
enum ask_state ask_look(struct message *m);
enum step ask_again(struct message *m);
/* They are not wanted any more, if there are any. */
void ask_drop(struct message *m);

#endif
