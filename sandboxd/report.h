/*
 * report.h: the health report (REPORT frame, JSON).
 */
#ifndef MCPBOX_SANDBOXD_REPORT_H
#define MCPBOX_SANDBOXD_REPORT_H

#include "attr.h"
#include "call.h"
#include "config.h"
#include "layers.h"
#include "pool.h"

struct report {
	const struct config *config;
	const struct pool *pool;
	const struct calls *calls;
	const struct layers *layers;
	int64_t started_ms;
	unsigned connections;
};

/*
 * {"status","healthy","version","uptime_ms","policy","connections",
 *  "descriptors","layers":[],"egress":{}, and those of all calls
 *  (calls_report) and of the pool (pool_report)}.
 *
 * Status is "ok", or "degraded": without mcpbox-egress tools have no network,
 * and all else works.
 */
void report_json(const struct report *r, struct buf *out);

#endif
