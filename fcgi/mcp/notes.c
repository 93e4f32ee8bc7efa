/*
 * notes.c: what a tool says while it runs, as notifications.
 */
#include "mcp/notes.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "out/run.h"
#include "wire.h"

#define PAYLOAD_MAX ((size_t)64 * 1024) /* the cap of a LOG frame */
#define TOKEN_MAX 256
/* Progress at most: so many at once, then one in so long. */
#define BURST 50
#define EVERY_MS 20

struct notes {
	struct message *m;
	struct live *live;
	struct str token; /* JSON text; n == 0: no progress wanted */
	int level;        /* the least that is wanted; -1: none */
	bool any;
	double last;     /* progress said */
	int64_t free_ms; /* the bucket is full at this time */
};

int
notes_level(const char *name)
{
	static const char *const names[] = {"debug", "info", "notice",
	    "warning", "error", "critical", "alert", "emergency"};

	for (size_t i = 0; name != NULL && i < NELEM(names); i++) {
		if (strcmp(names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/* --- what was said -------------------------------------------------------- */

const json_t *
notes_payload(struct run *run, struct arena *a, struct str payload)
{
	struct str text, clean;
	json_t *v;

	if (json_parse(a, payload, PAYLOAD_MAX, &v, NULL) != FAIL_NONE)
		return NULL;
	if (run->clean != NULL) {
		text = json_text(a, v);
		clean = run->clean(run->clean_user, a, text);
		if (clean.p != text.p &&
		    json_parse(a, clean, SIZE_MAX, &v, NULL) != FAIL_NONE)
			return NULL;
	}
	return json_is_object(v) ? v : NULL;
}

static void
open_note(struct buf *b, const char *method)
{
	buf_printf(b,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/%s\",\"params\":{",
	    method);
}

static bool
take_token(struct notes *n)
{
	int64_t now = clock_mono_ms();

	if (n->free_ms < now)
		n->free_ms = now;
	if (n->free_ms - now > (int64_t)BURST * EVERY_MS)
		return false;
	n->free_ms += EVERY_MS;
	return true;
}

/* The notification into b, or nothing. */
static void
put_progress(struct buf *b, struct notes *n, const json_t *v)
{
	const json_t *progress = json_object_get(v, "progress");
	const json_t *total = json_object_get(v, "total");
	const char *message = json_get_str(v, "message");

	if (n->token.n == 0 || !json_is_number(progress))
		return;
	/* It must increase; and who reports it in a tight loop is cut short. */
	if (n->any && json_number_value(progress) <= n->last)
		return;
	if (!take_token(n))
		return;
	n->any = true;
	n->last = json_number_value(progress);
	open_note(b, "progress");
	buf_printf(
	    b, "\"progressToken\":%.*s,\"progress\":", STR_FMT(n->token));
	json_append(b, progress);
	if (json_is_number(total)) {
		buf_puts(b, ",\"total\":");
		json_append(b, total);
	}
	if (message != NULL) {
		buf_puts(b, ",\"message\":");
		buf_json(b, str_from(message));
	}
	buf_puts(b, "}}");
}

static void
put_log(struct buf *b, const struct notes *n, const json_t *v)
{
	const json_t *data = json_object_get(v, "data");
	const char *level = json_get_str(v, "level");
	const char *name = json_get_str(n->m->rpc.params, "name");

	if (n->level < 0 || data == NULL || notes_level(level) < n->level)
		return;
	open_note(b, "message");
	buf_printf(b, "\"level\":\"%s\",\"data\":", level);
	json_append(b, data);
	if (name != NULL) {
		buf_puts(b, ",\"logger\":");
		buf_json(b, str_from(name));
	}
	buf_puts(b, "}}");
}

static bool
is_wanted(const struct notes *n, uint16_t type)
{
	return (type == WIRE_T_PROGRESS && n->token.n > 0) ||
	    (type == WIRE_T_LOG && n->level >= 0);
}

static void
on_said(void *user, struct run *run, uint16_t type, struct str payload)
{
	struct notes *n = user;
	struct arena *a = n->m->x->ctx.arena;
	struct arena_mark mark = arena_mark(a);
	const json_t *v;
	struct buf b;

	if (type == WIRE_T_DETACH)
		live_drop(n->live);
	if (!is_wanted(n, type))
		return;
	v = notes_payload(run, a, payload);
	buf_init(&b, 4 * PAYLOAD_MAX);
	if (v != NULL && type == WIRE_T_PROGRESS)
		put_progress(&b, n, v);
	else if (v != NULL && type == WIRE_T_LOG)
		put_log(&b, n, v);
	arena_release(a, mark);
	if (b.n > 0 && !b.overflow)
		live_put(n->live, buf_str(&b),
		    type == WIRE_T_LOG ? LIVE_LOG : LIVE_PROGRESS);
	buf_free(&b);
}

/* --- who wants to know ---------------------------------------------------- */

static struct str
progress_token(const struct message *m)
{
	const json_t *v = json_object_get(
	    json_get_obj(m->rpc.params, "_meta"), "progressToken");
	struct str text;

	if (!json_is_string(v) && !json_is_integer(v))
		return STR_NONE;
	text = json_text(m->x->ctx.arena, v);
	return text.n <= TOKEN_MAX ? text : STR_NONE;
}

static int
least_level(const struct message *m)
{
	if (m->era->modern)
		return notes_level(json_get_str(
		    json_get_obj(m->rpc.params, "_meta"), ERA_META_LOG_LEVEL));
	return m->session != NULL ? notes_level(m->session->log_level) : -1;
}

void
notes_attach(struct message *m, struct live *live)
{
	struct arena *a = m->x->ctx.arena;
	struct notes *n = arena_zalloc(a, 1, sizeof(*n));

	n->m = m;
	n->live = live;
	n->token = progress_token(m);
	n->level = least_level(m);
	m->x->ctx.run->said = on_said;
	m->x->ctx.run->said_user = n;
}
