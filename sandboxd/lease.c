/*
 * lease.c: ready processes that workers hold for their next calls.
 */
#include "lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define WAIT_MS 1000  /* for a process */
#define HOLD_MS 5000  /* without a run */
#define GRACE_MS 500  /* to give it back */
#define MARGIN_MS 500 /* of what the worker is told */

struct lease {
	struct leases *all;
	struct lease *next, *prev;
	const struct lease_user *user;
	void *arg;
	struct ticket ticket;
	struct cell *cell;  /* NULL: it waits for one */
	struct timer timer; /* it waits, is held, or is kept for too long */
	bool wanted;        /* called back */
};

/* --- the list of idle ones
 * ----------------------------------------------------
 */

static void
link_lease(struct lease *l)
{
	struct leases *all = l->all;

	l->prev = all->last;
	if (all->last != NULL)
		all->last->next = l;
	else
		all->first = l;
	all->last = l;
	all->n++;
}

static void
unlink_lease(struct lease *l)
{
	struct leases *all = l->all;

	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		all->first = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	else
		all->last = l->prev;
	all->n--;
}

static void
free_lease(struct lease *l)
{
	loop_timer_off(&l->timer);
	unlink_lease(l);
	free(l);
}

/* --- the end ---------------------------------------------------------------
 */

void
lease_drop(struct lease *l)
{
	struct pool *pool = l->all->calls->pool;
	bool had = l->ticket.lane != NULL;

	if (l->cell != NULL)
		cell_release(l->cell);
	if (had)
		pool_done(pool, &l->ticket);
	free_lease(l);
	if (had)
		pool_next(pool);
}

static void
lose(struct lease *l)
{
	l->all->total.lost++;
	l->user->lost(l->arg);
	lease_drop(l);
}

static void
on_ended(struct cell *cell, const struct ctl *m)
{
	struct lease *l = cell->arg;

	(void)m;
	l->cell = NULL;
	lose(l);
}

/* It is lent: nothing else is told. */
static const struct cell_user cell_user = {.ended = on_ended};

/* --- calling back ------------------------------------------------------------
 */

static void
on_grace(struct timer *t)
{
	lose(LOOP_OWNER(struct lease, timer, t));
}

static void
reclaim(struct lease *l)
{
	if (l->wanted || l->cell == NULL)
		return;
	l->wanted = true;
	l->all->total.reclaimed++;
	loop_timer(l->all->calls->loop, &l->timer, clock_mono_ms() + GRACE_MS,
	    on_grace);
	l->user->reclaim(l->arg);
}

static void
on_hold(struct timer *t)
{
	reclaim(LOOP_OWNER(struct lease, timer, t));
}

/* A run of `name` waits: all that is held for this server comes back; when
 * that is nothing, the oldest of another. */
static void
on_waiting(void *arg, const char *name)
{
	struct leases *all = arg;
	struct lease *next, *oldest = NULL;
	bool any = false;

	for (struct lease *l = all->first; l != NULL; l = next) {
		next = l->next;
		if (l->cell == NULL)
			continue;
		if (strcmp(l->ticket.name, name) == 0) {
			reclaim(l);
			any = true;
		} else if (oldest == NULL && !l->wanted) {
			oldest = l;
		}
	}
	if (!any && oldest != NULL)
		reclaim(oldest);
}

/* --- the beginning -----------------------------------------------------------
 */

/* True: it has a process. */
static bool
try(struct lease *l)
{
	struct leases *all = l->all;

	l->cell = pool_lease(all->calls->pool, &l->ticket);
	if (l->cell == NULL)
		return false;
	all->total.given++;
	cell_lend(l->cell, &cell_user, l);
	loop_timer(all->calls->loop, &l->timer,
	    clock_mono_ms() + HOLD_MS + MARGIN_MS, on_hold);
	return true;
}

/* A server has a ready process, and nobody waits for it. */
static void
on_ready(void *arg, const char *name)
{
	struct leases *all = arg;
	struct lease *next;

	for (struct lease *l = all->first; l != NULL; l = next) {
		next = l->next;
		if (l->cell != NULL || strcmp(l->ticket.name, name) != 0)
			continue;
		if (!try(l))
			return;
		l->user->given(l->arg);
	}
}

static void
on_wait(struct timer *t)
{
	struct lease *l = LOOP_OWNER(struct lease, timer, t);

	l->all->total.refused++;
	l->user->lost(l->arg);
	lease_drop(l);
}

void
leases_init(struct leases *all, struct calls *calls, unsigned max)
{
	static const struct pool_news news = {on_waiting, on_ready};

	*all = (struct leases){.calls = calls, .max = max};
	if (max > 0)
		pool_tell(calls->pool, &news, all);
}

struct lease *
lease_new(struct leases *all, const struct box_lease *ask,
    const struct lease_user *user, void *arg)
{
	struct lease *l;

	if (all->n >= all->max) {
		all->total.refused++;
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		log_panic("out of memory", "lease");
	(void)snprintf(
	    l->ticket.name, sizeof(l->ticket.name), "%.*s", STR_FMT(ask->env));
	l->ticket.concurrency = ask->concurrency;
	l->all = all;
	l->user = user;
	l->arg = arg;
	link_lease(l);
	if (!try(l))
		loop_timer(all->calls->loop, &l->timer,
		    clock_mono_ms() + WAIT_MS, on_wait);
	return l;
}

bool
lease_ready(const struct lease *l)
{
	return l->cell != NULL;
}

int
lease_socket(const struct lease *l)
{
	return l->cell->fd;
}

struct box_leased
lease_terms(const struct lease *l)
{
	return (struct box_leased){
	    .hold_ms = HOLD_MS,
	    .pid = (uint32_t)l->cell->pid,
	};
}

struct call *
lease_begin(struct lease *l, const struct box_run *run, struct call_peer peer,
    const struct call_user *user, void *arg)
{
	struct call *c;

	/* A check has another process, a rate another count. */
	if (l->cell == NULL || run->kind == BOX_KIND_CHECK ||
	    run->limits.rate != 0 || !str_eq_c(run->env, l->ticket.name))
		return NULL;
	c = call_adopt(
	    l->all->calls, run, peer, user, arg, &l->ticket, l->cell);
	l->all->total.begun++;
	free_lease(l);
	return c;
}

void
leases_report(const struct leases *all, struct buf *out)
{
	buf_printf(out,
	    "\"leases\":{\"most\":%u,\"held\":%u,\"given\":%llu,"
	    "\"refused\":%llu,\"begun\":%llu,\"reclaimed\":%llu,"
	    "\"lost\":%llu}",
	    all->max, all->n, (unsigned long long)all->total.given,
	    (unsigned long long)all->total.refused,
	    (unsigned long long)all->total.begun,
	    (unsigned long long)all->total.reclaimed,
	    (unsigned long long)all->total.lost);
}
