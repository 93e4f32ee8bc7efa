/*
 * source.h: an op/source on a connection: a stream of the event loop that asks
 * for the next piece whenever the client took the last one.
 */
#ifndef MCPBOX_WEB_SOURCE_H
#define MCPBOX_WEB_SOURCE_H

#include "op/source.h"
#include "web/exchange.h"

/* Of one process, and of one caller in it. */
#define SOURCES_MAX 256
#define SOURCES_MAX_OWNER 16

/*
 * The answer to x is what `from` makes (taken over).  STEP_STREAM; or
 * STEP_DONE with a problem when too many are open, or to HEAD.
 */
enum step source_begin(struct exchange *x, const struct source *from);

#endif
