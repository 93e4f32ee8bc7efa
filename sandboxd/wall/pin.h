/*
 * pin.h: pages that a fork copies at once.
 *
 * Pages that are pinned (for a device, as the kernel sees it) are not shared
 * with a child until one of the two writes: the fork copies them.  That takes
 * half of what it takes to copy them one by one when they are written, and
 * the child finds them in place.  Registering them as a buffer of an io_uring
 * pins them; the ring is never used for anything, its descriptor is closed in
 * children before their lockdown ends, and no filter here allows another.
 */
#ifndef MCPBOX_SANDBOXD_WALL_PIN_H
#define MCPBOX_SANDBOXD_WALL_PIN_H

#include "attr.h"
#include "pages.h"

/*
 * Pins them in this process.  The descriptor that holds them, close-on-exec;
 * -1 with errno where there is no io_uring for us or too much is pinned: then
 * children copy them themselves.
 */
int pin_pages(const struct pages *p) ATTR_NODISCARD;

#endif
