/*
 * call.c: a request of the client, until it is answered.
 */
#include "call.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "note.h"
#include "peek.h"
#include "relist.h"

#define CODE_METHOD_NOT_FOUND (-32601)
#define CODE_HEADER_MISMATCH (-32020)
/* Bodies that are taken apart: errors, and answers that we learn from. */
#define READ_MAX FLIGHT_ANSWER_MAX

/* A stream that broke off is asked for again after this, and so many times
 * without anything new. */
#define RESUME_MS 1000
#define RESUME_TRIES_MAX 5

static const struct flight_kind kind;

/* --- answering
 * ------------------------------------------------------------------ */

bool
call_pending(const struct flight *f)
{
	return f->kind == &kind && !f->answered && !f->cancelled;
}

struct flight *
call_find(const struct bridge *b, const json_t *id)
{
	for (struct flight *f = b->flights; f != NULL; f = f->next) {
		if (call_pending(f) && json_equal(f->msg->id, id))
			return f;
	}
	return NULL;
}

bool
call_was_sent(const struct flight *f)
{
	return f->sent > 0 || f->resuming;
}

void
call_trouble(struct flight *f, enum trouble t, struct str more)
{
	if (call_pending(f)) {
		log_info("answered with an error of our own",
		    LOG_STR("method", f->msg->method),
		    LOG_STR("reason", trouble_reason(t)),
		    LOG_INT("status", f->status), LOG_STR("curl", f->error));
		trouble_put(&f->b->out, f->msg->id, t, more);
	}
	flight_free(f);
}

static json_t *
parse(struct str text)
{
	json_t *v;

	return json_parse(NULL, text, READ_MAX, &v, NULL) == FAIL_NONE ? v
								       : NULL;
}

/* What some answers tell us as well. */
static void
learn(struct flight *f, struct str text)
{
	json_t *v;

	if (!f->msg->modern && msg_is(f->msg, "initialize")) {
		session_opened(f->b, flight_header(f, "Mcp-Session-Id"), text);
		return;
	}
	if (!f->msg->modern || !msg_is(f->msg, "tools/list"))
		return;
	v = parse(text);
	annot_learn(f->b->annot, json_get_obj(v, "result"));
	json_decref(v);
}

static void
give(struct flight *f, struct str text)
{
	if (call_pending(f)) {
		learn(f, text);
		out_put(&f->b->out, text);
	}
	f->answered = true;
}

static bool
is_ours(const struct flight *f, const struct peek *p)
{
	json_t *id = parse((struct str){p->id, p->id_n});
	bool same = id != NULL && json_equal(id, f->msg->id);

	json_decref(id);
	return same;
}

static bool
is_answer(const struct peek *p)
{
	return !p->has_method && (p->has_result || p->has_error);
}

/* --- a stream
 * ----------------------------------------------------------------------- */

static void
event(struct flight *f, struct str data)
{
	struct peek p;
	bool whole = peek_text(&p, data);

	f->tries = 0;
	if (whole && is_answer(&p) && is_ours(f, &p)) {
		give(f, data);
		return;
	}
	/* What is neither an answer nor a message of the server's, and what a
	 * modern server must not ask. */
	if (!whole || !p.has_method || (f->msg->modern && p.id_n > 0)) {
		log_warning("an event that is no message for this client",
		    LOG_STR("method", f->msg->method));
		return;
	}
	if (!f->cancelled)
		out_put(&f->b->out, data);
}

/* A legacy stream whose events have ids can be taken up where it broke off,
 * and some servers let it break off on purpose. */
static bool
resume(struct flight *f)
{
	int64_t wait = f->retry_ms >= 0 ? f->retry_ms : RESUME_MS;

	if (f->msg->modern || f->last_id[0] == '\0' || f->b->ending ||
	    f->end != FLIGHT_END_NONE || f->tries >= RESUME_TRIES_MAX)
		return false;
	f->tries++;
	f->resuming = true;
	flight_wait(f, wait);
	return true;
}

/* --- a body
 * -----------------------------------------------------------------------------
 */

/* An error that lost its id on the way: the server could not read it. */
static bool
give_error(struct flight *f, const json_t *error)
{
	struct buf b;

	if (error == NULL)
		return false;
	buf_init(&b, READ_MAX);
	buf_puts(&b, "{\"jsonrpc\":\"2.0\",\"id\":");
	json_append(&b, f->msg->id);
	buf_puts(&b, ",\"error\":");
	json_append(&b, error);
	buf_putc(&b, '}');
	if (!b.overflow)
		give(f, buf_str(&b));
	buf_free(&b);
	return f->answered;
}

static bool
is_session_lost(const struct flight *f, int64_t code)
{
	return f->status == 404 && !f->msg->modern && f->b->session.open &&
	    f->b->session.id[0] != '\0' && !msg_is(f->msg, "initialize") &&
	    code != CODE_METHOD_NOT_FOUND;
}

/* The header that was missing may be one that we can find out about. */
static bool
is_unknown_header(const struct flight *f, int64_t code)
{
	return code == CODE_HEADER_MISMATCH && f->msg->modern &&
	    msg_is(f->msg, "tools/call") && f->msg->name != NULL &&
	    !f->relisted && !f->cancelled && !f->b->ending;
}

/* Anything but a success. The flight is gone afterwards, or on its way again.
 */
static void
not_well(struct flight *f, struct str body, const struct peek *p, bool whole)
{
	json_t *v = parse(body), *error = json_get_obj(v, "error");
	int64_t code = json_get_int(error, "code", 0);
	const char *detail = json_get_str(v, "detail");
	bool done = false;

	if (is_unknown_header(f, code)) {
		json_decref(v);
		f->relisted = true;
		relist_start(f);
		return;
	}
	if (is_session_lost(f, code)) {
		session_lost(f->b);
		call_trouble(f, TROUBLE_SESSION, STR_NONE);
		json_decref(v);
		return;
	}
	if (whole && is_answer(p) && p->has_error && is_ours(f, p)) {
		give(f, body);
		done = true;
	} else if (whole && p->id_n == 0) {
		done = give_error(f, error);
	}
	if (done)
		flight_free(f);
	else
		call_trouble(f, trouble_of_status(f), str_from(detail));
	json_decref(v);
}

static void
body(struct flight *f)
{
	struct str text = str_trim(buf_str(&f->body));
	struct peek p;
	bool whole = peek_text(&p, text);

	if (f->status < 200 || f->status > 299) {
		not_well(f, text, &p, whole);
		return;
	}
	if (f->is_json && whole && is_answer(&p) && is_ours(f, &p)) {
		give(f, text);
		flight_free(f);
		return;
	}
	call_trouble(
	    f, text.n == 0 ? TROUBLE_NO_ANSWER : TROUBLE_UNREADABLE, STR_NONE);
}

/* --- the end
 * -------------------------------------------------------------------------------
 */

static void
ended(struct flight *f)
{
	bool broke = f->code != CURLE_OK;

	if (f->answered) {
		flight_free(f);
		return;
	}
	if ((f->is_stream || (f->resuming && broke)) && resume(f))
		return;
	if (f->end == FLIGHT_END_IDLE || f->end == FLIGHT_END_TOTAL) {
		if (!f->msg->modern && call_pending(f))
			note_cancelled(f->b, f->msg->id);
	}
	if (broke)
		call_trouble(f, trouble_of_end(f), str_from(f->error));
	else if (f->is_stream || (f->resuming && !is_session_lost(f, 0)))
		call_trouble(f, TROUBLE_CUT_SHORT, STR_NONE);
	else
		body(f);
}

/* `initialize` that fails leaves no session. */
static void
freed(struct flight *f)
{
	if (!f->msg->modern && msg_is(f->msg, "initialize"))
		session_not_opened(f->b);
	if (f->other != NULL)
		f->other->other = NULL;
}

static const struct flight_kind kind = {
    .name = "request",
    .verb = "POST",
    .event = event,
    .ended = ended,
    .freed = freed,
};

void
call_start(struct bridge *b, struct msg *m)
{
	struct flight *f = flight_new(b, &kind, m);

	f->endless = m->modern && msg_is(m, "subscriptions/listen");
	if (!m->modern && msg_is(m, "initialize"))
		session_opening(b);
	flight_start(f);
}

void
call_again(struct flight *f)
{
	flight_start(f);
}

void
call_give_up(struct flight *f)
{
	struct str text = str_trim(buf_str(&f->body));
	struct peek p;
	bool whole = peek_text(&p, text);

	/* It has been relisted, so this is the end of it. */
	not_well(f, text, &p, whole);
}

void
call_cancel(struct flight *f)
{
	if (f->msg->modern || !call_was_sent(f)) {
		flight_free(f);
		return;
	}
	/* The server goes on until it has heard of it. */
	f->cancelled = true;
}
