/*
 * jobs.h: the process for timed work.
 */
#ifndef MCPBOX_JOBS_H
#define MCPBOX_JOBS_H

#include "settings.h"

/* Until TERM or INT; returns the exit status.  One byte is written to
 * ready_fd (then closed) once it is at work. */
int jobs_run(const struct settings *s, int ready_fd);

#endif
