/*
 * pool_size.c: how many spares a server needs.
 */
#include "pool_size.h"

#define SECOND 1000
#define UNIT 1000u       /* thousandths */
#define FORGET 64        /* seconds after which nothing of it is left */
#define CALLS_MAX 100000 /* in a second; more makes no difference */
#define BURST_MAX 64     /* so many spares there may be */

/* Each second counts a quarter as much as all before it together. */
static void
bring_up_to_date(struct pool_size *s, int64_t now_ms)
{
	int64_t seconds = (now_ms - s->tick_ms) / SECOND;

	if (seconds <= 0)
		return;
	s->tick_ms += seconds * SECOND;
	if (seconds > FORGET)
		s->rate = s->count = s->burst = 0;
	for (; seconds > 0 && s->rate + s->count + s->burst > 0; seconds--) {
		s->rate = s->rate - s->rate / 4 + s->count * UNIT / 4;
		s->count = 0;
		s->burst -= s->burst / 8;
	}
}

void
pool_size_called(struct pool_size *s, int64_t now_ms, uint32_t refill_ms)
{
	if (s->seen_ms == 0)
		s->tick_ms = s->window_ms = now_ms;
	bring_up_to_date(s, now_ms);
	s->seen_ms = now_ms;
	if (s->count < CALLS_MAX)
		s->count++;
	if (now_ms - s->window_ms >= (int64_t)refill_ms) {
		s->window_ms = now_ms;
		s->inside = 0;
	}
	if (s->inside < BURST_MAX)
		s->inside++;
	if (s->burst < s->inside * UNIT)
		s->burst = s->inside * UNIT;
}

bool
pool_size_in_use(const struct pool_size *s, int64_t now_ms, int64_t idle_ms)
{
	return s->seen_ms != 0 && now_ms - s->seen_ms < idle_ms;
}

unsigned
pool_size_want(
    struct pool_size *s, int64_t now_ms, uint32_t refill_ms, unsigned max)
{
	uint64_t steady, want;

	bring_up_to_date(s, now_ms);
	steady = (uint64_t)s->rate * refill_ms / SECOND;
	want = (steady + s->burst + UNIT / 2) / UNIT;
	return want < 1 ? 1 : want > max ? max : (unsigned)want;
}
