/*
 * hold_impl.h: the inside of hold.h, shared by the hold*.c files.
 */
#ifndef MCPBOX_HOLD_IMPL_H
#define MCPBOX_HOLD_IMPL_H

#include <stdatomic.h>

#include "mcp/hold.h"
#include "noun/mcptask.h"

/* Between attempts to save something. */
#define HOLD_AGAIN_MS 1000

/*
 * A run that is held.  It is the loop's while its exchange is parked (x->park)
 * and a thread's in between, but for the list, `stopped` and `told`.
 */
struct hold {
	struct exchange *x;
	struct hold *prev, *next; /* of all that are parked; the loop's */
	bool listed;
	struct message *m;
	struct user_call *call;
	struct mcptask_hold row;
	struct run *run;
	bool over;           /* it ends, or has ended */
	const char *stopped; /* why it has to end, if it has to */
	char why[128];
	bool withheld;  /* what it brought cannot be saved */
	bool streamed;  /* its answer ends a stream */
	unsigned works; /* of ours that are under way for it */
	bool waiting;   /* the run has ended: when they are done */

	/* what it asks */
	bool waits;        /* for answers */
	_Atomic bool told; /* there may be some */
	json_t *asks;      /* what the client is shown, by key */
	json_t *names;     /* by the same: the tool's keys */
	json_t *used;      /* keys that were shown in this task */

	int64_t say_ms; /* not before */
	bool unsaid;    /* there is something to say */
	char said[MCPTASK_MESSAGE_MAX + 1];
};

/* --- on request threads (hold_end.c, hold_ask.c) ---------------------------
 */

/* Goes on: the run has ended, or asks, or has its answers. */
enum step hold_resume(struct message *m);
/* The run is over: writes what became of it. */
enum step hold_ended(struct message *m);
/* Is it worth another attempt? */
bool hold_may_pass(enum fail_code code);

#endif
