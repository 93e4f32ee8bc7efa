/*
 * source.c: an op/source on a connection.
 *
 * On the loop's thread but for work(), which has the state to itself while
 * `busy` is set.  The stream may close meanwhile: then it is freed when the
 * work comes back.
 */
#include "web/source.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "web/host.h"
#include "web/stream.h"

#define OWNERS 256
/* Whoever came with a credential comes again with it, or with another. */
#define NEWS_LIFE_MS 900000

static _Atomic unsigned open_all;
static _Atomic unsigned open_of[OWNERS];

struct piece {
	struct stream stream; /* first */
	struct source source;
	/* The caller, copied. */
	struct caller caller;
	char *id, *name, *session, *token, *request_id;
	bool begun;  /* a piece was asked for */
	bool busy;   /* a piece is being made, or waits for its time */
	bool closed; /* while it was */
	/* What the work left, for the loop. */
	struct buf text;
	bool done, failed;
};

/* --- how many ------------------------------------------------------------- */

static bool
count(uint64_t owner)
{
	if (atomic_fetch_add(&open_all, 1) >= SOURCES_MAX) {
		atomic_fetch_sub(&open_all, 1);
		return false;
	}
	if (atomic_fetch_add(&open_of[owner % OWNERS], 1) >=
	    SOURCES_MAX_OWNER) {
		atomic_fetch_sub(&open_of[owner % OWNERS], 1);
		atomic_fetch_sub(&open_all, 1);
		return false;
	}
	return true;
}

static void
uncount(uint64_t owner)
{
	atomic_fetch_sub(&open_of[owner % OWNERS], 1);
	atomic_fetch_sub(&open_all, 1);
}

static void
destroy(struct piece *p)
{
	uncount(p->stream.owner);
	p->source.free_state(p->source.state);
	buf_free(&p->text);
	free(p->id);
	free(p->name);
	free(p->session);
	free(p->token);
	free(p->request_id);
	free(p);
}

/* --- the next piece ------------------------------------------------------- */

static enum step
work(struct exchange *x)
{
	struct piece *p = x->user;
	struct ctx *ctx = &x->ctx;

	ctx->caller = p->caller;
	ctx->request_id = p->request_id;
	ctx->face = FACE_REST;
	p->failed = p->source.more(ctx, p->source.state, &p->text, &p->done) !=
		FAIL_NONE ||
	    p->text.overflow;
	if (p->failed)
		log_warning("an answer in pieces broke off",
		    LOG_STR("reason", fail_slug(ctx->fail.code)),
		    LOG_STR("detail", ctx->fail.detail));
	return STEP_DONE;
}

static void
landed(struct exchange *x)
{
	struct piece *p = x->user;

	p->busy = false;
	if (p->closed) {
		destroy(p);
		return;
	}
	if (p->failed)
		stream_break(&p->stream);
	stream_put(&p->stream, buf_str(&p->text));
	buf_free(&p->text);
	if (p->done)
		stream_end(&p->stream);
	stream_flush(&p->stream);
}

static void
dropped(struct exchange *x)
{
	struct piece *p = x->user;

	p->busy = false;
	if (p->closed)
		destroy(p);
}

static void
ask(struct stream *s)
{
	struct piece *p = (struct piece *)(void *)s;
	struct exchange *x;

	if (p->busy || s->over || s->broken)
		return;
	p->busy = true;
	x = host_work(s->loop, work);
	x->user = p;
	x->landed = landed;
	x->dropped = dropped;
	if (p->source.every_ms > 0 && p->begun)
		host_do_later(x, p->source.every_ms);
	else
		host_do(x);
	p->begun = true;
}

static void
on_heard(struct stream *s, const struct news *n)
{
	(void)s;
	(void)n;
}

/* A download that is cut off must not look complete. */
static void
on_ending(struct stream *s)
{
	if (s->plain)
		stream_break(s);
}

static void
on_closed(struct stream *s)
{
	struct piece *p = (struct piece *)(void *)s;

	if (p->busy)
		p->closed = true;
	else
		destroy(p);
}

/* Each time that all was taken, also at the beginning. */
static const struct stream_ops ops = {
    .heard = on_heard,
    .drained = ask,
    .ending = on_ending,
    .closed = on_closed,
};

/* --- the request ---------------------------------------------------------- */

static char *
copy(const char *s)
{
	char *out;

	if (s == NULL)
		return NULL;
	out = strdup(s);
	if (out == NULL)
		log_panic("out of memory", "source");
	return out;
}

static struct piece *
new_piece(const struct exchange *x, const struct source *from, uint64_t owner)
{
	const struct caller *c = &x->ctx.caller;
	struct piece *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_panic("out of memory", "source");
	p->source = *from;
	p->stream.ops = &ops;
	p->stream.owner = owner;
	p->stream.plain = strcmp(from->media, "text/event-stream") != 0;
	p->caller = *c;
	p->caller.role = NULL;
	p->caller.id = p->id = copy(c->id);
	p->caller.name = p->name = copy(c->name);
	p->caller.session = p->session = copy(c->session);
	p->caller.token = p->token = copy(c->token);
	p->request_id = copy(x->ctx.request_id);
	buf_init(&p->text, SOURCE_PIECE_MAX);
	return p;
}

static enum step
refuse(struct exchange *x, const struct source *from)
{
	from->free_state(from->state);
	x->ctx.fail.retry_after = 5;
	(void)fail(&x->ctx.fail, FAIL_BUSY,
	    "Too many streams and downloads are open.");
	response_problem(x);
	return STEP_DONE;
}

static void
head(struct exchange *x, const struct source *from)
{
	x->res.status = 200;
	x->res.content_type = arena_strdup(x->ctx.arena, from->media);
	if (from->filename != NULL)
		response_header(x, "Content-Disposition",
		    arena_printf(x->ctx.arena, "attachment; filename=\"%s\"",
			from->filename));
	x->res.body = from->start != NULL ? str_from(from->start) : STR_NONE;
}

enum step
source_begin(struct exchange *x, const struct source *from)
{
	uint64_t owner = stream_owner(str_from(x->ctx.caller.id));

	head(x, from);
	if (str_eq_c(x->req.method, "HEAD")) {
		from->free_state(from->state);
		response_text(x, 200, x->res.content_type, STR_NONE);
		return STEP_DONE;
	}
	if (!count(owner))
		return refuse(x, from);
	if (!stream_reserve(x->loop, owner)) {
		uncount(owner);
		return refuse(x, from);
	}
	x->stream = &new_piece(x, from, owner)->stream;
	if (!((struct piece *)(void *)x->stream)->stream.plain)
		x->stream->end_ms = clock_mono_ms() + NEWS_LIFE_MS;
	return STEP_STREAM;
}
