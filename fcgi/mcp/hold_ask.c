/*
 * hold_ask.c: what a task asks its client, and the answers.
 */
#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/hold_impl.h"
#include "out/run.h"

/* Notifications may be lost with their connection: look now and then. */
#define LOOK_MS 30000

/*
 * A key is used once in the life of a task; the tool may use one again, when
 * an answer did not do.
 */
static const char *
client_key(struct hold *h, const char *key)
{
	struct arena *a = h->x->ctx.arena;
	const char *name = key;

	for (int i = 2; json_object_get(h->used, name) != NULL; i++)
		name = arena_printf(a, "%s_%d", key, i);
	json_put_bool(h->used, name, true);
	return name;
}

/* The requests by the client's keys, which are kept with the tool's. */
static json_t *
rename_keys(struct hold *h, json_t *requests)
{
	struct arena *a = h->x->ctx.arena;
	json_t *out = json_keep(a, json_obj()), *one;
	const char *key;

	if (h->used == NULL)
		h->used = json_keep(a, json_obj());
	h->names = json_keep(a, json_obj());
	json_object_foreach(requests, key, one)
	{
		const char *name = client_key(h, key);

		json_put_str(h->names, name, key);
		json_put(out, name, json_incref(one));
	}
	return out;
}

static enum step
wait(struct hold *h, int64_t ms)
{
	h->x->wake_ms = clock_mono_ms() + ms;
	return STEP_PARK;
}

/* The run is ended from here. */
static enum step
give_up(struct hold *h, enum box_outcome outcome, const char *why)
{
	run_abandon(h->run, outcome, why);
	return hold_ended(h->m);
}

static bool
read_questions(struct hold *h)
{
	const json_t *caps = json_get_obj(h->call->run.talk, "capabilities");
	struct ctx *ctx = &h->x->ctx;
	struct questions *q = arena_zalloc(ctx->arena, 1, sizeof(*q));

	if (question_read(ctx, h->run, caps, q) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		return false;
	}
	h->asks = rename_keys(h, question_requests(ctx->arena, q));
	return true;
}

/* It asks something new: its client finds that in the row. */
static enum step
put_questions(struct hold *h)
{
	struct ctx *ctx = &h->x->ctx;
	enum fail_code rc;

	if (h->names == NULL && !read_questions(h))
		return give_up(h, BOX_OUTCOME_OUTPUT, "");
	rc = mcptask_ask(ctx, &h->row, h->asks);
	if (rc == FAIL_NONE) {
		h->waits = true;
		return wait(h, LOOK_MS);
	}
	log_warning("a task could not ask", LOG_STR("reason", fail_slug(rc)),
	    LOG_STR("detail", ctx->fail.detail));
	fail_clear(&ctx->fail);
	if (hold_may_pass(rc) && rc != FAIL_UNCERTAIN)
		return wait(h, HOLD_AGAIN_MS);
	return give_up(h, BOX_OUTCOME_CANCELLED, "the task is over");
}

static enum step
hand_in(struct hold *h, const json_t *answers)
{
	struct ctx *ctx = &h->x->ctx;
	json_t *reply = json_keep(ctx->arena, json_obj()), *mine = json_obj();
	const char *name;
	json_t *key;

	json_put(reply, "answers", mine);
	json_object_foreach(h->names, name, key)
	{
		json_t *one = json_object_get(answers, name);

		if (one != NULL)
			json_put(
			    mine, json_string_value(key), json_incref(one));
	}
	h->waits = false;
	h->names = NULL;
	if (run_answer(h->run, &ctx->fail, json_text(ctx->arena, reply)) ==
	    FAIL_NONE)
		return STEP_PARK;
	fail_clear(&ctx->fail);
	return give_up(h, BOX_OUTCOME_OUTPUT, "the answers are too large");
}

static enum step
take_answers(struct hold *h)
{
	struct ctx *ctx = &h->x->ctx;
	json_t *answers;

	atomic_store(&h->told, false);
	if (mcptask_take(ctx, &h->row, &answers) != FAIL_NONE) {
		log_warning("a task's answers could not be read",
		    LOG_STR("detail", ctx->fail.detail));
		fail_clear(&ctx->fail);
		return wait(h, HOLD_AGAIN_MS);
	}
	return answers != NULL ? hand_in(h, answers) : wait(h, LOOK_MS);
}

enum step
hold_resume(struct message *m)
{
	struct hold *h = m->user;

	if (h->run->asking == 0 || !run_is_on(h->run))
		return hold_ended(m);
	return h->waits ? take_answers(h) : put_questions(h);
}
