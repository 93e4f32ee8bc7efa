/*
 * loop.h: the event loop of a worker process.
 *
 * One thread, one epoll set.  It owns what waits: connections between
 * requests, answers that a slow peer does not take, parked exchanges with
 * their sandbox runs (and, with them, streams), timers, and the connection
 * that listens for notifications of PostgreSQL.  Request threads own what
 * runs.  Things change hands in exactly these ways:
 *
 *	loop -> thread	a complete request, a parked exchange that goes on, or
 *			work of the loop's own (web/host.h): through the queue,
 *			at the end of a round, so that no event of that round
 *			can meet it
 *	thread -> loop	loop_answered, loop_park and loop_stream
 *
 * Whoever owns a connection owns its exchange and that exchange's arena.
 */
#ifndef MCPBOX_LOOP_H
#define MCPBOX_LOOP_H

#include <stdbool.h>

#include "op/ctx.h"
#include "web/conn.h"
#include "web/exchange.h"
#include "worker_queue.h"

struct loop;

struct loop_setup {
	const struct settings *settings;
	enum pool pool;
	int listener;  /* non-blocking; stays the caller's */
	int signal_fd; /* readable: TERM or INT */
	struct queue *queue;
	/*
	 * For a pool that ends runs when the database says so (else NULL):
	 * called in the loop after orders were sent on, since a call that was
	 * begun before may reach the sandbox after them (`missed` is false);
	 * and whenever it begins to hear such orders, since some may have
	 * been missed.
	 */
	void (*ordered)(void *arg, bool missed);
	void *arg;
};

struct loop *loop_new(const struct loop_setup *setup);
/* Serves until a signal came and everything in flight was answered.  False
 * when the time for that ran out: then threads may still be at work. */
bool loop_run(struct loop *l);
/* After the threads have ended. */
void loop_free(struct loop *l);

/* --- for request threads -------------------------------------------------- */

/* The exchange waits for x->ctx.run, or for what its hooks wait for.  It is
 * not the thread's any more. */
void loop_park(struct loop *l, struct exchange *x);
/* The connection becomes x->stream; the exchange is no more. */
void loop_stream(struct loop *l, struct exchange *x);
/* The exchange's answer is on its way: `sent` is what conn_answer said.  Both
 * the exchange and the connection are not the thread's any more. */
void loop_answered(struct loop *l, struct exchange *x, enum conn_sent sent);
/* Is this process on its way out?  Then an answer is a connection's last. */
bool loop_leaving(const struct loop *l);
/* Runs x (without a connection; x->step is set) on a thread, once, at about
 * `at_ms` (monotonic).  Any thread, also before loop_run. */
void loop_schedule(struct loop *l, struct exchange *x, int64_t at_ms);

#endif
