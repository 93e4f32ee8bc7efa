/*
 * pool_size.h: how many spares a server needs.
 *
 * What comes while one is being made must be there already: the rate of
 * calls times the time that making one takes, and on top of it the most that
 * came at once of late.  A server that nobody calls needs none.
 */
#ifndef MCPBOX_SANDBOXD_POOL_SIZE_H
#define MCPBOX_SANDBOXD_POOL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"

/* Zeroed: never called. */
struct pool_size {
	int64_t seen_ms;   /* last call; 0 = never */
	int64_t tick_ms;   /* when `rate` was last brought up to date */
	uint32_t count;    /* calls since then */
	uint32_t rate;     /* calls a second, in thousandths */
	int64_t window_ms; /* begin of a refill's time */
	uint32_t inside;   /* calls since then */
	uint32_t burst;    /* the most in such a time, in thousandths; fades */
};

/* A call came; making a process takes refill_ms. */
void pool_size_called(struct pool_size *s, int64_t now_ms, uint32_t refill_ms);

/* The server was called within the last idle_ms. */
bool pool_size_in_use(
    const struct pool_size *s, int64_t now_ms, int64_t idle_ms);

/* Spares to keep for a server in use: 1 .. max. */
unsigned pool_size_want(
    struct pool_size *s, int64_t now_ms, uint32_t refill_ms, unsigned max);

#endif
