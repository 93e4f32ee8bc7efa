/*
 * netns.c: the empty network namespace.
 *
 * A new one has only `lo`, down.  That is worth checking: a missing
 * CLONE_NEWNET would leave the host's network without any other sign.
 */
#include "netns.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int
loopback_down(int sock)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, "lo", sizeof("lo"));
	if (ioctl(sock, SIOCGIFFLAGS, &req) != 0)
		return -1;
	if (req.ifr_flags & IFF_UP) {
		errno = ENOTEMPTY;
		return -1;
	}
	return 0;
}

int
netns_empty(void)
{
	struct if_nameindex *list = if_nameindex();
	int sock, r, saved;
	size_t n = 0;

	if (list == NULL)
		return -1;
	for (; list[n].if_index != 0; n++) {
		if (strcmp(list[n].if_name, "lo") != 0)
			break;
	}
	r = list[n].if_index == 0 ? 0 : -1;
	if_freenameindex(list);
	if (r != 0) {
		errno = ENOTEMPTY;
		return -1;
	}
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -1;
	r = loopback_down(sock);
	saved = errno;
	(void)close(sock);
	errno = saved;
	return r;
}
