/*
 * loop.h: one thread, one epoll, timers.
 *
 * A watch and a timer are embedded in what they belong to; the callback finds
 * it by LOOP_OWNER.  Both may be removed at any time, also from a callback of
 * the same round: a removed one is not called any more.
 */
#ifndef MCPBOX_SANDBOXD_LOOP_H
#define MCPBOX_SANDBOXD_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"

struct loop;

struct watch {
	int fd; /* -1 = not watched */
	uint32_t events;
	void (*fn)(struct watch *w, uint32_t events);
};

struct timer {
	int64_t due; /* clock_mono_ms(); 0 = off */
	void (*fn)(struct timer *t);
	struct timer *next, *prev;
};

#define LOOP_OWNER(type, member, p)                                            \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

/* Ends the process when epoll cannot be had. */
struct loop *loop_new(void) ATTR_RETURNS_NONNULL;
void loop_free(struct loop *l);

/* EPOLLIN, EPOLLOUT; the descriptor stays the caller's. */
void loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events,
    void (*fn)(struct watch *, uint32_t));
void loop_events(struct loop *l, struct watch *w, uint32_t events);
void loop_unwatch(struct loop *l, struct watch *w);
/* The same for a descriptor that somebody else has closed already. */
void loop_forget(struct loop *l, struct watch *w);

/* Calls fn once at `due`; setting it again moves it. */
void loop_timer(
    struct loop *l, struct timer *t, int64_t due, void (*fn)(struct timer *));
void loop_timer_off(struct timer *t);

/* One round: waits for events or the next timer, calls what is due. */
void loop_once(struct loop *l);

#endif
