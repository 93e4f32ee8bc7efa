/*
 * ask.h: questions to a legacy client: elicitation/create, sampling/
 * createMessage, roots/list.
 *
 * A question goes out on the stream of the call that asks it, and only there;
 * the client's answer comes as a POST of its own, to any worker of any node.
 * Meanwhile the exchange is parked.  On request threads:
 *
 *	if (!ask_may(m, ASK_ELICIT_FORM) ||
 *	    ask_send(m, "elicitation/create", params, &q) != FAIL_NONE)
 *		...
 *	return ask_wait(m, resume, 120000);
 *
 *	resume:	switch (ask_look(m)) {
 *		case ASK_WAIT:	return ask_again(m);
 *		case ASK_DONE:	q->answer ...
 *
 * Several may be out at once; the wait is for all of them.
 */
#ifndef MCPBOX_ASK_H
#define MCPBOX_ASK_H

#include <jansson.h>

#include "mcp/live.h"
#include "mcp/message.h"

/* What a client must have declared at `initialize`. */
enum ask_need { ASK_ELICIT_FORM, ASK_ELICIT_URL, ASK_SAMPLING, ASK_ROOTS };

struct ask {
	struct live_ask live; /* first */
	/* {"result": …} or {"error": …}; NULL: none came. */
	const json_t *answer;
	struct ask *next;
};

/* Can this client be asked that, in this call? */
bool ask_may(const struct message *m, enum ask_need need);

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

#endif
