/*
 * door.h: the Unix socket that sandboxd connects to.
 */
#ifndef MCPBOX_EGRESS_DOOR_H
#define MCPBOX_EGRESS_DOOR_H

#include <sys/types.h>

#include "attr.h"
#include "egress/engine.h"

struct door;

/*
 * Serves the listening socket `fd`.  Root, `starter` and this process' own
 * user may connect; at most `max` at a time, others wait in the backlog.
 */
struct door *door_new(
    struct engine *e, int fd, uid_t starter, unsigned max) ATTR_RETURNS_NONNULL;
/* Ends all connections. */
void door_free(struct door *d);

#endif
