/*
 * queue.h: who waits for a process, and whose turn it is.
 *
 * Each server has a lane: within one it is first come, first served; lanes
 * take turns.  So a server with a thousand waiting calls delays another's
 * single call by one, not by a thousand.  A lane has limits of its own: calls
 * that run at once, calls that wait, calls begun in a minute.
 *
 * Reading a tool (a check) is nobody's call: checks have one lane, and slots,
 * of their own.
 *
 * The queue knows neither processes nor time: the pool says who can be
 * served, the caller says when it is.
 */
#ifndef MCPBOX_SANDBOXD_QUEUE_H
#define MCPBOX_SANDBOXD_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"
#include "bucket.h"
#include "jail.h"
#include "pool_size.h"

#define QUEUE_TABLE 256
/* The longest that a run waits for a process. */
#define QUEUE_PATIENCE_MS 10000

struct cell;
struct lane;

struct ticket {
	/* Filled in by the one who asks. */
	char name[JAIL_NAME_MAX];
	bool checking;
	uint32_t concurrency, rate; /* as in struct box_limits */
	/* Exactly one of them is called, perhaps from within pool_submit. */
	void (*granted)(struct ticket *t, struct cell *c);
	void (*refused)(
	    struct ticket *t, enum box_outcome why, const char *message);
	uint32_t retry_ms; /* for `refused`: not before; 0 = unknown */
	/* The queue's. */
	struct ticket *next, *prev;
	struct lane *lane; /* NULL: neither waiting nor running */
	bool queued;
	int64_t since_ms;  /* asked, or begun */
	int64_t paused_ms; /* since when it waits for somebody; 0: not */
	bool away;         /* and is not counted among those that run */
};

struct lane {
	struct lane *next, *prev;    /* in turn; while somebody waits */
	struct lane *chain;          /* in the table */
	struct ticket *first, *last; /* who waits */
	char name[JAIL_NAME_MAX];
	bool checking;
	unsigned waiting, running, away;
	int64_t used_ms;
	uint64_t typical_us; /* how long a run takes; 0 = not known */
	struct bucket bucket;
	struct pool_size size; /* the pool's: how often it is called */
};

struct queue_limits {
	unsigned runs, runs_server; /* at once */
	unsigned away;              /* besides these; a server: half of it */
	unsigned waits, waits_server;
	unsigned checks, checks_wait;
	int64_t keep_ms; /* an unused lane */
};

struct queue {
	struct queue_limits limits;
	struct lane *table[QUEUE_TABLE];
	unsigned lanes;
	struct lane *first, *last;    /* whose turn it is next */
	unsigned waiting, running;    /* all together */
	unsigned away;                /* wait for somebody outside */
	unsigned checking, unchecked; /* of these: checks that run, that wait */
	uint64_t typical_us;          /* of all calls */
	struct {
		uint64_t full, full_server, rate, expired;
	} total;
};

void queue_init(struct queue *q, const struct queue_limits *limits);
/* Forgets all lanes; nobody may wait or run. */
void queue_free(struct queue *q);

/*
 * Puts it at the end of its lane.  NULL, or why it is refused (BUSY or RATE
 * in *why_out; t->retry_ms says when to come again).
 */
const char *queue_add(struct queue *q, struct ticket *t, int64_t now_ms,
    enum box_outcome *why_out) ATTR_NODISCARD;
/*
 * May it run at once, and leave room for another of its lane and of all?  For
 * runs that have not come yet: those that wait go before them.
 */
bool queue_has_room(const struct queue *q, const struct ticket *t);
/* It waits no longer, and did not run. */
void queue_remove(struct queue *q, struct ticket *t);
/* It runs now; its lane goes to the end of the turn. */
void queue_grant(struct queue *q, struct ticket *t, int64_t now_ms);
/*
 * It runs, and waits for somebody outside: until it goes on, its place is
 * free, unless too many wait like that already.  That time is none that a run
 * takes.  When it goes on there may be one run more than the limits say.
 */
void queue_pause(struct queue *q, struct ticket *t, int64_t now_ms);
void queue_unpause(struct queue *q, struct ticket *t, int64_t now_ms);
/* It ran, and is over; also while it is paused. */
void queue_done(struct queue *q, struct ticket *t, int64_t now_ms);

/*
 * Whose first ticket may run next, as far as limits go, from `at` on (the
 * queue's `first`, or the lane after one that could not be served); NULL:
 * nobody's.
 */
struct lane *queue_turn(const struct queue *q, struct lane *at);

/* The one of a server; NULL: it has none. */
struct lane *queue_lane(const struct queue *q, const char *name, bool checking);
/* Calls of a server that wait. */
unsigned queue_waiting_for(
    const struct queue *q, const char *name, bool checking);
/* And of these, how many could run now if there were processes. */
unsigned queue_ready_for(
    const struct queue *q, const char *name, bool checking);

/* One that has waited for too long, or NULL; t->retry_ms is set. */
struct ticket *queue_expired(struct queue *q, int64_t now_ms);

/* Frees lanes that hold nothing worth knowing. */
void queue_sweep(struct queue *q, int64_t now_ms);

#endif
