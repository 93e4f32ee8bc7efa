/*
 * netns.h: the empty network namespace.
 */
#ifndef MCPBOX_SANDBOXD_WALL_NETNS_H
#define MCPBOX_SANDBOXD_WALL_NETNS_H

#include "attr.h"

/*
 * 0 if this network namespace holds nothing but a loopback interface that is
 * down; else -1 with errno (ENOTEMPTY: there is a network here).
 */
int netns_empty(void) ATTR_NODISCARD;

#endif
