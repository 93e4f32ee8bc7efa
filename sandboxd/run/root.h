/*
 * root.h: the root zygote.
 */
#ifndef MCPBOX_SANDBOXD_RUN_ROOT_H
#define MCPBOX_SANDBOXD_RUN_ROOT_H

#include "attr.h"
#include "options.h"

#define ROOT_CTL 3 /* the control socket, as exec'ed */

/* Never returns: ends when the supervisor does. */
void root_run(const struct options *options) ATTR_NORETURN;

#endif
