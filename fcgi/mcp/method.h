/*
 * method.h: the methods there are, and in which era.
 *
 * A method of a feature that we do not advertise is not in the table, and so
 * does not exist: capabilities are true both ways.
 */
#ifndef MCPBOX_METHOD_H
#define MCPBOX_METHOD_H

#include "mcp/message.h"

struct method {
	const char *name;
	unsigned eras; /* METHOD_MODERN, METHOD_LEGACY */
	const char
	    *mirrored; /* member of params that Mcp-Name repeats, or NULL */
	bool live;     /* may say things before its answer (live.h) */
	message_fn *fn;
};

enum { METHOD_MODERN = 1 << 0, METHOD_LEGACY = 1 << 1 };

/* NULL if this era has no such method. */
const struct method *method_find(const char *name, const struct era *era);

/* --- the methods, each in a file of its name ----------------------------- */

message_fn discover_run;       /* server/discover */
message_fn initialize_run;     /* initialize */
message_fn ping_run;           /* ping */
message_fn list_tools_run;     /* tools/list */
message_fn set_level_run;      /* logging/setLevel */
message_fn listen_run;         /* subscriptions/listen */
message_fn get_task_run;       /* tasks/get */
message_fn update_task_run;    /* tasks/update */
message_fn cancel_task_run;    /* tasks/cancel */
message_fn call_tool_run;      /* tools/call */
message_fn list_resources_run; /* resources/list */
message_fn list_templates_run; /* resources/templates/list */
message_fn list_prompts_run;   /* prompts/list */
message_fn read_resource_run;  /* resources/read */
message_fn get_prompt_run;     /* prompts/get */
message_fn complete_run;       /* completion/complete */
message_fn subscribe_run;      /* resources/subscribe */
message_fn unsubscribe_run;    /* resources/unsubscribe */

#endif
