/*
 * turn.h: which frame the peer may send when.
 */
#ifndef MCPBOX_EGRESS_TURN_H
#define MCPBOX_EGRESS_TURN_H

#include <stdbool.h>

#include "attr.h"
#include "wire.h"

enum turn_state {
	TURN_NEW = 1 << 0, /* connected, has said nothing */
	TURN_OPEN = 1 << 1 /* its run is known */
};

struct turn {
	enum turn_state state;
};

void turn_init(struct turn *t);
/* Judges a frame and moves the state on; false ends the connection. */
bool turn_frame(struct turn *t, const struct wire_frame *f) ATTR_NODISCARD;

#endif
