/*
 * turn.c: which frame the peer may send when.
 */
#include "egress/turn.h"

/* clang-format off */
static const struct row {
	enum wire_type type;
	enum turn_state permit;
	enum turn_state next;
	bool id;                /* has one; the others have 0 */
} rows[] = {
	{WIRE_T_FETCH_OPEN,   TURN_NEW,  TURN_OPEN, false},
	{WIRE_T_FETCH,        TURN_OPEN, TURN_OPEN, true},
	{WIRE_T_FETCH_CANCEL, TURN_OPEN, TURN_OPEN, true},
};
/* clang-format on */

void
turn_init(struct turn *t)
{
	t->state = TURN_NEW;
}

bool
turn_frame(struct turn *t, const struct wire_frame *f)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		if ((uint16_t)rows[i].type != f->type)
			continue;
		if (rows[i].permit != t->state || f->flags != 0 ||
		    rows[i].id != (f->id != 0))
			return false;
		t->state = rows[i].next;
		return true;
	}
	return false;
}
