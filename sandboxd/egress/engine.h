/*
 * engine.h: what every request needs.
 */
#ifndef MCPBOX_EGRESS_ENGINE_H
#define MCPBOX_EGRESS_ENGINE_H

#include "egress/dns.h"
#include "egress/judge.h"
#include "egress/pool.h"
#include "egress/proxy.h"
#include "egress/settings.h"
#include "sandboxd/loop.h"

struct engine {
	struct loop *loop;
	const struct settings *settings;
	struct judge *judge;
	struct dns *dns;
	struct pools *pools;
	struct proxy *proxy; /* NULL = none */
	bool ca_folder;      /* the authorities are in a folder */
	size_t held;         /* bytes of requests in memory, of all runs */
};

#endif
