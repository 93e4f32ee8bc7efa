/*
 * exchange.h: one request and its answer, from arrival to the last byte.
 *
 * A request thread runs the exchange's step; the step either finishes the
 * response (STEP_DONE) or starts a run and parks (STEP_PARK with `resume`
 * set).  Between steps the exchange belongs to the event loop, and the arena
 * with it: whatever a step put there is still there when it resumes.
 */
#ifndef MCPBOX_EXCHANGE_H
#define MCPBOX_EXCHANGE_H

#include "op/ctx.h"
#include "web/request.h"
#include "web/response.h"

enum step { STEP_DONE, STEP_PARK };

struct exchange;
struct conn;
typedef enum step exchange_fn(struct exchange *x);

struct exchange {
	struct ctx ctx; /* ctx.arena, ctx.fail, ctx.run */
	struct req req;
	struct response res;
	exchange_fn *step;     /* next thing a thread does with it */
	void *user;            /* the step's own state, in the arena */
	struct conn *conn;     /* where the answer goes (worker's business);
				* NULL: work of our own, no answer wanted */
	struct exchange *next; /* in whichever list holds it */
	void *park;            /* the loop's state while it is parked */
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
