/*
 * worker.h: one worker process of a pool.
 */
#ifndef MCPBOX_WORKER_H
#define MCPBOX_WORKER_H

#include "op/ctx.h"
#include "settings.h"

/* Exit status for "starting me again will not help": a value that an
 * operator must mend.  EX_CONFIG of sysexits.h. */
#define WORKER_EXIT_CONFIG 78

/*
 * Serves `listener` until TERM or INT; returns the exit status.  One byte is
 * written to ready_fd (then closed) once it serves.  Privileges have been
 * given up and secrets read before.
 */
int worker_run(
    const struct settings *s, enum pool pool, int listener, int ready_fd);

#endif
