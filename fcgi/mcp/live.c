/*
 * live.c: the answer to a call while the call goes on.
 */
#include "mcp/live.h"

#include <stdio.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/sse.h"
#include "noun/mcpstream.h"
#include "out/run.h"
#include "web/conn.h"
#include "web/host.h"

/* Unsent bytes above which progress, and then log messages, are dropped. */
#define SOFT ((size_t)64 * 1024)
#define HARD ((size_t)256 * 1024)
/* Bytes of one stream that are kept for replay, and of its answer. */
#define KEPT_MAX ((size_t)1024 * 1024)
#define ANSWER_KEPT_MAX ((size_t)4 * 1024 * 1024)
#define ID_MAX (MCPSTREAM_NAME_MAX + 24)

struct live {
	struct exchange *x;
	const struct era *era;
	bool may;       /* become a stream */
	bool open;      /* its head was put */
	bool cancelled; /* by the client */
	int64_t since_ms;

	/* in a session */
	int64_t session; /* 0: in none */
	struct mcpstream stream;
	char request[NEWS_REQUEST_MAX];
	char name[MCPSTREAM_NAME_MAX]; /* of the stream */
	int64_t seq;                   /* of the newest event */
	struct buf unsaved;            /* messages, each a buf_lstr */
	size_t kept;                   /* bytes that were saved, or will be */
	bool saving;   /* some are on their way to the database */
	bool known;    /* the database knows the stream */
	bool lost;     /* it does not answer: no replay */
	bool dropping; /* live_drop waits for the stream */
	bool waiting;  /* the run has ended: when all is saved */

	struct live_ask *asks;
};

/* --- sending -------------------------------------------------------------- */

/* A session's events can be fetched again. */
static bool
is_kept(const struct live *v)
{
	return v->session != 0 && !v->lost;
}

static bool
has_priming(const struct live *v)
{
	return v->session != 0 && v->era->priming;
}

static void
put(struct live *v, struct buf *b)
{
	conn_stream_put(v->x->conn, buf_str(b));
	buf_free(b);
}

static void
open_stream(struct live *v)
{
	char id[ID_MAX];
	struct buf b;

	if (v->open)
		return;
	v->open = true;
	conn_stream_open(v->x->conn, v->x);
	if (!has_priming(v))
		return;
	(void)snprintf(id, sizeof(id), "%s-0", v->name);
	buf_init(&b, 1024);
	sse_prime(&b, id);
	put(v, &b);
}

static void
send_event(struct live *v, int64_t seq, struct str json)
{
	char id[ID_MAX];
	struct buf b;

	open_stream(v);
	(void)snprintf(id, sizeof(id), "%s-%lld", v->name, (long long)seq);
	buf_init(&b, CONN_OUT_MAX);
	sse_event(&b, v->session != 0 ? id : NULL, json);
	put(v, &b);
}

/* --- keeping -------------------------------------------------------------- */

/* Messages on their way to the database; in the arena of that work. */
struct save {
	struct live *v;
	int64_t first;
	struct strs events;
	int64_t follower;
	enum fail_code rc;
};

static struct strs
take_unsaved(struct live *v, struct arena *a)
{
	struct rd rd = rd_from(buf_str(&v->unsaved));
	struct strs list = {.given = true};

	for (; rd.n > 0 && !rd.bad; list.n++)
		(void)rd_lstr(&rd, SIZE_MAX);
	list.v = arena_zalloc(a, list.n, sizeof(*list.v));
	rd = rd_from(buf_str(&v->unsaved));
	for (size_t i = 0; i < list.n; i++)
		list.v[i] = arena_str(a, rd_lstr(&rd, SIZE_MAX));
	buf_free(&v->unsaved);
	return list;
}

static void
cannot_keep(struct live *v, const struct ctx *ctx)
{
	v->lost = true;
	if (ctx->fail.code == FAIL_NOT_FOUND)
		return; /* the session has ended, and so will this */
	log_warning("the events of a call cannot be kept",
	    LOG_STR("reason", fail_slug(ctx->fail.code)),
	    LOG_STR("detail", ctx->fail.detail));
}

static enum step
save_step(struct exchange *work)
{
	struct save *s = work->user;

	s->rc = mcpstream_append(&work->ctx, &s->v->stream, s->first, s->events,
	    false, &s->follower);
	return STEP_DONE;
}

static void start_save(struct live *v);

static void
save_landed(struct exchange *work)
{
	struct save *s = work->user;
	struct live *v = s->v;
	struct exchange *x = v->x;

	v->saving = false;
	if (s->rc != FAIL_NONE)
		cannot_keep(v, &work->ctx);
	v->known = true;
	if (s->follower != 0)
		host_detach(x);
	if (x->conn != NULL) {
		open_stream(v);
		for (size_t i = 0; i < s->events.n; i++)
			send_event(v, s->first + (int64_t)i, s->events.v[i]);
		if (v->dropping)
			host_detach(x);
		host_flush(x);
	}
	if (v->unsaved.n > 0) {
		start_save(v);
	} else if (v->waiting) {
		v->waiting = false;
		host_resume(x);
	}
}

static void
start_save(struct live *v)
{
	struct exchange *work;
	struct save *s;

	if (v->saving)
		return;
	v->saving = true;
	host_beat(v->x->loop);
	work = host_work(v->x->loop, save_step);
	s = arena_zalloc(work->ctx.arena, 1, sizeof(*s));
	s->v = v;
	s->first = v->seq + 1;
	s->events = take_unsaved(v, work->ctx.arena);
	v->seq += (int64_t)s->events.n;
	work->user = s;
	work->landed = save_landed;
	host_do(work);
}

/* --- messages ------------------------------------------------------------- */

static bool
is_too_much(const struct live *v, size_t n, enum live_weight weight)
{
	size_t behind = host_unsent(v->x) + v->unsaved.n;

	switch (weight) {
	case LIVE_PROGRESS:
		return behind > SOFT || v->kept + n > KEPT_MAX;
	case LIVE_LOG:
		return behind > HARD || v->kept + n > KEPT_MAX;
	case LIVE_ASK:
		break;
	}
	return false;
}

void
live_put(struct live *v, struct str json, enum live_weight weight)
{
	if (!v->may || v->cancelled || is_too_much(v, json.n, weight))
		return;
	if (!is_kept(v)) {
		if (v->x->conn != NULL)
			send_event(v, ++v->seq, json);
		return;
	}
	/* Who never saw an id can never ask for what comes behind it. */
	if (v->x->conn == NULL && !v->known && !v->saving)
		return;
	buf_lstr(&v->unsaved, json);
	v->kept += json.n;
	start_save(v);
}

enum fail_code
live_put_here(struct live *v, struct str json)
{
	struct ctx *ctx = &v->x->ctx;
	struct strs one = {.given = true, .n = 1, .v = &json};
	int64_t follower = 0;
	enum fail_code rc;

	if (!v->may)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The client does not accept text/event-stream.");
	if (v->session != 0) {
		rc = mcpstream_append(
		    ctx, &v->stream, v->seq + 1, one, false, &follower);
		if (rc != FAIL_NONE)
			return rc;
		v->known = true;
	}
	v->seq++;
	if (v->x->conn != NULL && follower == 0)
		send_event(v, v->seq, json);
	return FAIL_NONE;
}

void
live_drop(struct live *v)
{
	if (!has_priming(v) || !v->may || !is_kept(v) || v->x->conn == NULL)
		return;
	if (v->open) {
		host_detach(v->x);
		return;
	}
	v->dropping = true;
	start_save(v);
}

/* --- what happens while it is parked -------------------------------------- */

static void
on_tick(struct exchange *x)
{
	struct live *v = x->live;

	if (v->known)
		host_beat(x->loop);
	if (!v->may || x->conn == NULL || v->cancelled ||
	    clock_mono_ms() - v->since_ms < PARK_TICK_MS - 100)
		return;
	if (v->open && host_unsent(x) == 0)
		conn_stream_put(x->conn, STR_LIT(":\n\n"));
	else if (!v->open && has_priming(v) && is_kept(v))
		start_save(v); /* known first, then told */
	else
		open_stream(v);
}

static bool
cancel(struct live *v, const char *why)
{
	struct run *run = v->x->ctx.run;

	if (v->cancelled)
		return false;
	v->cancelled = true;
	if (run != NULL)
		run_abandon(run, BOX_OUTCOME_CANCELLED, why);
	return true;
}

/* Are all questions answered, or might be? */
static bool
hear_answer(struct live *v, const struct news *n)
{
	bool all = v->asks != NULL;

	for (struct live_ask *a = v->asks; a != NULL; a = a->next) {
		if (str_eq_c(n->what, a->id))
			a->told = true;
		all = all && a->told;
	}
	return all;
}

static bool
on_heard(struct exchange *x, const struct news *n)
{
	struct live *v = x->live;

	if (v->session == 0)
		return false;
	if (n->kind == NEWS_MISSED)
		return v->asks != NULL;
	if (n->session != v->session)
		return false;
	if (n->kind == NEWS_END)
		return cancel(v, "its session ended");
	if (n->kind == NEWS_CANCEL && str_eq_c(n->what, v->request))
		return cancel(v, "the client cancelled it");
	if (n->kind == NEWS_ANSWER)
		return hear_answer(v, n);
	/* Somebody follows it: this connection is not the one any more. */
	if (n->kind == NEWS_STREAM && str_eq_c(n->what, v->name))
		host_detach(x);
	return false;
}

/* A legacy client that leaves has not cancelled. */
static bool
on_left(struct exchange *x)
{
	const struct live *v = x->live;

	return !v->era->modern;
}

static bool
on_ended(struct exchange *x)
{
	struct live *v = x->live;

	v->waiting = v->saving;
	return !v->waiting;
}

static const struct park_hooks hooks = {
    .tick = on_tick,
    .heard = on_heard,
    .left = on_left,
    .ended = on_ended,
};

static void
free_unsaved(void *p)
{
	buf_free(p);
}

struct live *
live_new(struct exchange *x, const struct era *era,
    const struct mcpsession *session, const json_t *id, bool may_stream)
{
	struct arena *a = x->ctx.arena;
	struct live *v = arena_zalloc(a, 1, sizeof(*v));

	v->x = x;
	v->era = era;
	v->may = may_stream;
	v->since_ms = clock_mono_ms();
	buf_init(&v->unsaved, CONN_OUT_MAX);
	arena_defer(a, free_unsaved, &v->unsaved);
	if (session != NULL) {
		v->session = session->id;
		mcpstream_name(v->name);
		v->stream = (struct mcpstream){
		    .session = session->id,
		    .name = v->name,
		    .worker = host_worker(x->loop),
		    .request = json_text(a, id).p,
		};
		news_request(str_from(v->stream.request), v->request);
	}
	x->live = v;
	x->hooks = &hooks;
	return v;
}

/* --- the end -------------------------------------------------------------- */

bool
live_may(const struct live *v)
{
	return v->may;
}

bool
live_cancelled(const struct live *v)
{
	return v->cancelled;
}

/* Whose business is it to send the answer?  0: ours. */
static int64_t
keep_answer(struct live *v, struct str json)
{
	struct ctx *ctx = &v->x->ctx;
	struct strs one = {
	    .given = true, .n = v->cancelled ? 0 : 1, .v = &json};
	int64_t follower = 0;

	if (!v->known || !is_kept(v))
		return 0;
	if (json.n > ANSWER_KEPT_MAX)
		one.n = 0; /* the end alone: better than to wait for it */
	fail_clear(&ctx->fail);
	if (mcpstream_append(
		ctx, &v->stream, v->seq + 1, one, true, &follower) != FAIL_NONE)
		cannot_keep(v, ctx);
	return follower;
}

bool
live_finish(struct live *v, struct str json)
{
	struct exchange *x = v->x;
	int64_t follower;

	if (!v->open && !v->known && !(v->cancelled && v->may))
		return false;
	follower = keep_answer(v, json);
	if (x->conn == NULL)
		return true;
	open_stream(v);
	/* A stream without an answer is how a cancelled call ends. */
	if (!v->cancelled && follower == 0)
		send_event(v, v->seq + 1, json);
	return true;
}

/* --- questions ------------------------------------------------------------ */

void
live_ask_add(struct live *v, struct live_ask *ask)
{
	ask->next = v->asks;
	v->asks = ask;
}

void
live_ask_clear(struct live *v)
{
	v->asks = NULL;
}
