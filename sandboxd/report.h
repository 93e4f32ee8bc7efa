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
	const struct call_totals *totals;
	const struct layers *layers;
	int64_t started_ms;
	unsigned connections;
};

/*
 * {"status","version","uptime_ms","policy","layers":[],"ok","calls":{},
 *  "open_calls","connections","descriptors", and the pool's}.
 */
void report_json(const struct report *r, struct buf *out);

#endif
