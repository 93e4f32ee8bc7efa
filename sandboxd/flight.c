/*
 * flight.c: the outbound requests of a run that are under way.
 */
#include "flight.h"

/* clang-format off */
static const struct row {
	enum wire_type type;
	unsigned permit;         /* states */
	enum flight_state next;
	bool over;
} rows[] = {
	{WIRE_T_FETCH_HEAD, FLIGHT_ASKED,                 FLIGHT_HEADED, false},
	{WIRE_T_FETCH_DATA, FLIGHT_HEADED,                FLIGHT_HEADED, false},
	{WIRE_T_FETCH_DONE, FLIGHT_ASKED | FLIGHT_HEADED, FLIGHT_HEADED, true},
};
/* clang-format on */

static struct flight *
find(struct flights *f, uint32_t id)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (f->list[i].id == id)
			return &f->list[i];
	}
	return NULL;
}

enum flight_begin
flight_begin(struct flights *f, uint32_t id)
{
	if (id == 0 || find(f, id) != NULL)
		return FLIGHT_BAD;
	if (f->n == FLIGHT_MAX)
		return FLIGHT_FULL;
	f->list[f->n++] = (struct flight){id, FLIGHT_ASKED, false};
	return FLIGHT_BEGUN;
}

bool
flight_cancel(struct flights *f, uint32_t id)
{
	struct flight *one = find(f, id);

	if (one == NULL || one->cancelled)
		return false;
	one->cancelled = true;
	return true;
}

/* Records come after the end, when the number may be in use again. */
static bool
record(struct flights *f)
{
	if (f->owed == 0)
		return false;
	f->owed--;
	return true;
}

bool
flight_answer(struct flights *f, const struct wire_frame *frame)
{
	struct flight *one = find(f, frame->id);

	if (frame->type == WIRE_T_FETCH_RECORD)
		return record(f);
	for (unsigned i = 0; one != NULL && i < NELEM(rows); i++) {
		const struct row *row = &rows[i];

		if ((uint16_t)row->type != frame->type)
			continue;
		if ((row->permit & (unsigned)one->state) == 0)
			return false;
		one->state = row->next;
		if (row->over) {
			*one = f->list[--f->n];
			f->owed++;
		}
		return true;
	}
	return false;
}

struct flight
flight_drop(struct flights *f)
{
	return f->list[--f->n];
}

bool
flight_landed(const struct flights *f)
{
	return f->n == 0 && f->owed == 0;
}
