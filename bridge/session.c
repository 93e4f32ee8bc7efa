/*
 * session.c: what the bridge remembers for the legacy era.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "codec.h"
#include "fail.h"
#include "flight.h"
#include "json.h"
#include "log.h"
#include "stream.h"

struct held {
	struct held *next;
	struct msg *msg;
};

/* --- messages that wait
 * ---------------------------------------------------------- */

bool
session_must_hold(const struct bridge *b, const struct msg *m)
{
	const struct session *s = &b->session;

	return !m->modern && (s->opening || s->ready > 0) &&
	    !msg_is(m, "initialize");
}

bool
session_hold(struct bridge *b, struct msg *m)
{
	struct session *s = &b->session;
	struct held *h;

	if (s->nheld == SESSION_HELD_MAX)
		return false;
	h = malloc(sizeof(*h));
	if (h == NULL)
		fail_abort("session: out of memory");
	*h = (struct held){NULL, m};
	if (s->last != NULL)
		s->last->next = h;
	else
		s->first = h;
	s->last = h;
	s->nheld++;
	return true;
}

/* Takes out the one behind `before` (NULL: the first). */
static struct msg *
take(struct session *s, struct held *before)
{
	struct held *h = before != NULL ? before->next : s->first;
	struct msg *m = h->msg;

	if (before != NULL)
		before->next = h->next;
	else
		s->first = h->next;
	if (s->last == h)
		s->last = before;
	s->nheld--;
	free(h);
	return m;
}

bool
session_drop(struct bridge *b, const json_t *id)
{
	struct held *before = NULL;

	for (struct held *h = b->session.first; h != NULL;
	     before = h, h = h->next) {
		if (h->msg->kind != MSG_REQUEST || !json_equal(h->msg->id, id))
			continue;
		msg_free(take(&b->session, before));
		return true;
	}
	return false;
}

void
session_release(struct bridge *b)
{
	struct session *s = &b->session;

	while (s->first != NULL && !session_must_hold(b, s->first->msg))
		bridge_send(b, take(s, NULL));
	if (s->old_id[0] != '\0')
		session_goodbye(b);
}

void
session_free(struct bridge *b)
{
	while (b->session.first != NULL)
		msg_free(take(&b->session, NULL));
}

/* --- its life
 * -------------------------------------------------------------------------- */

void
session_opening(struct bridge *b)
{
	b->session.opening = true;
}

void
session_not_opened(struct bridge *b)
{
	b->session.opening = false;
}

/* Visible ASCII, as the protocol wants it; it goes into a header again. */
static bool
is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	}
	return s.n > 0 && s.n <= SESSION_ID_MAX;
}

static void
keep(char *to, size_t max, struct str s)
{
	s = str_sub(s, 0, max);
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

void
session_opened(struct bridge *b, struct str id, struct str answer)
{
	struct session *s = &b->session;
	const json_t *result;
	struct str version;
	json_t *v;

	if (json_parse(NULL, answer, FLIGHT_ANSWER_MAX, &v, NULL) != FAIL_NONE)
		return;
	result = json_get_obj(v, "result");
	if (result != NULL) {
		if (s->open && !s->lost)
			memcpy(s->old_id, s->id, sizeof(s->old_id));
		version = str_from(json_get_str(result, "protocolVersion"));
		keep(s->version, MSG_VERSION_MAX,
		    codec_plain(version) ? version : STR_NONE);
		keep(s->id, SESSION_ID_MAX, is_id(id) ? id : STR_NONE);
		s->open = true;
		s->lost = false;
		s->opening = false;
		log_info("session opened", LOG_STR("version", s->version),
		    LOG_BOOL("with_id", s->id[0] != '\0'));
	}
	json_decref(v);
}

void
session_ready_sent(struct bridge *b)
{
	b->session.ready++;
}

void
session_ready_done(struct bridge *b, bool well)
{
	b->session.ready--;
	if (well && b->session.open && !b->ending)
		stream_open(b);
}

void
session_lost(struct bridge *b)
{
	if (!b->session.lost)
		log_warning("the server does not know the session any more");
	b->session.lost = true;
}

/* --- its end
 * ---------------------------------------------------------------------------
 */

static void
goodbye_ended(struct flight *f)
{
	if (f->code != CURLE_OK || f->status >= 300)
		log_debug("the session could not be ended",
		    LOG_INT("status", f->status));
	flight_free(f);
}

static void
goodbye_event(struct flight *f, struct str data)
{
	(void)f, (void)data;
}

static const struct flight_kind kind = {
    .name = "end of session",
    .verb = "DELETE",
    .event = goodbye_event,
    .ended = goodbye_ended,
};

void
session_goodbye(struct bridge *b)
{
	struct session *s = &b->session;
	char id[SESSION_ID_MAX + 1];

	if (s->old_id[0] == '\0') {
		if (s->open && !s->lost && s->id[0] != '\0')
			flight_start(flight_new(b, &kind, NULL));
		s->open = false;
		return;
	}
	/* The old one's headers, for as long as they are written. */
	memcpy(id, s->id, sizeof(id));
	memcpy(s->id, s->old_id, sizeof(s->id));
	flight_start(flight_new(b, &kind, NULL));
	memcpy(s->id, id, sizeof(s->id));
	s->old_id[0] = '\0';
}
