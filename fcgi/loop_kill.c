/*
 * loop_kill.c: orders to end runs, on their way to this node's sandboxd.
 *
 * Ending what has ended does nothing, so each worker that hears of an order
 * sends it, and whoever is not sure sends it again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "loop_impl.h"
#include "out/sandbox.h"
#include "settings.h"

/* While sandboxd takes no more connections: first, and at most. */
#define RETRY_MS 5
#define RETRY_MAX_MS 500
/* In all. */
#define PATIENCE_MS 5000
#define ANSWER_MAX 64
#define FRAME_MAX 4096

struct kill {
	struct source source; /* first; watches fd */
	struct loop *loop;
	struct kill *prev, *next;
	struct buf frame;
	struct wire_reader reader;
	int fd; /* -1: not connected */
	struct timer timer;
	int64_t give_up_ms;
	int64_t retry_ms; /* until the next attempt, doubled each time */
};

static void on_answer(struct loop *l, struct source *s, uint32_t events);

static void
hang_up(struct kill *k)
{
	if (k->fd < 0)
		return;
	(void)epoll_ctl(k->loop->epoll, EPOLL_CTL_DEL, k->fd, NULL);
	(void)close(k->fd);
	k->fd = -1;
	wire_reader_free(&k->reader);
}

static void
forget(struct kill *k)
{
	struct loop *l = k->loop;

	hang_up(k);
	timer_clear(&l->timers, &k->timer);
	if (k->prev != NULL)
		k->prev->next = k->next;
	else
		l->kills = k->next;
	if (k->next != NULL)
		k->next->prev = k->prev;
	buf_free(&k->frame);
	free(k);
}

static void
retry(struct kill *k, const char *step)
{
	int64_t now = clock_mono_ms();
	int saved = errno;

	hang_up(k);
	if (now < k->give_up_ms) {
		timer_set(&k->loop->timers, &k->timer, now + k->retry_ms);
		k->retry_ms *= 2;
		if (k->retry_ms > RETRY_MAX_MS)
			k->retry_ms = RETRY_MAX_MS;
		return;
	}
	log_error("an order to end runs does not reach the sandbox",
	    LOG_STR("step", step), LOG_STR("error", strerror(saved)));
	forget(k);
}

static void
try_send(struct kill *k)
{
	struct loop *l = k->loop;

	k->fd = fdio_connect_unix(l->setup.settings->sandbox_socket, true);
	if (k->fd < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			forget(k); /* where nobody is, nothing runs */
		else
			retry(k, "connect");
		return;
	}
	wire_reader_init(&k->reader, WIRE_DOWN, ANSWER_MAX);
	loop_watch(l, EPOLL_CTL_ADD, k->fd, EPOLLIN, &k->source);
	/* Some hundred bytes into an empty socket buffer. */
	if (send(k->fd, k->frame.p, k->frame.n, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)k->frame.n)
		retry(k, "send");
	else
		timer_set(&l->timers, &k->timer, k->give_up_ms);
}

static void
on_timer(void *owner)
{
	struct kill *k = owner;

	if (k->fd < 0) {
		try_send(k);
		return;
	}
	errno = ETIMEDOUT;
	retry(k, "answer");
}

/* 1 = answered, 0 = more to come, -1 = with errno. */
static int
read_answer(struct kill *k)
{
	struct wire_frame frame;
	uint32_t ended;
	size_t room;
	char *p = wire_reader_room(&k->reader, &room);
	ssize_t n = p != NULL ? read(k->fd, p, room) : 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	errno = EPROTO;
	if (n == 0)
		return -1;
	wire_reader_added(&k->reader, (size_t)n);
	switch (wire_reader_next(&k->reader, &frame)) {
	case WIRE_NEXT_MORE:
		return 0;
	case WIRE_NEXT_FRAME:
		if (frame.type != WIRE_T_KILLED ||
		    !sandbox_get_killed(frame.payload, &ended))
			return -1;
		if (ended > 0)
			log_info("ended runs", LOG_INT("runs", ended));
		return 1;
	case WIRE_NEXT_BAD:
		break;
	}
	return -1;
}

static void
on_answer(struct loop *l, struct source *s, uint32_t events)
{
	struct kill *k = (struct kill *)s;
	int rc = read_answer(k);

	(void)l;
	(void)events;
	if (rc > 0)
		forget(k);
	else if (rc < 0)
		retry(k, "answer");
}

void
loop_kill(struct loop *l, const struct box_kill *order)
{
	struct kill *k = calloc(1, sizeof(*k));

	if (k == NULL)
		log_panic("out of memory", "kill");
	k->source.ready = on_answer;
	k->loop = l;
	k->fd = -1;
	k->timer = (struct timer){.fire = on_timer, .owner = k};
	k->give_up_ms = clock_mono_ms() + PATIENCE_MS;
	k->retry_ms = RETRY_MS;
	buf_init(&k->frame, FRAME_MAX);
	sandbox_put_kill(&k->frame, order);
	k->next = l->kills;
	if (l->kills != NULL)
		l->kills->prev = k;
	l->kills = k;
	try_send(k);
}

void
loop_kill_end(struct loop *l)
{
	/* Each call takes one off the list. */
	while (l->kills != NULL)
		forget(l->kills); /* NOLINT(clang-analyzer-unix.Malloc) */
}
