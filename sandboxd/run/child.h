/*
 * child.h: the process of one call.
 */
#ifndef MCPBOX_SANDBOXD_RUN_CHILD_H
#define MCPBOX_SANDBOXD_RUN_CHILD_H

#include <stdint.h>

#include "attr.h"
#include "options.h"
#include "zygote.h"

/* In the fresh process, pid 1 of its namespace.  Never returns. */
void child_run(const struct zygote *z, uint32_t slot, int sock) ATTR_NORETURN;

/*
 * In a child of the root zygote that only shows which pages a call writes: it
 * makes one of the sample, says hello on `sock` and waits to be killed.
 */
void child_train(int sock) ATTR_NORETURN;

/* A call of the sample that sends nothing and leaves nothing. */
void child_rehearse(bool checking);

#endif
