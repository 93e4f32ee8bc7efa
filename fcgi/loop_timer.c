/*
 * loop_timer.c: a binary heap of timers.
 */
#include "loop_timer.h"

#include <limits.h>
#include <stdlib.h>

#include "log.h"

void
timers_free(struct timers *t)
{
	free(t->heap);
	*t = (struct timers){.heap = NULL};
}

static void
put(struct timers *t, size_t place, struct timer *timer)
{
	t->heap[place - 1] = timer;
	timer->place = place;
}

/* Moves it towards the root while it is due before its parent. */
static void
rise(struct timers *t, struct timer *timer)
{
	size_t at = timer->place;

	while (at > 1 && t->heap[at / 2 - 1]->at_ms > timer->at_ms) {
		put(t, at, t->heap[at / 2 - 1]);
		at /= 2;
	}
	put(t, at, timer);
}

static void
sink(struct timers *t, struct timer *timer)
{
	size_t at = timer->place, child;

	while ((child = 2 * at) <= t->n) {
		if (child < t->n &&
		    t->heap[child]->at_ms < t->heap[child - 1]->at_ms)
			child++;
		if (t->heap[child - 1]->at_ms >= timer->at_ms)
			break;
		put(t, at, t->heap[child - 1]);
		at = child;
	}
	put(t, at, timer);
}

static void
grow(struct timers *t)
{
	size_t room = t->room == 0 ? 64 : 2 * t->room;
	struct timer **heap;

	heap = reallocarray(t->heap, room, sizeof(struct timer *));
	if (heap == NULL)
		log_panic("out of memory", "timers");
	t->heap = heap;
	t->room = room;
}

void
timer_set(struct timers *t, struct timer *timer, int64_t at_ms)
{
	timer->at_ms = at_ms;
	if (timer->place == 0) {
		if (t->n == t->room)
			grow(t);
		put(t, ++t->n, timer);
	}
	rise(t, timer);
	sink(t, timer);
}

void
timer_clear(struct timers *t, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = t->heap[--t->n];
	if (last == timer)
		return;
	put(t, place, last);
	rise(t, last);
	sink(t, last);
}

int
timers_wait(const struct timers *t, int64_t now_ms)
{
	int64_t left;

	if (t->n == 0)
		return -1;
	left = t->heap[0]->at_ms - now_ms;
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void
timers_fire(struct timers *t, int64_t now_ms)
{
	while (t->n > 0 && t->heap[0]->at_ms <= now_ms) {
		struct timer *timer = t->heap[0];

		timer_clear(t, timer);
		timer->fire(timer->owner);
	}
}
