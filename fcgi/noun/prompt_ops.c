/*
 * prompt_ops.c: prompts, as REST and MCP show them.
 *
 * They are made here and listed here.  Whatever else can be done with them is
 * done by their id, as with tools: update_tool, request_publish, ….
 */
#include "noun/prompt.h"

#include "noun/tool_create.h"

/* clang-format off */
static const struct param list_params[] = {
	PARAM_UUID(struct tool_list_args, server_id, .from = FROM_PATH,
	    .required = true, .doc = "The server's id."),
	PAGE_PARAMS(struct tool_list_args, "50"),
	PARAM_END
};

static const struct param create_params[] = {
	CREATE_HEAD("Clients call it server__name, at most 64 characters.",
	    "What it is for, for the user who picks it."),
	CREATE_TAIL("Python 3 source with a top-level `async def main(...)`. "
		    "Its parameters, all of them text, are the prompt's "
		    "arguments. It returns str, or a list of str and "
		    "{\"role\": \"user\" or \"assistant\", \"content\": str, "
		    "mcp.image(...), ...}. `async def complete(argument, "
		    "value, context)` may offer values for an argument."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(tool_summary_fields, struct tool, "ToolSummary")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return tool_list_kinds(ctx, args, KIND_PROMPT, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return tool_create_as(ctx, KIND_PROMPT, args);
}

static enum fail_code
op_create_checked(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	return tool_create_as_checked(ctx, KIND_PROMPT, args, run, result);
}

/* clang-format off */
enum { OP_LIST, OP_CREATE };

const struct op prompt_ops[] = {
	[OP_LIST] = {
		.name = "list_prompts",
		.title = "List the prompts of a server",
		.doc = "The prompts of one server, oldest first, a page at a "
		       "time, without their code.",
		.params = list_params,
		.args_size = sizeof(struct tool_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ToolPage",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_CREATE] = {
		.name = "create_prompt",
		.title = "Create a prompt",
		.doc = "Adds a prompt: messages that Python makes of a few "
		       "arguments, for clients to put before their model. It "
		       "is a draft that nobody can get, and lives as a tool "
		       "does, by the same operations: test_code, update_tool, "
		       "request_publish, get_tool_status; a person approves "
		       "it.",
		.params = create_params,
		.args_size = sizeof(struct tool_create_args),
		.result = tool_fields, .result_size = sizeof(struct tool),
		.result_name = "Tool",
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_create, .resume = op_create_checked,
	},
	{.name = NULL},
};

const struct route prompt_routes[] = {
	{"GET",  "/api/servers/{server_id}/prompts", &prompt_ops[OP_LIST],   200, false},
	{"POST", "/api/servers/{server_id}/prompts", &prompt_ops[OP_CREATE], 201, false},
	ROUTE_END
};
/* clang-format on */
