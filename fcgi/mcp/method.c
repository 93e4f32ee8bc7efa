/*
 * method.c: the methods there are, and in which era.
 */
#include "mcp/method.h"

#include <string.h>

/* clang-format off */
static const struct method methods[] = {
	{"server/discover",      METHOD_MODERN,                 NULL,   false, discover_run},
	{"initialize",           METHOD_LEGACY,                 NULL,   false, initialize_run},
	{"ping",                 METHOD_LEGACY,                 NULL,   false, ping_run},
	{"logging/setLevel",     METHOD_LEGACY,                 NULL,   false, set_level_run},
	{"tools/list",           METHOD_MODERN | METHOD_LEGACY, NULL,   false, list_tools_run},
	{"tools/call",           METHOD_MODERN | METHOD_LEGACY, "name", true,  call_tool_run},
	{"subscriptions/listen", METHOD_MODERN,                 NULL,   false, listen_run},
	{"tasks/get",            METHOD_MODERN,                 "taskId", false, get_task_run},
	{"tasks/update",         METHOD_MODERN,                 "taskId", false, update_task_run},
	{"tasks/cancel",         METHOD_MODERN,                 "taskId", false, cancel_task_run},
	{"resources/list",       METHOD_MODERN | METHOD_LEGACY, NULL,   false, list_resources_run},
	{"resources/templates/list", METHOD_MODERN | METHOD_LEGACY, NULL, false, list_templates_run},
	{"resources/read",       METHOD_MODERN | METHOD_LEGACY, "uri",  true,  read_resource_run},
	{"resources/subscribe",  METHOD_LEGACY,                 NULL,   false, subscribe_run},
	{"resources/unsubscribe", METHOD_LEGACY,                NULL,   false, unsubscribe_run},
	{"prompts/list",         METHOD_MODERN | METHOD_LEGACY, NULL,   false, list_prompts_run},
	{"prompts/get",          METHOD_MODERN | METHOD_LEGACY, "name", true,  get_prompt_run},
	{"completion/complete",  METHOD_MODERN | METHOD_LEGACY, NULL,   false, complete_run},
};
/* clang-format on */

const struct method *
method_find(const char *name, const struct era *era)
{
	unsigned want = era->modern ? METHOD_MODERN : METHOD_LEGACY;

	for (size_t i = 0; i < NELEM(methods); i++) {
		if ((methods[i].eras & want) != 0 &&
		    strcmp(methods[i].name, name) == 0)
			return &methods[i];
	}
	return NULL;
}
