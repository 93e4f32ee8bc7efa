/*
 * loop_park.c: exchanges that wait for the sandbox.
 */
#include <sys/epoll.h>

#include "arena.h"
#include "clock.h"
#include "log.h"
#include "loop_impl.h"
#include "out/run.h"
#include "settings.h"

/* Runs that one process waits for; each holds two descriptors. */
#define PARKED_MAX 2048

/* The run has ended, one way or another: back to the threads. */
static void
unpark(struct park *p)
{
	struct loop *l = p->loop;
	struct exchange *x = p->x;

	timer_clear(&l->timers, &p->timer);
	p->source.dead = true; /* its descriptor was closed by out/run */
	l->nparked--;
	x->park = NULL;
	loop_link_lend(x->conn->user);
	loop_ready(l, x);
}

static void
watch_run(struct park *p, uint32_t events)
{
	int op = p->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

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
	int sent = run->frame.p != NULL ? run_send(run) : 1;

	if (sent < 0)
		unpark(p);
	else
		watch_run(p, sent == 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
on_run(struct loop *l, struct source *s, uint32_t events)
{
	struct park *p = (struct park *)s;

	(void)l;
	if ((events & ~(uint32_t)EPOLLOUT) != 0 && run_read(p->x->ctx.run) != 0)
		unpark(p);
	else
		go_on(p);
}

static void
on_deadline(void *owner)
{
	struct park *p = owner;

	/* sandboxd kills in time: that we get here is its failure. */
	log_warning("the sandbox did not answer in time",
	    LOG_STR("request_id", p->x->ctx.request_id));
	run_abandon(p->x->ctx.run, BOX_OUTCOME_TIMEOUT,
	    "the sandbox did not answer in time");
	unpark(p);
}

void
loop_park_begin(struct loop *l, struct exchange *x)
{
	struct park *p = arena_zalloc(x->ctx.arena, 1, sizeof(*p));
	struct run *run = x->ctx.run;

	/* cppcheck-suppress nullPointerRedundantCheck ; arenas give no NULL */
	*p = (struct park){
	    .source = {.ready = on_run},
	    .loop = l,
	    .x = x,
	    .timer = {.fire = on_deadline, .owner = p},
	};
	x->park = p;
	if (l->nparked++ >= PARKED_MAX) {
		run_abandon(run, BOX_OUTCOME_BUSY, "too many calls wait");
		unpark(p);
		return;
	}
	timer_set(&l->timers, &p->timer, run->deadline_ms);
	if (run_connect(run, l->setup.settings->sandbox_socket) != 0) {
		unpark(p);
		return;
	}
	go_on(p);
	/* It may have left while a thread had the connection. */
	if (x->park != NULL)
		loop_link_look(l, x->conn->user);
}

void
loop_park_left(struct loop *l, struct exchange *x)
{
	struct park *p = x->park;
	struct run *run = x->ctx.run;

	(void)l;
	run->client_gone = true;
	if (!run->cancel_on_leave)
		return; /* it goes on; the answer finds nobody */
	run_abandon(run, BOX_OUTCOME_CANCELLED, "the client left");
	unpark(p);
}
