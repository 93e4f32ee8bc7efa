/*
 * pool.c: generations, zygotes and spares.
 */
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "gen.h"
#include "log.h"
#include "proc.h"
#include "reap.h"
#include "step.h"

#define CHECK_NAME "check"
#define TICK_MS 1000
#define REFILL_MS 2 /* a run gets this long before a spare is built */
#define QUEUE_MS 10000
#define FAILURES_MAX 3 /* children in a row that do not become ready */
#define RECENT_MS 60000
#define DEATH_MS 5000

struct pool {
	struct loop *loop;
	const struct config *config;
	struct cgroup *cgroup;
	enum ctl_ids ids;
	struct gen *current; /* NULL while none is ready */
	struct gen *booting;
	struct gen *old; /* list */
	struct proc_backoff backoff;
	struct timer boot, tick, refill;
	struct jail *jails; /* list */
	unsigned njails;
	struct ticket *first, *last;
	unsigned waiting, running;
	uint64_t oom[2]; /* the machine's OOM kills, one and two ticks ago */
	bool closing;
	enum pool_start start;
	uint32_t fail_step;
	int fail_err;
	struct {
		uint64_t generations, zygotes, zygotes_lost, evicted;
		uint64_t children, children_failed, granted, refused;
	} total;
};

static void pump(struct pool *p);
static void boot(struct pool *p);

/* --- tickets ------------------------------------------------------------------ */

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

static void
refuse(struct pool *p, struct ticket *t, enum box_outcome why, const char *text)
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
			refuse(p, t, BOX_OUTCOME_FAILED, text);
	}
}

static unsigned
waiting_for(const struct pool *p, const struct jail *j)
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
	pump(p);
	/* Only what could not start at once counts as queued. */
	if (t->queued && p->waiting > (unsigned)p->config->max_queue &&
	    p->last == t)
		refuse(p, t, BOX_OUTCOME_BUSY, "the queue is full");
}

void
pool_withdraw(struct pool *p, struct ticket *t)
{
	if (t->queued)
		unlink_ticket(p, t);
}

/* --- zygotes ------------------------------------------------------------------- */

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
		if (n.busy > 0 || waiting_for(p, j) > 0)
			continue;
		if (oldest == NULL || j->used_ms < oldest->used_ms)
			oldest = j;
	}
	if (oldest == NULL)
		return;
	p->total.evicted++;
	jail_kill(oldest);
}

static struct jail *
open_jail(struct pool *p, const char *name, bool checking)
{
	uint32_t index = 0;
	struct jail *j;

	if (p->njails >= (unsigned)p->config->max_zygotes) {
		evict(p);
		return NULL;
	}
	while (!is_free(p, index))
		index++;
	j = jail_new(p->loop, &jail_user, p->current->sock, index, name,
	    checking);
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
	want = waiting_for(p, j);
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
			j->draining = true;
			jail_drop_spares(j);
		}
	}
}

static void
kill_if_drained(struct jail *j)
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
	pump(p);
}

static void
not_started(struct pool *p, uint32_t step, int err)
{
	if (p->start != POOL_STARTING)
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
	not_started(p, step, err);
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
		not_started(p, STEP_SPAWN, ECHILD);
		jail_kill(j);
		refuse_all(p, j, "the sandbox's processes die at the start");
	}
	kill_if_drained(j);
	refill_later(p);
}

static void
jail_gone(struct jail *j)
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
		pump(p);
}

static const struct jail_user jail_user = {
    .progress = jail_progress,
    .failed = jail_failed,
    .ended = jail_ended,
    .gone = jail_gone,
};

/* --- matching ------------------------------------------------------------------- */

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
grant(struct pool *p, struct ticket *t, struct jail *j)
{
	struct cell *c = jail_ready(j);

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

	if (p->running >= (unsigned)p->config->max_runs)
		return false;
	j = find_jail(p, t->name, t->checking, true);
	if (j != NULL) {
		grant(p, t, j);
		return true;
	}
	j = find_jail(p, t->name, t->checking, false);
	if (j == NULL && p->current != NULL)
		j = open_jail(p, t->name, t->checking);
	if (j != NULL)
		fill(p, j, false);
	return false;
}

static void
pump(struct pool *p)
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
	pump(p);
}

/* --- generations ------------------------------------------------------------------ */

static bool
used_recently(const struct jail *j)
{
	return j->runs > 0 && clock_mono_ms() - j->used_ms < RECENT_MS;
}

/* Servers in use get a zygote of the new generation before the old goes. */
static void
succeed(struct pool *p, const struct gen *elder)
{
	struct jail *next;

	for (struct jail *j = p->jails; j != NULL; j = next) {
		next = j->next;
		if (j->gen != elder || j->state == JAIL_DYING || j->checking)
			continue;
		if (!used_recently(j) ||
		    open_jail(p, j->name, j->checking) == NULL) {
			j->draining = true;
			jail_drop_spares(j);
			kill_if_drained(j);
		}
	}
}

static void
gen_booted(struct gen *g)
{
	struct pool *p = g->arg;
	struct gen *elder = p->current;

	log_info("mcpbox-run is ready", LOG_INT("pid", g->pid),
	    LOG_INT("generation", g->number));
	p->booting = NULL;
	p->current = g;
	(void)open_jail(p, CHECK_NAME, true);
	if (elder != NULL) {
		elder->next = p->old;
		p->old = elder;
		succeed(p, elder);
	}
	pump(p);
}

static struct jail *
asked(const struct gen *g, uint32_t index)
{
	const struct pool *p = g->arg;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->gen == g && j->index == index)
			return j;
	}
	return NULL;
}

static void
gen_started(struct gen *g, uint32_t index, pid_t pid, int pidfd)
{
	struct jail *j = asked(g, index);

	if (j != NULL && j->pidfd < 0)
		jail_started(j, pid, pidfd);
	else
		(void)close(pidfd);
}

static void
gen_refused(struct gen *g, uint32_t index, uint32_t step, int err)
{
	struct jail *j = asked(g, index);

	if (j != NULL && j->pidfd < 0)
		jail_refused(j, step, err);
}

static void
forget(struct pool *p, struct gen *g)
{
	struct gen **at = &p->old;

	while (*at != NULL && *at != g)
		at = &(*at)->next;
	if (*at == g)
		*at = g->next;
	if (p->current == g)
		p->current = NULL;
	if (p->booting == g)
		p->booting = NULL;
}

static void
on_boot(struct timer *t)
{
	boot(LOOP_OWNER(struct pool, boot, t));
}

static void
gen_gone(struct gen *g)
{
	struct pool *p = g->arg;
	bool needed = g == p->current || g == p->booting;
	struct jail *next;

	forget(p, g);
	for (struct jail *j = p->jails; j != NULL; j = next) {
		next = j->next;
		if (j->gen != g)
			continue;
		j->gen = NULL;
		if (j->pidfd >= 0)
			jail_kill(j);
		else
			jail_gone(j); /* never came to be */
	}
	not_started(p, STEP__MAX, 0);
	gen_free(g);
	if (needed && !p->closing)
		loop_timer(p->loop, &p->boot,
		    clock_mono_ms() + proc_backoff_ended(&p->backoff),
		    on_boot);
}

static const struct gen_user gen_user = {
    .booted = gen_booted,
    .started = gen_started,
    .refused = gen_refused,
    .gone = gen_gone,
};

static void
boot(struct pool *p)
{
	struct spawn how = {
	    .program = p->config->program,
	    .enforce = config_enforce(p->config),
	    .lean = p->config->lean,
	    .userns = p->config->userns,
	};

	if (p->booting != NULL || p->closing)
		return;
	proc_backoff_started(&p->backoff);
	p->booting = gen_new(p->loop, &gen_user, p, &how,
	    ++p->total.generations);
	if (p->booting == NULL) {
		log_error("cannot start mcpbox-run",
		    LOG_STR("error", strerror(errno)));
		loop_timer(p->loop, &p->boot,
		    clock_mono_ms() + proc_backoff_ended(&p->backoff),
		    on_boot);
	}
}

/* --- time --------------------------------------------------------------------------- */

static void
expire_tickets(struct pool *p, int64_t now)
{
	struct ticket *next;

	for (struct ticket *t = p->first; t != NULL; t = next) {
		next = t->next;
		if (now - t->since_ms >= QUEUE_MS)
			refuse(p, t, BOX_OUTCOME_BUSY,
			    "no process became free in time");
	}
}

static void
expire_jails(struct pool *p, int64_t now)
{
	struct jail_counts n;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		kill_if_drained(j);
		jail_expire(j, now);
		jail_count(j, &n);
		if (n.busy == 0 && j->state == JAIL_OPEN && !j->checking &&
		    waiting_for(p, j) == 0 &&
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
	if (g == NULL || p->booting != NULL || p->boot.due != 0 ||
	    g->runs == 0)
		return;
	if (g->runs >= (uint64_t)p->config->max_calls ||
	    now - g->born_ms >= p->config->max_age_s * 1000)
		boot(p);
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
	rotate(p, now);
	loop_timer(p->loop, &p->tick, now + TICK_MS, on_tick);
}

/* --- beginning and end ---------------------------------------------------------------- */

struct pool *
pool_new(struct loop *loop, const struct config *c, struct cgroup *cgroup)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_panic("out of memory", "pool");
	p->loop = loop;
	p->config = c;
	p->cgroup = cgroup;
	p->oom[0] = p->oom[1] = reap_oom_kills();
	p->ids = geteuid() != 0 ? CTL_IDS_SINGLE
	    : c->userns		? CTL_IDS_MAPPED
				: CTL_IDS_REAL;
	loop_timer(loop, &p->tick, clock_mono_ms() + TICK_MS, on_tick);
	boot(p);
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

static void
report_jail(const struct pool *p, const struct jail *j, struct buf *out)
{
	struct jail_counts n;

	jail_count(j, &n);
	buf_puts(out, "{\"server\":");
	buf_json(out, str_from(j->name));
	buf_printf(out,
	    ",\"generation\":%llu,\"state\":\"%s\",\"draining\":%s,"
	    "\"ready\":%u,\"warming\":%u,\"busy\":%u,\"dying\":%u,"
	    "\"waiting\":%u,\"runs\":%llu,\"idle_ms\":%lld}",
	    (unsigned long long)j->generation,
	    j->state == JAIL_OPEN      ? "open"
		: j->state == JAIL_DYING ? "dying"
					 : "starting",
	    j->draining ? "true" : "false", n.ready, n.warming, n.busy,
	    n.dying, waiting_for(p, j), (unsigned long long)j->runs,
	    (long long)(clock_mono_ms() - j->used_ms));
}

void
pool_report(const struct pool *p, struct buf *out)
{
	unsigned shown = 0;

	buf_printf(out,
	    "\"waiting\":%u,\"running\":%u,\"generation\":%llu,"
	    "\"zygote_count\":%u,\"totals\":{\"generations\":%llu,"
	    "\"zygotes\":%llu,\"zygotes_ended\":%llu,\"evicted\":%llu,"
	    "\"children\":%llu,\"children_failed\":%llu,\"granted\":%llu,"
	    "\"refused\":%llu},\"zygotes\":[",
	    p->waiting, p->running,
	    p->current != NULL ? (unsigned long long)p->current->number : 0,
	    p->njails, (unsigned long long)p->total.generations,
	    (unsigned long long)p->total.zygotes,
	    (unsigned long long)p->total.zygotes_lost,
	    (unsigned long long)p->total.evicted,
	    (unsigned long long)p->total.children,
	    (unsigned long long)p->total.children_failed,
	    (unsigned long long)p->total.granted,
	    (unsigned long long)p->total.refused);
	for (const struct jail *j = p->jails; j != NULL && shown < 100;
	     j = j->next) {
		if (shown++ > 0)
			buf_putc(out, ',');
		report_jail(p, j, out);
	}
	buf_puts(out, "],\"interpreter\":");
	buf_puts(out, p->current != NULL ? p->current->about : "null");
}
