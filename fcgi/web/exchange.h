/*
 * exchange.h: one request and its answer, from arrival to the last byte.
 *
 * A request thread runs the exchange's step; the step finishes the response
 * (STEP_DONE), starts a run and parks (STEP_PARK with x->step set to what goes
 * on), or makes the connection a stream that stays open (STEP_STREAM with
 * x->stream set).  Between steps the exchange belongs to the event loop, and
 * the arena with it: whatever a step put there is still there when it
 * resumes.
 */
#ifndef MCPBOX_EXCHANGE_H
#define MCPBOX_EXCHANGE_H

#include "op/ctx.h"
#include "op/news.h"
#include "web/request.h"
#include "web/response.h"

enum step { STEP_DONE, STEP_PARK, STEP_STREAM };

struct exchange;
struct conn;
struct loop;
struct stream;
typedef enum step exchange_fn(struct exchange *x);

/*
 * What a parked exchange has to say to what happens meanwhile.  All are called
 * on the loop's thread, and may use web/host.h.
 */
struct park_hooks {
	/* It was parked, or has waited so long again: PARK_TICK_MS. */
	void (*tick)(struct exchange *x);
	/* True: it goes on now.  (A run of its own has been abandoned.) */
	bool (*heard)(struct exchange *x, const struct news *n);
	/* The client has left.  True: it goes on without a connection. */
	bool (*left)(struct exchange *x);
	/* The run has ended, or heard() said so.  False: not yet; host_resume
	 * says when. */
	bool (*ended)(struct exchange *x);
};
#define PARK_TICK_MS 15000

struct exchange {
	struct ctx ctx; /* ctx.arena, ctx.fail, ctx.run */
	struct req req;
	struct response res;
	exchange_fn *step;     /* next thing a thread does with it */
	void *user;            /* the step's own state, in the arena */
	struct conn *conn;     /* where the answer goes (worker's business);
				* NULL: work of our own, no answer wanted */
	struct exchange *next; /* in whichever list holds it */
	struct loop *loop;     /* whose it is between steps */
	void *park;            /* the loop's state while it is parked */
	const struct park_hooks *hooks; /* or NULL: nothing to say */
	void *live;                     /* theirs, in the arena */
	int64_t wake_ms;       /* parked without a run: until then at most */
	struct stream *stream; /* STEP_STREAM: what the connection becomes */
	/* Work of our own: called on the loop's thread after its step. */
	void (*landed)(struct exchange *x);
	/* The same when it never began (host_do_later). */
	void (*dropped)(struct exchange *x);
};

/*
 * An exchange with an empty arena of its own, all else zero.  Taken from and
 * given back to a free list shared by the threads of the process: an arena
 * travels with its exchange, so it cannot belong to a thread.
 */
struct exchange *exchange_new(void);
void exchange_free(struct exchange *x);
/* Gives the free list back to the system, at the end of the process. */
void exchange_free_all(void);

#endif
