/*
 * loop_timer.h: timers of the event loop: a binary heap by due time.
 *
 * A timer is part of the thing that it times; setting, moving and clearing it
 * cost O(log n) and allocate nothing once the heap is large enough.
 */
#ifndef MCPBOX_LOOP_TIMER_H
#define MCPBOX_LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at_ms; /* monotonic */
	size_t place;  /* in the heap, from 1; 0 = not set */
	void (*fire)(void *owner);
	void *owner;
};

struct timers {
	struct timer **heap;
	size_t n;
	size_t room;
};

void timers_free(struct timers *t);
/* Sets, or moves. */
void timer_set(struct timers *t, struct timer *timer, int64_t at_ms);
void timer_clear(struct timers *t, struct timer *timer);
/* Milliseconds until the next one is due; -1 without one. */
int timers_wait(const struct timers *t, int64_t now_ms);
/* Fires what is due; a timer is cleared before its function runs. */
void timers_fire(struct timers *t, int64_t now_ms);

#endif
