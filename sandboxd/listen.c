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
#include "log.h"
#include "monitor.h"

#define BACKLOG 256
#define OUT_MAX ((size_t)32 * 1024 * 1024)
#define OUT_HIGH ((size_t)256 * 1024) /* the child is paused above */
#define OUT_LOW ((size_t)64 * 1024)
#define REQUEST_MS 10000 /* to send the request */
#define FLUSH_MS 10000   /* to take the last bytes */
#define REPORT_MAX ((size_t)256 * 1024)

struct conn {
	struct conn *next, *prev;
	struct listener *l;
	struct watch watch;
	struct timer patience;
	struct wire_reader in;
	struct buf out;
	struct monitor monitor;
	struct call *call;
	uint32_t id;
	bool closing; /* after `out` has gone */
};

struct listener {
	struct loop *loop;
	struct pool *pool;
	struct call_totals *totals;
	struct listen_config config;
	struct watch watch;
	int fd;
	struct conn *conns;
	unsigned n;
	bool full;
};

static void on_event(struct watch *w, uint32_t events);
static void on_accept(struct watch *w, uint32_t events);

/* --- the end of a connection -------------------------------------------------- */

static void
free_conn(struct conn *c)
{
	struct listener *l = c->l;
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
	if (call != NULL)
		call_abandon(call);
}

static void
on_impatience(struct timer *t)
{
	free_conn(LOOP_OWNER(struct conn, patience, t));
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

/* False: the connection is gone. */
static bool
flush(struct conn *c)
{
	while (c->out.n > 0) {
		ssize_t n = send(c->watch.fd, c->out.p, c->out.n,
		    MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			free_conn(c);
			return false;
		}
		buf_consume(&c->out, (size_t)n);
	}
	if (c->closing && c->out.n == 0) {
		free_conn(c);
		return false;
	}
	if (c->call != NULL && c->out.n <= OUT_LOW)
		call_pause(c->call, false);
	update(c);
	return true;
}

static void
close_after(struct conn *c)
{
	c->closing = true;
	c->monitor.state = MONITOR_SERVED;
	loop_timer(c->l->loop, &c->patience, clock_mono_ms() + FLUSH_MS,
	    on_impatience);
}

/* --- what a run sends ------------------------------------------------------------ */

static void
call_frame(void *arg, enum wire_type type, struct str payload)
{
	struct conn *c = arg;

	wire_put(&c->out, type, c->id, 0, payload);
	if (c->out.n > OUT_HIGH)
		call_pause(c->call, true);
	/* RESULT and ERROR leave together with their EXIT. */
	if (type != WIRE_T_RESULT && type != WIRE_T_ERROR)
		loop_events(c->l->loop, &c->watch,
		    c->watch.events | EPOLLOUT);
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
	(void)flush(c);
}

static const struct call_user call_user = {
    .frame = call_frame,
    .done = call_done,
};

/* --- what a worker asks ------------------------------------------------------------ */

/* A trial never has powers, whatever the worker says. */
static bool
legal(const struct box_run *run)
{
	if (run->kind == BOX_KIND_CHECK)
		return run->nsecrets == 0 && run->nhosts == 0;
	if (run->env.n == 0 || run->env.n >= JAIL_NAME_MAX)
		return false;
	return run->kind != BOX_KIND_TRIAL ||
	    (run->nsecrets == 0 && run->nhosts == 0);
}

/* Each handler: false = the connection is gone. */
static bool
on_run(struct conn *c, const struct wire_frame *f)
{
	struct listener *l = c->l;
	struct box_run run;
	struct call *call;

	if (!box_run_decode(f->payload, &run)) {
		log_warning("a worker sent a run that cannot be read");
		free_conn(c);
		return false;
	}
	if (!legal(&run)) {
		log_warning("a worker sent a run with powers it cannot have");
		box_run_free(&run);
		free_conn(c);
		return false;
	}
	c->id = f->id;
	loop_timer_off(&c->patience);
	call = call_new(l->loop, l->pool, l->totals, &run, &call_user, c);
	box_run_free(&run);
	c->call = call;
	/* The request had secrets: they are not needed here any more. */
	wire_reader_free(&c->in);
	wire_reader_init(&c->in, WIRE_UP, 0);
	call_start(call);
	return false; /* perhaps: on_event looks again */
}

static bool
on_health(struct conn *c, const struct wire_frame *f)
{
	struct buf b;

	buf_init(&b, REPORT_MAX);
	c->l->config.report(c->l->config.arg, &b);
	if (!b.overflow)
		wire_put(&c->out, WIRE_T_REPORT, f->id, 0, buf_str(&b));
	buf_free(&b);
	close_after(c);
	return flush(c);
}

static bool
on_frame(struct conn *c, const struct wire_frame *f)
{
	size_t pass;

	if (monitor_frame(&c->monitor, f, &pass) != MONITOR_PASS) {
		log_warning("a worker sent a frame out of turn",
		    LOG_STR("frame", wire_name(f->type)));
		free_conn(c);
		return false;
	}
	switch (f->type) {
	case WIRE_T_RUN:
		return on_run(c, f);
	case WIRE_T_HEALTH:
		return on_health(c, f);
	default: /* the monitor passes nothing but these and CANCEL */
		if (c->call != NULL)
			call_cancel(c->call);
		return false;
	}
}

/* Handles at most one frame: what comes behind it waits for the next round,
 * when the connection is known to exist. */
static bool
take(struct conn *c)
{
	struct wire_frame f;

	switch (wire_reader_next(&c->in, &f)) {
	case WIRE_NEXT_FRAME:
		return on_frame(c, &f);
	case WIRE_NEXT_MORE:
		return true;
	case WIRE_NEXT_BAD:
		break;
	}
	log_warning("a worker sent what is not a frame");
	free_conn(c);
	return false;
}

static void
receive(struct conn *c)
{
	size_t room;
	char *p = wire_reader_room(&c->in, &room);
	ssize_t n;

	if (p == NULL) {
		(void)take(c);
		return;
	}
	n = read(c->watch.fd, p, room);
	if (n > 0) {
		wire_reader_added(&c->in, (size_t)n);
		(void)take(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		free_conn(c);
	}
}

static void
on_event(struct watch *w, uint32_t events)
{
	struct conn *c = LOOP_OWNER(struct conn, watch, w);

	if ((events & EPOLLOUT) != 0 && !flush(c))
		return;
	if ((events & (EPOLLHUP | EPOLLERR)) != 0 &&
	    (events & EPOLLIN) == 0) {
		free_conn(c);
		return;
	}
	if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && !c->closing)
		receive(c);
}

/* --- accepting ------------------------------------------------------------------ */

static void
add_conn(struct listener *l, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	uid_t uid = 0;
	pid_t pid = 0;

	if (c == NULL)
		log_panic("out of memory", "conn");
	if (fdio_peer(fd, &uid, &pid) == 0)
		log_debug("connected", LOG_INT("uid", uid), LOG_INT("pid", pid));
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
	loop_timer(l->loop, &c->patience, clock_mono_ms() + REQUEST_MS,
	    on_impatience);
}

static void
on_accept(struct watch *w, uint32_t events)
{
	struct listener *l = LOOP_OWNER(struct listener, watch, w);
	int fd;

	(void)events;
	if (l->n >= l->config.max) {
		/* The rest waits in the backlog until one closes. */
		l->full = true;
		loop_events(l->loop, &l->watch, 0);
		return;
	}
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		add_conn(l, fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		log_error("cannot accept", LOG_STR("error", strerror(errno)));
}

struct listener *
listen_new(struct loop *loop, struct pool *pool, struct call_totals *totals,
    const struct listen_config *config)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		log_panic("out of memory", "listen");
	l->loop = loop;
	l->pool = pool;
	l->totals = totals;
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
	loop_watch(loop, &l->watch, l->fd, EPOLLIN, on_accept);
	return l;
}

void
listen_free(struct listener *l)
{
	if (l == NULL)
		return;
	loop_unwatch(l->loop, &l->watch);
	(void)close(l->fd);
	while (l->conns != NULL)
		free_conn(l->conns);
	(void)unlink(l->config.path);
	free(l);
}

unsigned
listen_connections(const struct listener *l)
{
	return l->n;
}
