/*
 * selfcheck.h: does the sandbox hold here?
 */
#ifndef MCPBOX_SANDBOXD_SELFCHECK_H
#define MCPBOX_SANDBOXD_SELFCHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "attr.h"
#include "call.h"
#include "config.h"
#include "egress_proc.h"
#include "layers.h"
#include "loop.h"
#include "pool.h"

/*
 * Waits until a child has locked itself down, and looks at it from outside.
 * False when it cannot be had or is not enough; *out is for the log and the
 * operator: what is missing and what to do.
 */
bool selfcheck_layers(struct loop *loop, const struct pool *pool,
    const struct config *c, const char *cgroup_why, struct layers *layers_out,
    struct buf *out) ATTR_NODISCARD;

/*
 * Runs a probe inside: a tool that tries what must not work.  The pool must
 * have been started with the language policy off.  False with the reason in
 * *out.
 */
bool selfcheck_probe(
    struct loop *loop, struct pool *pool, struct buf *out) ATTR_NODISCARD;

/*
 * Asks mcpbox-egress for what is not granted.  True when it refuses that;
 * *out is one sentence in any case.
 */
bool selfcheck_egress(
    struct loop *loop, struct egress_proc *p, struct buf *out) ATTR_NODISCARD;

#endif
