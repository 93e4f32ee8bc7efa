/*
 * stream.h: the legacy stream of what the server says unasked, by GET.
 */
#ifndef MCPBOX_BRIDGE_STREAM_H
#define MCPBOX_BRIDGE_STREAM_H

#include "flight.h"

/* Opens it, unless there is one, and opens it again when it ends; a server
 * that has none answers 405. */
void stream_open(struct bridge *b);
void stream_close(struct bridge *b);

#endif
