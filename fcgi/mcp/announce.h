/*
 * announce.h: what a tool says has changed, told to all clients.
 *
 * mcp.list_changed() and mcp.resource_updated() of a call that counts: an
 * approved tool's, called by a client.  A resource must be of the tool's own
 * server.  Each becomes a notification of the database, which every worker of
 * every node hears (op/news.h).
 */
#ifndef MCPBOX_ANNOUNCE_H
#define MCPBOX_ANNOUNCE_H

#include "out/run.h"
#include "web/exchange.h"

/* Of one run; more are dropped. */
#define ANNOUNCE_MOST 100

/* Listens to the run that x is about to park for. */
void announce_attach(struct exchange *x, struct run *run);

#endif
