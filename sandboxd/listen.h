/*
 * listen.h: the workers' connections.
 *
 * One connection, one request: RUN, LEASE, HEALTH or KILL.  Who is at the other
 * end comes from the socket (SO_PEERCRED): it goes into the log, and decides
 * whether a person may be behind it; who may connect is the socket's mode.
 */
#ifndef MCPBOX_SANDBOXD_LISTEN_H
#define MCPBOX_SANDBOXD_LISTEN_H

#include "attr.h"
#include "buf.h"
#include "call.h"
#include "loop.h"

struct listener;

struct listen_config {
	const char *path;
	mode_t mode;
	gid_t gid;    /* (gid_t)-1 = leave it */
	unsigned max; /* connections */
	/* Models reach this user's processes: they may not run what nobody has
	 * approved with a server's powers.  (uid_t)-1 = there is none. */
	uid_t gateway;
	/* Appends the health report. */
	void (*report)(void *arg, struct buf *out);
	void *arg;
};

/* NULL with errno. */
struct listener *listen_new(struct calls *calls, const struct listen_config *c);
/* Closes all connections (their runs are killed) and removes the socket. */
void listen_free(struct listener *l);

unsigned listen_connections(const struct listener *l);

#endif
