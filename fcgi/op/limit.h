/*
 * limit.h: rate limits shared by all processes of the instance.
 *
 * Token buckets keyed by a hash of (what, who) in a file that the master maps
 * before the fork (run/limits.map of the instance), so that a restart forgets
 * nothing.  What all nodes must share (login back-off) is in PostgreSQL, see
 * noun/account.
 */
#ifndef MCPBOX_LIMIT_H
#define MCPBOX_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* Master, before any fork.  home: the instance folder; NULL, or one in which
 * no file can be made: in memory.  Aborts when nothing can be mapped. */
void limit_init(const char *home);
/*
 * Takes one token from bucket (what, who): `rate` tokens a minute up to
 * `burst`.  False when empty, with whole seconds until the next one.
 */
bool limit_take(const char *what, struct str who, uint32_t rate, uint32_t burst,
    int *retry_after_out);

/* The same, and what to tell a client that asks how it stands. */
struct limit_state {
	uint32_t limit;     /* the burst */
	uint32_t remaining; /* whole tokens left */
	int retry_after;    /* seconds until the next one; 0 = there is one */
	int reset;          /* seconds until the bucket is full again */
};
bool limit_check(const char *what, struct str who, uint32_t rate,
    uint32_t burst, struct limit_state *out);

#endif
