/*
 * service.h: one kept process: starting, ending, starting again.
 *
 * The keeper watches it through a pidfd, so that a process which an earlier
 * keeper started is watched like a child of this one.
 */
#ifndef MCPBOX_KEEP_SERVICE_H
#define MCPBOX_KEEP_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "mark.h"
#include "proc.h"
#include "table.h"

enum service_state {
	SERVICE_DOWN,    /* to be started when due */
	SERVICE_RUNNING, /* pidfd is open */
	SERVICE_STOPPING /* pidfd is open, the stop signal was sent */
};

struct service {
	const struct table_row *row;
	enum service_state state;
	int pidfd; /* -1 unless running or stopping */
	struct mark mark;
	struct proc_backoff backoff;
	int64_t kill_ms; /* SERVICE_STOPPING: when to KILL */
};

/* Takes over the process that `dir` marks as this row's, if there is one. */
void service_adopt(
    struct service *s, const struct table_row *row, const char *dir);
/* Starts the process when it is down and due. */
void service_start(struct service *s, const char *dir);
/* Sends the stop signal; the end shows on pidfd. */
void service_stop(struct service *s);
/* The pidfd is readable: cleans up, computes when to start again. */
void service_ended(struct service *s, const char *dir);
/*
 * Points the service at its row in a newly read table and does what the
 * stamps ask for: restart, reload or nothing.
 */
void service_update(
    struct service *s, const struct table_row *row, const char *dir);
/* KILLs what does not stop in time.  When to call again (monotonic ms), or
 * -1 for not before something happens. */
int64_t service_tick(struct service *s, const char *dir);

#endif
