/*
 * fuzz_monitor.c: what a child, a worker or egress may say, in any order.
 *
 * Byte 0 chooses whose side.  A child's or a worker's bytes are frames, as
 * they would come from its socket; for egress each pair of bytes is a deed
 * and a request's number.
 */
#include <stdlib.h>
#include <string.h>

#include "sandboxd/flight.h"
#include "monitor.h"

#define RESULT 4096
#define OUTPUT 1024
#define REQUESTS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* --- a child, a worker
 * ----------------------------------------------------------------- */

struct sum {
	size_t output;
	unsigned answers, runs, fetches, asks;
};

/* False: its sender is ended. */
static bool
judge(struct monitor *m, const struct wire_frame *f, struct sum *s)
{
	size_t pass = 0;
	enum monitor_verdict v = monitor_frame(m, f, &pass);

	require(pass <= f->payload.n);
	if (v == MONITOR_BAD)
		return false;
	if (f->type == WIRE_T_OUTPUT) {
		s->output += pass;
		require(str_utf8_valid(str_sub(f->payload, 0, pass)));
	}
	if (f->type == WIRE_T_RESULT)
		require(f->payload.n <= RESULT);
	if (f->type == WIRE_T_FETCH)
		require(f->id != 0 && f->flags == 0 && ++s->fetches != 0);
	s->answers += f->type == WIRE_T_RESULT || f->type == WIRE_T_ERROR ||
	    (f->type == WIRE_T_ASK && m->ask == BOX_ASK_END);
	if (f->type == WIRE_T_ASK) {
		require(
		    m->ask != BOX_ASK_NONE && ++s->asks <= MONITOR_ASKS_MAX);
		require(m->ask == BOX_ASK_END || m->asking == f->id);
		/* Answered now and then. */
		if (f->id % 3 == 0)
			require(monitor_answer(m, f->id) ==
			    (m->ask == BOX_ASK_WAIT));
	}
	s->runs += f->type == WIRE_T_RUN || f->type == WIRE_T_HEALTH ||
	    f->type == WIRE_T_KILL;
	require(s->output <= OUTPUT && s->answers <= 1 && s->runs <= 1);
	require(m->fetches == s->fetches);
	require(s->fetches <= REQUESTS + MONITOR_REFUSED_MAX);
	return true;
}

static void
peer(bool child, enum box_ask ask, const uint8_t *data, size_t size)
{
	struct wire_reader r;
	struct wire_frame f;
	struct monitor m;
	struct sum s = {0};
	size_t at = 0;

	if (child)
		monitor_child(&m, RESULT, OUTPUT, REQUESTS);
	else
		monitor_worker(&m);
	if (child)
		monitor_may_ask(&m, ask);
	wire_reader_init(&r, child ? WIRE_DOWN : WIRE_UP, 65536);
	while (at < size) {
		size_t n;
		char *room = wire_reader_room(&r, &n);

		if (room == NULL)
			break;
		n = n < size - at ? n : size - at;
		memcpy(room, data + at, n);
		wire_reader_added(&r, n);
		at += n;
		while (wire_reader_next(&r, &f) == WIRE_NEXT_FRAME) {
			if (!judge(&m, &f, &s)) {
				at = size;
				break;
			}
		}
	}
	wire_reader_free(&r);
}

/* --- egress
 * ----------------------------------------------------------------------------
 */

/* What is the case, told apart from how flight.c keeps it. */
struct model {
	struct flights f;
	uint8_t state[256]; /* by number; 0 = not in flight */
	unsigned owed;
};

static void
agree(const struct model *m)
{
	const struct flights *f = &m->f;
	unsigned n = 0;

	for (unsigned id = 0; id < 256; id++)
		n += m->state[id] != 0;
	require(f->n == n && n <= FLIGHT_MAX && f->owed == m->owed);
	require(flight_landed(f) == (n == 0 && m->owed == 0));
	for (unsigned i = 0; i < f->n; i++) {
		require(f->list[i].id < 256);
		require(m->state[f->list[i].id] == (uint8_t)f->list[i].state);
	}
}

static void
begin(struct model *m, uint8_t id)
{
	enum flight_begin b = flight_begin(&m->f, id);

	require((b == FLIGHT_BAD) == (id == 0 || m->state[id] != 0));
	if (b == FLIGHT_BEGUN)
		m->state[id] = FLIGHT_ASKED;
}

static void
answer(struct model *m, uint16_t type, uint8_t id)
{
	struct wire_frame frame = {.type = type, .id = id};
	uint8_t before = m->state[id];
	bool ok = flight_answer(&m->f, &frame);

	switch (type) {
	case WIRE_T_FETCH_RECORD:
		require(ok == (m->owed > 0));
		m->owed -= ok;
		break;
	case WIRE_T_FETCH_HEAD:
		require(ok == (before == FLIGHT_ASKED));
		if (ok)
			m->state[id] = FLIGHT_HEADED;
		break;
	case WIRE_T_FETCH_DATA:
		require(ok == (before == FLIGHT_HEADED));
		break;
	case WIRE_T_FETCH_DONE:
		require(ok == (before != 0));
		m->state[id] = 0;
		m->owed += ok;
		break;
	default: /* a number, not our enum */
		require(!ok);
	}
}

static void
egress(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = {WIRE_T_FETCH_HEAD, WIRE_T_FETCH_DATA,
	    WIRE_T_FETCH_DONE, WIRE_T_FETCH_RECORD, WIRE_T_RUN};
	struct model m = {.owed = 0};

	for (size_t i = 0; i + 1 < size; i += 2) {
		unsigned deed = data[i] % (2 + NELEM(types));

		if (deed == 0)
			begin(&m, data[i + 1]);
		else if (deed == 1)
			(void)!flight_cancel(&m.f, data[i + 1]);
		else
			answer(&m, types[deed - 2], data[i + 1]);
		agree(&m);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] % 3 == 2)
		egress(data + 1, size - 1);
	else
		peer(data[0] % 3 == 0, (enum box_ask)(data[0] / 3 % 3),
		    data + 1, size - 1);
	return 0;
}
