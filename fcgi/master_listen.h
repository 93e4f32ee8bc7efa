/*
 * master_listen.h: the listening sockets of the pools.
 */
#ifndef MCPBOX_MASTER_LISTEN_H
#define MCPBOX_MASTER_LISTEN_H

#include <stdbool.h>

#include "settings.h"

#define LISTENERS_PATH_MAX 108

struct listeners {
	int fd[2]; /* by enum pool, admin and gateway; -1: not served */
	/* made by us, removed by listeners_close; empty: passed to us */
	char path[2][LISTENERS_PATH_MAX];
};
#define LISTENERS_NONE ((struct listeners){.fd = {-1, -1}})

/*
 * In this order: sockets passed by systemd (LISTEN_FDS; by name, else admin
 * and gateway in that order), a listening socket on descriptor 0 (spawn-fcgi;
 * for the one pool that MCPBOX_POOL names), or the configured paths: mode
 * 0660, and as root owned by the service user and the group of nginx.  All
 * are non-blocking and close-on-exec.  False after a log line.
 */
bool listeners_open(struct listeners *l, const struct settings *s);
void listeners_close(struct listeners *l);

#endif
