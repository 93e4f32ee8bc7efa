/*
 * egress_link.c: a run's way out.
 */
#include "egress_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "secret.h"

/* Bytes for egress: no more requests above, again below. */
#define OUT_HIGH ((size_t)1024 * 1024)
#define OUT_LOW ((size_t)256 * 1024)
/* The same while the child does not read: three of the largest requests. */
#define OUT_CHOKED ((size_t)24 * 1024 * 1024)
#define OUT_MAX ((size_t)64 * 1024 * 1024)
#define FRAME_MAX ((size_t)128 * 1024) /* from egress */
#define READS 8                        /* of one round */
#define SETTLE_MS 200

struct egress_link {
	struct loop *loop;
	struct egress_proc *proc; /* NULL: left */
	struct egress_user place; /* among its users */
	const struct egress_link_user *user;
	void *arg;
	struct watch watch;
	int fd;
	struct timer patience; /* to settle */
	struct wire_reader in;
	struct buf out;
	struct flights flights;
	unsigned paused; /* enum egress_link_pause */
	bool full;       /* `out` went over its mark */
	bool hung_up;    /* egress has: the rest fits into the socket */
	bool settling;
};

static void on_event(struct watch *w, uint32_t events);
static void on_lost(struct egress_user *u);

/* --- beginning and end
 * ------------------------------------------------------------- */

struct egress_link *
egress_link_new(struct loop *loop, struct egress_proc *p, struct str open,
    const struct egress_link_user *user, void *arg)
{
	struct egress_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		log_panic("out of memory", "egress link");
	l->place.lost = on_lost;
	l->fd = egress_proc_join(p, &l->place);
	if (l->fd < 0) {
		free(l);
		return NULL;
	}
	l->loop = loop;
	l->proc = p;
	l->user = user;
	l->arg = arg;
	wire_reader_init(&l->in, WIRE_UP, FRAME_MAX);
	buf_init(&l->out, OUT_MAX);
	wire_put(&l->out, WIRE_T_FETCH_OPEN, 0, 0, open);
	loop_watch(loop, &l->watch, l->fd, EPOLLIN | EPOLLOUT, on_event);
	return l;
}

static void
wipe_out(struct egress_link *l)
{
	/* Requests hold tokens. */
	if (l->out.p != NULL)
		secret_wipe(l->out.p, l->out.cap);
	buf_free(&l->out);
}

static void
hang_up(struct egress_link *l)
{
	if (l->proc == NULL)
		return;
	egress_proc_leave(l->proc, &l->place);
	l->proc = NULL;
	loop_unwatch(l->loop, &l->watch);
	(void)close(l->fd);
	l->fd = -1;
}

void
egress_link_free(struct egress_link *l)
{
	if (l == NULL)
		return;
	hang_up(l);
	loop_timer_off(&l->patience);
	wire_reader_free(&l->in);
	wipe_out(l);
	free(l);
}

static void
send_end(struct egress_link *l, struct flight f)
{
	struct fetch_done done = {
	    .end = f.state == FLIGHT_HEADED ? FETCH_END_PROTOCOL
					    : FETCH_END_UNAVAILABLE,
	    .message = STR_LIT("mcpbox-egress ended while the request was "
			       "under way; it may or may not have been "
			       "carried out."),
	};
	struct buf b;

	buf_init(&b, 4096);
	fetch_done_encode(&b, &done);
	l->user->frame(l->arg, WIRE_T_FETCH_DONE, f.id, buf_str(&b));
	buf_free(&b);
}

static void
on_settled(struct timer *t)
{
	struct egress_link *l = LOOP_OWNER(struct egress_link, patience, t);

	l->user->settled(l->arg);
}

/* Nobody who is at work with it now will find it freed. */
static void
settle_by(struct egress_link *l, int64_t ms)
{
	loop_timer(l->loop, &l->patience, clock_mono_ms() + ms, on_settled);
}

static void
down(struct egress_link *l)
{
	bool waited = l->full;

	hang_up(l);
	wipe_out(l);
	l->full = false;
	l->flights.owed = 0;
	while (l->flights.n > 0) {
		struct flight f = flight_drop(&l->flights);

		if (!l->settling)
			send_end(l, f);
	}
	if (l->settling)
		settle_by(l, 0);
	else if (waited)
		l->user->room(l->arg);
}

static void
on_lost(struct egress_user *u)
{
	down(LOOP_OWNER(struct egress_link, place, u));
}

static void
complain(struct egress_link *l, const char *what)
{
	log_error("mcpbox-egress broke the rules", LOG_STR("what", what));
	down(l);
}

/* --- to egress
 * --------------------------------------------------------------------- */

static void
update(struct egress_link *l)
{
	uint32_t events = l->paused == 0 ? EPOLLIN : 0;

	if (l->out.n > 0)
		events |= EPOLLOUT;
	loop_events(l->loop, &l->watch, events);
}

/* That egress is gone is found by reading. */
static void
flush(struct egress_link *l)
{
	size_t sent = 0;

	while (sent < l->out.n) {
		ssize_t n = send(
		    l->fd, l->out.p + sent, l->out.n - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	buf_consume(&l->out, sent);
	if (l->out.n == 0)
		wipe_out(l);
}

enum egress_link_sent
egress_link_fetch(struct egress_link *l, uint32_t id, struct str payload)
{
	if (l->proc == NULL)
		return EGRESS_LINK_DOWN;
	switch (flight_begin(&l->flights, id)) {
	case FLIGHT_BAD:
		return EGRESS_LINK_BAD;
	case FLIGHT_FULL:
		return EGRESS_LINK_FULL;
	case FLIGHT_BEGUN:
		break;
	}
	wire_put(&l->out, WIRE_T_FETCH, id, 0, payload);
	flush(l);
	l->full = l->full || l->out.n > OUT_HIGH;
	update(l);
	return EGRESS_LINK_SENT;
}

void
egress_link_cancel(struct egress_link *l, uint32_t id)
{
	if (l->proc == NULL || !flight_cancel(&l->flights, id))
		return;
	wire_put(&l->out, WIRE_T_FETCH_CANCEL, id, 0, STR_NONE);
	flush(l);
	update(l);
}

bool
egress_link_full(const struct egress_link *l, bool choked)
{
	return choked ? l->out.n > OUT_CHOKED : l->full;
}

/* --- from egress
 * ------------------------------------------------------------------- */

static void
on_frame(struct egress_link *l, const struct wire_frame *f)
{
	if (!flight_answer(&l->flights, f)) {
		complain(l, wire_name(f->type));
		return;
	}
	if (f->type == WIRE_T_FETCH_RECORD)
		l->user->record(l->arg, f->payload);
	else if (!l->settling)
		l->user->frame(
		    l->arg, (enum wire_type)f->type, f->id, f->payload);
	if (l->settling && flight_landed(&l->flights))
		settle_by(l, 0);
}

static bool
may_read(const struct egress_link *l)
{
	return l->proc != NULL && (l->paused == 0 || l->hung_up);
}

static void
frames(struct egress_link *l)
{
	struct wire_frame f;

	while (may_read(l)) {
		switch (wire_reader_next(&l->in, &f)) {
		case WIRE_NEXT_FRAME:
			on_frame(l, &f);
			break;
		case WIRE_NEXT_MORE:
			return;
		case WIRE_NEXT_BAD:
			complain(l, "what is not a frame");
			return;
		}
	}
}

/* True: there may be more. */
static bool
receive(struct egress_link *l)
{
	size_t room;
	char *p = wire_reader_room(&l->in, &room);
	ssize_t n;

	if (p == NULL) {
		frames(l);
		return false;
	}
	n = recv(l->fd, p, room, 0);
	if (n > 0) {
		egress_proc_heard(l->proc);
		wire_reader_added(&l->in, (size_t)n);
		frames(l);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		down(l);
	return false;
}

static void
on_event(struct watch *w, uint32_t events)
{
	struct egress_link *l = LOOP_OWNER(struct egress_link, watch, w);
	int left = READS;

	if ((events & (EPOLLHUP | EPOLLERR)) != 0)
		l->hung_up = true;
	if ((events & EPOLLOUT) != 0)
		flush(l);
	if (l->full && l->out.n <= OUT_LOW) {
		l->full = false;
		l->user->room(l->arg);
	}
	while (may_read(l) && left-- > 0 && receive(l))
		;
	if (l->proc != NULL)
		update(l);
}

void
egress_link_pause(
    struct egress_link *l, enum egress_link_pause who, bool paused)
{
	unsigned before = l->paused;

	l->paused = paused ? before | who : before & ~(unsigned)who;
	if (l->paused == before || l->proc == NULL)
		return;
	/* What was read already comes first. */
	frames(l);
	if (l->proc != NULL)
		update(l);
}

/* --- the end of the run
 * ------------------------------------------------------------ */

bool
egress_link_settle(struct egress_link *l)
{
	struct flights *f = &l->flights;

	if (l->proc == NULL || flight_landed(f))
		return false;
	l->settling = true;
	for (unsigned i = 0; i < f->n; i++)
		egress_link_cancel(l, f->list[i].id);
	settle_by(l, SETTLE_MS);
	egress_link_pause(l, EGRESS_LINK_CHILD, false);
	return true;
}
