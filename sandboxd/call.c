/*
 * call.c: one run, from the worker's request to its EXIT.
 *
 * An answer that comes in full, in time and within its limits is the end:
 * what the process used is read while it still exists, EXIT goes out, then it
 * is killed.  Every other end waits for the kernel's report by the zygote.
 */
#include "call.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "demote.h"
#include "jail.h"
#include "log.h"
#include "monitor.h"
#include "reap.h"
#include "secret.h"

#define RUN_MAX ((size_t)8 * 1024 * 1024)
#define FRAME_MAX ((size_t)64 * 1024) /* of all frames but RESULT */
#define CHECK_NAME "check"
#define TEXT_MAX 160

/* Flags of a child's ERROR frame: run/glue.h. */
#define CLAIM_MEMORY 1u
#define CLAIM_OUTPUT 2u

/* What reading a tool may take, whoever asks. */
static const struct box_limits check_limits = {
    .wall_ms = 2000,
    .cpu_ms = 2000,
    .memory = UINT64_C(256) * 1024 * 1024,
    .result = 1024 * 1024,
    .output = 0,
    .threads = 1,
};

struct call {
	struct loop *loop;
	struct pool *pool;
	struct call_totals *totals;
	struct call_peer peer;
	const struct call_user *user;
	void *arg;
	struct ticket ticket;
	struct cell *cell; /* while it runs */
	struct timer deadline;
	struct demote demote;
	struct monitor monitor;
	struct buf run; /* payload; has secrets; gone once it is sent */
	struct box_limits limits;
	enum box_kind kind;
	enum reap_cause cause;
	int64_t begun_ns;
	char tool[TEXT_MAX], trace[TEXT_MAX];
};

/* --- making ----------------------------------------------------------------
 */

static void granted(struct ticket *t, struct cell *cell);
static void refused(
    struct ticket *t, enum box_outcome why, const char *message);

static void
copy_line(char *to, struct str s)
{
	size_t n = s.n < TEXT_MAX - 1 ? s.n : TEXT_MAX - 1;

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

static void
wipe_run(struct call *c)
{
	if (c->run.p != NULL)
		secret_wipe(c->run.p, c->run.cap);
	buf_free(&c->run);
}

static void
free_call(struct call *c)
{
	loop_timer_off(&c->deadline);
	demote_stop(&c->demote);
	wipe_run(c);
	c->totals->open--;
	free(c);
}

struct call *
call_new(struct loop *loop, struct pool *pool, struct call_totals *totals,
    const struct box_run *run, struct call_peer peer,
    const struct call_user *user, void *arg)
{
	struct call *c = calloc(1, sizeof(*c));
	struct box_run sent = *run;

	if (c == NULL)
		log_panic("out of memory", "call");
	c->loop = loop;
	c->pool = pool;
	c->totals = totals;
	c->peer = peer;
	c->user = user;
	c->arg = arg;
	c->kind = run->kind;
	c->ticket.checking = run->kind == BOX_KIND_CHECK;
	if (c->ticket.checking)
		sent.limits = check_limits;
	c->limits = sent.limits;
	(void)snprintf(c->ticket.name, sizeof(c->ticket.name), "%.*s",
	    STR_FMT(c->ticket.checking ? STR_LIT(CHECK_NAME) : run->env));
	copy_line(c->tool, run->tool);
	copy_line(c->trace, run->trace);
	c->ticket.granted = granted;
	c->ticket.refused = refused;
	buf_init(&c->run, RUN_MAX);
	box_run_encode(&c->run, &sent);
	totals->open++;
	return c;
}

void
call_start(struct call *c)
{
	if (c->run.overflow)
		refused(&c->ticket, BOX_OUTCOME_FAILED, "the run is too large");
	else
		pool_submit(c->pool, &c->ticket);
}

/* --- ending ------------------------------------------------------------------
 */

static void
finish(struct call *c, struct box_exit *e)
{
	if (c->begun_ns != 0)
		e->wall_us = (uint64_t)(clock_mono_ns() - c->begun_ns) / 1000;
	e->cut = c->monitor.excess;
	c->totals->outcome[e->outcome]++;
	log_request(c->trace[0] != '\0' ? c->trace : NULL);
	log_info("run", LOG_STR("tool", c->tool),
	    LOG_STR("server", c->ticket.name),
	    LOG_STR("outcome", box_outcome_name(e->outcome)),
	    LOG_INT("wall_us", e->wall_us), LOG_INT("cpu_us", e->cpu_us),
	    LOG_INT("rss_kib", e->rss_kib), LOG_INT("signal", e->signal),
	    LOG_INT("peer_uid", c->peer.uid), LOG_INT("peer_pid", c->peer.pid),
	    LOG_VIEW("detail", e->message));
	log_request(NULL);
	c->user->done(c->arg, e);
	free_call(c);
}

/* Lets go of the cell; the pool may start another run at once. */
static void
let_go(struct call *c)
{
	struct pool *pool = c->pool;

	if (c->cell == NULL)
		return;
	cell_release(c->cell);
	c->cell = NULL;
	pool_done(pool);
}

static void
refused(struct ticket *t, enum box_outcome why, const char *message)
{
	struct call *c = LOOP_OWNER(struct call, ticket, t);
	struct box_exit e = {.outcome = why, .message = str_from(message)};

	finish(c, &e);
}

/* --- while it runs
 * ------------------------------------------------------------ */

static void
end_by(struct call *c, enum reap_cause cause)
{
	if (c->cause != REAP_NOT_US)
		return;
	c->cause = cause;
	loop_timer_off(&c->deadline);
	cell_kill(c->cell);
}

static void
on_deadline(struct timer *t)
{
	end_by(LOOP_OWNER(struct call, deadline, t), REAP_DEADLINE);
}

static enum box_outcome
claimed(const struct wire_frame *f)
{
	if (f->type == WIRE_T_RESULT)
		return BOX_OUTCOME_RESULT;
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
answered(struct call *c, const struct wire_frame *f)
{
	struct box_exit e = {.outcome = claimed(f)};
	struct cell *cell = c->cell;

	/* The frame's id: what the child itself did not even send. */
	if (UINT32_MAX - c->monitor.excess > f->id)
		c->monitor.excess += f->id;
	reap_usage(cell->pid, c->limits.threads > 1, &e.cpu_us, &e.rss_kib);
	e.cpu_us = since(cell, e.cpu_us);
	c->cell = NULL;
	cell_release(cell);
	finish(c, &e);
}

static void
on_frame(struct cell *cell, const struct wire_frame *f)
{
	struct call *c = cell->arg;
	size_t pass = 0;

	switch (monitor_frame(&c->monitor, f, &pass)) {
	case MONITOR_BAD:
		end_by(c, REAP_OUTPUT);
		return;
	case MONITOR_DROP:
		if (pass == 0)
			return;
		break;
	case MONITOR_PASS:
		break;
	}
	c->user->frame(
	    c->arg, (enum wire_type)f->type, str_sub(f->payload, 0, pass));
	if (c->monitor.state == MONITOR_ANSWERED) {
		struct pool *pool = c->pool;

		answered(c, f);
		pool_done(pool);
	}
}

static void
on_bad(struct cell *cell)
{
	end_by(cell->arg, REAP_OUTPUT);
}

static void
on_ended(struct cell *cell, const struct ctl *m)
{
	struct call *c = cell->arg;
	struct pool *pool = c->pool;
	struct box_exit e = {.outcome = BOX_OUTCOME_FAILED};

	if (m != NULL) {
		struct reap_facts facts = {
		    .cause = c->cause,
		    .status = m->status,
		    .cpu_us = m->cpu_us,
		    .cpu_limit_us = (uint64_t)c->limits.cpu_ms * 1000,
		};

		facts.oom = reap_unexplained(&facts) &&
		    pool_oom_struck(pool, cell->jail);
		e.outcome = reap_classify(&facts, &e.signal, &e.status);
		e.cpu_us = since(cell, m->cpu_us);
		e.rss_kib = m->rss;
		if (e.outcome == BOX_OUTCOME_FAILED)
			e.message = STR_LIT("the process was killed from "
					    "outside the sandbox");
	} else if (c->cause != REAP_NOT_US) {
		struct reap_facts facts = {
		    .cause = c->cause, .status = SIGKILL};

		e.outcome = reap_classify(&facts, &e.signal, &e.status);
	} else {
		e.message = STR_LIT("the server's sandbox ended during the "
				    "call");
	}
	c->cell = NULL;
	finish(c, &e);
	pool_done(pool);
}

static const struct cell_user cell_user = {
    .frame = on_frame,
    .bad = on_bad,
    .ended = on_ended,
};

static void
granted(struct ticket *t, struct cell *cell)
{
	struct call *c = LOOP_OWNER(struct call, ticket, t);
	size_t limit = c->limits.result;

	if (limit < FRAME_MAX)
		limit = FRAME_MAX;
	c->cell = cell;
	c->begun_ns = clock_mono_ns();
	monitor_child(&c->monitor, c->limits.result, c->limits.output);
	loop_timer(c->loop, &c->deadline, clock_mono_ms() + c->limits.wall_ms,
	    on_deadline);
	demote_start(&c->demote, c->loop, cell->pid, cell->cpu_us,
	    c->limits.threads > 1);
	cell_start(cell, buf_str(&c->run), limit, &cell_user, c);
	wipe_run(c);
}

/* --- what the worker wants
 * ------------------------------------------------------ */

void
call_cancel(struct call *c)
{
	struct box_exit e = {.outcome = BOX_OUTCOME_CANCELLED};

	if (c->cell != NULL) {
		end_by(c, REAP_CANCEL);
		return;
	}
	pool_withdraw(c->pool, &c->ticket);
	finish(c, &e);
}

void
call_abandon(struct call *c)
{
	pool_withdraw(c->pool, &c->ticket);
	c->totals->outcome[BOX_OUTCOME_CANCELLED]++;
	let_go(c);
	free_call(c);
}

void
call_pause(struct call *c, bool paused)
{
	if (c->cell != NULL)
		cell_pause(c->cell, paused);
}
