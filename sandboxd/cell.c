/*
 * cell.c: a child as the supervisor sees it.
 */
#include "cell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"
#include "reap.h"
#include "secret.h"
#include "step.h"

/* A run with its secrets; the frame's own cap is tighter. */
#define OUT_MAX ((size_t)16 * 1024 * 1024)
/* What it is sent while it runs: no more above, again below. */
#define OUT_HIGH ((size_t)256 * 1024)
#define OUT_LOW ((size_t)64 * 1024)
/* Reads of one round: a chatty child must not starve the others. */
#define READS 8
/* Reads of what a dead child left: more than a socket holds. */
#define DRAIN 1024

static void on_event(struct watch *w, uint32_t events);

struct cell *
cell_new(struct loop *loop, struct jail *jail, uint32_t slot, int fd,
    void (*changed)(struct cell *, uint32_t, int))
{
	struct cell *c = calloc(1, sizeof(*c));

	if (c == NULL)
		log_panic("out of memory", "cell");
	c->loop = loop;
	c->jail = jail;
	c->slot = slot;
	c->fd = fd;
	c->pidfd = -1;
	c->state = CELL_WARMING;
	c->since_ms = clock_mono_ms();
	c->changed = changed;
	wire_reader_init(&c->reader, WIRE_DOWN, 0);
	buf_init(&c->out, OUT_MAX);
	loop_watch(loop, &c->watch, fd, EPOLLIN, on_event);
	return c;
}

static void
wipe_out(struct cell *c)
{
	if (c->out.p != NULL)
		secret_wipe(c->out.p, c->out.cap);
	buf_free(&c->out);
}

void
cell_free(struct cell *c)
{
	loop_unwatch(c->loop, &c->watch);
	(void)close(c->fd);
	if (c->pidfd >= 0)
		(void)close(c->pidfd);
	wire_reader_free(&c->reader);
	wipe_out(c);
	free(c);
}

/* --- becoming ready ---------------------------------------------------------
 */

/* The pid in our namespace, from the pidfd; its number is for /proc only. */
static int
pid_of(int pidfd)
{
	static const char key[] = "\nPid:";
	char path[64];
	char *text, *p;
	int pid = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	text = fdio_read_file(path, 4096, NULL);
	p = text != NULL ? strstr(text, key) : NULL;
	if (p != NULL)
		pid = (int)strtol(p + sizeof(key) - 1, NULL, 10);
	free(text);
	return pid > 0 ? pid : 0;
}

static void
maybe_ready(struct cell *c)
{
	uint32_t step;
	int err;

	if (c->state != CELL_WARMING || c->pidfd < 0 ||
	    c->greeted < sizeof(c->hello))
		return;
	ctl_hello_decode(c->hello, &step, &err);
	if (step == STEP_READY) {
		c->state = CELL_READY;
		reap_usage(c->pid, false, &c->cpu_us, NULL);
	}
	c->changed(c, step, err);
}

void
cell_spawned(struct cell *c, int pidfd)
{
	if (c->pidfd >= 0) {
		(void)close(pidfd);
		return;
	}
	c->pidfd = pidfd;
	c->pid = pid_of(pidfd);
	if (c->state == CELL_DYING)
		(void)proc_pidfd_kill(pidfd, SIGKILL);
	maybe_ready(c);
}

static ssize_t
read_hello(struct cell *c)
{
	ssize_t n = read(
	    c->fd, c->hello + c->greeted, sizeof(c->hello) - c->greeted);

	if (n > 0) {
		c->greeted += (size_t)n;
		maybe_ready(c);
	}
	return n;
}

/* --- a run ------------------------------------------------------------------
 */

static void
write_out(struct cell *c)
{
	while (c->out.n > 0) {
		ssize_t n = write(c->fd, c->out.p, c->out.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break; /* EAGAIN; or dead, which its exit will tell */
		buf_consume(&c->out, (size_t)n);
	}
	if (c->out.n == 0)
		wipe_out(c);
}

static void
update(struct cell *c)
{
	uint32_t events = 0;

	if (c->paused == 0)
		events |= EPOLLIN;
	if (c->out.n > 0)
		events |= EPOLLOUT;
	loop_events(c->loop, &c->watch, events);
}

bool
cell_alive(const struct cell *c)
{
	struct pollfd p = {.fd = c->pidfd, .events = POLLIN};

	return c->pidfd >= 0 && poll(&p, 1, 0) == 0;
}

void
cell_start(struct cell *c, struct str payload, size_t limit,
    const struct cell_user *user, void *arg)
{
	c->state = CELL_BUSY;
	c->user = user;
	c->arg = arg;
	wire_reader_free(&c->reader);
	wire_reader_init(&c->reader, WIRE_DOWN, limit);
	wire_put(&c->out, WIRE_T_RUN, 0, 0, payload);
	write_out(c);
	update(c);
}

void
cell_send(struct cell *c, enum wire_type type, uint32_t id, struct str payload)
{
	/* After the end of the socket only its report is of interest. */
	if (c->state != CELL_BUSY || c->watch.fd < 0)
		return;
	wire_put(&c->out, type, id, 0, payload);
	write_out(c);
	c->full = c->full || c->out.n > OUT_HIGH;
	update(c);
}

bool
cell_full(const struct cell *c)
{
	return c->full;
}

/* Told from on_event only: never to someone who is sending. */
static void
maybe_room(struct cell *c)
{
	if (!c->full || c->out.n > OUT_LOW || c->user == NULL)
		return;
	c->full = false;
	c->user->room(c);
}

void
cell_lend(struct cell *c, const struct cell_user *user, void *arg)
{
	c->state = CELL_BUSY;
	c->lent = true;
	loop_unwatch(c->loop, &c->watch);
	cell_pass(c, user, arg);
	c->held = true;
}

void
cell_pass(struct cell *c, const struct cell_user *user, void *arg)
{
	c->user = user;
	c->arg = arg;
	c->held = false;
}

void
cell_pause(struct cell *c, enum cell_pause who, bool paused)
{
	c->paused = paused ? c->paused | who : c->paused & ~(unsigned)who;
	update(c);
}

void
cell_kill(struct cell *c)
{
	if (c->state == CELL_DYING)
		return;
	c->state = CELL_DYING;
	c->since_ms = clock_mono_ms();
	loop_unwatch(c->loop, &c->watch);
	if (c->pidfd >= 0)
		(void)proc_pidfd_kill(c->pidfd, SIGKILL);
}

void
cell_let_go(struct cell *c)
{
	c->user = NULL;
	c->arg = NULL;
	loop_unwatch(c->loop, &c->watch);
}

void
cell_release(struct cell *c)
{
	cell_let_go(c);
	cell_kill(c);
}

/* Hands out what is complete. */
static void
frames(struct cell *c)
{
	struct wire_frame f;

	while (c->state == CELL_BUSY) {
		switch (wire_reader_next(&c->reader, &f)) {
		case WIRE_NEXT_FRAME:
			c->user->frame(c, &f);
			break;
		case WIRE_NEXT_MORE:
			return;
		case WIRE_NEXT_BAD:
			c->user->bad(c);
			return;
		}
	}
}

void
cell_take_back(struct cell *c, struct str rest, size_t limit)
{
	c->lent = false;
	wire_reader_free(&c->reader);
	wire_reader_init(&c->reader, WIRE_DOWN, limit);
	loop_watch(c->loop, &c->watch, c->fd, EPOLLIN, on_event);
	while (rest.n > 0 && c->state == CELL_BUSY) {
		size_t room;
		char *p = wire_reader_room(&c->reader, &room);
		size_t n = rest.n < room ? rest.n : room;

		if (p == NULL) {
			c->user->bad(c);
			return;
		}
		memcpy(p, rest.p, n);
		wire_reader_added(&c->reader, n);
		rest = str_sub(rest, n, rest.n);
		frames(c);
	}
}

static ssize_t
read_frames(struct cell *c)
{
	size_t room;
	char *p = wire_reader_room(&c->reader, &room);
	ssize_t n;

	if (p == NULL) {
		c->user->bad(c);
		return 0;
	}
	n = read(c->fd, p, room);
	if (n > 0) {
		wire_reader_added(&c->reader, (size_t)n);
		frames(c);
	}
	return n;
}

/* A spare has nothing to say. */
static ssize_t
read_nothing(struct cell *c)
{
	char byte;
	ssize_t n = read(c->fd, &byte, 1);

	if (n > 0)
		cell_kill(c);
	return n;
}

enum got { GOT_SOME, GOT_NOTHING, GOT_END };

static enum got
read_some(struct cell *c)
{
	ssize_t n;

	if (c->greeted < sizeof(c->hello))
		n = read_hello(c);
	else if (c->state == CELL_BUSY)
		n = read_frames(c);
	else
		n = read_nothing(c);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GOT_NOTHING;
	return n > 0 ? GOT_SOME : GOT_END;
}

static void
on_event(struct watch *w, uint32_t events)
{
	struct cell *c = LOOP_OWNER(struct cell, watch, w);
	enum got got = GOT_NOTHING;

	if ((events & EPOLLOUT) != 0) {
		write_out(c);
		maybe_room(c);
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
		int left = READS;

		do
			got = read_some(c);
		while (got == GOT_SOME && --left > 0 && c->paused == 0 &&
		    !c->lent && c->state != CELL_DYING);
	}
	/* Lent: by what became known of it just now. */
	if (c->state == CELL_DYING || c->lent)
		return;
	/* Closed its end: how it ended is told by the zygote, and one that
	 * lives on is ended by its deadline. */
	if (got == GOT_END)
		loop_unwatch(c->loop, &c->watch);
	else
		update(c);
}

void
cell_ended(struct cell *c, const struct ctl *m)
{
	int left = DRAIN;

	/* What it said before counts, also when we were too busy to listen. */
	while (c->state == CELL_BUSY && !c->lent && left-- > 0 &&
	    read_some(c) == GOT_SOME)
		;
	c->state = CELL_DYING;
	loop_unwatch(c->loop, &c->watch);
	if (c->user != NULL)
		c->user->ended(c, m);
}
