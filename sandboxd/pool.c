/*
 * pool.c: generations, zygotes and spares.
 */
#include "pool_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "reap.h"
#include "step.h"

#define REFILL_MS 2    /* a run gets this long before a spare is built */
#define FAILURES_MAX 3 /* children in a row that do not become ready */
#define DEATH_MS 5000

/* --- tickets
 * ------------------------------------------------------------------ */

static void
unlink_ticket(struct pool *p, struct ticket *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		p->first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	else
		p->last = t->prev;
	t->queued = false;
	p->waiting--;
}

void
pool_refuse(
    struct pool *p, struct ticket *t, enum box_outcome why, const char *text)
{
	unlink_ticket(p, t);
	p->total.refused++;
	t->refused(t, why, text);
}

static bool
wants(const struct ticket *t, const struct jail *j)
{
	return t->checking == j->checking && strcmp(t->name, j->name) == 0;
}

/* Everyone who waits for this environment hears why it cannot be. */
static void
refuse_all(struct pool *p, const struct jail *j, const char *text)
{
	struct ticket *next;

	for (struct ticket *t = p->first; t != NULL; t = next) {
		next = t->next;
		if (wants(t, j))
			pool_refuse(p, t, BOX_OUTCOME_FAILED, text);
	}
}

unsigned
pool_waiting_for(const struct pool *p, const struct jail *j)
{
	unsigned n = 0;

	for (const struct ticket *t = p->first; t != NULL; t = t->next)
		n += wants(t, j);
	return n;
}

void
pool_submit(struct pool *p, struct ticket *t)
{
	t->since_ms = clock_mono_ms();
	t->next = NULL;
	t->prev = p->last;
	if (p->last != NULL)
		p->last->next = t;
	else
		p->first = t;
	p->last = t;
	t->queued = true;
	p->waiting++;
	pool_pump(p);
	/* Those that a zygote is being started for are as good as running. */
	if (t->queued &&
	    p->waiting + p->running >
		(unsigned)(p->config->max_queue + p->config->max_runs))
		pool_refuse(p, t, BOX_OUTCOME_BUSY, "the queue is full");
}

void
pool_withdraw(struct pool *p, struct ticket *t)
{
	if (t->queued)
		unlink_ticket(p, t);
}

/* --- zygotes
 * ------------------------------------------------------------------- */

static const struct jail_user jail_user;

static bool
is_free(const struct pool *p, uint32_t index)
{
	for (const struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->index == index)
			return false;
	}
	return true;
}

/* The idle one that was used longest ago goes, for another. */
static void
evict(struct pool *p)
{
	struct jail *oldest = NULL;
	struct jail_counts n;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->state == JAIL_DYING)
			return; /* one is on its way out already */
		jail_count(j, &n);
		if (n.busy > 0 || pool_waiting_for(p, j) > 0)
			continue;
		if (oldest == NULL || j->used_ms < oldest->used_ms)
			oldest = j;
	}
	if (oldest == NULL)
		return;
	p->total.evicted++;
	jail_kill(oldest);
}

struct jail *
pool_open_jail(struct pool *p, const char *name, bool checking)
{
	uint32_t index = 0;
	struct jail *j;

	if (p->njails >= (unsigned)p->config->max_zygotes) {
		evict(p);
		return NULL;
	}
	while (!is_free(p, index))
		index++;
	j = jail_new(
	    p->loop, &jail_user, p->current->sock, index, name, checking);
	if (j == NULL) {
		log_error("cannot ask for a zygote",
		    LOG_STR("error", strerror(errno)));
		return NULL;
	}
	j->owner = p;
	j->gen = p->current;
	j->generation = p->current->number;
	j->ids = p->ids;
	j->base = (uint32_t)p->config->uid_base + index * CTL_IDS_RANGE;
	j->cgroup = p->cgroup;
	j->next = p->jails;
	if (p->jails != NULL)
		p->jails->prev = j;
	p->jails = j;
	p->njails++;
	p->total.zygotes++;
	return j;
}

/* Of the current generation if there is one, else an older one. */
static struct jail *
find_jail(const struct pool *p, const char *name, bool checking, bool ready)
{
	struct jail *best = NULL;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->state == JAIL_DYING || j->draining ||
		    j->checking != checking || strcmp(j->name, name) != 0)
			continue;
		if (ready && jail_ready(j) == NULL)
			continue;
		if (best == NULL || j->gen == p->current)
			best = j;
	}
	return best;
}

/* Makes what is missing; `now` also the spares for later. */
static void
fill(struct pool *p, struct jail *j, bool now)
{
	struct jail_counts n;
	unsigned have, want;

	if (j->state != JAIL_OPEN || j->draining)
		return;
	jail_count(j, &n);
	want = pool_waiting_for(p, j);
	if (now)
		want += j->checking ? 1 : (unsigned)p->config->spares;
	have = n.warming + n.ready;
	if (want + n.busy > (unsigned)(p->config->max_runs + p->config->spares))
		want = (unsigned)(p->config->max_runs + p->config->spares) -
		    n.busy;
	for (; have < want && j->state == JAIL_OPEN; have++) {
		p->total.children++;
		jail_spawn(j);
	}
}

static void
on_refill(struct timer *t)
{
	struct pool *p = LOOP_OWNER(struct pool, refill, t);

	for (struct jail *j = p->jails; j != NULL; j = j->next)
		fill(p, j, true);
}

static void
refill_later(struct pool *p)
{
	if (p->refill.due == 0 && !p->closing)
		loop_timer(p->loop, &p->refill, clock_mono_ms() + REFILL_MS,
		    on_refill);
}

/* A successor that is ready takes over from its elder. */
static void
retire_elders(struct pool *p, const struct jail *heir)
{
	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j != heir && j->gen != heir->gen && !j->draining &&
		    heir->gen == p->current && j->checking == heir->checking &&
		    strcmp(j->name, heir->name) == 0) {
			pool_drain(j);
		}
	}
}

void
pool_drain(struct jail *j)
{
	j->draining = true;
	jail_drop_spares(j);
}

void
pool_kill_if_drained(struct jail *j)
{
	struct jail_counts n;

	jail_count(j, &n);
	if (j->draining && n.busy == 0 && j->state != JAIL_DYING)
		jail_kill(j);
}

static void
jail_progress(struct jail *j)
{
	struct pool *p = j->owner;

	if (jail_ready(j) != NULL) {
		if (p->start == POOL_STARTING)
			p->start = POOL_STARTED;
		retire_elders(p, j);
	} else {
		fill(p, j, true);
	}
	pool_pump(p);
}

/* Root can do without user namespaces: the ids are real ones then. */
static bool
start_over(struct pool *p, uint32_t step)
{
	if (p->ids != CTL_IDS_MAPPED || step_layer(step) != LAYER_USER ||
	    strcmp(p->config->userns, "auto") != 0 ||
	    strcmp(p->config->min_level, "required") != 0 || p->current == NULL)
		return false;
	log_warning("no user namespaces here; jails get real user ids",
	    LOG_STR("step", step_what(step)));
	p->ids = CTL_IDS_REAL;
	p->starting_over = true;
	gen_kill(p->current);
	return true;
}

void
pool_not_started(struct pool *p, uint32_t step, int err)
{
	if (p->start != POOL_STARTING || p->starting_over ||
	    start_over(p, step))
		return;
	p->start = POOL_FAILED;
	p->fail_step = step;
	p->fail_err = err;
}

static void
jail_failed(struct jail *j, uint32_t step, int err, bool fatal)
{
	struct pool *p = j->owner;

	if (!fatal)
		p->total.children_failed++;
	pool_not_started(p, step, err);
	if (!fatal && j->failures < FAILURES_MAX)
		return;
	jail_kill(j);
	refuse_all(p, j, "the sandbox could not lock itself down");
}

static void
jail_ended(struct jail *j)
{
	struct pool *p = j->owner;

	if (j->state == JAIL_OPEN && j->failures >= FAILURES_MAX) {
		log_error("children of a zygote die before they are ready",
		    LOG_STR("server", j->name));
		p->total.children_failed++;
		pool_not_started(p, STEP_SPAWN, ECHILD);
		jail_kill(j);
		refuse_all(p, j, "the sandbox's processes die at the start");
	}
	pool_kill_if_drained(j);
	refill_later(p);
}

void
pool_forget_jail(struct jail *j)
{
	struct pool *p = j->owner;

	if (j->prev != NULL)
		j->prev->next = j->next;
	else
		p->jails = j->next;
	if (j->next != NULL)
		j->next->prev = j->prev;
	p->njails--;
	p->total.zygotes_lost++;
	jail_free(j);
	if (!p->closing)
		pool_pump(p);
}

static const struct jail_user jail_user = {
    .progress = jail_progress,
    .failed = jail_failed,
    .ended = jail_ended,
    .gone = pool_forget_jail,
};

/* --- matching
 * ------------------------------------------------------------------- */

/* A generation wears out by its calls. */
static void
count_run(struct pool *p, struct jail *j)
{
	j->runs++;
	j->used_ms = clock_mono_ms();
	if (p->current != NULL && j->gen == p->current)
		p->current->runs++;
}

static void
grant(struct pool *p, struct ticket *t, struct jail *j, struct cell *c)
{
	unlink_ticket(p, t);
	p->running++;
	p->total.granted++;
	count_run(p, j);
	t->granted(t, c);
}

/* True if the ticket left the queue. */
static bool
serve(struct pool *p, struct ticket *t)
{
	struct jail *j;
	struct cell *c;

	if (p->running >= (unsigned)p->config->max_runs)
		return false;
	j = find_jail(p, t->name, t->checking, true);
	c = j != NULL ? jail_take(j) : NULL;
	if (c != NULL) {
		grant(p, t, j, c);
		return true;
	}
	j = find_jail(p, t->name, t->checking, false);
	if (j == NULL && p->current != NULL)
		j = pool_open_jail(p, t->name, t->checking);
	if (j != NULL)
		fill(p, j, false);
	return false;
}

void
pool_pump(struct pool *p)
{
	struct ticket *t = p->first;

	while (t != NULL && !p->closing) {
		struct ticket *next = t->next;

		/* Callbacks may change the queue: begin again then. */
		if (serve(p, t))
			next = p->first;
		t = next;
	}
	refill_later(p);
}

void
pool_done(struct pool *p)
{
	p->running--;
	pool_pump(p);
}

/* --- beginning and end
 * ---------------------------------------------------------------- */

struct pool *
pool_new(struct loop *loop, const struct config *c, struct cgroup *cgroup)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_panic("out of memory", "pool");
	p->loop = loop;
	p->config = c;
	p->cgroup = cgroup;
	p->ids = geteuid() != 0             ? CTL_IDS_SINGLE
	    : strcmp(c->userns, "off") == 0 ? CTL_IDS_REAL
					    : CTL_IDS_MAPPED;
	pool_tick_start(p);
	pool_boot(p);
	return p;
}

static bool
alive(const struct pool *p)
{
	return p->jails != NULL || p->current != NULL || p->booting != NULL ||
	    p->old != NULL;
}

void
pool_free(struct pool *p)
{
	int64_t until = clock_mono_ms() + DEATH_MS;

	p->closing = true;
	for (struct jail *j = p->jails; j != NULL; j = j->next)
		jail_kill(j);
	if (p->current != NULL)
		gen_kill(p->current);
	if (p->booting != NULL)
		gen_kill(p->booting);
	for (struct gen *g = p->old; g != NULL; g = g->next)
		gen_kill(g);
	/* The tick wakes the loop in any case. */
	while (alive(p) && clock_mono_ms() < until)
		loop_once(p->loop);
	loop_timer_off(&p->tick);
	loop_timer_off(&p->refill);
	loop_timer_off(&p->boot);
	free(p);
}

enum pool_start
pool_start(const struct pool *p, uint32_t *step_out, int *err_out)
{
	*step_out = p->fail_step;
	*err_out = p->fail_err;
	return p->start;
}

const struct cell *
pool_specimen(const struct pool *p)
{
	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		struct cell *c = j->state == JAIL_OPEN ? jail_ready(j) : NULL;

		if (c != NULL && c->pid != 0)
			return c;
	}
	return NULL;
}

enum ctl_ids
pool_ids(const struct pool *p)
{
	return p->ids;
}

bool
pool_oom_struck(struct pool *p, struct jail *j)
{
	uint64_t n;

	if (p->cgroup == NULL)
		return reap_oom_kills() != p->oom[0];
	n = cgroup_oom_kills(p->cgroup, j->index);
	if (n == j->oom_seen)
		return false;
	j->oom_seen = n;
	return true;
}
