/*
 * list_kinds.c: resources/list, resources/templates/list, prompts/list.
 */
#include "mcp/entry.h"
#include "mcp/list.h"
#include "mcp/method.h"

static const struct listing resources = {
    .member = "resources",
    .kind = KIND_RESOURCE,
    .topic = CACHE_RESOURCES,
    .put = entry_resource,
};

static const struct listing templates = {
    .member = "resourceTemplates",
    .kind = KIND_TEMPLATE,
    .topic = CACHE_RESOURCES,
    .put = entry_template,
};

static const struct listing prompts = {
    .member = "prompts",
    .kind = KIND_PROMPT,
    .topic = CACHE_PROMPTS,
    .put = entry_prompt,
};

enum step
list_resources_run(struct message *m)
{
	return list_run(m, &resources);
}

enum step
list_templates_run(struct message *m)
{
	return list_run(m, &templates);
}

enum step
list_prompts_run(struct message *m)
{
	return list_run(m, &prompts);
}
