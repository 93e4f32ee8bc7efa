/*
 * hold.c: runs of tasks, held by this worker.
 */
#include "mcp/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/notes.h"
#include "mcp/result.h"
#include "mcp/task.h"
#include "out/run.h"
#include "settings.h"
#include "web/host.h"
#include "wire.h"

/* Between attempts to save how a task ended. */
#define AGAIN_MS 1000
/* Between two things that a tool says of itself. */
#define SAY_MS 1000

struct hold {
	struct exchange *x;
	struct hold *prev, *next; /* of all that are parked; the loop's */
	bool listed;
	struct message *m;
	struct user_call *call;
	struct mcptask_hold row;
	struct run *run;
	bool over;           /* it ends, or has ended */
	const char *stopped; /* why it has to end, if it has to */
	char why[128];
	bool withheld;  /* what it brought cannot be saved */
	unsigned works; /* of ours that are under way for it */
	bool waiting;   /* the run has ended: when they are done */

	int64_t say_ms; /* not before */
	bool unsaid;    /* there is something to say */
	char said[MCPTASK_MESSAGE_MAX + 1];
};

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

static void
on_tick(struct exchange *x)
{
	struct hold *h = x->live;

	list(h);
	host_beat(x->loop);
	host_answer(x);
	/* A thread had it when that was said. */
	if (h->stopped != NULL)
		stop(h, STR_NONE);
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

static bool
on_ended(struct exchange *x)
{
	struct hold *h = x->live;

	h->over = true;
	h->waiting = h->works > 0;
	if (h->waiting)
		return false;
	unlist(h);
	return true;
}

static const struct park_hooks hooks = {
    .tick = on_tick,
    .heard = on_heard,
    .left = on_left,
    .ended = on_ended,
};

/* --- the end -------------------------------------------------------------- */

static struct str
error_text(struct arena *a, struct str message, const struct outcome *o)
{
	json_t *error = json_keep(a, json_obj()), *data = json_obj();

	json_put_int(error, "code", RPC_INTERNAL);
	json_put_view(error, "message", message);
	json_put_str(data, "outcome", box_outcome_name(o->code));
	if (o->retry_after > 0)
		json_put_int(data, "retryAfter", o->retry_after);
	json_put(error, "data", data);
	return json_text(a, error);
}

/* What tools/call would have answered, as it will be sent. */
static struct str
result_of(struct hold *h, const struct outcome *o)
{
	struct ctx *ctx = &h->x->ctx;
	int64_t most = ctx->settings->task_result_kib;
	struct message m = *h->m;
	struct str text;
	struct buf b;

	buf_init(&b, (size_t)most * 1024);
	m.out = &b;
	m.start = 0;
	m.meta = NULL;
	m.bare = true;
	(void)call_result(&m, h->call, o);
	if (b.overflow) {
		buf_free(&b);
		buf_init(&b, 16384);
		m.meta = NULL;
		(void)result_error(&m, "too-large",
		    "The result is larger than %lld KiB, which is the most "
		    "that is kept of a task. The tool has run.",
		    (long long)most);
	}
	text = arena_str(ctx->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

/* Did it run, and end for a reason that is its own? */
static bool
has_run(enum box_outcome code)
{
	return code != BOX_OUTCOME_FAILED && code != BOX_OUTCOME_BUSY &&
	    code != BOX_OUTCOME_RATE;
}

static void
end(void *user, const struct outcome *o, struct mcptask_end *out)
{
	struct hold *h = user;
	struct arena *a = h->x->ctx.arena;

	if (o->code == BOX_OUTCOME_CANCELLED) {
		out->status = "cancelled";
		out->message = arena_str(a, o->text).p;
	} else if (!has_run(o->code)) {
		out->status = "failed";
		out->message = arena_str(a, o->text).p;
		out->error = error_text(a, o->text, o);
	} else {
		out->status = "completed";
		out->result = result_of(h, o);
	}
}

static bool
may_pass(enum fail_code code)
{
	return code == FAIL_UNAVAILABLE || code == FAIL_UNCERTAIN ||
	    code == FAIL_BUSY || code == FAIL_TIMEOUT;
}

static enum fail_code
save(struct hold *h, bool *over)
{
	struct ctx *ctx = &h->x->ctx;

	if (h->withheld)
		return mcptask_withhold(ctx, &h->row, over);
	return mcptask_settle(ctx, &h->row, &h->call->run, h->run,
	    h->call->output_schema, end, h, over);
}

/*
 * The run is over.  As long as its end is not saved the task is not over, and
 * its row is kept alive by the beat.
 */
static enum step
ended(struct message *m)
{
	struct hold *h = m->user;
	struct ctx *ctx = &m->x->ctx;
	bool over;
	enum fail_code rc = save(h, &over);

	if (rc == FAIL_NONE)
		return STEP_DONE;
	log_error("the end of a task could not be saved",
	    LOG_INT("task", h->row.number), LOG_STR("reason", fail_slug(rc)),
	    LOG_STR("detail", ctx->fail.detail));
	fail_clear(&ctx->fail);
	if (!may_pass(rc)) {
		if (h->withheld)
			return STEP_DONE; /* the row fails by our silence */
		h->withheld = true;
	}
	ctx->run = NULL;
	m->x->wake_ms = clock_mono_ms() + AGAIN_MS;
	return STEP_PARK;
}

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
hold_begin(struct message *m, struct user_call *call)
{
	struct exchange *x = m->x;
	struct ctx *ctx = &x->ctx;
	struct hold *h = arena_zalloc(ctx->arena, 1, sizeof(*h));
	char id[RND_TOKEN_MAX];
	struct mcptask t;

	if (run_begin(ctx, &call->run) != FAIL_NONE)
		return result_fail(m);
	/* First the row: who hears of the task finds it. */
	if (mcptask_create(ctx, &call->run.tool, host_worker(x->loop), id,
		&t) != FAIL_NONE)
		return no_task(m);
	put_created(m, id, &t);
	h->x = x;
	h->m = m;
	h->call = call;
	h->row = (struct mcptask_hold){t.number, host_worker(x->loop)};
	h->run = ctx->run;
	ctx->run->said = on_said;
	ctx->run->said_user = h;
	m->live = NULL; /* nothing comes before this answer */
	m->user = h;
	m->resume = ended;
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
	struct hold *next;

	state->beating = false;
	for (struct hold *h = state->all; h != NULL; h = next) {
		next = h->next;
		if (b->rc != FAIL_NONE || !was_asked(b, h->row.number))
			continue;
		if (alive(b, h->row.number) != NULL)
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
	if (n->kind != NEWS_STOP)
		return;
	for (struct hold *h = state_of(l)->all; h != NULL; h = next) {
		next = h->next;
		if (h->row.number == n->session)
			stop(h, n->what);
	}
}
