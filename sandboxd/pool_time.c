/*
 * pool_time.c: what happens by itself: expiry, eviction, rotation.
 */
#include "pool_inner.h"

#include "clock.h"
#include "reap.h"

#define TICK_MS 1000

static void
expire_tickets(struct pool *p, int64_t now)
{
	struct ticket *t;

	while ((t = queue_expired(&p->queue, now)) != NULL)
		pool_refuse(
		    p, t, BOX_OUTCOME_BUSY, "no process became free in time");
	queue_sweep(&p->queue, now);
}

static void
expire_jails(struct pool *p, int64_t now)
{
	struct jail_counts n;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		pool_kill_if_drained(j);
		jail_expire(j, now);
		jail_count(j, &n);
		if (n.busy == 0 && j->state == JAIL_OPEN && !j->checking &&
		    pool_waiting_for(p, j) == 0 &&
		    now - j->used_ms >= p->config->idle_s * 1000)
			jail_kill(j);
	}
}

static bool
has_jails(const struct pool *p, const struct gen *g)
{
	for (const struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->gen == g)
			return true;
	}
	return false;
}

static void
rotate(struct pool *p, int64_t now)
{
	struct gen *g = p->current;

	for (struct gen *o = p->old; o != NULL; o = o->next) {
		if (o->state != GEN_DYING && !has_jails(p, o))
			gen_kill(o);
	}
	if (g == NULL || p->booting != NULL || p->boot.due != 0 || g->runs == 0)
		return;
	if (g->runs >= (uint64_t)p->config->max_calls ||
	    now - g->born_ms >= p->config->max_age_s * 1000)
		pool_boot(p);
}

static void
on_tick(struct timer *t)
{
	struct pool *p = LOOP_OWNER(struct pool, tick, t);
	int64_t now = clock_mono_ms();

	p->oom[0] = p->oom[1];
	p->oom[1] = reap_oom_kills();
	expire_tickets(p, now);
	expire_jails(p, now);
	pool_tend_spares(p, now);
	pool_keep_check(p);
	rotate(p, now);
	loop_timer(p->loop, &p->tick, now + TICK_MS, on_tick);
}

void
pool_tick_start(struct pool *p)
{
	p->oom[0] = p->oom[1] = reap_oom_kills();
	loop_timer(p->loop, &p->tick, clock_mono_ms() + TICK_MS, on_tick);
}
