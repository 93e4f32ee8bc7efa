/*
 * caps.h: the few capabilities of a zygote.
 */
#ifndef MCPBOX_SANDBOXD_WALL_CAPS_H
#define MCPBOX_SANDBOXD_WALL_CAPS_H

#include "attr.h"

/*
 * Keeps only what making children needs, SETUID, SETGID and SYS_ADMIN (for
 * the pid namespace), in every set, and takes the rest out of the bounding
 * set.  0 or -1 with errno.  Children drop these too: privs_drop_caps.
 */
int caps_keep_spawning(void) ATTR_NODISCARD;

#endif
