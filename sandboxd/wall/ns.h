/*
 * ns.h: new processes in new namespaces.
 */
#ifndef MCPBOX_SANDBOXD_WALL_NS_H
#define MCPBOX_SANDBOXD_WALL_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"

/* Namespaces of a zygote; the user namespace comes on top when wanted. */
uint64_t ns_zygote_flags(bool userns);
/* Namespaces of one call: its own pids. */
uint64_t ns_child_flags(void);

/*
 * Like fork(2), by clone3(2): 0 in the child, the pid in the parent, -1 with
 * errno.  *pidfd_out is close-on-exec.  glibc does not see this fork: no
 * handler runs, and only a process with one thread may call it.
 */
pid_t ns_clone(uint64_t flags, int *pidfd_out) ATTR_NODISCARD;

/* Host name of the jail.  0 or -1 with errno. */
int ns_hostname(void) ATTR_NODISCARD;

#endif
