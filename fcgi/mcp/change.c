/*
 * change.c: notifications that something else than an answer has changed.
 */
#include "mcp/change.h"

#include "mcp/method.h"

/* clang-format off */
static const struct change changes[CHANGES_MAX] = {
	{NEWS_TOOLS,     "toolsListChanged",      "tools/list_changed",     "tools/list"},
	{NEWS_PROMPTS,   "promptsListChanged",    "prompts/list_changed",   "prompts/list"},
	{NEWS_RESOURCES, "resourcesListChanged",  "resources/list_changed", "resources/list"},
	{NEWS_UPDATED,   "resourceSubscriptions", "resources/updated",      "resources/read"},
};
/* clang-format on */

const struct change *
change_at(size_t n)
{
	return n < NELEM(changes) ? &changes[n] : NULL;
}

const struct change *
change_of(enum news_kind kind)
{
	for (size_t i = 0; i < NELEM(changes); i++) {
		if (changes[i].kind == kind)
			return &changes[i];
	}
	return NULL;
}

bool
change_served(const struct change *c, const struct era *era)
{
	return method_find(c->feature, era) != NULL;
}

void
change_put(struct buf *b, const struct change *c, struct str uri, struct str id)
{
	bool comma = false;

	buf_printf(b, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/%s\"",
	    c->method);
	if (uri.p != NULL || id.p != NULL)
		buf_puts(b, ",\"params\":{");
	if (uri.p != NULL) {
		buf_puts(b, "\"uri\":");
		buf_json(b, uri);
		comma = true;
	}
	if (id.p != NULL)
		buf_printf(b,
		    "%s\"_meta\":{\"" ERA_META_SUBSCRIPTION "\":%.*s}",
		    comma ? "," : "", STR_FMT(id));
	if (uri.p != NULL || id.p != NULL)
		buf_putc(b, '}');
	buf_putc(b, '}');
}
