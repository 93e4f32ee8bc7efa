/*
 * client.h: a connection from sandboxd: one run and its requests.
 */
#ifndef MCPBOX_EGRESS_CLIENT_H
#define MCPBOX_EGRESS_CLIENT_H

#include "attr.h"
#include "egress/engine.h"

struct client;

/*
 * Takes the descriptor.  `gone` is called once, when the connection is over
 * and everything of it has been freed; not by client_free.
 */
struct client *client_new(struct engine *e, int fd,
    void (*gone)(void *arg, struct client *c), void *arg) ATTR_RETURNS_NONNULL;
void client_free(struct client *c);

/* The list that the caller keeps. */
struct client_links {
	struct client *next, *prev;
};
struct client_links *client_links(struct client *c);

#endif
