/*
 * door.c: the Unix socket that sandboxd connects to.
 */
#include "egress/door.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "egress/client.h"
#include "fdio.h"
#include "log.h"

#define RETRY_MS 200 /* when there are no descriptors left */

struct door {
	struct engine *engine;
	struct watch watch;
	struct timer retry;
	uid_t starter;
	struct client *clients;
	unsigned n, max;
};

static void
on_gone(void *arg, struct client *c)
{
	struct door *d = arg;
	struct client_links *k = client_links(c);

	if (k->prev != NULL)
		client_links(k->prev)->next = k->next;
	else
		d->clients = k->next;
	if (k->next != NULL)
		client_links(k->next)->prev = k->prev;
	d->n--;
	loop_events(d->engine->loop, &d->watch, EPOLLIN);
}

static bool
is_known(const struct door *d, int fd)
{
	uid_t uid;
	pid_t pid;

	if (fdio_peer(fd, &uid, &pid) != 0)
		return false;
	if (uid == 0 || uid == d->starter || uid == geteuid())
		return true;
	log_warning("a stranger connected", LOG_INT("peer_uid", uid),
	    LOG_INT("peer_pid", pid));
	return false;
}

static void
add(struct door *d, int fd)
{
	struct client *c;

	if (!is_known(d, fd)) {
		(void)close(fd);
		return;
	}
	c = client_new(d->engine, fd, on_gone, d);
	client_links(c)->next = d->clients;
	if (d->clients != NULL)
		client_links(d->clients)->prev = c;
	d->clients = c;
	d->n++;
}

static void
on_retry(struct timer *t)
{
	struct door *d = LOOP_OWNER(struct door, retry, t);

	loop_events(d->engine->loop, &d->watch, EPOLLIN);
}

static void
on_accept(struct watch *w, uint32_t events)
{
	struct door *d = LOOP_OWNER(struct door, watch, w);
	int fd;

	(void)events;
	if (d->n >= d->max) {
		loop_events(d->engine->loop, w, 0);
		return;
	}
	fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		add(d, fd);
		return;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	log_error("cannot accept", LOG_STR("error", strerror(errno)));
	loop_events(d->engine->loop, w, 0);
	loop_timer(
	    d->engine->loop, &d->retry, clock_mono_ms() + RETRY_MS, on_retry);
}

struct door *
door_new(struct engine *e, int fd, uid_t starter, unsigned max)
{
	struct door *d = calloc(1, sizeof(*d));

	if (d == NULL)
		log_panic("out of memory", "door");
	d->engine = e;
	d->starter = starter;
	d->max = max;
	loop_watch(e->loop, &d->watch, fd, EPOLLIN, on_accept);
	return d;
}

void
door_free(struct door *d)
{
	if (d == NULL)
		return;
	while (d->clients != NULL) {
		struct client *c = d->clients;

		on_gone(d, c);
		client_free(c);
	}
	loop_unwatch(d->engine->loop, &d->watch);
	loop_timer_off(&d->retry);
	free(d);
}
