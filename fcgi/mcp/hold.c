/*
 * hold.c: runs of tasks, held by this worker.
 */
#include "mcp/hold_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/notes.h"
#include "mcp/result.h"
#include "mcp/task.h"
#include "mcp/turn.h"
#include "out/run.h"
#include "web/host.h"
#include "wire.h"

/* Between two things that a tool says of itself. */
#define SAY_MS 1000

struct state {
	struct hold *all;
	bool beating;
};

static struct state *
state_of(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_HOLD);

	if (*slot == NULL && (*slot = calloc(1, sizeof(struct state))) == NULL)
		log_panic("out of memory", "hold");
	return *slot;
}

void
hold_free(struct loop *l)
{
	void **slot = host_slot(l, HOST_SLOT_HOLD);

	free(*slot);
	*slot = NULL;
}

/* --- work for one of them ------------------------------------------------- */

/* On a request thread, with a database: the host may not go meanwhile. */
static struct exchange *
work_for(struct hold *h, exchange_fn *step, void (*landed)(struct exchange *))
{
	struct exchange *work = host_work(h->x->loop, step);

	work->user = h;
	work->landed = landed;
	h->works++;
	return work;
}

static void
work_done(struct hold *h)
{
	if (--h->works > 0 || !h->waiting)
		return;
	h->waiting = false;
	host_resume(h->x);
}

/* --- what the tool says of itself ----------------------------------------- */

static enum step
say_step(struct exchange *work)
{
	struct hold *h = work->user;

	if (mcptask_say(&work->ctx, &h->row, str_from(h->said)) != FAIL_NONE)
		log_debug("a task's message was not saved",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static void
say_landed(struct exchange *work)
{
	work_done(work->user);
}

/* The text is not touched while another one is on its way. */
static void
say(struct hold *h)
{
	int64_t now = clock_mono_ms();

	if (!h->unsaid || h->works > 0 || h->over || h->x->park == NULL ||
	    now < h->say_ms)
		return;
	h->unsaid = false;
	h->say_ms = now + SAY_MS;
	host_do(work_for(h, say_step, say_landed));
}

static void
read_progress(struct hold *h, const json_t *v)
{
	const json_t *progress = json_object_get(v, "progress");
	const json_t *total = json_object_get(v, "total");
	const char *message = json_get_str(v, "message");
	struct str text;

	if (message != NULL) {
		text = str_utf8_cut(str_from(message), MCPTASK_MESSAGE_MAX);
		(void)snprintf(h->said, sizeof(h->said), "%.*s", STR_FMT(text));
	} else if (json_is_number(total)) {
		(void)snprintf(h->said, sizeof(h->said), "%g of %g",
		    json_number_value(progress), json_number_value(total));
	} else {
		(void)snprintf(h->said, sizeof(h->said), "%g",
		    json_number_value(progress));
	}
	h->unsaid = true;
}

static void
on_said(void *user, struct run *run, uint16_t type, struct str payload)
{
	struct hold *h = user;
	struct arena *a = h->x->ctx.arena;
	struct arena_mark mark = arena_mark(a);
	const json_t *v;

	if (type != WIRE_T_PROGRESS || h->works > 0)
		return;
	v = notes_payload(run, a, payload);
	if (v != NULL)
		read_progress(h, v);
	arena_release(a, mark);
	say(h);
}

/* --- while it is parked --------------------------------------------------- */

static void
list(struct hold *h)
{
	struct state *state = state_of(h->x->loop);

	if (h->listed)
		return;
	h->listed = true;
	h->prev = NULL;
	h->next = state->all;
	if (state->all != NULL)
		state->all->prev = h;
	state->all = h;
}

static void
unlist(struct hold *h)
{
	if (!h->listed)
		return;
	h->listed = false;
	if (h->prev != NULL)
		h->prev->next = h->next;
	else
		state_of(h->x->loop)->all = h->next;
	if (h->next != NULL)
		h->next->prev = h->prev;
}

/* It has to end; at once, if it is parked. */
static void
stop(struct hold *h, struct str why)
{
	struct exchange *x = h->x;

	if (h->stopped == NULL) {
		(void)snprintf(h->why, sizeof(h->why), "%.*s",
		    STR_FMT(str_utf8_cut(why, sizeof(h->why) - 1)));
		h->stopped = h->why;
	}
	if (h->over || x->park == NULL || x->ctx.run == NULL)
		return;
	h->over = true;
	run_abandon(x->ctx.run, BOX_OUTCOME_CANCELLED, h->stopped);
	host_resume(x);
}

/* Answers may be there, if it waits for some. */
static void
look(struct hold *h)
{
	if (h->x->park != NULL && h->waits && atomic_load(&h->told))
		host_resume(h->x);
}

static void
on_tick(struct exchange *x)
{
	struct hold *h = x->live;

	list(h);
	host_beat(x->loop);
	if (h->streamed)
		host_detach(x);
	else
		host_answer(x);
	/* A thread had it when that was said. */
	if (h->stopped != NULL)
		stop(h, STR_NONE);
	else
		look(h);
}

/* What concerns it is heard by hold_hear, parked or not. */
static bool
on_heard(struct exchange *x, const struct news *n)
{
	(void)x;
	(void)n;
	return false;
}

/* Before it was answered: the task is there, whoever waits for it. */
static bool
on_left(struct exchange *x)
{
	(void)x;
	return true;
}

/* The run has ended; or it asks, or there are answers: then it comes back. */
static bool
on_ended(struct exchange *x)
{
	struct hold *h = x->live;
	bool on = x->ctx.run != NULL && run_is_on(x->ctx.run);

	h->over = !on;
	h->waiting = h->works > 0;
	if (h->waiting)
		return false;
	if (!on)
		unlist(h);
	return true;
}

static const struct park_hooks hooks = {
    .tick = on_tick,
    .heard = on_heard,
    .left = on_left,
    .ended = on_ended,
};

/* --- the beginning -------------------------------------------------------- */

static enum step
no_task(struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;

	if (f->code != FAIL_RATE)
		return answer_fail(m);
	answer_meta(m, RESULT_META_RETRY,
	    str_from(arena_printf(m->x->ctx.arena, "%d", f->retry_after)));
	return result_fail(m);
}

static void
put_created(struct message *m, const char *id, const struct mcptask *t)
{
	answer_open_as(m, "task");
	buf_putc(m->out, ',');
	task_put(m->out, str_from(id), t);
	(void)answer_close(m);
	response_text(m->x, 200, "application/json", buf_str(m->out));
}

enum step
hold_begin(struct message *m, struct user_call *call, const struct questions *q)
{
	struct exchange *x = m->x;
	struct ctx *ctx = &x->ctx;
	struct hold *h = arena_zalloc(ctx->arena, 1, sizeof(*h));
	char id[RND_TOKEN_MAX];
	struct mcptask t;

	if (!turn_task(m, &call->run, false, q))
		return STEP_DONE;
	if (run_begin(ctx, &call->run) != FAIL_NONE)
		return result_fail(m);
	/* First the row: who hears of the task finds it. */
	if (mcptask_create(ctx, &call->run.tool, host_worker(x->loop), id,
		&t) != FAIL_NONE)
		return no_task(m);
	put_created(m, id, &t);
	/* What ran before may have made the answer a stream. */
	h->streamed = m->live != NULL && live_finish(m->live, buf_str(m->out));
	h->x = x;
	h->m = m;
	h->call = call;
	h->row = (struct mcptask_hold){t.number, host_worker(x->loop)};
	h->run = ctx->run;
	ctx->run->said = on_said;
	ctx->run->said_user = h;
	m->live = NULL; /* nothing comes before this answer */
	m->user = h;
	m->resume = hold_resume;
	x->live = h;
	x->hooks = &hooks;
	return STEP_PARK;
}

/* --- the beat ------------------------------------------------------------- */

struct beat {
	int64_t *numbers;
	size_t n;
	struct list alive;
	enum fail_code rc;
};

static enum step
beat_step(struct exchange *work)
{
	struct beat *b = work->user;

	b->rc = mcptask_beat(
	    &work->ctx, host_worker(work->loop), b->numbers, b->n, &b->alive);
	if (b->rc != FAIL_NONE)
		log_warning("tasks could not be kept alive",
		    LOG_INT("tasks", b->n),
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static bool
was_asked(const struct beat *b, int64_t number)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->numbers[i] == number)
			return true;
	}
	return false;
}

static const struct mcptask_alive *
alive(const struct beat *b, int64_t number)
{
	const struct mcptask_alive *v = b->alive.v;

	for (size_t i = 0; i < b->alive.n; i++) {
		if (v[i].number == number)
			return &v[i];
	}
	return NULL;
}

static void
beat_landed(struct exchange *work)
{
	struct state *state = state_of(work->loop);
	const struct beat *b = work->user;
	const struct mcptask_alive *found;
	struct hold *next;

	state->beating = false;
	for (struct hold *h = state->all; h != NULL; h = next) {
		next = h->next;
		if (b->rc != FAIL_NONE || !was_asked(b, h->row.number))
			continue;
		found = alive(b, h->row.number);
		if (found != NULL && found->answered)
			atomic_store(&h->told, true);
		if (found != NULL && found->answered)
			look(h);
		else if (found != NULL)
			say(h);
		else
			stop(h, STR_LIT("the task is over"));
	}
}

void
hold_beat(struct loop *l)
{
	struct state *state = state_of(l);
	struct exchange *work;
	struct beat *b;
	size_t n = 0;

	for (const struct hold *h = state->all; h != NULL; h = h->next)
		n++;
	if (n == 0 || state->beating)
		return;
	state->beating = true;
	work = host_work(l, beat_step);
	b = arena_zalloc(work->ctx.arena, 1, sizeof(*b));
	b->numbers = arena_zalloc(work->ctx.arena, n, sizeof(*b->numbers));
	for (const struct hold *h = state->all; h != NULL; h = h->next)
		b->numbers[b->n++] = h->row.number;
	work->user = b;
	work->landed = beat_landed;
	host_do(work);
}

void
hold_hear(struct loop *l, const struct news *n)
{
	struct hold *next;

	if (n->kind == NEWS_MISSED)
		hold_beat(l);
	if (n->kind != NEWS_STOP && n->kind != NEWS_INPUT)
		return;
	for (struct hold *h = state_of(l)->all; h != NULL; h = next) {
		next = h->next;
		if (h->row.number != n->session)
			continue;
		if (n->kind == NEWS_STOP) {
			stop(h, n->what);
			continue;
		}
		atomic_store(&h->told, true);
		look(h);
	}
}
