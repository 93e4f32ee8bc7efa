/*
 * standing.c: the standalone stream of a legacy session.
 */
#include "mcp/standing.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "mcp/change.h"
#include "mcp/sse.h"
#include "noun/scope.h"
#include "rnd.h"
#include "web/host.h"

/* Who came with a token comes again with another one. */
#define TOKEN_LIFE_MS 900000

struct standing {
	struct stream stream; /* first */
	struct standing *prev, *next;
	int64_t session;
	int64_t serial; /* of this stream, among all there are: random */
	enum era_revision revision;
	char scope[SCOPE_ID_MAX + 1]; /* the server's id; "": of all */
};

/* What the loop's thread holds for all of them. */
struct state {
	struct standing *all;
	int64_t *closed; /* serials that the database does not know of yet */
	size_t nclosed, room;
	bool telling; /* it is being told */
};

static struct state *
state_of(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_STANDING);

	if (*slot == NULL && (*slot = calloc(1, sizeof(struct state))) == NULL)
		log_panic("out of memory", "standing");
	return *slot;
}

/* --- events --------------------------------------------------------------- */

/* Grows, also from one connection to the next. */
static void
next_id(char out[64])
{
	static _Atomic unsigned count;

	(void)snprintf(out, 64, STANDING_NAME "-%lld%03u",
	    (long long)clock_wall_ms(), atomic_fetch_add(&count, 1) % 1000);
}

static void
put_change(struct buf *b, const struct change *c, struct str uri,
    const struct era *era)
{
	struct buf json;
	char id[64];

	if (!change_served(c, era))
		return;
	next_id(id);
	buf_init(&json, 32768);
	change_put(&json, c, uri, STR_NONE);
	sse_event(b, id, buf_str(&json));
	buf_free(&json);
}

static void
say(struct standing *s, const struct change *c, struct str uri)
{
	struct buf b;

	buf_init(&b, 65536);
	put_change(&b, c, uri, era_of(s->revision));
	stream_put(&s->stream, buf_str(&b));
	buf_free(&b);
}

/* --- closed ones ---------------------------------------------------------- */

struct closing {
	struct loop *loop;
	size_t n;
	int64_t serials[];
};

static void tell_closed(struct loop *l);

static enum step
closing_step(struct exchange *work)
{
	struct closing *c = work->user;

	if (mcpsession_unlisten(&work->ctx, host_worker(c->loop), c->serials,
		c->n) != FAIL_NONE)
		log_debug("streams are free when the lease ends",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static void
closing_landed(struct exchange *work)
{
	struct closing *c = work->user;

	state_of(c->loop)->telling = false;
	tell_closed(c->loop);
}

/* All at once, however many they are. */
static void
tell_closed(struct loop *l)
{
	struct state *state = state_of(l);
	struct exchange *work;
	struct closing *c;

	if (state->telling || state->nclosed == 0)
		return;
	state->telling = true;
	work = host_work(l, closing_step);
	c = arena_alloc(work->ctx.arena,
	    sizeof(*c) + state->nclosed * sizeof(c->serials[0]));
	c->loop = l;
	c->n = state->nclosed;
	memcpy(c->serials, state->closed, c->n * sizeof(c->serials[0]));
	state->nclosed = 0;
	work->user = c;
	work->landed = closing_landed;
	host_do(work);
}

static void
note_closed(struct state *state, int64_t serial)
{
	if (state->nclosed == state->room) {
		state->room = state->room == 0 ? 64 : 2 * state->room;
		state->closed = reallocarray(
		    state->closed, state->room, sizeof(*state->closed));
		if (state->closed == NULL)
			log_panic("out of memory", "standing");
	}
	state->closed[state->nclosed++] = serial;
}

/* --- the lease ------------------------------------------------------------ */

static enum step
lease_step(struct exchange *work)
{
	if (mcpsession_lease(&work->ctx, host_worker(work->loop)) != FAIL_NONE)
		log_warning("the lease of the streams was not renewed",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

void
standing_beat(struct loop *l)
{
	host_do(host_work(l, lease_step));
}

void
standing_free(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_STANDING);
	struct state *state = *slot;

	if (state != NULL)
		free(state->closed);
	free(state);
	*slot = NULL;
}

/* --- the stream ----------------------------------------------------------- */

static void
on_begun(struct stream *stream)
{
	struct standing *s = (struct standing *)(void *)stream;
	struct state *state = state_of(stream->loop);

	host_beat(stream->loop);
	s->next = state->all;
	if (state->all != NULL)
		state->all->prev = s;
	state->all = s;
}

static void
on_heard(struct stream *stream, const struct news *n)
{
	struct standing *s = (struct standing *)(void *)stream;
	int64_t serial;

	if ((unsigned)n->kind < NEWS_LISTS &&
	    news_concerns(n, s->scope[0] != '\0' ? s->scope : NULL))
		say(s, change_of(n->kind), STR_NONE);
	if (n->session != s->session)
		return;
	if (n->kind == NEWS_END ||
	    (n->kind == NEWS_LISTEN && str_to_i64(n->what, &serial) &&
		serial != s->serial))
		stream_end(stream);
}

static void
on_closed(struct stream *stream)
{
	struct standing *s = (struct standing *)(void *)stream;
	struct state *state = state_of(stream->loop);

	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		state->all = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	note_closed(state, s->serial);
	tell_closed(stream->loop);
	free(s);
}

static const struct stream_ops ops = {
    .begun = on_begun,
    .heard = on_heard,
    .closed = on_closed,
};

/* Who comes back may have missed anything. */
static struct str
first_text(struct arena *a, const struct era *era, bool resumes)
{
	const struct change *c;
	struct str text;
	struct buf b;
	char id[64];

	buf_init(&b, 65536);
	next_id(id);
	if (era->priming)
		sse_prime(&b, id);
	for (size_t i = 0; resumes && (c = change_at(i)) != NULL; i++) {
		if (c->kind != NEWS_UPDATED)
			put_change(&b, c, STR_NONE, era);
	}
	text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

enum step
standing_begin(struct exchange *x, const struct era *era,
    const struct mcpsession *session, bool resumes)
{
	uint64_t owner = stream_owner(str_from(x->ctx.caller.id));
	struct standing *s;
	int64_t serial;

	rnd_bytes(&serial, sizeof(serial));
	if (mcpsession_listen(&x->ctx, session->id, host_worker(x->loop),
		serial, resumes) != FAIL_NONE)
		return STEP_DONE;
	if (!stream_reserve(x->loop, owner)) {
		if (mcpsession_unlisten(
			&x->ctx, host_worker(x->loop), &serial, 1) != FAIL_NONE)
			log_debug("a stream is free when the lease ends");
		x->ctx.fail.retry_after = 5;
		(void)fail(
		    &x->ctx.fail, FAIL_BUSY, "Too many streams are open.");
		return STEP_DONE;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		log_panic("out of memory", "standing");
	s->stream.ops = &ops;
	s->stream.owner = owner;
	if (strcmp(x->ctx.caller.id, "local") != 0) /* by a token */
		s->stream.end_ms = clock_mono_ms() + TOKEN_LIFE_MS;
	s->session = session->id;
	s->serial = serial;
	s->revision = era->revision;
	if (x->ctx.scope != NULL)
		memcpy(s->scope, x->ctx.scope->id,
		    strnlen(x->ctx.scope->id, SCOPE_ID_MAX));
	x->stream = &s->stream;
	x->res.status = 200;
	x->res.body = first_text(x->ctx.arena, era, resumes);
	return STEP_STREAM;
}

/* --- resources ------------------------------------------------------------ */

struct updated {
	struct str uri;
	int64_t *ids; /* sessions with a stream here */
	size_t n;
	struct list wanted; /* those that want to know */
};

static enum step
updated_step(struct exchange *work)
{
	struct updated *u = work->user;

	if (mcpsession_subscribed(
		&work->ctx, u->uri, u->ids, u->n, &u->wanted) != FAIL_NONE)
		log_warning("sessions were not told of a resource",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static bool
is_wanted(const struct updated *u, int64_t session)
{
	const int64_t *ids = u->wanted.v;

	for (size_t i = 0; i < u->wanted.n; i++) {
		if (ids[i] == session)
			return true;
	}
	return false;
}

static void
updated_landed(struct exchange *work)
{
	struct updated *u = work->user;
	struct standing *next;

	for (struct standing *s = state_of(work->loop)->all; s != NULL;
	     s = next) {
		next = s->next;
		if (!is_wanted(u, s->session))
			continue;
		say(s, change_of(NEWS_UPDATED), u->uri);
		stream_flush(&s->stream);
	}
}

void
standing_hear(struct loop *l, const struct news *n)
{
	struct state *state = state_of(l);
	struct exchange *work;
	struct updated *u;
	size_t count = 0;

	if (n->kind != NEWS_UPDATED || state->all == NULL)
		return;
	for (const struct standing *s = state->all; s != NULL; s = s->next)
		count++;
	work = host_work(l, updated_step);
	u = arena_zalloc(work->ctx.arena, 1, sizeof(*u));
	u->uri = arena_str(work->ctx.arena, n->what);
	u->ids = arena_zalloc(work->ctx.arena, count, sizeof(*u->ids));
	for (const struct standing *s = state->all; s != NULL; s = s->next)
		u->ids[u->n++] = s->session;
	work->user = u;
	work->landed = updated_landed;
	host_do(work);
}
