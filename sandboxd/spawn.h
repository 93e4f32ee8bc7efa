/*
 * spawn.h: executes mcpbox-run.
 */
#ifndef MCPBOX_SANDBOXD_SPAWN_H
#define MCPBOX_SANDBOXD_SPAWN_H

#include <sys/types.h>

#include "attr.h"
#include "option.h"

struct spawn {
	const char *program;
	struct options options;
};

/*
 * Starts the root zygote: empty environment, descriptors 0 and 1 on
 * /dev/null, 2 as ours (the log), 3 the control socket; everything else
 * closed, signals at their defaults, death with us.  Returns its pid, our end
 * of the control socket (non-blocking) and its pidfd; -1 with errno.
 */
pid_t spawn_root(
    const struct spawn *s, int *ctl_out, int *pidfd_out) ATTR_NODISCARD;

#endif
