/*
 * call_run.c: a call while its process runs.
 *
 * An answer that comes in full, in time and within its limits is the end:
 * what the process used is read while it still exists, EXIT goes out, then it
 * is killed.  Every other end waits for the kernel's report by the zygote.
 */
#include "call_inner.h"

#include <signal.h>

#include "clock.h"
#include "jail.h"
#include "record.h"
#include "secret.h"

#define FRAME_MAX ((size_t)64 * 1024) /* of those that have no limit */

/* Flags of a child's ERROR frame: run/glue.h. */
#define CLAIM_MEMORY 1u
#define CLAIM_OUTPUT 2u

void
call_end_by(struct call *c, enum reap_cause cause)
{
	if (c->cause != REAP_NOT_US)
		return;
	c->cause = cause;
	loop_timer_off(&c->deadline);
	cell_kill(c->cell);
}

void
call_on_deadline(struct timer *t)
{
	call_end_by(LOOP_OWNER(struct call, deadline, t), REAP_DEADLINE);
}

/* The process is done with; the pool may give its place to another, but not
 * before the worker has its answer. */
static void
end_run(struct call *c, struct box_exit *e)
{
	struct pool *pool = c->all->pool;

	c->cell = NULL;
	pool_done(pool, &c->ticket);
	call_end(c, e);
	pool_next(pool);
}

/* --- its answer
 * -------------------------------------------------------------------- */

static enum box_outcome
claimed(const struct wire_frame *f)
{
	if (f->type == WIRE_T_RESULT)
		return BOX_OUTCOME_RESULT;
	if (f->type == WIRE_T_ASK)
		return BOX_OUTCOME_INPUT;
	if ((f->flags & CLAIM_MEMORY) != 0)
		return BOX_OUTCOME_MEMORY;
	if ((f->flags & CLAIM_OUTPUT) != 0)
		return BOX_OUTCOME_OUTPUT;
	return BOX_OUTCOME_ERROR;
}

/* CPU time of the run alone. */
static uint64_t
since(const struct cell *cell, uint64_t cpu_us)
{
	return cpu_us > cell->cpu_us ? cpu_us - cell->cpu_us : 0;
}

static void
answered(struct call *c, enum box_outcome outcome)
{
	struct box_exit e = {.outcome = outcome};
	struct cell *cell = c->cell;

	reap_usage(cell->pid, c->limits.threads > 1, &e.cpu_us, &e.rss_kib);
	e.cpu_us = since(cell, e.cpu_us);
	record_answered(cell->jail, cell->pid, c->code);
	/* The answer first: whoever is killed may die on this very CPU, at
	 * once, and take a quarter of a millisecond for it. */
	cell_let_go(cell);
	end_run(c, &e);
	cell_release(cell);
}

static void
pass_on(struct call *c, const struct wire_frame *f, size_t n)
{
	if (f->type == WIRE_T_FETCH || f->type == WIRE_T_FETCH_CANCEL) {
		call_fetch_frame(c, f);
		return;
	}
	c->user->frame(c->arg, (enum wire_type)f->type,
	    f->type == WIRE_T_RESULT ? f->flags & BOX_RESULT_CONTENT : 0,
	    str_sub(f->payload, 0, n));
	if (c->monitor.asking != 0 && c->paused_ns == 0)
		call_ask_begin(c);
	if (c->monitor.state != MONITOR_ANSWERED)
		return;
	/* The frame's id: what the child itself did not even send. */
	if (UINT32_MAX - c->monitor.excess > f->id)
		c->monitor.excess += f->id;
	answered(c, claimed(f));
}

static void
on_frame(struct cell *cell, const struct wire_frame *f)
{
	struct call *c = cell->arg;
	size_t n = 0;

	switch (monitor_frame(&c->monitor, f, &n)) {
	case MONITOR_BAD:
		call_end_by(c, REAP_OUTPUT);
		return;
	case MONITOR_DROP:
		if (n > 0)
			pass_on(c, f, n);
		return;
	case MONITOR_PASS:
		pass_on(c, f, n);
		return;
	}
}

/* --- any other end
 * ----------------------------------------------------------------- */

static void
on_bad(struct cell *cell)
{
	call_end_by(cell->arg, REAP_OUTPUT);
}

static void
on_room(struct cell *cell)
{
	call_fetch_room(cell->arg);
}

static void
judge(struct call *c, const struct ctl *m, struct box_exit *e)
{
	struct reap_facts facts = {
	    .cause = c->cause,
	    .status = m->status,
	    .cpu_us = m->cpu_us,
	    .cpu_limit_us = (uint64_t)c->limits.cpu_ms * 1000,
	};

	facts.oom = reap_unexplained(&facts) &&
	    pool_oom_struck(c->all->pool, c->cell->jail);
	e->outcome = reap_classify(&facts, &e->signal, &e->status);
	e->cpu_us = since(c->cell, m->cpu_us);
	e->rss_kib = m->rss;
	if (e->outcome == BOX_OUTCOME_FAILED)
		e->message = STR_LIT("the process was killed from outside the "
				     "sandbox");
}

static void
on_ended(struct cell *cell, const struct ctl *m)
{
	struct call *c = cell->arg;
	struct box_exit e = {.outcome = BOX_OUTCOME_FAILED};

	if (m != NULL) {
		judge(c, m, &e);
	} else if (c->cause != REAP_NOT_US) {
		struct reap_facts facts = {
		    .cause = c->cause, .status = SIGKILL};

		e.outcome = reap_classify(&facts, &e.signal, &e.status);
	} else {
		e.message = STR_LIT("the server's sandbox ended during the "
				    "call");
	}
	end_run(c, &e);
}

static const struct cell_user cell_user = {
    .frame = on_frame,
    .bad = on_bad,
    .room = on_room,
    .ended = on_ended,
};

/* --- its beginning
 * ----------------------------------------------------------------- */

/* The longest frame that it may send. */
static size_t
frame_limit(const struct call *c)
{
	size_t limit = c->limits.result;
	uint32_t cap;

	if (limit < FRAME_MAX)
		limit = FRAME_MAX;
	/* Also where requests are refused: it is told so. */
	if (c->kind != BOX_KIND_CHECK &&
	    wire_known(WIRE_T_FETCH, WIRE_DOWN, &cap) && limit < cap)
		limit = cap;
	return limit;
}

static void
begin(struct call *c, struct cell *cell)
{
	c->cell = cell;
	c->begun_ns = clock_mono_ns();
	monitor_child(&c->monitor, c->limits.result, c->limits.output,
	    c->limits.requests);
	monitor_may_ask(&c->monitor, c->ask);
	loop_timer(c->all->loop, &c->deadline,
	    clock_mono_ms() + c->limits.wall_ms, call_on_deadline);
	demote_start(&c->demote, c->all->loop, cell->pid, cell->cpu_us,
	    c->limits.threads > 1);
}

void
call_granted(struct ticket *t, struct cell *cell)
{
	struct call *c = LOOP_OWNER(struct call, ticket, t);

	begin(c, cell);
	cell_start(cell, buf_str(&c->run), frame_limit(c), &cell_user, c);
	secret_wipe(c->run.p, c->run.cap);
	buf_free(&c->run);
}

/* --- leased
 * ------------------------------------------------------------------------ */

void
call_run_lent(struct call *c, struct cell *cell)
{
	begin(c, cell);
	cell_pass(cell, &cell_user, c);
}

void
call_told(struct call *c, const struct box_done *d)
{
	/* Killed: the kernel's report says why. */
	if (c->cell == NULL || c->cause != REAP_NOT_US)
		return;
	c->monitor.excess = d->cut;
	/* It began before we heard of it. */
	if (d->wall_us / 1000 <= c->limits.wall_ms)
		c->begun_ns = clock_mono_ns() - (int64_t)d->wall_us * 1000;
	answered(c, d->outcome);
}

void
call_take_back(struct call *c, const struct box_handover *h)
{
	struct monitor *m = &c->monitor;

	if (c->cell == NULL || c->cause != REAP_NOT_US)
		return;
	if (h->output < m->output)
		m->output = h->output;
	m->excess = h->cut;
	m->messages = h->messages;
	m->bytes = h->bytes;
	cell_take_back(c->cell, h->rest, frame_limit(c));
}
