/*
 * replay.c: the rest of a call's answer.
 */
#include "mcp/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "mcp/rpc.h"
#include "mcp/sse.h"
#include "noun/mcpstream.h"
#include "rnd.h"
#include "web/conn.h"
#include "web/host.h"
#include "web/stream.h"

/* Events that are read at once: each has up to 64 KiB, one perhaps 4 MiB. */
#define READ_MAX 32

struct replay {
	struct stream stream; /* first */
	int64_t session;
	int64_t follower; /* us, in the stream's row */
	int64_t after;    /* the client has seen this one */
	bool reading;     /* some are on their way from the database */
	bool more;        /* there are, or may be */
	bool closed;      /* the connection is gone while reading */
	int64_t doubt_ms; /* the call's worker seems gone since; 0: it lives */
	char name[MCPSTREAM_NAME_MAX];
};

/* --- reading -------------------------------------------------------------- */

struct reading {
	struct replay *r;
	int64_t session, after;
	char name[MCPSTREAM_NAME_MAX];
	struct list events;
	enum fail_code rc;
	bool doubted; /* the worker had time to say that it lives */
};

static void
put_event(struct replay *r, const struct mcpstream_event *e)
{
	char id[MCPSTREAM_NAME_MAX + 24];
	struct buf b;

	(void)snprintf(id, sizeof(id), "%s-%lld", r->name, (long long)e->seq);
	buf_init(&b, CONN_OUT_MAX);
	sse_event(&b, id, str_from(e->data));
	stream_put(&r->stream, buf_str(&b));
	buf_free(&b);
	r->after = e->seq;
}

/* What was read, to the client. */
static void
take(struct replay *r, const struct list *events)
{
	const struct mcpstream_event *v = events->v;

	/* Forgotten; or another connection has taken it over. */
	if (events->n == 0 || v[0].follower != r->follower) {
		stream_end(&r->stream);
		return;
	}
	for (size_t i = 0; i < events->n; i++) {
		if (v[i].seq > r->after)
			put_event(r, &v[i]);
	}
	if (r->after < v[0].last_seq)
		r->more = true;
	else if (v[0].done)
		stream_end(&r->stream);
}

static enum fail_code
read_events(struct ctx *ctx, struct reading *rd)
{
	return mcpstream_read(ctx, rd->session, str_from(rd->name), rd->after,
	    READ_MAX, &rd->events);
}

/* Nobody waits for the call any more, and all that it said was read. */
static bool
seems_lost(const struct reading *rd)
{
	const struct mcpstream_event *v = rd->events.v;

	return rd->rc == FAIL_NONE && rd->events.n > 0 && !v[0].done &&
	    !v[0].alive && rd->after >= v[0].last_seq;
}

/* An answer in the place of the one that never comes. */
static enum fail_code
give_up(struct ctx *ctx, const struct reading *rd, const char *worker)
{
	const struct mcpstream_event *v = rd->events.v;
	struct str error = str_from(arena_printf(ctx->arena,
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,"
	    "\"message\":\"The worker that waited for this call is gone. "
	    "Whether the tool came to its end is not known: look before you "
	    "call it again.\"}}",
	    v[0].request, RPC_INTERNAL));
	const struct mcpstream stream = {
	    .session = rd->session,
	    .name = rd->name,
	    .worker = worker,
	    .request = v[0].request,
	};
	int64_t follower;

	return mcpstream_append(ctx, &stream, v[0].last_seq + 1,
	    (struct strs){.given = true, .n = 1, .v = &error}, true, &follower);
}

static enum step
read_step(struct exchange *work)
{
	struct reading *rd = work->user;
	struct ctx *ctx = &work->ctx;

	rd->rc = read_events(ctx, rd);
	if (rd->doubted && seems_lost(rd) &&
	    give_up(ctx, rd, host_worker(work->loop)) == FAIL_NONE)
		rd->rc = read_events(ctx, rd);
	return STEP_DONE;
}

static void
read_landed(struct exchange *work)
{
	struct reading *rd = work->user;
	struct replay *r = rd->r;

	r->reading = false;
	if (!seems_lost(rd))
		r->doubt_ms = 0;
	else if (r->doubt_ms == 0)
		r->doubt_ms = clock_mono_ms();
	if (r->closed) {
		free(r);
		return;
	}
	if (rd->rc != FAIL_NONE) {
		/* It comes back for the rest. */
		log_warning("a stream cannot be read",
		    LOG_STR("detail", work->ctx.fail.detail));
		stream_end(&r->stream);
	} else {
		take(r, &rd->events);
	}
	stream_flush(&r->stream);
}

/* One at a time, and only when the client has taken what was there. */
static void
go_on(struct replay *r)
{
	struct exchange *work;
	struct reading *rd;

	if (!r->more || r->reading || r->stream.over)
		return;
	r->more = false;
	r->reading = true;
	work = host_work(r->stream.loop, read_step);
	rd = arena_zalloc(work->ctx.arena, 1, sizeof(*rd));
	rd->r = r;
	rd->session = r->session;
	rd->after = r->after;
	/* No database, no lease: after that it needs a beat to be renewed. */
	rd->doubted = r->doubt_ms != 0 &&
	    clock_mono_ms() - r->doubt_ms > 3 * HOST_BEAT_MS / 2;
	memcpy(rd->name, r->name, sizeof(rd->name));
	work->user = rd;
	work->landed = read_landed;
	host_do(work);
}

/* --- the stream ----------------------------------------------------------- */

static void
on_heard(struct stream *s, const struct news *n)
{
	struct replay *r = (struct replay *)(void *)s;

	if (n->kind == NEWS_MISSED ||
	    (n->kind == NEWS_STREAM && n->session == r->session &&
		str_eq_c(n->what, r->name)))
		r->more = true;
	if (n->kind == NEWS_END && n->session == r->session)
		stream_end(s);
	if (conn_unsent(s->conn) == 0)
		go_on(r);
}

/* Is there still somebody to wait for? */
static void
on_tick(struct stream *s)
{
	struct replay *r = (struct replay *)(void *)s;

	r->more = true;
	if (conn_unsent(s->conn) == 0)
		go_on(r);
}

static void
on_drained(struct stream *s)
{
	go_on((struct replay *)(void *)s);
}

static void
on_closed(struct stream *s)
{
	struct replay *r = (struct replay *)(void *)s;

	if (r->reading)
		r->closed = true; /* freed when it has been read */
	else
		free(r);
}

static const struct stream_ops ops = {
    .heard = on_heard,
    .tick = on_tick,
    .drained = on_drained,
    .closed = on_closed,
};

enum step
replay_begin(struct exchange *x, const struct mcpsession *session,
    struct str name, int64_t after)
{
	uint64_t owner = stream_owner(str_from(x->ctx.caller.id));
	int64_t follower;
	struct replay *r;

	if (name.n != MCPSTREAM_NAME_MAX - 1) {
		(void)fail(&x->ctx.fail, FAIL_NOT_FOUND, NULL);
		return STEP_DONE;
	}
	do {
		rnd_bytes(&follower, sizeof(follower));
	} while (follower == 0);
	if (mcpstream_follow(&x->ctx, session->id, name, follower) != FAIL_NONE)
		return STEP_DONE;
	if (!stream_reserve(x->loop, owner)) {
		x->ctx.fail.retry_after = 5;
		(void)fail(
		    &x->ctx.fail, FAIL_BUSY, "Too many streams are open.");
		return STEP_DONE;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		log_panic("out of memory", "replay");
	r->stream.ops = &ops;
	r->stream.owner = owner;
	r->session = session->id;
	r->follower = follower;
	r->after = after;
	memcpy(r->name, name.p, name.n);
	r->more = true; /* what is there already: when the loop has it */
	x->stream = &r->stream;
	x->res.status = 200;
	x->res.body = STR_NONE;
	return STEP_STREAM;
}
