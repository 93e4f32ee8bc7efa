/*
 * listen.h: the workers' connections.
 *
 * One connection, one request: RUN or HEALTH.  Who is at the other end comes
 * from the socket (SO_PEERCRED) and goes into the log; who may connect is the
 * socket's mode.
 */
#ifndef MCPBOX_SANDBOXD_LISTEN_H
#define MCPBOX_SANDBOXD_LISTEN_H

#include "attr.h"
#include "buf.h"
#include "call.h"
#include "loop.h"
#include "pool.h"

struct listener;

struct listen_config {
	const char *path;
	mode_t mode;
	gid_t gid;    /* (gid_t)-1 = leave it */
	unsigned max; /* connections */
	/* Appends the health report. */
	void (*report)(void *arg, struct buf *out);
	void *arg;
};

/* NULL with errno. */
struct listener *listen_new(struct loop *loop, struct pool *pool,
    struct call_totals *totals, const struct listen_config *c);
/* Closes all connections (their runs are killed) and removes the socket. */
void listen_free(struct listener *l);

unsigned listen_connections(const struct listener *l);

#endif
