/*
 * turn.c: a run that may ask its client.
 */
#include "mcp/turn.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/ask.h"
#include "mcp/live.h"
#include "mcp/result.h"
#include "noun/round.h"
#include "out/run.h"
#include "rnd.h"
#include "settings.h"

/* Answers that a client may bring at once, asked for or not. */
#define RESPONSES_MOST 64
#define TALK_MOST ((size_t)BOX_TALK_MAX)

struct turn {
	json_t *caps;
	/* modern */
	struct round_of of;
	struct round round; /* the one before; number 0: there was none */
	json_t *answers;    /* all that the run was given */
	const char *task;   /* RUN_TASK_…; NULL: none */
	/* legacy: what is out */
	struct questions q;
	struct ask *asks[QUESTION_MOST]; /* NULL: it could not be sent */
};

const json_t *
turn_caps(const struct message *m)
{
	if (m->era->modern)
		return json_get_obj(json_get_obj(m->rpc.params, "_meta"),
		    ERA_META_CAPABILITIES);
	/* Only on its own stream is a legacy client asked anything. */
	if (m->session == NULL || m->live == NULL || !live_may(m->live))
		return NULL;
	return m->session->capabilities;
}

/* --- needs ---------------------------------------------------------------- */

static enum step
lacks(struct message *m, const struct run_tool *tool)
{
	struct arena *a = m->x->ctx.arena;
	json_t *data;
	const char *names = "";

	for (size_t i = 0; i < tool->client_capabilities.n; i++)
		names = arena_printf(a, "%s%s%.*s", names, i > 0 ? ", " : "",
		    STR_FMT(tool->client_capabilities.v[i]));
	if (m->era->modern) {
		data = json_keep(a, json_obj());
		json_put(data, "requiredCapabilities",
		    json_incref(question_needs(a, &tool->client_capabilities)));
		return answer_error(m, 400, RPC_MISSING_CAPABILITY, data,
		    "%s needs a client with: %s.", tool->full_name, names);
	}
	if (strcmp(m->rpc.method, "tools/call") == 0)
		return result_error(m, "client",
		    "%s asks things of its client, and needs one that has "
		    "declared: %s. It can be asked in a session only, in an "
		    "answer that may be a stream.",
		    tool->full_name, names);
	return answer_error(m, 200, RPC_INVALID_REQUEST, NULL,
	    "%s needs a client with: %s, in a session.", tool->full_name,
	    names);
}

static bool
is_able(const struct turn *t, const struct run_tool *tool)
{
	for (size_t i = 0; i < tool->client_capabilities.n; i++) {
		if (!question_able(t->caps, tool->client_capabilities.v[i]))
			return false;
	}
	return true;
}

/* --- modern: what it brings ----------------------------------------------- */

static bool
bad_params(struct message *m, const char *text)
{
	(void)answer_error(m, 200, RPC_INVALID_PARAMS, NULL, "%s", text);
	return false;
}

static bool
read_state(struct message *m, struct turn *t)
{
	const json_t *v = json_object_get(m->rpc.params, "requestState");
	struct ctx *ctx = &m->x->ctx;

	if (v == NULL)
		return true;
	if (!json_is_string(v))
		return bad_params(m, "params.requestState must be a string.");
	if (round_open(ctx, &t->of,
		(struct str){json_string_value(v), json_string_length(v)},
		&t->round) == FAIL_NONE)
		return true;
	return bad_params(m, ctx->fail.message);
}

/* What is no object is no answer: the question stands. */
static bool
read_responses(struct message *m, struct turn *t)
{
	json_t *v = json_object_get(m->rpc.params, "inputResponses"), *one;
	const char *key;

	t->answers = json_keep(m->x->ctx.arena, json_obj());
	json_object_foreach((json_t *)(uintptr_t)t->round.answers, key, one)
	{
		json_put(t->answers, key, json_incref(one));
	}
	if (v == NULL)
		return true;
	if (!json_is_object(v) || json_object_size(v) > RESPONSES_MOST)
		return bad_params(m,
		    "params.inputResponses must be an object, with at most 64 "
		    "members.");
	json_object_foreach(v, key, one)
	{
		if (json_is_object(one) &&
		    json_object_get(t->answers, key) == NULL)
			json_put(t->answers, key, json_incref(one));
	}
	return true;
}

/* --- the beginning -------------------------------------------------------- */

static bool
put_talk(struct message *m, struct turn *t, struct run_call *call)
{
	struct arena *a = m->x->ctx.arena;
	json_t *talk = json_keep(a, json_obj());

	json_put(talk, "capabilities", json_incref(t->caps));
	if (t->answers != NULL)
		json_put(talk, "answers", json_incref(t->answers));
	if (t->round.state != NULL)
		json_put(talk, "state",
		    json_incref((json_t *)(uintptr_t)t->round.state));
	if (t->task != NULL)
		json_put_str(talk, "task", t->task);
	call->talk = talk;
	if (json_text(a, talk).n <= TALK_MOST)
		return true;
	return bad_params(m, "The answers are larger than 1 MiB.");
}

bool
turn_begin(struct message *m, struct run_call *call)
{
	struct turn *t = arena_zalloc(m->x->ctx.arena, 1, sizeof(*t));

	m->turn = t;
	t->caps = question_caps(m->x->ctx.arena, turn_caps(m));
	if (!is_able(t, &call->tool)) {
		(void)lacks(m, &call->tool);
		return false;
	}
	t->of = (struct round_of){
	    .method = m->rpc.method,
	    .name = call->tool.full_name,
	    .digest = call->tool.digest,
	    .arguments = call->arguments,
	};
	call->ask = BOX_ASK_END;
	if (m->era->modern && (!read_state(m, t) || !read_responses(m, t)))
		return false;
	if (!m->era->modern && json_object_size(t->caps) > 0) {
		call->ask = BOX_ASK_WAIT;
		call->patience_ms = QUESTION_PATIENCE_MS;
	}
	return put_talk(m, t, call);
}

bool
turn_task(struct message *m, struct run_call *call, bool before,
    const struct questions *q)
{
	int64_t ttl = m->x->ctx.settings->task_ttl_ms;
	struct turn *t = m->turn;

	if (q != NULL)
		t->round.state = q->state;
	t->task = before ? RUN_TASK_BEFORE : RUN_TASK_IN;
	call->ask = before ? BOX_ASK_END : BOX_ASK_WAIT;
	call->patience_ms = 0;
	if (!before)
		call->patience_ms = (uint32_t)(ttl < BOX_PATIENCE_MS_MAX
			? ttl
			: BOX_PATIENCE_MS_MAX);
	return put_talk(m, t, call);
}

/* --- modern: questions as the answer ---------------------------------------
 */

/* What comes later needs the answers that were used until here. */
static json_t *
used_answers(struct arena *a, const struct turn *t, const struct questions *q)
{
	json_t *out = json_keep(a, json_obj()), *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)q->used, i, one)
	{
		const char *key = json_string_value(one);
		json_t *answer = key != NULL ? json_object_get(t->answers, key)
					     : NULL;

		if (answer != NULL)
			json_put(out, key, json_incref(answer));
	}
	return out;
}

enum step
turn_input(
    struct message *m, const struct run_call *call, const struct questions *q)
{
	const struct turn *t = m->turn;
	struct ctx *ctx = &m->x->ctx;
	struct round next = {
	    .number = t->round.number + 1,
	    .answers = used_answers(ctx->arena, t, q),
	    .state = q->state,
	};
	const char *text;

	if (next.number > QUESTION_ROUNDS)
		return answer_error(m, 200, RPC_INTERNAL, NULL,
		    "%s asked more than %d times in one call.",
		    call->tool.full_name, QUESTION_ROUNDS);
	if (round_seal(ctx, &t->of, &next, &text) != FAIL_NONE)
		return answer_error(
		    m, 200, RPC_INTERNAL, NULL, "%s", ctx->fail.message);
	answer_open_as(m, "input_required");
	answer_member(m, "inputRequests");
	json_append(m->out, question_requests(ctx->arena, q));
	answer_member_str(m, "requestState", str_from(text));
	return answer_close(m);
}

/* --- legacy: questions on the stream ---------------------------------------
 */

/* A page has an id there, by which the client would be told that it is done;
 * nobody is. */
static const json_t *
legacy_params(const struct message *m, const struct question *q)
{
	char *id;
	json_t *params;

	if (json_object_size(q->params) == 0)
		return NULL;
	if (strcmp(q->need, "elicitation.url") != 0)
		return q->params;
	id = arena_alloc(m->x->ctx.arena, RND_UUID_MAX);
	rnd_uuid(id);
	params = json_keep(
	    m->x->ctx.arena, json_copy((json_t *)(uintptr_t)q->params));
	json_put_str(params, "elicitationId", id);
	return params;
}

static bool
send_all(struct message *m, struct turn *t)
{
	struct fail *f = &m->x->ctx.fail;
	size_t sent = 0;

	for (size_t i = 0; i < t->q.n; i++) {
		const struct question *q = &t->q.v[i];

		t->asks[i] = NULL;
		if (ask_send(m, q->method, legacy_params(m, q), &t->asks[i]) ==
		    FAIL_NONE) {
			sent++;
			continue;
		}
		answer_log(f);
		fail_clear(f);
	}
	return sent > 0;
}

static void
put_error(json_t *errors, const char *key, int64_t code, const char *text)
{
	json_t *one = json_obj();

	json_put_int(one, "code", code);
	json_put_str(one, "message", text);
	json_put(errors, key, one);
}

/* What became of one question: an answer, an error, or nothing in time. */
static void
put_reply(const struct question *q, const struct ask *ask, json_t *answers,
    json_t *errors)
{
	json_t *result = NULL, *error = NULL;

	if (ask != NULL) {
		result = json_object_get(ask->answer, "result");
		error = json_object_get(ask->answer, "error");
	}
	if (result != NULL)
		json_put(answers, q->key, json_incref(result));
	else if (error != NULL)
		put_error(errors, q->key, json_get_int(error, "code", 0),
		    json_get_str(error, "message") != NULL
			? json_get_str(error, "message")
			: "the client refused");
	else
		put_error(errors, q->key, 0,
		    ask != NULL ? "the client did not answer in time"
				: "the question could not be sent");
}

static enum step
hand_in(struct message *m, const struct turn *t)
{
	struct ctx *ctx = &m->x->ctx;
	json_t *reply = json_keep(ctx->arena, json_obj());
	json_t *answers = json_obj(), *errors = json_obj();

	for (size_t i = 0; i < t->q.n; i++)
		put_reply(&t->q.v[i], t->asks[i], answers, errors);
	json_put(reply, "answers", answers);
	json_put(reply, "errors", errors);
	if (run_answer(ctx->run, &ctx->fail, json_text(ctx->arena, reply)) ==
	    FAIL_NONE)
		return STEP_PARK;
	/* Too large, all together. */
	(void)json_object_clear(answers);
	for (size_t i = 0; i < t->q.n; i++)
		put_error(errors, t->q.v[i].key, 0, ctx->fail.message);
	fail_clear(&ctx->fail);
	if (run_answer(ctx->run, &ctx->fail, json_text(ctx->arena, reply)) !=
	    FAIL_NONE)
		run_abandon(ctx->run, BOX_OUTCOME_FAILED, "no answer fits");
	return STEP_PARK;
}

/* It asks something new. */
static enum step
put_questions(struct message *m, struct turn *t)
{
	if (send_all(m, t))
		return ask_wait(m, m->resume, QUESTION_WAIT_MS);
	return hand_in(m, t);
}

bool
turn_asks(struct message *m, enum step *step_out)
{
	struct turn *t = m->turn;
	struct ctx *ctx = &m->x->ctx;
	struct run *run = ctx->run;

	if (run->asking == 0) {
		ask_drop(m);
		return false;
	}
	if (m->asks == NULL) {
		if (question_read(ctx, run, t->caps, &t->q) != FAIL_NONE) {
			log_debug("a tool asked something odd",
			    LOG_STR("detail", ctx->fail.message));
			fail_clear(&ctx->fail);
			run_abandon(run, BOX_OUTCOME_OUTPUT, "");
			return false;
		}
		*step_out = put_questions(m, t);
		return true;
	}
	switch (ask_look(m)) {
	case ASK_WAIT:
		*step_out = ask_again(m);
		return true;
	case ASK_DONE:
	case ASK_LATE:
	case ASK_CANCELLED: /* its run has ended, and is seen to have */
		break;
	}
	*step_out = hand_in(m, t);
	return true;
}
