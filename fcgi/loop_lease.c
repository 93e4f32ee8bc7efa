/*
 * loop_lease.c: processes that are held for the next calls
 * (docs/decisions/0005-leases.md).
 *
 * A server that is called again and again gets one process held for it by
 * this worker: asked for while a call runs, used by the next.  Where there is
 * none at hand, or it was called back, the call goes through sandboxd.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "lease.h"
#include "log.h"
#include "loop_impl.h"
#include "out/run.h"
#include "settings.h"

#define HELD_MAX 32     /* by one worker */
#define HOT_MS 10000    /* called again within: worth holding one */
#define REFUSED_MS 1000 /* not asked again so soon */
#define MARGIN_MS 250   /* given back before sandboxd calls for it */

/* One server, and the process that is held for it, if any. */
struct place {
	struct source source; /* first; watches the lease's connection */
	struct held *all;
	char env[RUN_ENV_MAX];
	int64_t called_ms;  /* last; 0 = a free place */
	int64_t not_before; /* it was refused */
	struct lease lease;
	struct timer timer;
};

struct held {
	struct loop *loop;
	struct place places[HELD_MAX];
};

/* --- giving back ------------------------------------------------------------
 */

static void
give_back(struct place *p)
{
	timer_clear(&p->all->loop->timers, &p->timer);
	/* Closing takes it from the epoll set: nobody else has it. */
	lease_close(&p->lease);
	p->lease = (struct lease){.state = LEASE_NONE};
}

static void
on_age(void *owner)
{
	give_back(owner);
}

static void
on_place(struct loop *l, struct source *s, uint32_t events)
{
	struct place *p = (struct place *)s;
	bool asked = p->lease.state == LEASE_ASKED;

	(void)events;
	if (p->lease.state == LEASE_NONE)
		return; /* an event of before, in the same round */
	if (!lease_look(&p->lease)) {
		if (asked)
			p->not_before = clock_mono_ms() + REFUSED_MS;
		give_back(p);
	} else if (asked && p->lease.state == LEASE_READY) {
		timer_set(&l->timers, &p->timer, p->lease.until_ms - MARGIN_MS);
	}
}

void
loop_lease_leave(struct loop *l)
{
	for (size_t i = 0; l->held != NULL && i < HELD_MAX; i++)
		give_back(&l->held->places[i]);
}

void
loop_lease_free(struct loop *l)
{
	loop_lease_leave(l);
	free(l->held);
	l->held = NULL;
}

/* --- asking
 * ------------------------------------------------------------------- */

static struct held *
make(struct loop *l)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h == NULL)
		log_panic("out of memory", "leases");
	h->loop = l;
	for (size_t i = 0; i < HELD_MAX; i++) {
		struct place *p = &h->places[i];

		p->source.ready = on_place;
		p->all = h;
		p->timer = (struct timer){.fire = on_age, .owner = p};
	}
	return h;
}

static struct place *
find(struct held *h, const char *env)
{
	for (size_t i = 0; i < HELD_MAX; i++) {
		struct place *p = &h->places[i];

		if (p->called_ms != 0 && strcmp(p->env, env) == 0)
			return p;
	}
	return NULL;
}

/* A free place, or that of the server that was called longest ago. */
static struct place *
make_room(struct held *h, const char *env)
{
	struct place *best = &h->places[0];

	for (size_t i = 1; i < HELD_MAX; i++) {
		if (h->places[i].called_ms < best->called_ms)
			best = &h->places[i];
	}
	give_back(best);
	(void)memcpy(best->env, env, sizeof(best->env));
	best->not_before = 0;
	return best;
}

static void
ask(struct loop *l, struct place *p, const struct run *run)
{
	struct box_lease a = {str_from(p->env), run->concurrency};

	if (lease_ask(&p->lease, l->setup.settings->sandbox_socket, &a) != 0) {
		p->not_before = clock_mono_ms() + REFUSED_MS;
		return;
	}
	loop_watch(l, EPOLL_CTL_ADD, p->lease.conn, EPOLLIN, &p->source);
}

void
loop_lease_want(struct loop *l, const struct run *run)
{
	int64_t now = clock_mono_ms();
	struct place *p;
	bool hot;

	if (!run->may_lease || l->setup.settings->leases == 0 ||
	    atomic_load(&l->leaving))
		return;
	if (l->held == NULL)
		l->held = make(l);
	p = find(l->held, run->env);
	hot = p != NULL && now - p->called_ms < HOT_MS;
	if (p == NULL)
		p = make_room(l->held, run->env);
	p->called_ms = now;
	if (hot && p->lease.state == LEASE_NONE && now >= p->not_before)
		ask(l, p, run);
}

/* --- using
 * ------------------------------------------------------------------------ */

/* sandboxd has the child's socket, too: closing does not take it from epoll. */
static void
on_closing(void *arg, int fd)
{
	struct park *p = arg;

	if (p->events != 0)
		loop_watch(p->loop, EPOLL_CTL_DEL, fd, 0, NULL);
	p->events = 0;
}

bool
loop_lease_use(struct loop *l, struct park *p)
{
	struct run *run = p->x->ctx.run;
	struct place *held =
	    run->may_lease && l->held != NULL ? find(l->held, run->env) : NULL;

	if (held == NULL || held->lease.state == LEASE_NONE)
		return false;
	if (!lease_look(&held->lease)) {
		give_back(held);
		return false;
	}
	if (!lease_usable(&held->lease, clock_mono_ms()))
		return false;
	timer_clear(&l->timers, &held->timer);
	loop_watch(l, EPOLL_CTL_DEL, held->lease.conn, 0, NULL);
	run_lend(run, &held->lease);
	run->lease.closing = on_closing;
	run->lease.closing_arg = p;
	return true;
}

static void
watch_one(
    struct loop *l, int fd, uint32_t events, uint32_t *now, struct source *s)
{
	if (fd < 0 || events == *now)
		return;
	loop_watch(l,
	    *now == 0         ? EPOLL_CTL_ADD
		: events == 0 ? EPOLL_CTL_DEL
			      : EPOLL_CTL_MOD,
	    fd, events, s);
	*now = events;
}

void
loop_lease_watch(struct park *p)
{
	struct lease *lease = &p->x->ctx.run->lease;
	uint32_t above = 0, below = EPOLLIN;
	bool above_out, below_out;

	(void)lease_wants_write(lease, &above_out, &below_out);
	/* While the child runs, what sandboxd may say can wait. */
	if (lease->data < 0)
		above |= EPOLLIN;
	if (above_out)
		above |= EPOLLOUT;
	if (below_out)
		below |= EPOLLOUT;
	watch_one(p->loop, lease->conn, above, &p->events_above, &p->above);
	watch_one(p->loop, lease->data, below, &p->events, &p->source);
}
