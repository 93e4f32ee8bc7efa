/*
 * call_tool.c: tools/call: whose tool is it?
 */
#include "mcp/call.h"

#include <string.h>

#include "json.h"
#include "mcp/answer.h"
#include "mcp/method.h"
#include "noun/scope.h"
#include "registry.h"

enum step
call_unknown(struct message *m)
{
	const char *name = json_get_str(m->rpc.params, "name");

	return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
	    "There is no tool with the name %.128s.", name);
}

bool
call_split(const char *name, struct str *server, struct str *tool)
{
	const char *at = strstr(name, "__");

	if (at == NULL)
		return false;
	*server = (struct str){name, (size_t)(at - name)};
	*tool = str_from(at + 2);
	return server->n > 0 && tool->n > 0;
}

enum step
call_tool_run(struct message *m)
{
	const char *name = json_get_str(m->rpc.params, "name");
	const json_t *arguments = json_object_get(m->rpc.params, "arguments");
	const struct scope *scope = m->x->ctx.scope;
	struct str server, tool;
	const struct op *op;

	if (name == NULL)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.name must be a string.");
	if (arguments == NULL)
		arguments = json_keep(m->x->ctx.arena, json_obj());
	if (!json_is_object(arguments))
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.arguments must be an object.");
	if (scope != NULL)
		return call_user(
		    m, str_from(scope->name), str_from(name), arguments);
	op = registry_mcp(str_from(name));
	if (op != NULL)
		return call_op(m, op, arguments);
	if (!call_split(name, &server, &tool))
		return call_unknown(m);
	return call_user(m, server, tool, arguments);
}
