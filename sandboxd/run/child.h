/*
 * child.h: the process of one call.
 */
#ifndef MCPBOX_SANDBOXD_RUN_CHILD_H
#define MCPBOX_SANDBOXD_RUN_CHILD_H

#include <stdint.h>

#include "attr.h"
#include "zygote.h"

/* In the fresh process, pid 1 of its namespace.  Never returns. */
void child_run(const struct zygote *z, uint32_t slot, int sock) ATTR_NORETURN;

#endif
