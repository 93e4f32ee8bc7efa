/*
 * proc.h: child processes of a long-lived parent.
 */
#ifndef MCPBOX_PROC_H
#define MCPBOX_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"

/*
 * When to start a child again: at once the first time, then 100 ms doubling
 * to 5 s; a child that lived 10 s counts as healthy again.  Never gives up.
 */
struct proc_backoff {
	int64_t started_ms; /* last start, monotonic */
	int64_t delay_ms;
	int64_t due_ms; /* not before this; 0 = now */
};
void proc_backoff_started(struct proc_backoff *b);
/* The child ended: computes due_ms, returns the delay in ms. */
int64_t proc_backoff_ended(struct proc_backoff *b);

/* pidfd_open(2), close-on-exec; -1 with errno. */
int proc_pidfd(pid_t pid);
/* pidfd_send_signal(2); 0 also when it is already gone. */
int proc_pidfd_kill(int pidfd, int sig);

/* Signal set-up: SIGPIPE ignored; the given signals (0-terminated) blocked and
 * delivered through the returned signalfd (non-blocking, close-on-exec). */
int proc_signalfd(const int *signals) ATTR_NODISCARD;
/* Undo for a child after fork: unblock everything, default actions. */
void proc_signals_reset(void);

/* This process dies with SIGKILL when its parent does; exits at once if the
 * parent is already another than `parent`. */
void proc_die_with(pid_t parent);

/* Writes "PID\n" atomically, mode 0644; false with errno. */
bool proc_pidfile(const char *path) ATTR_NODISCARD;

/* sd_notify(3) without the library: no-op unless NOTIFY_SOCKET is set. */
void proc_notify(const char *state);
/* Number of descriptors passed by systemd (LISTEN_PID is us), from fd 3 on. */
int proc_listen_fds(void);

#endif
