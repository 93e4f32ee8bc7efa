/*
 * watch.c: listeners that want to hear of tasks.
 */
#include "mcp/watch.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mcp/sse.h"
#include "mcp/task.h"
#include "noun/mcptask.h"
#include "web/conn.h"
#include "web/host.h"

struct entry {
	int64_t number;
	const char *id;
	bool due;   /* it may have changed */
	bool asked; /* it is being read */
};

struct watch {
	struct watch *prev, *next;
	struct stream *stream; /* NULL: not yet begun */
	struct str subscription;
	size_t n;
	struct entry entries[]; /* and the texts behind them */
};

struct state {
	struct watch *all;
	bool reading;
};

static struct state *
state_of(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_WATCH);

	if (*slot == NULL && (*slot = calloc(1, sizeof(struct state))) == NULL)
		log_panic("out of memory", "watch");
	return *slot;
}

void
watch_free(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_WATCH);

	free(*slot);
	*slot = NULL;
}

/* --- one of them ---------------------------------------------------------- */

static char *
put_text(char *p, struct str s)
{
	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p + s.n + 1;
}

static struct watch *
build(const struct mcptask_place *places, size_t n, struct strs ids,
    struct str subscription)
{
	size_t text = subscription.n + 1;
	struct watch *w;
	char *p;

	for (size_t i = 0; i < n; i++)
		text += ids.v[places[i].place].n + 1;
	w = calloc(1, sizeof(*w) + n * sizeof(w->entries[0]) + text);
	if (w == NULL)
		log_panic("out of memory", "watch");
	w->n = n;
	p = (char *)&w->entries[n];
	w->subscription = (struct str){p, subscription.n};
	p = put_text(p, subscription);
	for (size_t i = 0; i < n; i++) {
		w->entries[i].number = places[i].number;
		w->entries[i].id = p;
		p = put_text(p, ids.v[places[i].place]);
	}
	return w;
}

enum fail_code
watch_new(struct ctx *ctx, struct strs ids, struct str subscription,
    struct strs *honoured, struct watch **out)
{
	const struct mcptask_place *places;
	struct list found;
	enum fail_code rc = mcptask_watched(ctx, ids, &found);

	*out = NULL;
	*honoured = (struct strs){.given = true};
	if (rc != FAIL_NONE || found.n == 0)
		return rc;
	places = found.v;
	honoured->v = arena_zalloc(ctx->arena, found.n, sizeof(*honoured->v));
	for (size_t i = 0; i < found.n; i++)
		honoured->v[honoured->n++] = ids.v[places[i].place];
	*out = build(places, found.n, ids, subscription);
	return FAIL_NONE;
}

/* --- telling -------------------------------------------------------------- */

static const struct mcptask *
find(const struct list *rows, int64_t number)
{
	const struct mcptask *v = rows->v;

	for (size_t i = 0; i < rows->n; i++) {
		if (v[i].number == number)
			return &v[i];
	}
	return NULL;
}

static void
tell(struct watch *w, const struct entry *e, const struct mcptask *t)
{
	struct buf json, event;

	buf_init(&json, CONN_OUT_MAX);
	buf_init(&event, CONN_OUT_MAX);
	buf_puts(&json,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tasks\","
	    "\"params\":{");
	task_put_all(&json, str_from(e->id), t);
	buf_printf(&json, ",\"_meta\":{\"" ERA_META_SUBSCRIPTION "\":%.*s}}}",
	    STR_FMT(w->subscription));
	sse_event(&event, NULL, buf_str(&json));
	if (!json.overflow && !event.overflow)
		stream_put(w->stream, buf_str(&event));
	buf_free(&json);
	buf_free(&event);
}

/* --- reading -------------------------------------------------------------- */

struct reading {
	int64_t *numbers;
	size_t n;
	struct list rows;
	enum fail_code rc;
};

static void start(struct loop *l);

static bool
has_room(const struct watch *w)
{
	return w->stream->conn != NULL &&
	    conn_unsent(w->stream->conn) < STREAM_UNSENT_MAX;
}

static enum step
read_step(struct exchange *work)
{
	struct reading *r = work->user;

	r->rc = mcptask_read(&work->ctx, r->numbers, r->n, &r->rows);
	if (r->rc != FAIL_NONE)
		log_warning("listeners were not told of their tasks",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static void
tell_all(struct watch *w, const struct reading *r)
{
	for (size_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];
		const struct mcptask *t;

		if (!e->asked)
			continue;
		e->asked = false;
		t = r->rc == FAIL_NONE ? find(&r->rows, e->number) : NULL;
		if (t != NULL && has_room(w))
			tell(w, e, t);
		else if (t != NULL || r->rc != FAIL_NONE)
			e->due = true;
	}
}

static void
read_landed(struct exchange *work)
{
	struct state *state = state_of(work->loop);
	const struct reading *r = work->user;
	struct watch *next;

	for (struct watch *w = state->all; w != NULL; w = next) {
		next = w->next;
		tell_all(w, r);
		stream_flush(w->stream); /* after which it may be gone */
	}
	state->reading = false;
	if (r->rc == FAIL_NONE)
		start(work->loop);
}

static size_t
count_due(const struct state *state)
{
	size_t n = 0;

	for (const struct watch *w = state->all; w != NULL; w = w->next) {
		for (size_t i = 0; i < w->n && has_room(w); i++)
			n += w->entries[i].due;
	}
	return n;
}

/* Reads what may have changed, for those who can take it. */
static void
start(struct loop *l)
{
	struct state *state = state_of(l);
	size_t n = state->reading ? 0 : count_due(state);
	struct exchange *work;
	struct reading *r;

	if (n == 0)
		return;
	state->reading = true;
	work = host_work(l, read_step);
	r = arena_zalloc(work->ctx.arena, 1, sizeof(*r));
	r->numbers = arena_zalloc(work->ctx.arena, n, sizeof(*r->numbers));
	for (struct watch *w = state->all; w != NULL; w = w->next) {
		for (size_t i = 0; i < w->n && has_room(w); i++) {
			struct entry *e = &w->entries[i];

			if (!e->due)
				continue;
			e->due = false;
			e->asked = true;
			r->numbers[r->n++] = e->number;
		}
	}
	work->user = r;
	work->landed = read_landed;
	host_do(work);
}

/* --- the stream's life ---------------------------------------------------- */

void
watch_begun(struct watch *w, struct stream *s)
{
	struct state *state = state_of(s->loop);

	w->stream = s;
	w->next = state->all;
	if (state->all != NULL)
		state->all->prev = w;
	state->all = w;
	host_beat(s->loop);
	/* What happened before is told, too: nobody knows what it knows. */
	for (size_t i = 0; i < w->n; i++)
		w->entries[i].due = true;
	start(s->loop);
}

void
watch_drained(struct watch *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->entries[i].due) {
			start(w->stream->loop);
			return;
		}
	}
}

void
watch_closed(struct watch *w)
{
	if (w->stream != NULL) {
		struct state *state = state_of(w->stream->loop);

		if (w->prev != NULL)
			w->prev->next = w->next;
		else
			state->all = w->next;
		if (w->next != NULL)
			w->next->prev = w->prev;
	}
	free(w);
}

void
watch_hear(struct loop *l, const struct news *n)
{
	bool any = false;

	if (n->kind != NEWS_TASK && n->kind != NEWS_MISSED)
		return;
	for (struct watch *w = state_of(l)->all; w != NULL; w = w->next) {
		for (size_t i = 0; i < w->n; i++) {
			struct entry *e = &w->entries[i];

			if (n->kind == NEWS_TASK && e->number != n->session)
				continue;
			e->due = any = true;
		}
	}
	if (any)
		start(l);
}

void
watch_beat(struct loop *l)
{
	start(l);
}
