/*
 * master.h: the parent of the worker processes.
 *
 * It owns the listening sockets and the children, and nothing else: no
 * database, no JSON, no request.  It never gives up on a child.
 */
#ifndef MCPBOX_MASTER_H
#define MCPBOX_MASTER_H

#include "settings.h"

/*
 * Runs until TERM or INT; returns the exit status.  `file` (or NULL) is read
 * again on HUP, with the environment as it was; `s` is replaced then.
 */
int master_run(struct settings *s, const char *file);

#endif
