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
#include "record.h"
#include "step.h"

#define FAILURES_MAX 3 /* children in a row that do not become ready */
#define DEATH_MS 5000
#define CHECKS_WAIT 64
#define KEEP_MS 120000 /* what is known of a server that nobody calls */

/* --- tickets
 * ------------------------------------------------------------------ */

void
pool_refuse(
    struct pool *p, struct ticket *t, enum box_outcome why, const char *text)
{
	queue_remove(&p->queue, t);
	p->total.refused++;
	t->refused(t, why, text);
}

/* Everyone who waits for this environment hears why it cannot be. */
static void
refuse_all(struct pool *p, const struct jail *j, const char *text)
{
	struct lane *l = queue_lane(&p->queue, j->name, j->checking);

	while (l != NULL && l->first != NULL)
		pool_refuse(p, l->first, BOX_OUTCOME_FAILED, text);
}

unsigned
pool_waiting_for(const struct pool *p, const struct jail *j)
{
	return queue_waiting_for(&p->queue, j->name, j->checking);
}

void
pool_submit(struct pool *p, struct ticket *t)
{
	int64_t now = clock_mono_ms();
	enum box_outcome why = BOX_OUTCOME_BUSY;
	const char *text = queue_add(&p->queue, t, now, &why);

	if (text != NULL) {
		p->total.refused++;
		t->refused(t, why, text);
		return;
	}
	pool_size_called(&t->lane->size, now, p->refill_ms);
	pool_pump(p);
	if (t->queued && p->news != NULL)
		p->news->waiting(p->news_arg, t->name);
}

void
pool_tell(struct pool *p, const struct pool_news *news, void *arg)
{
	p->news = news;
	p->news_arg = arg;
}

void
pool_withdraw(struct pool *p, struct ticket *t)
{
	if (t->queued)
		queue_remove(&p->queue, t);
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
	j->record = p->config->learn && p->config->populate && !checking
	    ? record_new()
	    : NULL;
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

/* A successor that is ready takes over from its elder. */
void
pool_retire_elders(struct pool *p, const struct jail *heir)
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

	pool_learn_refill(p, j);
	if (jail_ready(j) != NULL) {
		if (p->start == POOL_STARTING)
			p->start = POOL_STARTED;
		pool_retire_elders(p, j);
	} else if (pool_spares_for(p, j) == 0 && pool_waiting_for(p, j) == 0) {
		pool_retire_elders(p, j);
	} else {
		pool_fill(p, j, true);
	}
	pool_pump(p);
	if (p->news != NULL && p->queue.waiting == 0 && jail_ready(j) != NULL)
		p->news->ready(p->news_arg, j->name);
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
	pool_refill_later(p);
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
	queue_grant(&p->queue, t, clock_mono_ms());
	p->total.granted++;
	count_run(p, j);
	t->granted(t, c);
}

/* True if it was granted. */
static bool
serve(struct pool *p, struct ticket *t)
{
	struct jail *j;
	struct cell *c;

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
		pool_fill(p, j, false);
	return false;
}

void
pool_pump(struct pool *p)
{
	struct queue *q = &p->queue;
	struct lane *l = queue_turn(q, q->first);

	while (l != NULL && !p->closing) {
		struct lane *next = l->next;

		/* Lanes move when one was served: begin again then. */
		if (serve(p, l->first))
			next = q->first;
		l = queue_turn(q, next);
	}
	pool_refill_later(p);
}

struct cell *
pool_lease(struct pool *p, struct ticket *t)
{
	struct jail *j = find_jail(p, t->name, t->checking, true);
	int64_t now = clock_mono_ms();
	enum box_outcome why;
	struct cell *c;

	if (p->closing || j == NULL || !queue_has_room(&p->queue, t))
		return NULL;
	c = jail_take(j);
	if (c == NULL || queue_add(&p->queue, t, now, &why) != NULL)
		return NULL;
	pool_size_called(&t->lane->size, now, p->refill_ms);
	queue_grant(&p->queue, t, now);
	p->total.granted++;
	count_run(p, j);
	pool_refill_later(p);
	return c;
}

void
pool_done(struct pool *p, struct ticket *t)
{
	queue_done(&p->queue, t, clock_mono_ms());
}

void
pool_pause(struct pool *p, struct ticket *t)
{
	queue_pause(&p->queue, t, clock_mono_ms());
	pool_pump(p);
}

void
pool_unpause(struct pool *p, struct ticket *t)
{
	queue_unpause(&p->queue, t, clock_mono_ms());
}

void
pool_next(struct pool *p)
{
	pool_pump(p);
}

/* --- beginning and end
 * ---------------------------------------------------------------- */

/* 0: three quarters of what all have together. */
static unsigned
share(int64_t own, int64_t all)
{
	if (own == 0)
		own = all - all / 4;
	return (unsigned)(own < all ? own : all);
}

static void
make_queue(struct pool *p)
{
	const struct config *c = p->config;
	struct queue_limits limits = {
	    .runs = (unsigned)c->max_runs,
	    .runs_server = share(c->max_runs_server, c->max_runs),
	    .away = ((unsigned)c->max_runs + 1) / 2,
	    .waits = (unsigned)c->max_queue,
	    .waits_server = share(c->max_queue_server, c->max_queue),
	    .checks = 1 + (unsigned)c->max_runs / 8,
	    .checks_wait = CHECKS_WAIT,
	    .keep_ms = KEEP_MS > c->spares_idle_s * 1000
		? KEEP_MS
		: c->spares_idle_s * 1000,
	};

	queue_init(&p->queue, &limits);
}

struct pool *
pool_new(struct loop *loop, const struct config *c, struct cgroup *cgroup)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_panic("out of memory", "pool");
	p->loop = loop;
	p->config = c;
	p->cgroup = cgroup;
	make_queue(p);
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
	queue_free(&p->queue);
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
