/*
 * era.c: the revisions of MCP, and which one a request speaks.
 */
#include "mcp/era.h"

#include <string.h>

#include "json.h"

/* clang-format off */
static const struct era eras[ERA__MAX] = {
	[ERA_2025_03_26] = {ERA_2025_03_26, "2025-03-26",
	    .batch = true},
	[ERA_2025_06_18] = {ERA_2025_06_18, "2025-06-18",
	    .titles = true},
	[ERA_2025_11_25] = {ERA_2025_11_25, "2025-11-25",
	    .priming = true, .titles = true, .icons = true},
	[ERA_2026_07_28] = {ERA_2026_07_28, "2026-07-28",
	    .modern = true, .titles = true, .icons = true, .any_value = true},
};
/* clang-format on */

const struct era *
era_of(enum era_revision revision)
{
	return &eras[revision];
}

const struct era *
era_find(struct str date)
{
	for (size_t i = 0; i < NELEM(eras); i++) {
		if (str_eq_c(date, eras[i].date))
			return &eras[i];
	}
	return NULL;
}

const struct era *
era_negotiate(struct str date)
{
	const struct era *era = era_find(date);

	return era != NULL && !era->modern ? era : era_of(ERA_2025_11_25);
}

const struct era *
era_classify(const struct rpc_msg *msg, struct str version, bool has_method)
{
	const json_t *meta = json_get_obj(msg->params, "_meta");
	const struct era *named = era_find(version);
	const struct era *modern = era_of(ERA_2026_07_28);

	if (json_object_get(meta, ERA_META_VERSION) != NULL ||
	    json_object_get(meta, ERA_META_CAPABILITIES) != NULL)
		return modern;
	if (msg->method != NULL && strcmp(msg->method, "initialize") == 0)
		return era_negotiate(
		    str_from(json_get_str(msg->params, "protocolVersion")));
	if (version.p != NULL)
		return named != NULL ? named : modern;
	if (has_method)
		return modern;
	/* No version was ever sent by the first of the legacy revisions. */
	return era_of(ERA_2025_03_26);
}
