/*
 * ask.c: questions to a legacy client.
 */
#include "mcp/ask.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "noun/mcpstream.h"
#include "out/run.h"
#include "rnd.h"

/* Notifications may be lost with their connection: look now and then. */
#define LOOK_MS 10000
#define QUESTION_MAX ((size_t)1024 * 1024)

/* --- asking --------------------------------------------------------------- */

static void
put_question(
    struct buf *b, const char *id, const char *method, const json_t *params)
{
	buf_printf(b, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":", id);
	buf_json(b, str_from(method));
	if (params != NULL) {
		buf_puts(b, ",\"params\":");
		json_append(b, params);
	}
	buf_putc(b, '}');
}

enum fail_code
ask_send(struct message *m, const char *method, const json_t *params,
    struct ask **out)
{
	struct ctx *ctx = &m->x->ctx;
	struct ask *ask = arena_zalloc(ctx->arena, 1, sizeof(*ask));
	char *id = arena_alloc(ctx->arena, RND_TOKEN_MAX);
	enum fail_code rc;
	struct buf b;

	rnd_token(id);
	ask->live.id = id;
	/* First the row, so that no answer can come before it. */
	rc = mcpstream_ask(ctx, m->session->id, id);
	if (rc != FAIL_NONE)
		return rc;
	buf_init(&b, QUESTION_MAX);
	put_question(&b, id, method, params);
	rc = b.overflow ? fail(&ctx->fail, FAIL_TOO_LARGE, NULL)
			: live_put_here(m->live, buf_str(&b));
	buf_free(&b);
	if (rc != FAIL_NONE)
		return rc;
	live_ask_add(m->live, &ask->live);
	ask->next = m->asks;
	m->asks = ask;
	*out = ask;
	return FAIL_NONE;
}

/* --- waiting -------------------------------------------------------------- */

enum step
ask_again(struct message *m)
{
	int64_t look = clock_mono_ms() + LOOK_MS;

	m->x->wake_ms = m->asks_until < look ? m->asks_until : look;
	/* One that asks waits with us, and may end meanwhile. */
	if (m->x->ctx.run != NULL && m->x->ctx.run->asking == 0)
		m->x->ctx.run = NULL;
	return STEP_PARK;
}

enum step
ask_wait(struct message *m, message_fn *resume, int64_t timeout_ms)
{
	m->resume = resume;
	m->asks_until = clock_mono_ms() + timeout_ms;
	return ask_again(m);
}

static struct strs
ids_of(const struct message *m)
{
	struct strs ids = {.given = true};

	for (const struct ask *a = m->asks; a != NULL; a = a->next)
		ids.n++;
	ids.v = arena_zalloc(m->x->ctx.arena, ids.n, sizeof(*ids.v));
	ids.n = 0;
	for (const struct ask *a = m->asks; a != NULL; a = a->next)
		ids.v[ids.n++] = str_from(a->live.id);
	return ids;
}

/* True when all have their answers. */
static bool
take_answers(struct message *m, struct strs ids)
{
	struct list list = {.n = 0};
	const struct mcpstream_reply *v;
	size_t left = 0;

	if (mcpstream_answers(&m->x->ctx, m->session->id, ids, &list) !=
	    FAIL_NONE)
		return false; /* later, perhaps */
	v = list.v;
	for (struct ask *a = m->asks; a != NULL; a = a->next) {
		for (size_t i = 0; i < list.n; i++) {
			if (strcmp(v[i].id, a->live.id) == 0)
				a->answer = v[i].answer;
		}
		left += a->answer == NULL;
	}
	return left == 0;
}

static enum ask_state
state_of(struct message *m, struct strs ids)
{
	if (live_cancelled(m->live))
		return ASK_CANCELLED;
	if (take_answers(m, ids))
		return ASK_DONE;
	return clock_mono_ms() < m->asks_until ? ASK_WAIT : ASK_LATE;
}

static void
forget(struct message *m, struct strs ids)
{
	struct ctx *ctx = &m->x->ctx;

	fail_clear(&ctx->fail);
	if (mcpstream_forget(ctx, m->session->id, ids) != FAIL_NONE)
		log_debug("questions stay until they are purged");
	fail_clear(&ctx->fail);
	live_ask_clear(m->live);
	m->asks = NULL;
}

/* Who is still thinking about an answer may stop. */
static void
take_back(struct message *m)
{
	struct fail *f = &m->x->ctx.fail;
	struct buf b;

	if (live_cancelled(m->live))
		return;
	for (const struct ask *a = m->asks; a != NULL; a = a->next) {
		if (a->answer != NULL)
			continue;
		buf_init(&b, 1024);
		buf_printf(&b,
		    "{\"jsonrpc\":\"2.0\",\"method\":"
		    "\"notifications/cancelled\",\"params\":"
		    "{\"requestId\":\"%s\"}}",
		    a->live.id);
		if (live_put_here(m->live, buf_str(&b)) != FAIL_NONE)
			fail_clear(f);
		buf_free(&b);
	}
}

enum ask_state
ask_look(struct message *m)
{
	struct strs ids = ids_of(m);
	enum ask_state state = state_of(m, ids);

	if (state == ASK_WAIT)
		return state;
	if (state == ASK_LATE)
		take_back(m);
	forget(m, ids);
	return state;
}

void
ask_drop(struct message *m)
{
	if (m->asks == NULL)
		return;
	take_back(m);
	forget(m, ids_of(m));
}
