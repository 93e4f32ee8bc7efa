/*
 * stream.c: the legacy stream of what the server says unasked.
 */
#include "stream.h"

#include "json.h"
#include "log.h"
#include "peek.h"

#define WAIT_FIRST_MS 1000
#define WAIT_MOST_MS 30000

static void
event(struct flight *f, struct str data)
{
	struct peek p;

	/* Never an answer: those come where the question was asked. */
	if (peek_text(&p, data) && p.has_method)
		out_put(&f->b->out, data);
	else
		log_warning("an event that is no message for this client",
		    LOG_STR("method", "GET"));
}

static void
later(struct flight *f)
{
	struct session *s = &f->b->session;
	int64_t wait = s->stream_wait_ms;

	s->stream_wait_ms = wait * 2 < WAIT_MOST_MS ? wait * 2 : WAIT_MOST_MS;
	flight_wait(f, wait);
}

static void
ended(struct flight *f)
{
	struct session *s = &f->b->session;

	if (f->b->ending || s->lost) {
		flight_free(f);
	} else if (f->is_stream) {
		s->stream_wait_ms = WAIT_FIRST_MS;
		flight_wait(f, f->retry_ms >= 0 ? f->retry_ms : WAIT_FIRST_MS);
	} else if (f->code != CURLE_OK || f->status >= 500 ||
	    f->status == 429 || f->status == 409) {
		later(f);
	} else {
		if (f->status == 404 && s->id[0] != '\0')
			session_lost(f->b);
		log_debug("the server has no stream of its own",
		    LOG_INT("status", f->status));
		flight_free(f);
	}
}

static void
freed(struct flight *f)
{
	f->b->session.stream = NULL;
}

static const struct flight_kind kind = {
    .name = "stream",
    .verb = "GET",
    .event = event,
    .ended = ended,
    .freed = freed,
};

void
stream_open(struct bridge *b)
{
	struct session *s = &b->session;

	stream_close(b);
	s->stream_wait_ms = WAIT_FIRST_MS;
	s->stream = flight_new(b, &kind, NULL);
	s->stream->endless = true;
	flight_start(s->stream);
}

void
stream_close(struct bridge *b)
{
	if (b->session.stream != NULL)
		flight_free(b->session.stream);
}
