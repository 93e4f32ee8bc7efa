/*
 * note.c: what the client says without asking.
 */
#include "note.h"

#include "json.h"
#include "log.h"

#define CANCEL_MAX ((size_t)64 * 1024)

static const struct flight_kind kind;

static bool
is_initialized(const struct flight *f)
{
	return !f->msg->modern && msg_is(f->msg, "notifications/initialized");
}

bool
note_pending(const struct flight *f)
{
	return f->kind == &kind;
}

static void
event(struct flight *f, struct str data)
{
	(void)data;
	log_debug(
	    "an event for a notification", LOG_STR("method", f->msg->method));
}

static void
ended(struct flight *f)
{
	bool well = f->code == CURLE_OK && f->status >= 200 && f->status < 300;

	if (!well)
		log_warning("the server did not take what the client said",
		    LOG_STR("method", f->msg->method),
		    LOG_INT("status", f->status), LOG_STR("error", f->error));
	if (f->status == 404 && !f->msg->modern && f->b->session.open &&
	    f->b->session.id[0] != '\0')
		session_lost(f->b);
	flight_free(f);
}

static void
freed(struct flight *f)
{
	if (is_initialized(f))
		session_ready_done(f->b,
		    f->code == CURLE_OK && f->status >= 200 && f->status < 300);
}

static const struct flight_kind kind = {
    .name = "notification",
    .verb = "POST",
    .event = event,
    .ended = ended,
    .freed = freed,
};

void
note_start(struct bridge *b, struct msg *m)
{
	struct flight *f = flight_new(b, &kind, m);

	if (is_initialized(f))
		session_ready_sent(b);
	flight_start(f);
}

void
note_cancelled(struct bridge *b, const json_t *id)
{
	struct msg *m = NULL;
	json_t *batch;
	struct buf t;

	buf_init(&t, CANCEL_MAX);
	buf_puts(&t,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":");
	json_append(&t, id);
	buf_puts(&t, ",\"reason\":\"timeout\"}}");
	if (!t.overflow &&
	    msg_read(buf_str(&t), CANCEL_MAX, &m, &batch, NULL) == FAIL_NONE)
		note_start(b, m);
	buf_free(&t);
}
