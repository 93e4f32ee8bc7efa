/*
 * client.c: a connection from sandboxd.
 *
 * Whatever happens to one of its requests only changes the connection's
 * state; work() then does what has become possible.  So nothing here is
 * entered twice, and a request may end at any place.
 */
#include "egress/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "egress/job.h"
#include "egress/run.h"
#include "egress/turn.h"
#include "log.h"
#include "wire.h"

#define FLYING_MAX 16
#define QUEUE_MAX 64
#define EXCESS_MAX 1000 /* requests beyond the run's limit */
#define OPEN_MS 10000   /* to send OPEN */

#define ROUNDS_MAX 32 /* of work before others have their turn */

/* Bytes that wait for the peer: no more answers above, again below. */
#define OUT_HIGH ((size_t)256 * 1024)
#define OUT_LOW ((size_t)64 * 1024)
#define OUT_MAX ((size_t)32 * 1024 * 1024)

/* Bytes of requests in memory: of one run, of all. */
#define HELD_MAX ((size_t)24 * 1024 * 1024)
#define HELD_ALL_MAX ((size_t)256 * 1024 * 1024)

struct list {
	struct job *first, *last;
	unsigned n;
};

struct client {
	struct client_links links;
	struct engine *engine;
	void (*gone)(void *, struct client *);
	void *arg;
	struct watch watch;
	struct timer patience; /* for OPEN */
	struct timer nudge;
	struct wire_reader in;
	struct buf out;
	struct turn turn;
	struct run run;
	struct list queue, flying;
	size_t held;
	bool high;     /* `out` went over its mark */
	bool busy;     /* work() is on the stack */
	bool broken;   /* to be freed */
	bool readable; /* the socket may have more */
};

static void work(struct client *c);

/* --- lists of jobs
 * -------------------------------------------------------------- */

static void
list_add(struct list *l, struct job *j)
{
	struct job_links *k = job_links(j);

	k->next = NULL;
	k->prev = l->last;
	if (l->last != NULL)
		job_links(l->last)->next = j;
	else
		l->first = j;
	l->last = j;
	l->n++;
}

static bool
list_has(const struct list *l, const struct job *j)
{
	for (struct job *it = l->first; it != NULL; it = job_links(it)->next) {
		if (it == j)
			return true;
	}
	return false;
}

static void
list_remove(struct list *l, struct job *j)
{
	struct job_links *k = job_links(j);

	if (k->prev != NULL)
		job_links(k->prev)->next = k->next;
	else
		l->first = k->next;
	if (k->next != NULL)
		job_links(k->next)->prev = k->prev;
	else
		l->last = k->prev;
	k->next = k->prev = NULL;
	l->n--;
}

static struct job *
find(const struct client *c, uint32_t id)
{
	const struct list *const lists[] = {&c->flying, &c->queue};

	for (size_t i = 0; i < NELEM(lists); i++) {
		struct job *j = lists[i]->first;

		for (; j != NULL; j = job_links(j)->next) {
			if (job_id(j) == id)
				return j;
		}
	}
	return NULL;
}

/* --- what jobs say
 * -------------------------------------------------------------- */

static void
on_nudge(struct timer *t)
{
	work(LOOP_OWNER(struct client, nudge, t));
}

static void
nudge(struct client *c)
{
	if (!c->busy && c->nudge.due == 0)
		loop_timer(
		    c->engine->loop, &c->nudge, clock_mono_ms(), on_nudge);
}

static void
job_frame(void *arg, enum wire_type type, uint32_t id, struct str payload)
{
	struct client *c = arg;

	wire_put(&c->out, type, id, 0, payload);
	if (c->out.n > OUT_HIGH)
		c->high = true;
	nudge(c);
}

static bool
job_full(void *arg)
{
	const struct client *c = arg;

	return c->high;
}

static void
job_done(void *arg, struct job *j)
{
	struct client *c = arg;

	list_remove(list_has(&c->flying, j) ? &c->flying : &c->queue, j);
	c->held -= job_size(j);
	job_free(j);
	nudge(c);
}

static const struct job_user job_user = {
    .frame = job_frame,
    .full = job_full,
    .done = job_done,
};

/* --- what the peer says
 * --------------------------------------------------------- */

static void
complain(struct client *c, const char *what)
{
	log_warning("a peer broke the rules", LOG_STR("what", what),
	    LOG_VIEW("trace", c->run.trace), LOG_VIEW("env", c->run.env),
	    LOG_VIEW("tool", c->run.tool));
	c->broken = true;
}

static void
on_open(struct client *c, const struct wire_frame *f)
{
	if (!run_open(&c->run, c->engine, f->payload)) {
		complain(c, "an OPEN that cannot be read");
		return;
	}
	loop_timer_off(&c->patience);
}

static void
on_fetch(struct client *c, const struct wire_frame *f)
{
	struct job *j;

	if (find(c, f->id) != NULL) {
		complain(c, "a request with the number of another");
		return;
	}
	j = job_new(c->engine, &c->run, f->id, f->payload, &job_user, c);
	if (j == NULL) {
		complain(c, "a request that cannot be read");
		return;
	}
	c->held += job_size(j);
	list_add(&c->queue, j);
	if (c->run.requests > 0) {
		c->run.requests--;
		return;
	}
	if (++c->run.excess > EXCESS_MAX)
		complain(c, "no end of requests beyond its limit");
	else
		job_refuse(j);
}

static void
on_frame(struct client *c, const struct wire_frame *f)
{
	struct job *j;

	if (!turn_frame(&c->turn, f)) {
		complain(c, "a frame out of turn");
		return;
	}
	if (f->type == WIRE_T_FETCH_OPEN) {
		on_open(c, f);
	} else if (f->type == WIRE_T_FETCH) {
		on_fetch(c, f);
	} else {
		/* It may have ended while this was on its way. */
		j = find(c, f->id);
		if (j != NULL)
			job_cancel(j);
	}
}

/* A run that holds nothing may always go on; so none starves another. */
static bool
may_read(const struct client *c)
{
	return !c->broken && !c->high && c->queue.n < QUEUE_MAX &&
	    (c->held == 0 ||
		(c->held < HELD_MAX && c->engine->held < HELD_ALL_MAX));
}

static bool
read_frames(struct client *c)
{
	struct wire_frame f;
	bool did = false;

	while (may_read(c)) {
		switch (wire_reader_next(&c->in, &f)) {
		case WIRE_NEXT_FRAME:
			on_frame(c, &f);
			did = true;
			break;
		case WIRE_NEXT_MORE:
			return did;
		case WIRE_NEXT_BAD:
			complain(c, "what is not a frame");
			return did;
		}
	}
	return did;
}

static bool
read_socket(struct client *c)
{
	size_t room;
	char *p;
	ssize_t n;

	if (!c->readable || !may_read(c))
		return false;
	p = wire_reader_room(&c->in, &room);
	if (p == NULL)
		return false;
	n = read(c->watch.fd, p, room);
	if (n > 0) {
		wire_reader_added(&c->in, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	c->readable = false;
	if (n == 0 || errno != EAGAIN)
		c->broken = true;
	return false;
}

/* --- what goes to the peer
 * ------------------------------------------------------ */

static void
flush(struct client *c)
{
	size_t sent = 0;

	while (sent < c->out.n) {
		ssize_t n = send(c->watch.fd, c->out.p + sent, c->out.n - sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			sent += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			if (n < 0 && errno != EAGAIN)
				c->broken = true;
			break;
		}
	}
	buf_consume(&c->out, sent);
	if (c->out.overflow) {
		log_error(
		    "a peer does not read", LOG_VIEW("trace", c->run.trace));
		c->broken = true;
	}
	if (c->out.n <= OUT_LOW)
		c->high = false;
}

/* Each either gets rid of what it has or fills `out` again. */
static bool
resume_jobs(struct client *c)
{
	struct job *j = c->flying.first, *next;
	bool did = false;

	for (; j != NULL && !c->high; j = next) {
		/* Only this one can end here. */
		next = job_links(j)->next;
		if (!job_stalled(j))
			continue;
		job_resume(j);
		did = true;
	}
	return did;
}

static bool
start_jobs(struct client *c)
{
	bool did = false;

	while (!c->high && c->flying.n < FLYING_MAX && c->queue.n > 0) {
		struct job *j = c->queue.first;

		list_remove(&c->queue, j);
		list_add(&c->flying, j);
		job_start(j);
		did = true;
	}
	return did;
}

/* --- the connection
 * ------------------------------------------------------------- */

static void
close_all(struct client *c)
{
	struct list *const lists[] = {&c->flying, &c->queue};

	for (size_t i = 0; i < NELEM(lists); i++) {
		struct job *j;

		while ((j = lists[i]->first) != NULL) {
			list_remove(lists[i], j);
			job_free(j);
		}
	}
}

void
client_free(struct client *c)
{
	int fd = c->watch.fd;

	close_all(c);
	loop_unwatch(c->engine->loop, &c->watch);
	loop_timer_off(&c->patience);
	loop_timer_off(&c->nudge);
	(void)close(fd);
	wire_reader_free(&c->in);
	buf_free(&c->out);
	run_close(&c->run);
	free(c);
}

static void
set_events(struct client *c)
{
	uint32_t events = EPOLLRDHUP;

	if (may_read(c))
		events |= EPOLLIN;
	if (c->out.n > 0)
		events |= EPOLLOUT;
	loop_events(c->engine->loop, &c->watch, events);
}

/* Does what can be done now. */
static void
work(struct client *c)
{
	bool more = true;

	c->busy = true;
	for (int i = 0; more && !c->broken && i < ROUNDS_MAX; i++) {
		flush(c);
		more = read_frames(c);
		more = start_jobs(c) || more;
		more = resume_jobs(c) || more;
		more = read_socket(c) || more;
	}
	c->busy = false;
	if (c->broken) {
		c->gone(c->arg, c);
		client_free(c);
		return;
	}
	set_events(c);
	if (more)
		nudge(c);
}

static void
on_event(struct watch *w, uint32_t events)
{
	struct client *c = LOOP_OWNER(struct client, watch, w);

	if ((events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0)
		c->broken = true;
	if ((events & EPOLLIN) != 0)
		c->readable = true;
	work(c);
}

static void
on_impatience(struct timer *t)
{
	struct client *c = LOOP_OWNER(struct client, patience, t);

	complain(c, "nothing at all");
	work(c);
}

struct client *
client_new(
    struct engine *e, int fd, void (*gone)(void *, struct client *), void *arg)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		log_panic("out of memory", "client");
	c->engine = e;
	c->gone = gone;
	c->arg = arg;
	wire_reader_init(&c->in, WIRE_DOWN, SIZE_MAX / 4);
	buf_init(&c->out, OUT_MAX);
	turn_init(&c->turn);
	loop_watch(e->loop, &c->watch, fd, EPOLLIN | EPOLLRDHUP, on_event);
	loop_timer(
	    e->loop, &c->patience, clock_mono_ms() + OPEN_MS, on_impatience);
	return c;
}

struct client_links *
client_links(struct client *c)
{
	return &c->links;
}
