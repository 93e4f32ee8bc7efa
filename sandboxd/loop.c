/*
 * loop.c: one thread, one epoll, timers.
 */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define BATCH 64

struct loop {
	int epoll;
	struct timer timers; /* head of a ring */
	struct epoll_event batch[BATCH];
	int nbatch; /* of the round in progress */
};

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		log_panic("out of memory", "loop");
	l->timers.next = l->timers.prev = &l->timers;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		log_fatal("cannot create epoll", strerror(errno));
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	(void)close(l->epoll);
	free(l);
}

static void
control(struct loop *l, int op, struct watch *w)
{
	struct epoll_event e = {.events = w->events, .data.ptr = w};

	if (epoll_ctl(l->epoll, op, w->fd, &e) != 0)
		log_panic("epoll_ctl", strerror(errno));
}

void
loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events,
    void (*fn)(struct watch *, uint32_t))
{
	*w = (struct watch){.fd = fd, .events = events, .fn = fn};
	control(l, EPOLL_CTL_ADD, w);
}

void
loop_events(struct loop *l, struct watch *w, uint32_t events)
{
	if (w->fd < 0 || w->events == events)
		return;
	w->events = events;
	control(l, EPOLL_CTL_MOD, w);
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	control(l, EPOLL_CTL_DEL, w);
	loop_forget(l, w);
}

void
loop_forget(struct loop *l, struct watch *w)
{
	w->fd = -1;
	for (int i = 0; i < l->nbatch; i++) {
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	}
}

void
loop_timer(
    struct loop *l, struct timer *t, int64_t due, void (*fn)(struct timer *))
{
	loop_timer_off(t);
	*t = (struct timer){due, fn, &l->timers, l->timers.prev};
	t->prev->next = t;
	t->next->prev = t;
}

void
loop_timer_off(struct timer *t)
{
	if (t->due == 0)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->due = 0;
}

/* The timer that is due first, or NULL.  There are a few hundred at most. */
static struct timer *
first(struct loop *l)
{
	struct timer *best = NULL;

	for (struct timer *t = l->timers.next; t != &l->timers; t = t->next) {
		if (best == NULL || t->due < best->due)
			best = t;
	}
	return best;
}

static int
patience(struct loop *l)
{
	struct timer *t = first(l);
	int64_t ms;

	if (t == NULL)
		return -1;
	ms = t->due - clock_mono_ms();
	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void
run_timers(struct loop *l)
{
	int64_t now = clock_mono_ms();
	struct timer *t;

	while ((t = first(l)) != NULL && t->due <= now) {
		loop_timer_off(t);
		t->fn(t);
	}
}

void
loop_once(struct loop *l)
{
	int n = epoll_wait(l->epoll, l->batch, BATCH, patience(l));

	l->nbatch = n > 0 ? n : 0;
	for (int i = 0; i < l->nbatch; i++) {
		struct watch *w = l->batch[i].data.ptr;

		if (w != NULL)
			w->fn(w, l->batch[i].events);
	}
	l->nbatch = 0;
	run_timers(l);
}
