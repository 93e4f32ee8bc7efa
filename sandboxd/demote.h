/*
 * demote.h: a run that computes for long makes way for short ones.
 *
 * The kernel shares the CPUs among all that want them, so a few tools that
 * spin would slow every other call.  A run that has used more than a moment of
 * CPU time becomes a batch process of the lowest weight, on some of the CPUs:
 * it still gets what is left over there.  Not SCHED_IDLE: the scheduler takes
 * a CPU of idle-class processes for a free one, puts whoever wakes up there,
 * and a kernel that preempts lazily lets the spinning process finish its tick
 * first (measured: p99 of a neighbour 25 ms instead of 5).
 *
 * Whole threads are moved, and what they start later inherits it; the child's
 * filter refuses the way back.  cgroups cannot do this: a weight per server
 * needs a delegated controller, and does not tell a short call from a long one
 * of the same server.
 */
#ifndef MCPBOX_SANDBOXD_DEMOTE_H
#define MCPBOX_SANDBOXD_DEMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct demote {
	struct loop *loop;
	struct timer timer;
	int pid;            /* of the child, in our pid namespace */
	uint64_t before_us; /* CPU time that it had used before the run */
	bool threads;       /* it may have more than one */
	unsigned pause_ms;  /* until the next look */
};

/*
 * Keeps the first `cpus` of our CPUs free of demoted runs, if that leaves any.
 */
void demote_reserve(unsigned cpus);

/* From now on looks at the process from time to time, until demote_stop. */
void demote_start(struct demote *d, struct loop *loop, int pid,
    uint64_t before_us, bool threads);
/* Harmless when repeated, and on a zeroed struct. */
void demote_stop(struct demote *d);

#endif
