/*
 * loop_stream.c: connections that are streams.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "loop_impl.h"

static void
schedule(struct loop *l, struct link *link)
{
	timer_set(&l->timers, &link->timer, clock_mono_ms() + STREAM_BEAT_MS);
}

/* The link has no stream any more. */
static void
part(struct loop *l, struct link *link)
{
	struct stream *s = link->stream;

	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		l->streams = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	atomic_fetch_sub(&l->owners[s->owner % OWNERS], 1);
	atomic_fetch_sub(&l->nstreams, 1);
	timer_clear(&l->timers, &link->timer);
	link->stream = NULL;
	s->conn = NULL;
	s->ops->closed(s);
}

static void
drop(struct loop *l, struct link *link)
{
	part(l, link);
	loop_link_close(l, link);
}

/* After what was put; the connection goes on as any other. */
static void
end(struct loop *l, struct link *link)
{
	conn_stream_end(link->conn, atomic_load(&l->leaving));
	part(l, link);
	loop_link_finish(l, link);
}

static void
end_in_order(struct loop *l, struct link *link)
{
	struct stream *s = link->stream;

	if (s->ops->ending != NULL)
		s->ops->ending(s);
	if (s->broken)
		drop(l, link);
	else
		end(l, link);
}

/* After anything that may have put text. */
static void
settle(struct loop *l, struct link *link)
{
	const struct stream_ops *ops = link->stream->ops;
	enum conn_sent sent;

	if (link->stream->broken) {
		drop(l, link);
		return;
	}
	if (link->stream->over) {
		end(l, link);
		return;
	}
	sent = loop_link_flush(l, link);
	if (sent == CONN_SENT) {
		if (ops->drained != NULL)
			ops->drained(link->stream);
		return;
	}
	if (sent == CONN_BLOCKED &&
	    (ops->drained != NULL ||
		conn_unsent(link->conn) < STREAM_UNSENT_MAX))
		return;
	log_debug("stream closed", LOG_BOOL("behind", sent == CONN_BLOCKED));
	drop(l, link);
}

void
loop_stream_begin(struct loop *l, struct link *link)
{
	struct stream *s = link->stream;

	s->loop = l;
	s->conn = link->conn;
	s->prev = NULL;
	s->next = l->streams;
	if (l->streams != NULL)
		l->streams->prev = s;
	l->streams = s;
	schedule(l, link);
	if (s->ops->begun != NULL)
		s->ops->begun(s);
	/* It may have left while a thread had the connection. */
	if (loop_link_gone(l, link))
		drop(l, link);
	else if (atomic_load(&l->leaving) && !s->plain)
		end_in_order(l, link);
	else
		settle(l, link);
}

void
loop_stream_ready(struct loop *l, struct link *link)
{
	if (loop_link_gone(l, link))
		drop(l, link);
	else
		settle(l, link);
}

void
loop_stream_tick(struct loop *l, struct link *link)
{
	struct stream *s = link->stream;

	schedule(l, link);
	if (loop_link_stuck(link)) {
		drop(l, link);
		return;
	}
	if (s->end_ms != 0 && clock_mono_ms() >= s->end_ms) {
		end_in_order(l, link);
		return;
	}
	if (s->ops->tick != NULL)
		s->ops->tick(s);
	if (!s->plain && conn_unsent(link->conn) == 0)
		conn_stream_put(link->conn, STR_LIT(":\n\n"));
	settle(l, link);
}

void
loop_stream_hear(struct loop *l, const struct news *n)
{
	struct stream *next;

	for (struct stream *s = l->streams; s != NULL; s = next) {
		next = s->next;
		s->ops->heard(s, n);
		settle(l, s->conn->user);
	}
}

void
loop_stream_end_all(struct loop *l)
{
	struct stream *next;

	/* A download may come to its end; nobody would ask for the rest. */
	for (struct stream *s = l->streams; s != NULL; s = next) {
		next = s->next;
		if (!s->plain)
			end_in_order(l, s->conn->user);
	}
}

/* --- web/stream.h --------------------------------------------------------- */

uint64_t
stream_owner(struct str caller)
{
	uint64_t h = 14695981039346656037U; /* FNV-1a */

	for (size_t i = 0; i < caller.n; i++)
		h = (h ^ (unsigned char)caller.p[i]) * 1099511628211U;
	return h;
}

bool
stream_reserve(struct loop *l, uint64_t owner)
{
	_Atomic uint32_t *mine = &l->owners[owner % OWNERS];

	if (atomic_fetch_add(&l->nstreams, 1) >= STREAMS_MAX) {
		atomic_fetch_sub(&l->nstreams, 1);
		return false;
	}
	if (atomic_fetch_add(mine, 1) >= STREAMS_MAX_OWNER) {
		atomic_fetch_sub(mine, 1);
		atomic_fetch_sub(&l->nstreams, 1);
		return false;
	}
	return true;
}

void
stream_put(struct stream *s, struct str text)
{
	if (s->conn != NULL && !s->over)
		conn_stream_put(s->conn, text);
}

void
stream_flush(struct stream *s)
{
	if (s->conn != NULL)
		settle(s->loop, s->conn->user);
}

void
stream_end(struct stream *s)
{
	s->over = true;
}

void
stream_break(struct stream *s)
{
	s->broken = true;
}
