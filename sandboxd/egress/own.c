/*
 * own.c: this host's own addresses.
 */
#include "egress/own.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

struct own {
	struct loop *loop;
	struct watch watch;
	struct addr *list;
	size_t n;
	bool fresh;
};

/* Whatever it says: look again. */
static void
on_change(struct watch *w, uint32_t events)
{
	struct own *o = LOOP_OWNER(struct own, watch, w);
	char room[8192];

	(void)events;
	for (;;) {
		ssize_t n = recv(w->fd, room, sizeof(room), MSG_DONTWAIT);

		/* ENOBUFS: more news than there was room for. */
		if (n > 0 || (n < 0 && errno == ENOBUFS))
			o->fresh = false;
		else if (n == 0 || errno != EINTR)
			break;
	}
}

struct own *
own_new(struct loop *loop)
{
	struct sockaddr_nl nl = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	struct own *o = calloc(1, sizeof(*o));
	int fd;

	if (o == NULL)
		log_panic("out of memory", "own");
	fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&nl, sizeof(nl)) != 0) {
		int saved = errno;

		if (fd >= 0)
			(void)close(fd);
		free(o);
		errno = saved;
		return NULL;
	}
	o->loop = loop;
	loop_watch(loop, &o->watch, fd, EPOLLIN, on_change);
	return o;
}

void
own_free(struct own *o)
{
	int fd;

	if (o == NULL)
		return;
	fd = o->watch.fd;
	loop_unwatch(o->loop, &o->watch);
	(void)close(fd);
	free(o->list);
	free(o);
}

static void
add(struct own *o, const struct sockaddr *sa)
{
	socklen_t n = sa->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					       : sizeof(struct sockaddr_in6);
	struct addr a, *list;

	if (!addr_from_sockaddr(sa, n, &a))
		return;
	a.scope = 0;
	list = realloc(o->list, (o->n + 1) * sizeof(*list));
	if (list == NULL)
		log_panic("out of memory", "own");
	o->list = list;
	o->list[o->n++] = a;
}

static bool
refresh(struct own *o)
{
	struct ifaddrs *all, *it;

	if (getifaddrs(&all) != 0) {
		log_error("cannot read this host's addresses",
		    LOG_STR("error", strerror(errno)));
		return false;
	}
	o->n = 0;
	for (it = all; it != NULL; it = it->ifa_next) {
		if (it->ifa_addr != NULL)
			add(o, it->ifa_addr);
		/* Of a point-to-point link it would be the other end. */
		if ((it->ifa_flags & IFF_BROADCAST) != 0 &&
		    it->ifa_broadaddr != NULL)
			add(o, it->ifa_broadaddr);
	}
	freeifaddrs(all);
	o->fresh = true;
	return true;
}

bool
own_has(struct own *o, const struct addr *a)
{
	/* The change may not have been delivered to the loop yet. */
	on_change(&o->watch, 0);
	if (!o->fresh && !refresh(o))
		return true;
	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].family == a->family &&
		    memcmp(o->list[i].b, a->b, a->family == AF_INET ? 4 : 16) ==
			0)
			return true;
	}
	return false;
}
