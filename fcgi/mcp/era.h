/*
 * era.h: the revisions of MCP, and which one a request speaks.
 */
#ifndef MCPBOX_ERA_H
#define MCPBOX_ERA_H

#include <stdbool.h>

#include "mcp/rpc.h"
#include "str.h"

enum era_revision {
	ERA_2025_03_26,
	ERA_2025_06_18,
	ERA_2025_11_25,
	ERA_2026_07_28,
	ERA__MAX
};

/* What an answer may hold: each revision knows what the ones before knew. */
struct era {
	enum era_revision revision;
	const char *date;
	bool modern;    /* stateless, resultType, mirrored headers */
	bool batch;     /* arrays of messages */
	bool priming;   /* an empty event first, to come back with */
	bool titles;    /* title, outputSchema and structuredContent */
	bool icons;     /* of tools, resources and prompts */
	bool any_value; /* structuredContent may be any JSON value, and an
			 * outputSchema have any root */
};

const struct era *era_of(enum era_revision revision);
/* The revision of this date, or NULL. */
const struct era *era_find(struct str date);
/* What `initialize` answers: the date it asked for, if it is a legacy one of
 * ours, else our newest legacy one. */
const struct era *era_negotiate(struct str date);

#define ERA_META "io.modelcontextprotocol/"
#define ERA_META_VERSION ERA_META "protocolVersion"
#define ERA_META_CAPABILITIES ERA_META "clientCapabilities"
#define ERA_META_LOG_LEVEL ERA_META "logLevel"
#define ERA_META_SUBSCRIPTION ERA_META "subscriptionId"
#define ERA_META_SERVER_INFO ERA_META "serverInfo"

/*
 * The era of a request (WIRE a.3): by its _meta, else by its method, else by
 * its headers.  `version` is the MCP-Protocol-Version header (p == NULL when
 * absent), has_method whether Mcp-Method was sent.
 */
const struct era *era_classify(
    const struct rpc_msg *msg, struct str version, bool has_method);

#endif
