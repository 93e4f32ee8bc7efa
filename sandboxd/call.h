/*
 * call.h: one run, from the worker's request to its EXIT.
 */
#ifndef MCPBOX_SANDBOXD_CALL_H
#define MCPBOX_SANDBOXD_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "box.h"
#include "egress_proc.h"
#include "loop.h"
#include "pool.h"
#include "wire.h"

struct call;
struct leases;

struct call_user {
	/* A frame of the child that passed the monitor; a REQUEST.  The only
	 * flag that is passed on is BOX_RESULT_CONTENT, the only id that of
	 * an ASK that wants an answer (call_asking). */
	void (*frame)(
	    void *arg, enum wire_type type, uint32_t flags, struct str payload);
	/* The end; the call is freed afterwards. */
	void (*done)(void *arg, const struct box_exit *e);
};

/* Who asked, from the socket; for the log. */
struct call_peer {
	uid_t uid;
	pid_t pid;
};

/* What all calls of a supervisor share. */
struct calls {
	struct loop *loop;
	struct pool *pool;
	struct egress_proc *egress; /* NULL: no way out */
	struct leases *leases;      /* NULL: none are given */
	struct call *first;         /* all that exist, newest first */
	unsigned open;              /* how many */
	struct {
		uint64_t outcome[BOX_OUTCOME__MAX];
		uint64_t kills, killed;     /* asked for; runs that it ended */
		uint64_t requests, refused; /* outbound; without egress */
	} total;
};

/* `run` is copied; the end is counted. */
struct call *call_new(struct calls *all, const struct box_run *run,
    struct call_peer peer, const struct call_user *user,
    void *arg) ATTR_RETURNS_NONNULL;

/*
 * One whose process a worker has already, and has given the run: `run` is
 * without what only the child needs.  The ticket was granted; ticket and cell
 * are the call's now.
 */
struct call *call_adopt(struct calls *all, const struct box_run *run,
    struct call_peer peer, const struct call_user *user, void *arg,
    const struct ticket *ticket, struct cell *cell) ATTR_RETURNS_NONNULL;
/* Of such a one: the worker says how its process answered; `done` follows. */
void call_told(struct call *c, const struct box_done *d);
/* Of such a one: the worker gives it up; frames come from here now. */
void call_take_back(struct call *c, const struct box_handover *h);

/* The ASK that waits for an answer; 0: there is none. */
uint32_t call_asking(const struct call *c);
/* ANSWER of the worker.  False: nobody waits for it, nor ever did. */
bool call_answer(struct call *c, const struct wire_frame *f) ATTR_NODISCARD;

/* Queues it.  `done` may be called before this returns. */
void call_start(struct call *c);

/* The worker asks for its end: `done` follows with CANCELLED. */
void call_cancel(struct call *c);
/* The worker is gone: kills and frees it, `done` is not called. */
void call_abandon(struct call *c);
/* The worker does not read as fast as the child writes. */
void call_pause(struct call *c, bool paused);

/* Ends all runs that `k` means, also those that wait; how many. */
unsigned calls_kill(struct calls *all, const struct box_kill *k);

/* Members of a JSON object, comma-separated, for the report. */
void calls_report(const struct calls *all, struct buf *out);

#endif
