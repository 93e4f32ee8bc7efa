/*
 * pool_spare.c: processes that are made ahead of the calls they will run.
 */
#include "pool_inner.h"

#include "clock.h"

#define REFILL_MS 2 /* a run gets this long before a spare is built */

bool
pool_in_use(const struct pool *p, const struct jail *j)
{
	const struct lane *l = queue_lane(&p->queue, j->name, j->checking);

	return l != NULL &&
	    pool_size_in_use(
		&l->size, clock_mono_ms(), p->config->spares_idle_s * 1000);
}

unsigned
pool_spares_for(const struct pool *p, const struct jail *j)
{
	struct lane *l;

	if (j->checking)
		return 1;
	if (!p->config->adaptive)
		return (unsigned)p->config->spares;
	if (!pool_in_use(p, j))
		return 0;
	l = queue_lane(&p->queue, j->name, j->checking);
	return pool_size_want(&l->size, clock_mono_ms(), p->refill_ms,
	    (unsigned)p->config->spares_max);
}

/* More than can be used is never made. */
static unsigned
most(const struct pool *p)
{
	return p->queue.away +
	    (unsigned)(p->config->max_runs +
		(p->config->adaptive ? p->config->spares_max
				     : p->config->spares));
}

static void
spawn(struct pool *p, struct jail *j)
{
	p->total.children++;
	jail_spawn(j);
}

void
pool_fill(struct pool *p, struct jail *j, bool now)
{
	struct jail_counts n;
	unsigned have, want;

	if (j->state != JAIL_OPEN || j->draining)
		return;
	jail_count(j, &n);
	want = queue_ready_for(&p->queue, j->name, j->checking);
	if (now)
		want += pool_spares_for(p, j);
	have = n.warming + n.ready;
	if (want + n.busy > most(p))
		want = most(p) > n.busy ? most(p) - n.busy : 0;
	for (; have < want && j->state == JAIL_OPEN; have++)
		spawn(p, j);
}

static void
on_refill(struct timer *t)
{
	struct pool *p = LOOP_OWNER(struct pool, refill, t);

	for (struct jail *j = p->jails; j != NULL; j = j->next)
		pool_fill(p, j, true);
}

void
pool_refill_later(struct pool *p)
{
	if (p->refill.due == 0 && !p->closing)
		loop_timer(p->loop, &p->refill, clock_mono_ms() + REFILL_MS,
		    on_refill);
}

/* An eighth of what is new. */
void
pool_learn_refill(struct pool *p, struct jail *j)
{
	if (j->took_ms == 0)
		return;
	p->refill_ms = p->refill_ms == 0 ? j->took_ms
					 : (p->refill_ms * 7 + j->took_ms) / 8;
	j->took_ms = 0;
}

/*
 * The oldest spare goes when it is too old; the last one only when its
 * successor is ready.  One at a time: many at once would leave none.
 */
static void
renew_spares(struct pool *p, struct jail *j, int64_t now)
{
	struct cell *c = jail_ready(j);
	struct jail_counts n;

	if (c == NULL || !pool_in_use(p, j) ||
	    now - c->since_ms < p->config->spare_age_s * 1000)
		return;
	jail_count(j, &n);
	if (n.ready > 1)
		cell_kill(c);
	else if (n.warming == 0)
		spawn(p, j);
}

void
pool_tend_spares(struct pool *p, int64_t now)
{
	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->state != JAIL_OPEN || j->draining)
			continue;
		if (pool_spares_for(p, j) > 0 || pool_waiting_for(p, j) > 0) {
			renew_spares(p, j, now);
			continue;
		}
		jail_drop_spares(j);
		/* It will not have one, by which it would have shown that it
		 * is ready to take over. */
		pool_retire_elders(p, j);
	}
}
