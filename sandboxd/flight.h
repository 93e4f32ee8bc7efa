/*
 * flight.h: the outbound requests of a run that are under way.
 *
 * Neither side is trusted: the child may not take a number twice, and egress
 * may only answer what was asked, in order, and once.
 */
#ifndef MCPBOX_SANDBOXD_FLIGHT_H
#define MCPBOX_SANDBOXD_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "fetch.h"
#include "wire.h"

#define FLIGHT_MAX FETCH_UNDER_WAY_MAX

enum flight_state {
	FLIGHT_ASKED = 1 << 0, /* no answer yet */
	FLIGHT_HEADED = 1 << 1 /* HEAD came; DATA may follow */
};

struct flight {
	uint32_t id;
	enum flight_state state;
	bool cancelled; /* the child does not want the rest */
};

/* Zeroed: none. */
struct flights {
	struct flight list[FLIGHT_MAX];
	unsigned n;
	unsigned owed; /* records of requests that are over */
};

enum flight_begin {
	FLIGHT_BEGUN,
	FLIGHT_BAD, /* the number is 0 or in flight: the child is broken */
	FLIGHT_FULL
};

enum flight_begin flight_begin(struct flights *f, uint32_t id) ATTR_NODISCARD;

/* True: egress is to be told.  It may be over already, which is no mistake. */
bool flight_cancel(struct flights *f, uint32_t id) ATTR_NODISCARD;

/* A frame of egress.  False: it may not send this now. */
bool flight_answer(
    struct flights *f, const struct wire_frame *frame) ATTR_NODISCARD;

/* Takes one out; the rest of its answer will not come. */
struct flight flight_drop(struct flights *f);

/* Nothing more is to come. */
bool flight_landed(const struct flights *f);

#endif
