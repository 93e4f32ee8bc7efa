/*
 * loop_park.c: exchanges that wait: for the sandbox, or for what their hooks
 * wait for.
 */
#include <stddef.h>
#include <sys/epoll.h>

#include "arena.h"
#include "clock.h"
#include "log.h"
#include "loop_impl.h"
#include "out/breaker.h"
#include "out/run.h"
#include "settings.h"
#include "web/host.h"

/* Runs that one process waits for; each holds two descriptors. */
#define PARKED_MAX 2048

static void
forget(struct park *p)
{
	struct loop *l = p->loop;

	timer_clear(&l->timers, &p->timer);
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		l->parks = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	l->nparked--;
	p->x->park = NULL;
}

/* One that asks lives on; the others' descriptors were closed by out/run. */
static void
unwatch(struct park *p)
{
	struct run *run = p->x->ctx.run;
	bool lent = run != NULL && run_is_lent(run);

	if (run != NULL && run->fd >= 0 && p->events != 0)
		loop_watch(p->loop, EPOLL_CTL_DEL, run->fd, 0, NULL);
	if (lent && run->lease.conn >= 0 && p->events_above != 0)
		loop_watch(p->loop, EPOLL_CTL_DEL, run->lease.conn, 0, NULL);
	p->events = p->events_above = 0;
	p->source.dead = p->above.dead = true;
}

/* It ended, one way or another, or asks: back to the threads. */
static void
unpark(struct park *p)
{
	struct loop *l = p->loop;
	struct exchange *x = p->x;

	if (x->ctx.run != NULL)
		breaker_judge(x->ctx.run);
	p->over = true;
	unwatch(p);
	timer_clear(&l->timers, &p->timer);
	if (x->hooks != NULL && !x->hooks->ended(x))
		return;
	forget(p);
	if (x->conn != NULL) {
		struct link *link = x->conn->user;

		timer_clear(&l->timers, &link->timer);
		loop_link_lend(link);
	}
	loop_ready(l, x);
}

void
loop_park_end(struct park *p)
{
	unpark(p);
}

static void
watch_run(struct park *p, uint32_t events)
{
	int op = p->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (run_is_lent(p->x->ctx.run)) {
		loop_lease_watch(p);
		return;
	}
	if (events == p->events)
		return;
	p->events = events;
	loop_watch(p->loop, op, p->x->ctx.run->fd, events, &p->source);
}

/* Sends what is left, then only reads. */
static void
go_on(struct park *p)
{
	struct run *run = p->x->ctx.run;
	int sent = run->frame.p != NULL || run_is_lent(run) ? run_send(run) : 1;

	if (sent < 0)
		unpark(p);
	else
		watch_run(p, sent == 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
on_run(struct loop *l, struct source *s, uint32_t events)
{
	struct park *p = (struct park *)s;
	struct exchange *x = p->x;

	(void)l;
	if ((events & ~(uint32_t)EPOLLOUT) != 0 &&
	    run_read(x->ctx.run) != RUN_MORE)
		unpark(p);
	else
		go_on(p);
	/* What the run said may have gone to the client's connection. */
	if (x->park == p && x->hooks != NULL)
		host_flush(x);
}

/* sandboxd's side of a leased run. */
static void
on_above(struct loop *l, struct source *s, uint32_t events)
{
	struct park *p =
	    (struct park *)(void *)((char *)s - offsetof(struct park, above));

	on_run(l, &p->source, events);
}

static void
on_deadline(void *owner)
{
	struct park *p = owner;
	struct run *run = p->x->ctx.run;

	if (run != NULL && run->deadline_ms <= clock_mono_ms()) {
		/* sandboxd kills in time: that we get here is its failure. */
		log_warning("the sandbox did not answer in time",
		    LOG_STR("request_id", p->x->ctx.request_id));
		run_abandon(run, BOX_OUTCOME_TIMEOUT,
		    "the sandbox did not answer in time");
		breaker_heard(p->x->ctx.run->ticket, false);
		p->x->ctx.run->judged = true;
	}
	unpark(p);
}

/* The child waits, or has its answer: what else it says is heard. */
static void
resume_run(struct park *p)
{
	struct run *run = p->x->ctx.run;
	int64_t until = run->deadline_ms;

	if (run->asking != 0 && p->x->wake_ms > 0 && p->x->wake_ms < until)
		until = p->x->wake_ms;
	timer_set(&p->loop->timers, &p->timer, until);
	if (run_read(run) != RUN_MORE)
		unpark(p);
	else
		go_on(p);
}

/* Connects and sends, as far as that goes now. */
static void
begin_run(struct park *p)
{
	struct loop *l = p->loop;
	struct run *run = p->x->ctx.run;

	if (run_is_on(run)) {
		resume_run(p);
		return;
	}

	if (l->nparked > PARKED_MAX) {
		run_abandon(run, BOX_OUTCOME_BUSY, "too many calls wait");
		unpark(p);
		return;
	}
	timer_set(&l->timers, &p->timer, run->deadline_ms);
	if (!loop_lease_use(l, p) &&
	    run_connect(run, l->setup.settings->sandbox_socket) != 0)
		unpark(p);
	else
		go_on(p);
	loop_lease_want(l, run);
}

void
loop_park_begin(struct loop *l, struct exchange *x)
{
	struct park *p = arena_zalloc(x->ctx.arena, 1, sizeof(*p));

	/* cppcheck-suppress nullPointerRedundantCheck ; arenas give no NULL */
	*p = (struct park){
	    .source = {.ready = on_run},
	    .above = {.ready = on_above},
	    .loop = l,
	    .x = x,
	    .next = l->parks,
	    .timer = {.fire = on_deadline, .owner = p},
	};
	if (l->parks != NULL)
		l->parks->prev = p;
	l->parks = p;
	l->nparked++;
	x->park = p;
	if (x->ctx.run != NULL)
		begin_run(p);
	else
		timer_set(&l->timers, &p->timer, x->wake_ms);
	if (x->park == p && x->hooks != NULL)
		x->hooks->tick(x);
	/* Much may have happened while a thread had the connection. */
	if (x->park != NULL && x->conn != NULL) {
		struct link *link = x->conn->user;

		if (x->hooks != NULL)
			timer_set(&l->timers, &link->timer,
			    clock_mono_ms() + PARK_TICK_MS);
		loop_park_ready(l, link);
	}
}

/* --- the client's side ---------------------------------------------------- */

void
loop_park_ready(struct loop *l, struct link *link)
{
	struct exchange *x = link->conn->x;

	if (loop_link_gone(l, link))
		loop_park_left(l, x);
	else
		host_flush(x);
}

void
loop_park_tick(struct loop *l, struct link *link)
{
	struct exchange *x = link->conn->x;

	timer_set(&l->timers, &link->timer, clock_mono_ms() + PARK_TICK_MS);
	if (loop_link_stuck(link)) {
		loop_park_left(l, x);
		return;
	}
	x->hooks->tick(x);
	host_flush(x);
}

void
loop_park_left(struct loop *l, struct exchange *x)
{
	struct park *p = x->park;
	struct run *run = x->ctx.run;

	if (run != NULL)
		run->client_gone = true;
	if (x->hooks != NULL && x->hooks->left(x)) {
		loop_park_detach(l, x, true);
		return;
	}
	if (p->over || run == NULL || !run->cancel_on_leave)
		return; /* it goes on; the answer finds nobody */
	run_abandon(run, BOX_OUTCOME_CANCELLED, "the client left");
	unpark(p);
}

void
loop_park_detach(struct loop *l, struct exchange *x, bool gone)
{
	struct conn *c = x->conn;
	struct link *link = c->user;

	timer_clear(&l->timers, &link->timer);
	x->conn = NULL;
	x->req.body = STR_NONE; /* it was the connection's */
	c->x = NULL;
	atomic_fetch_add(&l->jobs, 1);
	if (gone) {
		loop_link_close(l, link);
		return;
	}
	conn_stream_end(c, atomic_load(&l->leaving));
	loop_link_finish(l, link);
}

void
loop_park_hear(struct loop *l, const struct news *n)
{
	struct park *next;

	for (struct park *p = l->parks; p != NULL; p = next) {
		struct exchange *x = p->x;

		next = p->next;
		if (x->hooks == NULL)
			continue;
		if (x->hooks->heard(x, n))
			unpark(p);
		else if (x->conn != NULL)
			host_flush(x);
	}
}
