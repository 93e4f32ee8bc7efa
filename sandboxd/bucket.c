/*
 * bucket.c: so many in a minute.
 */
#include "bucket.h"

#define MINUTE_MS 60000

static uint64_t
brim(const struct bucket *b)
{
	return (uint64_t)b->rate * MINUTE_MS;
}

/* In a millisecond come `rate` parts of the 60000 that make a token. */
static void
refill(struct bucket *b, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms;

	b->at_ms = now_ms;
	if (passed > MINUTE_MS)
		passed = MINUTE_MS;
	if (passed > 0)
		b->level += (uint64_t)passed * b->rate;
	if (b->level > brim(b))
		b->level = brim(b);
}

static void
change(struct bucket *b, uint32_t rate)
{
	uint64_t taken = brim(b) - b->level;

	b->rate = rate;
	b->level = brim(b) > taken ? brim(b) - taken : 0;
}

uint32_t
bucket_wait(struct bucket *b, uint32_t rate, int64_t now_ms)
{
	if (rate == 0)
		return 0;
	refill(b, now_ms);
	if (b->rate != rate)
		change(b, rate);
	if (b->level >= MINUTE_MS)
		return 0;
	return (uint32_t)((MINUTE_MS - b->level + rate - 1) / rate);
}

void
bucket_take(struct bucket *b, uint32_t rate)
{
	if (rate != 0 && b->level >= MINUTE_MS)
		b->level -= MINUTE_MS;
}

void
bucket_return(struct bucket *b, uint32_t rate)
{
	if (rate == 0)
		return;
	b->level += MINUTE_MS;
	if (b->level > brim(b))
		b->level = brim(b);
}

bool
bucket_full(struct bucket *b, int64_t now_ms)
{
	refill(b, now_ms);
	return b->level == brim(b);
}
