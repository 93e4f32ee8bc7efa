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

bool
ask_may(const struct message *m, enum ask_need need)
{
	const json_t *caps, *elicit;

	if (m->session == NULL || m->live == NULL)
		return false;
	caps = m->session->capabilities;
	elicit = json_object_get(caps, "elicitation");
	switch (need) {
	case ASK_ELICIT_FORM: /* {} has always meant forms */
		return json_is_object(elicit) &&
		    (json_object_size(elicit) == 0 ||
			json_object_get(elicit, "form") != NULL);
	case ASK_ELICIT_URL:
		return json_object_get(elicit, "url") != NULL;
	case ASK_SAMPLING:
		return json_object_get(caps, "sampling") != NULL;
	case ASK_ROOTS:
		return json_object_get(caps, "roots") != NULL;
	}
	return false;
}

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

enum ask_state
ask_look(struct message *m)
{
	struct ctx *ctx = &m->x->ctx;
	struct strs ids = ids_of(m);
	enum ask_state state = state_of(m, ids);

	if (state == ASK_WAIT)
		return state;
	fail_clear(&ctx->fail);
	if (mcpstream_forget(ctx, m->session->id, ids) != FAIL_NONE)
		log_debug("questions stay until they are purged");
	fail_clear(&ctx->fail);
	live_ask_clear(m->live);
	m->asks = NULL;
	return state;
}
