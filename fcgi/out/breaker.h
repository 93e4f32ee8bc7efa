/*
 * breaker.h: the circuit breaker around sandboxd.
 *
 * Closed: runs go through; failures of the infrastructure (no connection, a
 * broken one, a run that could not be started; never an error of a tool) are
 * counted, and an answer ends the row.  After MCPBOX_BREAKER_FAILURES in a row
 * it opens: runs are refused at once, with a time to come again.  When that
 * time has come one run goes through as a probe (half open): its answer closes
 * the breaker, its failure opens it for longer.
 *
 * One for all workers of a node, since sandboxd is the node's: a word in a
 * mapping that the master makes.  Each change is one compare-and-swap.  A
 * generation is part of the word: what a run says that began before the last
 * change of state counts for nothing, so that a reset stays a reset however
 * many failing runs are under way.
 */
#ifndef MCPBOX_BREAKER_H
#define MCPBOX_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "op/ctx.h"

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker_report {
	enum breaker_state state;
	unsigned failures;      /* in a row */
	int64_t retry_ms;       /* until the next probe; 0: now, or closed */
	int64_t last_failure_s; /* wall clock; 0: none yet */
	uint64_t opened;        /* times */
	uint64_t refused;       /* runs */
	unsigned threshold;     /* 0: it never opens */
	unsigned max_seconds;
};

/* Master, before any fork; again after a reload of the settings. */
void breaker_init(int64_t failures, int64_t max_seconds);

/*
 * Before a run.  FAIL_NONE, and a ticket for breaker_heard; or
 * FAIL_UNAVAILABLE with a time.
 */
enum fail_code breaker_enter(
    struct ctx *ctx, uint64_t *ticket_out) ATTR_NODISCARD;
/* After it: did the sandbox do its part? */
void breaker_heard(uint64_t ticket, bool well);
/* The run ended for a reason that says nothing about the sandbox. */
void breaker_unheard(uint64_t ticket);
/* What the end of this run says, told once. */
void breaker_judge(struct run *run);
/* Closes it, whatever was. */
void breaker_reset(void);

void breaker_get(struct breaker_report *out);
/* "closed", "open", "half_open". */
const char *breaker_state_name(enum breaker_state s);

#endif
