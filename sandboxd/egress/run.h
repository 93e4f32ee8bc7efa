/*
 * run.h: who asks: the run behind a connection, as its OPEN says.
 */
#ifndef MCPBOX_EGRESS_RUN_H
#define MCPBOX_EGRESS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "egress/engine.h"
#include "egress/grant.h"
#include "egress/pool.h"
#include "fetch.h"
#include "str.h"

struct run {
	char *payload; /* of the OPEN; env, tool and trace point into it */
	struct str env, tool, trace;
	struct grants grants;
	struct pool *pool; /* of env and grants */
	bool debug;
	uint64_t transfer; /* bytes of bodies that are left */
	uint32_t requests; /* that are left */
	uint32_t excess;   /* asked for beyond that */
};

/* False when the payload is not an OPEN. */
bool run_open(
    struct run *r, struct engine *e, struct str payload) ATTR_NODISCARD;
/* Also of one that is all zero. */
void run_close(struct run *r);

/* Takes n bytes off what is left; false (and none left) when that is less. */
bool run_spend(struct run *r, uint64_t n) ATTR_NODISCARD;

#endif
