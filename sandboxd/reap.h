/*
 * reap.h: how a run ended, from facts.
 *
 * What the child claims counts only when it answered within its limits; all
 * else is decided by what the supervisor did and what the kernel says.
 */
#ifndef MCPBOX_SANDBOXD_REAP_H
#define MCPBOX_SANDBOXD_REAP_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"

/* Why the supervisor killed it. */
enum reap_cause { REAP_NOT_US, REAP_DEADLINE, REAP_CANCEL, REAP_OUTPUT };

struct reap_facts {
	enum reap_cause cause;
	int status;            /* wait status */
	uint64_t cpu_us;       /* user + system, whole life of the process */
	uint64_t cpu_limit_us; /* of the run */
	bool oom;              /* the kernel's OOM killer has been at work */
};

/* SIGKILL that neither we nor the CPU limit sent: `oom` decides. */
bool reap_unexplained(const struct reap_facts *f);

/* signal_out and status_out as in struct box_exit. */
enum box_outcome reap_classify(
    const struct reap_facts *f, uint32_t *signal_out, uint32_t *status_out);

/* The machine's count of OOM kills (/proc/vmstat); 0 when unknown. */
uint64_t reap_oom_kills(void);

/*
 * What a live process has used so far.  Zeros when it cannot be read; the
 * peak is not looked up when rss_kib_out is NULL.  The
 * precise CPU time is that of the first thread; with `threads` the coarser
 * one of all of them is taken when it is more.
 */
void reap_usage(
    int pid, bool threads, uint64_t *cpu_us_out, uint64_t *rss_kib_out);

#endif
