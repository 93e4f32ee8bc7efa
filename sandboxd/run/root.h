/*
 * root.h: the root zygote.
 */
#ifndef MCPBOX_SANDBOXD_RUN_ROOT_H
#define MCPBOX_SANDBOXD_RUN_ROOT_H

#include <sys/types.h>

#include "attr.h"
#include "options.h"

#define ROOT_CTL 3 /* the control socket, as exec'ed */

/* Never returns: ends when the supervisor, process `parent`, does. */
void root_run(const struct options *options, pid_t parent) ATTR_NORETURN;

#endif
