/*
 * egress_link.h: a run's way out: its connection to mcpbox-egress.
 *
 * Made at the run's first request; carries what the child asks to egress and
 * what egress answers to the child, by the requests' numbers, and lets
 * neither say what it may not (flight).  Both ways are slowed down by the
 * slower side.  When egress ends, everything that was under way gets its end
 * from here.
 */
#ifndef MCPBOX_SANDBOXD_EGRESS_LINK_H
#define MCPBOX_SANDBOXD_EGRESS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "egress_proc.h"
#include "fetch.h"
#include "flight.h"
#include "loop.h"
#include "str.h"
#include "wire.h"

struct egress_link;

struct egress_link_user {
	/* To the child: HEAD, DATA or DONE of a request. */
	void (*frame)(
	    void *arg, enum wire_type type, uint32_t id, struct str payload);
	/* To the worker: what was asked and decided. */
	void (*record)(void *arg, struct str json);
	/* It can take more requests again (egress_link_full). */
	void (*room)(void *arg);
	/* After egress_link_settle: nothing more will come. */
	void (*settled)(void *arg);
};

/* Who cannot take more for now; a bit each. */
enum egress_link_pause {
	EGRESS_LINK_CHILD = 1 << 0,
	EGRESS_LINK_WORKER = 1 << 1
};

/*
 * Connects; `open` is the payload of FETCH_OPEN.  NULL: egress is not there.
 */
struct egress_link *egress_link_new(struct loop *loop, struct egress_proc *p,
    struct str open, const struct egress_link_user *user, void *arg);
/* Whatever is under way ends.  NULL is nothing. */
void egress_link_free(struct egress_link *l);

enum egress_link_sent {
	EGRESS_LINK_SENT,
	EGRESS_LINK_FULL, /* too many under way */
	EGRESS_LINK_DOWN, /* egress is gone, since this run began to use it */
	EGRESS_LINK_BAD   /* the child broke the rules */
};
enum egress_link_sent egress_link_fetch(
    struct egress_link *l, uint32_t id, struct str payload) ATTR_NODISCARD;
void egress_link_cancel(struct egress_link *l, uint32_t id);

/*
 * Egress is behind: read no more from the child until `room`.  With `choked`
 * (the child does not take what it is sent, perhaps because it is writing)
 * only when there is a lot: both would wait for each other.
 */
bool egress_link_full(const struct egress_link *l, bool choked);

/* Stops or goes on reading from egress. */
void egress_link_pause(
    struct egress_link *l, enum egress_link_pause who, bool paused);

/*
 * The run is over: what is under way is cancelled, and only records are of
 * interest.  False: there is nothing to wait for; else `settled` follows,
 * within some 200 ms.
 */
bool egress_link_settle(struct egress_link *l) ATTR_NODISCARD;

#endif
