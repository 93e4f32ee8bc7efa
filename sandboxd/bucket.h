/*
 * bucket.h: so many in a minute.
 *
 * A bucket of `rate` tokens that is refilled evenly, `rate` a minute: a burst
 * of that many may come at once, and then one each 60/rate seconds.
 */
#ifndef MCPBOX_SANDBOXD_BUCKET_H
#define MCPBOX_SANDBOXD_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"

/* Zeroed: a full one, of any rate. */
struct bucket {
	uint32_t rate;
	uint64_t level; /* in tokens / 60000 */
	int64_t at_ms;  /* when it was so */
};

/*
 * Milliseconds until there is a token, 0 = there is one.  `rate` 0 is no
 * limit, and says nothing about the one that others have.  A new rate holds
 * from now on; what was taken stays taken.
 */
uint32_t bucket_wait(
    struct bucket *b, uint32_t rate, int64_t now_ms) ATTR_NODISCARD;
/* Takes one, which must be there. */
void bucket_take(struct bucket *b, uint32_t rate);
/* It was not used after all. */
void bucket_return(struct bucket *b, uint32_t rate);

/* As good as a zeroed one. */
bool bucket_full(struct bucket *b, int64_t now_ms);

#endif
