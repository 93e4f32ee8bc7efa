/*
 * listen.c: the workers' connections.
 */
#include "listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "lease.h"
#include "log.h"
#include "monitor.h"
#include "secret.h"

#define BACKLOG 1024
#define ACCEPTS 32 /* of one round */
#define OUT_MAX ((size_t)32 * 1024 * 1024)
#define OUT_HIGH ((size_t)256 * 1024) /* the child is paused above */
#define OUT_LOW ((size_t)64 * 1024)
#define REQUEST_MS 10000 /* to send the request */
#define FLUSH_MS 10000   /* to take the last bytes */
#define RETRY_MS 200     /* when accepting fails */
#define REPORT_MAX ((size_t)256 * 1024)

struct conn {
	struct conn *next, *prev;
	struct listener *l;
	struct watch watch;
	struct timer patience;
	struct wire_reader in;
	struct buf out;
	struct monitor monitor;
	struct lease *lease; /* its run has not begun */
	struct call *call;
	struct call_peer peer;
	uint32_t id;
	bool closing; /* after `out` has gone */
	bool held;    /* a handler is at work: no freeing under its feet */
	bool dead;    /* to be freed when it is done */
};

struct listener {
	struct loop *loop;
	struct calls *calls;
	struct listen_config config;
	struct watch watch;
	struct timer retry;
	int fd;
	struct conn *conns;
	unsigned n;
	bool full;
};

static void on_event(struct watch *w, uint32_t events);
static void on_accept(struct watch *w, uint32_t events);

/* --- the end of a connection
 * -------------------------------------------------- */

static void
free_conn(struct conn *c)
{
	struct listener *l = c->l;
	struct lease *lease = c->lease;
	struct call *call = c->call;
	int fd = c->watch.fd;

	loop_unwatch(l->loop, &c->watch);
	loop_timer_off(&c->patience);
	(void)close(fd);
	wire_reader_free(&c->in);
	buf_free(&c->out);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		l->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	l->n--;
	if (l->full) {
		l->full = false;
		loop_events(l->loop, &l->watch, EPOLLIN);
	}
	free(c);
	if (lease != NULL)
		lease_drop(lease);
	if (call != NULL)
		call_abandon(call);
}

/* Freed at once, or by on_event when it is the one that works with it. */
static void
drop(struct conn *c)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	if (c->held)
		c->dead = true;
	else
		free_conn(c);
}

static void
on_impatience(struct timer *t)
{
	drop(LOOP_OWNER(struct conn, patience, t));
}

static void
update(struct conn *c)
{
	uint32_t events = EPOLLIN | EPOLLRDHUP;

	/* When all is said, only the worker's close is of interest. */
	if (c->closing)
		events = 0;
	if (c->out.n > 0)
		events |= EPOLLOUT;
	loop_events(c->l->loop, &c->watch, events);
}

static void
flush(struct conn *c)
{
	while (c->out.n > 0) {
		ssize_t n = send(c->watch.fd, c->out.p, c->out.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			drop(c);
			return;
		}
		buf_consume(&c->out, (size_t)n);
	}
	if (c->closing && c->out.n == 0) {
		drop(c);
		return;
	}
	if (c->call != NULL && c->out.n <= OUT_LOW)
		call_pause(c->call, false);
	update(c);
}

static void
close_after(struct conn *c)
{
	c->closing = true;
	c->monitor.state = MONITOR_SERVED;
	loop_timer(c->l->loop, &c->patience, clock_mono_ms() + FLUSH_MS,
	    on_impatience);
}

/* --- what a run sends
 * ------------------------------------------------------------ */

static void
call_frame(void *arg, enum wire_type type, uint32_t flags, struct str payload)
{
	struct conn *c = arg;

	wire_put(&c->out, type,
	    type == WIRE_T_ASK ? call_asking(c->call) : c->id, flags, payload);
	if (c->out.n > OUT_HIGH)
		call_pause(c->call, true);
	/* An answer leaves together with its EXIT. */
	if (type != WIRE_T_RESULT && type != WIRE_T_ERROR)
		loop_events(c->l->loop, &c->watch, c->watch.events | EPOLLOUT);
}

static void
send_exit(struct conn *c, const struct box_exit *e)
{
	struct buf b;

	buf_init(&b, 4096);
	box_exit_encode(&b, e);
	wire_put(&c->out, WIRE_T_EXIT, c->id, 0, buf_str(&b));
	buf_free(&b);
	close_after(c);
}

static void
call_done(void *arg, const struct box_exit *e)
{
	struct conn *c = arg;

	c->call = NULL;
	send_exit(c, e);
	flush(c);
}

static const struct call_user call_user = {
    .frame = call_frame,
    .done = call_done,
};

/* --- what a worker asks ------------------------------------------------------
 */

/*
 * What is only read or tried never has powers, whatever the worker says.  A
 * test has them, as a person is at the other end: never a model.
 */
static bool
legal(const struct conn *c, const struct box_run *run)
{
	switch (run->kind) {
	case BOX_KIND_CHECK:
	case BOX_KIND_TRIAL:
		return run->nsecrets == 0 && run->nhosts == 0 &&
		    run->ask == BOX_ASK_NONE;
	case BOX_KIND_TEST:
		return c->peer.uid != c->l->config.gateway;
	case BOX_KIND_CALL:
		return true;
	}
	return false;
}

static void
on_run(struct conn *c, const struct wire_frame *f)
{
	struct listener *l = c->l;
	struct box_run run;

	if (!box_run_decode(f->payload, &run)) {
		log_warning("a worker sent a run that cannot be read");
		drop(c);
		return;
	}
	if (legal(c, &run)) {
		c->id = f->id;
		loop_timer_off(&c->patience);
		c->call = call_new(l->calls, &run, c->peer, &call_user, c);
	} else {
		log_warning("a worker sent a run with powers it cannot have",
		    LOG_INT("kind", run.kind), LOG_INT("peer_uid", c->peer.uid),
		    LOG_INT("peer_pid", c->peer.pid));
		drop(c);
	}
	box_run_free(&run);
	/* It had secrets, and this buffer lives as long as the call. */
	secret_wipe((void *)(uintptr_t)f->payload.p, f->payload.n);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as in on_event */
	if (c->call != NULL)
		call_start(c->call);
}

/* --- leases ------------------------------------------------------------------
 */

static void
reclaim(void *arg)
{
	struct conn *c = arg;

	wire_put(&c->out, WIRE_T_RECLAIM, c->id, 0, STR_NONE);
	flush(c);
}

static void
lost(void *arg)
{
	static const struct box_exit e = {
	    .outcome = BOX_OUTCOME_FAILED,
	    .message = {"the leased process is gone", 26},
	};
	struct conn *c = arg;

	c->lease = NULL;
	send_exit(c, &e);
	flush(c);
}

/* Nothing was sent on this connection yet: a frame with a descriptor fits. */
static bool
pass_socket(struct conn *c)
{
	struct box_leased terms = lease_terms(c->lease);
	int fd = lease_socket(c->lease);
	struct buf payload, frame;
	bool ok;

	buf_init(&payload, 64);
	buf_init(&frame, 128);
	box_leased_encode(&payload, &terms);
	wire_put(&frame, WIRE_T_LEASED, c->id, 0, buf_str(&payload));
	ok = fdio_send_fds(c->watch.fd, frame.p, frame.n, &fd, 1) ==
	    (ssize_t)frame.n;
	buf_free(&payload);
	buf_free(&frame);
	return ok;
}

static void
given(void *arg)
{
	struct conn *c = arg;

	if (!pass_socket(c))
		drop(c);
}

static const struct lease_user lease_user = {
    .given = given,
    .reclaim = reclaim,
    .lost = lost,
};

static void
on_lease(struct conn *c, const struct wire_frame *f)
{
	static const struct box_exit e = {.outcome = BOX_OUTCOME_BUSY};
	struct leases *all = c->l->calls->leases;
	struct box_lease ask;

	if (!box_lease_decode(f->payload, &ask)) {
		log_warning("a worker sent a lease that cannot be read");
		drop(c);
		return;
	}
	c->id = f->id;
	loop_timer_off(&c->patience);
	if (all != NULL)
		c->lease = lease_new(all, &ask, &lease_user, c);
	if (c->lease == NULL) {
		send_exit(c, &e);
		flush(c);
	} else if (lease_ready(c->lease)) {
		given(c);
	}
}

static void
on_begin(struct conn *c, const struct wire_frame *f)
{
	struct lease *lease = c->lease;
	struct box_run run;

	if (lease == NULL || !lease_ready(lease) ||
	    !box_run_decode(f->payload, &run)) {
		log_warning("a worker began a run that cannot be");
		drop(c);
		return;
	}
	if (run.code.n == 0 && run.args.n == 0 && run.nsecrets == 0 &&
	    legal(c, &run)) {
		c->call = lease_begin(lease, &run, c->peer, &call_user, c);
		if (c->call != NULL)
			c->lease = NULL;
	}
	if (c->call == NULL) {
		log_warning("a worker began a run that its lease is not for",
		    LOG_INT("kind", run.kind), LOG_INT("peer_uid", c->peer.uid),
		    LOG_INT("peer_pid", c->peer.pid));
		drop(c);
	}
	box_run_free(&run);
}

static void
on_done(struct conn *c, const struct wire_frame *f)
{
	struct box_done d;

	if (!box_done_decode(f->payload, &d))
		drop(c);
	else if (c->call != NULL)
		call_told(c->call, &d);
}

static void
on_handover(struct conn *c, const struct wire_frame *f)
{
	struct box_handover h;

	if (!box_handover_decode(f->payload, &h))
		drop(c);
	else if (c->call != NULL)
		call_take_back(c->call, &h);
}

static void
on_answer(struct conn *c, const struct wire_frame *f)
{
	if (c->call == NULL || call_answer(c->call, f))
		return;
	log_warning("a worker answered what nobody asked",
	    LOG_INT("peer_uid", c->peer.uid), LOG_INT("peer_pid", c->peer.pid));
	drop(c);
}

static void
on_cancel(struct conn *c, const struct wire_frame *f)
{
	(void)f;
	if (c->call != NULL)
		call_cancel(c->call);
}

/* --- questions
 * -----------------------------------------------------------------
 */

static void
on_health(struct conn *c, const struct wire_frame *f)
{
	struct buf b;

	buf_init(&b, REPORT_MAX);
	c->l->config.report(c->l->config.arg, &b);
	if (!b.overflow)
		wire_put(&c->out, WIRE_T_REPORT, f->id, 0, buf_str(&b));
	buf_free(&b);
	close_after(c);
	flush(c);
}

static void
on_kill(struct conn *c, const struct wire_frame *f)
{
	struct box_kill k;
	struct buf b;

	/* It can end its own runs by closing; others' are not its business. */
	if (c->peer.uid == c->l->config.gateway ||
	    !box_kill_decode(f->payload, &k)) {
		log_warning("a worker sent a kill that it may not, or that "
			    "cannot be read",
		    LOG_INT("peer_uid", c->peer.uid),
		    LOG_INT("peer_pid", c->peer.pid));
		drop(c);
		return;
	}
	buf_init(&b, 4);
	buf_u32(&b, calls_kill(c->l->calls, &k));
	log_info("kill", LOG_VIEW("value", k.value), LOG_VIEW("why", k.why),
	    LOG_INT("peer_uid", c->peer.uid), LOG_INT("peer_pid", c->peer.pid));
	wire_put(&c->out, WIRE_T_KILLED, f->id, 0, buf_str(&b));
	buf_free(&b);
	close_after(c);
	flush(c);
}

/* What the monitor lets a worker send. */
static const struct {
	enum wire_type type;
	void (*fn)(struct conn *c, const struct wire_frame *f);
} handlers[] = {
    {WIRE_T_RUN, on_run},
    {WIRE_T_CANCEL, on_cancel},
    {WIRE_T_ANSWER, on_answer},
    {WIRE_T_HEALTH, on_health},
    {WIRE_T_KILL, on_kill},
    {WIRE_T_LEASE, on_lease},
    {WIRE_T_BEGIN, on_begin},
    {WIRE_T_DONE, on_done},
    {WIRE_T_HANDOVER, on_handover},
};

static void
on_frame(struct conn *c, const struct wire_frame *f)
{
	size_t pass;

	if (monitor_frame(&c->monitor, f, &pass) != MONITOR_PASS) {
		log_warning("a worker sent a frame out of turn",
		    LOG_STR("frame", wire_name(f->type)),
		    LOG_INT("peer_uid", c->peer.uid),
		    LOG_INT("peer_pid", c->peer.pid));
		drop(c);
		return;
	}
	for (size_t i = 0; i < NELEM(handlers); i++) {
		if ((uint16_t)handlers[i].type == f->type) {
			handlers[i].fn(c, f);
			return;
		}
	}
}

static void
frames(struct conn *c)
{
	struct wire_frame f;

	while (!c->dead && !c->closing) {
		switch (wire_reader_next(&c->in, &f)) {
		case WIRE_NEXT_FRAME:
			on_frame(c, &f);
			break;
		case WIRE_NEXT_MORE:
			return;
		case WIRE_NEXT_BAD:
			log_warning("a worker sent what is not a frame");
			drop(c);
			return;
		}
	}
}

static void
receive(struct conn *c)
{
	size_t room;
	char *p = wire_reader_room(&c->in, &room);
	ssize_t n;

	if (p == NULL) {
		frames(c);
		return;
	}
	n = read(c->watch.fd, p, room);
	if (n > 0) {
		wire_reader_added(&c->in, (size_t)n);
		frames(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		drop(c);
	}
}

static void
on_event(struct watch *w, uint32_t events)
{
	struct conn *c = LOOP_OWNER(struct conn, watch, w);

	c->held = true;
	if ((events & EPOLLOUT) != 0)
		flush(c);
	/* The analyser loses sight of `held`: nothing was freed yet. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && !c->closing && !c->dead)
		receive(c);
	else if ((events & (EPOLLHUP | EPOLLERR)) != 0)
		drop(c);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	c->held = false;
	if (c->dead)
		free_conn(c);
}

/* --- accepting
 * ------------------------------------------------------------------ */

static void
add_conn(struct listener *l, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		log_panic("out of memory", "conn");
	if (fdio_peer(fd, &c->peer.uid, &c->peer.pid) != 0) {
		(void)close(fd);
		free(c);
		return;
	}
	c->l = l;
	wire_reader_init(&c->in, WIRE_UP, SIZE_MAX / 4);
	buf_init(&c->out, OUT_MAX);
	monitor_worker(&c->monitor);
	c->next = l->conns;
	if (l->conns != NULL)
		l->conns->prev = c;
	l->conns = c;
	l->n++;
	loop_watch(l->loop, &c->watch, fd, EPOLLIN | EPOLLRDHUP, on_event);
	loop_timer(
	    l->loop, &c->patience, clock_mono_ms() + REQUEST_MS, on_impatience);
}

static void
on_retry(struct timer *t)
{
	struct listener *l = LOOP_OWNER(struct listener, retry, t);

	loop_events(l->loop, &l->watch, EPOLLIN);
}

/* True: there may be another one. */
static bool
accept_one(struct listener *l)
{
	int fd;

	if (l->n >= l->config.max) {
		/* The rest waits in the backlog until one closes. */
		l->full = true;
		loop_events(l->loop, &l->watch, 0);
		return false;
	}
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		add_conn(l, fd);
		return true;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return false;
	/* No descriptors, no memory: not the same again at once. */
	log_error("cannot accept", LOG_STR("error", strerror(errno)));
	loop_events(l->loop, &l->watch, 0);
	loop_timer(l->loop, &l->retry, clock_mono_ms() + RETRY_MS, on_retry);
	return false;
}

static void
on_accept(struct watch *w, uint32_t events)
{
	struct listener *l = LOOP_OWNER(struct listener, watch, w);
	int left = ACCEPTS;

	(void)events;
	while (left-- > 0 && accept_one(l))
		;
}

struct listener *
listen_new(struct calls *calls, const struct listen_config *config)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		log_panic("out of memory", "listen");
	l->loop = calls->loop;
	l->calls = calls;
	l->config = *config;
	l->fd = fdio_listen_unix(config->path, config->mode, BACKLOG);
	if (l->fd >= 0 && config->gid != (gid_t)-1 &&
	    chown(config->path, (uid_t)-1, config->gid) != 0) {
		int saved = errno;

		(void)close(l->fd);
		(void)unlink(config->path);
		errno = saved;
		l->fd = -1;
	}
	if (l->fd < 0) {
		free(l);
		return NULL;
	}
	loop_watch(l->loop, &l->watch, l->fd, EPOLLIN, on_accept);
	return l;
}

void
listen_free(struct listener *l)
{
	if (l == NULL)
		return;
	loop_unwatch(l->loop, &l->watch);
	loop_timer_off(&l->retry);
	(void)close(l->fd);
	/* Each call takes one off the list. */
	while (l->conns != NULL)
		free_conn(l->conns); /* NOLINT(clang-analyzer-unix.Malloc) */
	(void)unlink(l->config.path);
	free(l);
}

unsigned
listen_connections(const struct listener *l)
{
	return l->n;
}
