/*
 * metrics.h: the numbers of this node, for Prometheus.
 */
#ifndef MCPBOX_METRICS_H
#define MCPBOX_METRICS_H

#include "buf.h"
#include "op/ctx.h"

#define METRICS_MEDIA "text/plain; version=0.0.4; charset=utf-8"

/*
 * The counters of op/metric, and what can be asked of now: the sandbox's
 * report (at most a second old), the circuit breaker, the database.  What does
 * not answer is left out, and its mcpbox_up is 0.
 */
void metrics_put(struct ctx *ctx, struct buf *b);

#endif
