/*
 * limit.h: rate limits shared by the processes of one pool.
 *
 * Token buckets keyed by a hash of (what, who) in a shared mapping made by the
 * master before the fork; losing it (restart) only forgets counts.  What must
 * survive (login back-off) is in PostgreSQL, see noun/account.
 */
#ifndef MCPBOX_LIMIT_H
#define MCPBOX_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* Master, before any fork. Aborts when the mapping cannot be made. */
void limit_init(void);
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
