/*
 * loop_conn.c: connections in the event loop.
 *
 * A link is in the epoll set once, edge-triggered, from accept to close, so
 * that a request costs no epoll_ctl and a request thread never touches the
 * set.  The price is that an edge which comes while a thread owns the link
 * must not be lost: `state` is one atomic word.  The loop turns THREAD into
 * MISSED when it sees such an edge; the thread gives the link back by turning
 * THREAD into LOOP, and when that fails it tells by the inbox, upon which the
 * loop reads.  Whichever comes first, one of them acts, and after its
 * successful exchange the thread touches the link no more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "log.h"
#include "loop_impl.h"
#include "web/dispatch.h"

/* Connections of one process; beyond it others accept, or nobody. */
#define LINKS_MAX 8192
/* When there is no room, and no descriptor. */
#define LISTEN_AGAIN_MS 50
/* nginx has the whole request before it begins to send it. */
#define REQUEST_MS 60000
/* A peer that takes nothing of an answer. */
#define ANSWER_MS 60000

#define EDGES (EPOLLIN | EPOLLRDHUP | EPOLLET)

void
loop_link_close(struct loop *l, struct link *link)
{
	timer_clear(&l->timers, &link->timer);
	if (link->prev != NULL)
		link->prev->next = link->next;
	else
		l->links = link->next;
	if (link->next != NULL)
		link->next->prev = link->prev;
	l->nlinks--;
	conn_free(link->conn); /* closing takes it out of the epoll set */
	link->conn = NULL;
	link->source.dead = true;
	link->next = l->dead;
	l->dead = link;
}

void
loop_bury(struct loop *l)
{
	struct link *link;

	while ((link = l->dead) != NULL) {
		l->dead = link->next;
		free(link);
	}
}

/* Too late: the peer stopped in the middle of something.  Or just time to see
 * how a stream does. */
static void
on_late(void *owner)
{
	struct link *link = owner;
	struct exchange *x = link->conn->x;

	if (link->stream != NULL) {
		loop_stream_tick(link->loop, link);
		return;
	}
	if (x != NULL && x->park != NULL) {
		loop_park_tick(link->loop, link);
		return;
	}
	log_debug("connection timed out", LOG_BOOL("answering", x != NULL));
	if (x != NULL)
		exchange_free(x);
	loop_link_close(link->loop, link);
}

/* --- requests ------------------------------------------------------------- */

void
loop_link_lend(struct link *link)
{
	/* The edge of the peer's leaving has come, and comes only once. */
	if (link->hup)
		link->conn->in.keep = false;
	atomic_store(&link->state, LINK_THREAD);
}

/* A complete request leaves for the threads. */
static void
dispatch(struct loop *l, struct link *link)
{
	struct exchange *x = exchange_new();

	timer_clear(&l->timers, &link->timer);
	link->since_ms = clock_mono_ms();
	x->ctx.start_ns = clock_mono_ns();
	x->conn = link->conn;
	x->loop = l;
	link->conn->x = x;
	loop_link_lend(link);
	loop_ready(l, x);
}

static void
go_on_reading(struct loop *l, struct link *link)
{
	switch (conn_read(link->conn, l->scratch)) {
	case CONN_GOT_REQUEST:
		dispatch(l, link);
		return;
	case CONN_GOT_CLOSED:
		loop_link_close(l, link);
		return;
	case CONN_GOT_ABORT: /* of a request that was answered meanwhile */
	case CONN_GOT_MORE:
		break;
	}
	if (link->hup && !conn_pending(link->conn))
		loop_link_close(l, link); /* nothing more can come */
	else if (conn_busy(link->conn) && link->timer.place == 0)
		timer_set(
		    &l->timers, &link->timer, clock_mono_ms() + REQUEST_MS);
}

/* While a request is active only an abort or the end can come. */
bool
loop_link_gone(struct loop *l, struct link *link)
{
	switch (conn_read(link->conn, l->scratch)) {
	case CONN_GOT_MORE:
		return false;
	case CONN_GOT_REQUEST: /* impossible: one is active */
	case CONN_GOT_ABORT:
	case CONN_GOT_CLOSED:
		break;
	}
	return true;
}

/* --- answers -------------------------------------------------------------- */

/* The answer is out, or can never be. */
static void
finish(struct loop *l, struct link *link, enum conn_sent sent)
{
	struct exchange *x = link->conn->x;

	timer_clear(&l->timers, &link->timer);
	if (x != NULL)
		exchange_free(x);
	link->conn->x = NULL;
	link->stuck_ms = 0;
	if (sent == CONN_BROKEN || link->conn->last) {
		loop_link_close(l, link);
		return;
	}
	/* Room to send is of no more interest: it would come all the time. */
	if (link->sending)
		loop_watch(
		    l, EPOLL_CTL_MOD, link->conn->fd, EDGES, &link->source);
	link->sending = false;
	conn_next(link->conn);
	go_on_reading(l, link);
}

/* Each time anew: an edge may have come while a thread had the link. */
static void
watch_out(struct loop *l, struct link *link)
{
	loop_watch(
	    l, EPOLL_CTL_MOD, link->conn->fd, EDGES | EPOLLOUT, &link->source);
	link->sending = true;
}

static void
wait_to_send(struct loop *l, struct link *link)
{
	timer_set(&l->timers, &link->timer, clock_mono_ms() + ANSWER_MS);
	watch_out(l, link);
}

static void
go_on_sending(struct loop *l, struct link *link)
{
	enum conn_sent sent = conn_send(link->conn);

	if (sent == CONN_BLOCKED)
		wait_to_send(l, link);
	else
		finish(l, link, sent);
}

void
loop_link_finish(struct loop *l, struct link *link)
{
	link->stuck_ms = 0;
	go_on_sending(l, link);
}

enum conn_sent
loop_link_flush(struct loop *l, struct link *link)
{
	size_t before = conn_unsent(link->conn);
	enum conn_sent sent;

	if (before == 0)
		return CONN_SENT;
	sent = conn_send(link->conn);
	if (sent == CONN_BLOCKED) {
		if (link->stuck_ms == 0 || conn_unsent(link->conn) < before)
			link->stuck_ms = clock_mono_ms();
		watch_out(l, link);
	} else if (sent == CONN_SENT) {
		link->stuck_ms = 0;
		if (link->sending)
			loop_watch(l, EPOLL_CTL_MOD, link->conn->fd, EDGES,
			    &link->source);
		link->sending = false;
	}
	return sent;
}

bool
loop_link_stuck(const struct link *link)
{
	return link->stuck_ms != 0 &&
	    clock_mono_ms() - link->stuck_ms > ANSWER_MS;
}

/* The queue is full.  The request was not looked at, so it may come again. */
void
loop_refuse(struct loop *l, struct exchange *x)
{
	struct conn *c = x->conn;
	struct link *link = c->user;
	enum conn_sent sent;

	atomic_store(&link->state, LINK_LOOP);
	if (conn_open(c, x) == FAIL_NONE) {
		x->ctx.fail.retry_after = 1;
		(void)fail(&x->ctx.fail, FAIL_BUSY, NULL);
	}
	(void)dispatch_failure(x);
	sent = conn_answer(c, x, atomic_load(&l->leaving));
	if (sent == CONN_BLOCKED)
		wait_to_send(l, link);
	else
		finish(l, link, sent);
}

static void
on_link(struct loop *l, struct source *s, uint32_t events)
{
	struct link *link = (struct link *)s;
	int state = LINK_THREAD;
	struct exchange *x;

	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		link->hup = true;
	/* A thread's: it will find the mark.  MISSED stays what it is. */
	if (atomic_compare_exchange_strong(&link->state, &state, LINK_MISSED) ||
	    state == LINK_MISSED)
		return;
	x = link->conn->x;
	if (link->stream != NULL)
		loop_stream_ready(l, link);
	else if (x != NULL && x->park != NULL)
		loop_park_ready(l, link);
	else if (x != NULL || conn_sending(link->conn))
		go_on_sending(l, link);
	else
		go_on_reading(l, link);
}

/* --- from the threads ----------------------------------------------------- */

void
loop_link_news(struct loop *l, struct link *link, enum link_news news)
{
	switch (news) {
	case LINK_PARK:
		loop_park_begin(l, link->conn->x);
		return;
	case LINK_STREAM:
		loop_stream_begin(l, link);
		return;
	case LINK_BLOCKED:
		wait_to_send(l, link);
		return;
	case LINK_PENDING:
		go_on_reading(l, link);
		return;
	case LINK_CLOSE:
		loop_link_close(l, link);
		return;
	}
}

void
loop_park(struct loop *l, struct exchange *x)
{
	bool first;

	if (x->ctx.run == NULL && x->hooks == NULL)
		log_panic("parked, and nothing to wait for", x->ctx.request_id);
	if (x->conn != NULL) {
		loop_news(l, x->conn->user, LINK_PARK);
		return;
	}
	pthread_mutex_lock(&l->lock);
	first = l->parking == NULL;
	x->next = l->parking;
	l->parking = x;
	pthread_mutex_unlock(&l->lock);
	if (first)
		loop_wake(l);
}

void
loop_stream(struct loop *l, struct exchange *x)
{
	struct conn *c = x->conn;
	struct link *link = c->user;

	conn_stream_open(c, x);
	conn_stream_put(c, x->res.body);
	link->stream = x->stream;
	exchange_free(x);
	c->x = NULL;
	conn_slim(c);
	loop_news(l, link, LINK_STREAM);
}

/* Work of our own is done; or an answer that has nobody to go to. */
static void
landed(struct loop *l, struct exchange *x)
{
	bool first;

	if (x->landed == NULL) {
		exchange_free(x);
		atomic_fetch_sub(&l->jobs, 1);
		if (loop_leaving(l))
			loop_wake(l);
		return;
	}
	pthread_mutex_lock(&l->lock);
	first = l->landed == NULL;
	x->next = l->landed;
	l->landed = x;
	pthread_mutex_unlock(&l->lock);
	if (first)
		loop_wake(l);
}

void
loop_answered(struct loop *l, struct exchange *x, enum conn_sent sent)
{
	struct conn *c = x->conn;
	int state = LINK_THREAD;
	struct link *link;

	if (c == NULL) {
		landed(l, x);
		return;
	}
	link = c->user;
	if (sent == CONN_BLOCKED) {
		loop_news(l, link, LINK_BLOCKED);
		return;
	}
	exchange_free(x);
	c->x = NULL;
	if (sent == CONN_BROKEN || c->last) {
		loop_news(l, link, LINK_CLOSE);
		return;
	}
	conn_next(c);
	if (conn_pending(c)) {
		loop_news(l, link, LINK_PENDING);
		return;
	}
	/* The short way: no news, no wake-up, no system call. */
	if (!atomic_compare_exchange_strong(&link->state, &state, LINK_LOOP))
		loop_news(l, link, LINK_PENDING);
}

/* --- accepting ------------------------------------------------------------ */

static void
add_link(struct loop *l, int fd)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		log_panic("out of memory", "link");
	link->source.ready = on_link;
	link->loop = l;
	link->conn = conn_new(fd);
	link->conn->user = link;
	link->since_ms = clock_mono_ms();
	link->timer = (struct timer){.fire = on_late, .owner = link};
	link->next = l->links;
	if (l->links != NULL)
		l->links->prev = link;
	l->links = link;
	l->nlinks++;
	loop_watch(l, EPOLL_CTL_ADD, fd, EDGES, &link->source);
}

static void
on_listen_again(void *owner)
{
	struct loop *l = owner;

	if (!atomic_load(&l->leaving))
		loop_listen(l);
}

/*
 * One connection, then to the end of the line: the kernel wakes the worker
 * that came first, and would give nearly everything to the same one.
 */
static void
on_listener(struct loop *l, struct source *s, uint32_t events)
{
	int fd = -1;

	(void)s;
	(void)events;
	if (l->nlinks < LINKS_MAX)
		fd = accept4(l->setup.listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		add_link(l, fd);
		loop_unlisten(l);
		loop_listen(l);
		return;
	}
	if (l->nlinks < LINKS_MAX && errno != EMFILE && errno != ENFILE &&
	    errno != ENOMEM)
		return; /* another worker was faster */
	log_warning("no room for another connection",
	    LOG_INT("connections", l->nlinks));
	loop_unlisten(l);
	timer_set(
	    &l->timers, &l->listen_again, clock_mono_ms() + LISTEN_AGAIN_MS);
}

void
loop_listen(struct loop *l)
{
	l->listen_again = (struct timer){.fire = on_listen_again, .owner = l};
	l->listener.ready = on_listener;
	l->listening = true;
	loop_watch(l, EPOLL_CTL_ADD, l->setup.listener,
	    EPOLLIN | EPOLLEXCLUSIVE, &l->listener);
}

void
loop_unlisten(struct loop *l)
{
	timer_clear(&l->timers, &l->listen_again);
	if (l->listening)
		loop_watch(l, EPOLL_CTL_DEL, l->setup.listener, 0, NULL);
	l->listening = false;
}

/* A request that came since we last looked is not to be thrown away. */
static bool
has_input(const struct link *link)
{
	char byte;

	return recv(link->conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool
loop_close_idle(struct loop *l, int64_t idle_ms)
{
	int64_t now = clock_mono_ms();
	struct link *next;

	for (struct link *link = l->links; link != NULL; link = next) {
		next = link->next;
		if (atomic_load(&link->state) == LINK_LOOP &&
		    link->conn->x == NULL && !conn_busy(link->conn) &&
		    now - link->since_ms >= idle_ms &&
		    (idle_ms < 0 || !has_input(link)))
			loop_link_close(l, link);
	}
	return l->nlinks == 0;
}
