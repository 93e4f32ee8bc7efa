/*
 * caps.h: the few capabilities of a zygote.
 */
#ifndef MCPBOX_SANDBOXD_WALL_CAPS_H
#define MCPBOX_SANDBOXD_WALL_CAPS_H

#include "attr.h"

/*
 * Keeps only what making children needs, SETUID, SETGID and SYS_ADMIN (for
 * the pid namespace), and empties the bounding set: no program is ever
 * executed here, and what children inherit needs no second look.  0 or -1
 * with errno.
 */
int caps_keep_spawning(void) ATTR_NODISCARD;

/* In a child, whose bounding set is empty: no capability at all. */
int caps_drop(void) ATTR_NODISCARD;

#endif
