/*
 * call.c: one run, from the worker's request to its EXIT.
 */
#include "call_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "record.h"
#include "secret.h"

#define RUN_MAX ((size_t)8 * 1024 * 1024)
#define CHECK_NAME "check"

/* What reading a tool may take, whoever asks. */
static const struct box_limits check_limits = {
    .wall_ms = 2000,
    .cpu_ms = 2000,
    .memory = UINT64_C(256) * 1024 * 1024,
    .result = 1024 * 1024,
    .output = 0,
    .threads = 1,
};

/* --- making ----------------------------------------------------------------
 */

static void refused(
    struct ticket *t, enum box_outcome why, const char *message);

/* Decoding has checked that it fits. */
static void
copy_line(char *to, size_t max, struct str s)
{
	size_t n = s.n < max ? s.n : max;

	if (n > 0)
		memcpy(to, s.p, n);
	to[n] = '\0';
}

static void
link_call(struct call *c)
{
	struct calls *all = c->all;

	c->next = all->first;
	if (all->first != NULL)
		all->first->prev = c;
	all->first = c;
	all->open++;
}

static void
unlink_call(struct call *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->all->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->all->open--;
}

static void
make_ticket(struct call *c, const struct box_run *run)
{
	struct ticket *t = &c->ticket;

	t->checking = run->kind == BOX_KIND_CHECK;
	(void)snprintf(t->name, sizeof(t->name), "%.*s",
	    STR_FMT(t->checking ? STR_LIT(CHECK_NAME) : run->env));
	t->concurrency = c->limits.concurrency;
	t->rate = c->limits.rate;
	t->granted = call_granted;
	t->refused = refused;
}

static struct call *
make(struct calls *all, const struct box_run *run, struct call_peer peer,
    const struct call_user *user, void *arg)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		log_panic("out of memory", "call");
	c->all = all;
	c->peer = peer;
	c->user = user;
	c->arg = arg;
	c->kind = run->kind;
	c->limits = run->kind == BOX_KIND_CHECK ? check_limits : run->limits;
	c->code = record_code(run);
	c->ask = run->ask;
	c->patience_ms = run->patience_ms;
	c->asked_ms = clock_mono_ms();
	copy_line(c->env, CALL_ENV_MAX, run->env);
	copy_line(c->tool, CALL_TOOL_MAX, run->tool);
	copy_line(c->trace, CALL_TRACE_MAX, run->trace);
	buf_init(&c->run, RUN_MAX);
	call_fetch_allow(c, run);
	link_call(c);
	return c;
}

struct call *
call_new(struct calls *all, const struct box_run *run, struct call_peer peer,
    const struct call_user *user, void *arg)
{
	struct call *c = make(all, run, peer, user, arg);
	struct box_run sent = *run;

	make_ticket(c, run);
	sent.limits = c->limits;
	box_run_encode(&c->run, &sent);
	return c;
}

struct call *
call_adopt(struct calls *all, const struct box_run *run, struct call_peer peer,
    const struct call_user *user, void *arg, const struct ticket *ticket,
    struct cell *cell)
{
	struct call *c = make(all, run, peer, user, arg);

	c->ticket = *ticket;
	call_run_lent(c, cell);
	return c;
}

void
call_start(struct call *c)
{
	if (c->run.overflow)
		refused(&c->ticket, BOX_OUTCOME_FAILED, "the run is too large");
	else
		pool_submit(c->all->pool, &c->ticket);
}

/* --- ending ------------------------------------------------------------------
 */

static void
free_call(struct call *c)
{
	loop_timer_off(&c->deadline);
	demote_stop(&c->demote);
	call_fetch_free(c);
	if (c->run.p != NULL)
		secret_wipe(c->run.p, c->run.cap);
	buf_free(&c->run);
	unlink_call(c);
	free(c);
}

void
call_finish(struct call *c)
{
	const struct box_exit *e = &c->end;

	c->all->total.outcome[e->outcome]++;
	log_request(c->trace[0] != '\0' ? c->trace : NULL);
	log_info("run", LOG_STR("tool", c->tool),
	    LOG_STR("server", c->ticket.name),
	    LOG_STR("outcome", box_outcome_name(e->outcome)),
	    LOG_INT("wall_us", e->wall_us), LOG_INT("cpu_us", e->cpu_us),
	    LOG_INT("rss_kib", e->rss_kib), LOG_INT("signal", e->signal),
	    LOG_INT("requests", e->requests), LOG_INT("peer_uid", c->peer.uid),
	    LOG_INT("peer_pid", c->peer.pid), LOG_VIEW("detail", e->message));
	log_request(NULL);
	c->user->done(c->arg, e);
	free_call(c);
}

void
call_end(struct call *c, struct box_exit *e)
{
	if (c->begun_ns != 0)
		e->wall_us = (uint64_t)(clock_mono_ns() - c->begun_ns) / 1000;
	call_ask_end(c);
	if (e->wall_us > (uint64_t)c->waited_ns / 1000)
		e->wall_us -= (uint64_t)c->waited_ns / 1000;
	e->cut = c->monitor.excess;
	e->requests = c->monitor.fetches;
	if (e->outcome == BOX_OUTCOME_CANCELLED)
		e->message = str_from(c->why);
	loop_timer_off(&c->deadline);
	demote_stop(&c->demote);
	c->over = true;
	c->end = *e;
	if (!call_fetch_settle(c))
		call_finish(c);
}

static void
refused(struct ticket *t, enum box_outcome why, const char *message)
{
	struct call *c = LOOP_OWNER(struct call, ticket, t);
	struct box_exit e = {
	    .outcome = why,
	    .retry_ms = t->retry_ms,
	    .message = str_from(message),
	};

	call_end(c, &e);
}

/* --- what the worker wants
 * ------------------------------------------------------ */

void
call_cancel(struct call *c)
{
	struct box_exit e = {.outcome = BOX_OUTCOME_CANCELLED};

	if (c->over)
		return;
	if (c->cell != NULL) {
		call_end_by(c, REAP_CANCEL);
		return;
	}
	pool_withdraw(c->all->pool, &c->ticket);
	call_end(c, &e);
}

void
call_abandon(struct call *c)
{
	struct pool *pool = c->all->pool;
	bool ran = c->cell != NULL;

	pool_withdraw(pool, &c->ticket);
	c->all->total
	    .outcome[c->over ? c->end.outcome : BOX_OUTCOME_CANCELLED]++;
	if (ran) {
		cell_release(c->cell);
		pool_done(pool, &c->ticket);
	}
	free_call(c);
	if (ran)
		pool_next(pool);
}

void
call_pause(struct call *c, bool paused)
{
	if (c->cell != NULL)
		cell_pause(c->cell, CELL_PAUSE_WORKER, paused);
	if (c->link != NULL)
		egress_link_pause(c->link, EGRESS_LINK_WORKER, paused);
}
