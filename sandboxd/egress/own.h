/*
 * own.h: this host's own addresses, always the present ones.
 */
#ifndef MCPBOX_EGRESS_OWN_H
#define MCPBOX_EGRESS_OWN_H

#include <stdbool.h>

#include "addr.h"
#include "attr.h"
#include "sandboxd/loop.h"

struct own;

/*
 * Listens to the kernel for changes, so that an address that was added a
 * moment ago counts.  NULL with errno when that cannot be had.
 */
struct own *own_new(struct loop *loop);
void own_free(struct own *o);

/* True also when the addresses cannot be read: rather too many. */
bool own_has(struct own *o, const struct addr *a);

#endif
