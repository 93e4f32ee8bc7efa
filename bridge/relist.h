/*
 * relist.h: reading the lists of tools for ourselves.
 *
 * The server said that a header is missing (-32020), so a tool has headers
 * that we do not know of: the client knows its schema from before we ran, or
 * it has changed.
 */
#ifndef MCPBOX_BRIDGE_RELIST_H
#define MCPBOX_BRIDGE_RELIST_H

#include "flight.h"

/* Asks for tools/list, page by page, in the name of `call`, which rests;
 * then call_again() or call_give_up(). */
void relist_start(struct flight *call);

#endif
