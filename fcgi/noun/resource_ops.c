/*
 * resource_ops.c: resources and templates, as REST and MCP show them.
 *
 * They are made here and listed here.  Whatever else can be done with them is
 * done by their id, as with tools: update_tool, request_publish, ….
 */
#include "noun/resource.h"

#include "noun/tool_create.h"

/* clang-format off */
#define DESCRIPTION_DOC "What it holds, for the model that will read it."
#define MIME_ROW \
	PARAM_STR(struct tool_create_args, mime_type, .nullable = true, \
	    .max = KIND_MIME_MAX, .pattern = MIME_PATTERN, \
	    .doc = "MIME type of the content, such as text/plain."), \
	PARAM_JSON(struct tool_create_args, annotations, .nullable = true, \
	    .doc = "For clients: audience ([\"user\", \"assistant\"]), " \
		   "priority (0 to 1), lastModified (a time).")
#define RESULT_DOC \
	"It returns str, bytes, mcp.resource(...), or a list of these."

static const struct param list_params[] = {
	PARAM_UUID(struct tool_list_args, server_id, .from = FROM_PATH,
	    .required = true, .doc = "The server's id."),
	PAGE_PARAMS(struct tool_list_args, "50"),
	PARAM_END
};

static const struct param create_params[] = {
	CREATE_HEAD("Clients show it; what they read is the URI.",
	    DESCRIPTION_DOC),
	PARAM_STR(struct tool_create_args, uri, .required = true, .min = 3,
	    .max = KIND_URI_MAX,
	    .doc = "The URI that clients read, such as notes://today; it need "
		   "not lead anywhere else. Of what is approved each URI is "
		   "there once."),
	MIME_ROW,
	PARAM_INT(struct tool_create_args, size, .nullable = true, .min = 0,
	    .max = SIZE_BYTES_MAX,
	    .doc = "Bytes of the content, if that is known."),
	CREATE_TAIL("Python 3 source with a top-level `async def main()`, "
		    "which runs at each reading. " RESULT_DOC),
	PARAM_END
};

static const struct param template_params[] = {
	CREATE_HEAD("Clients show it; what they read is a URI.",
	    DESCRIPTION_DOC),
	PARAM_STR(struct tool_create_args, uri, .required = true, .min = 3,
	    .max = KIND_URI_MAX,
	    .doc = "URI template (RFC 6570, without modifiers), such as "
		   "city://{country}/{name}{?units}."),
	MIME_ROW,
	CREATE_TAIL("Python 3 source with a top-level `async def main(...)`, "
		    "whose parameters are the template's variables, all of "
		    "them text. " RESULT_DOC " `async def complete(argument, "
		    "value, context)` may offer values for a variable."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(tool_summary_fields, struct tool, "ToolSummary")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return tool_list_kinds(
	    ctx, args, KIND_RESOURCE "|" KIND_TEMPLATE, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return tool_create_as(ctx, KIND_RESOURCE, args);
}

static enum fail_code
op_create_checked(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	return tool_create_as_checked(ctx, KIND_RESOURCE, args, run, result);
}

static enum fail_code
op_template(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return tool_create_as(ctx, KIND_TEMPLATE, args);
}

static enum fail_code
op_template_checked(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	return tool_create_as_checked(ctx, KIND_TEMPLATE, args, run, result);
}

/* clang-format off */
enum { OP_LIST, OP_CREATE, OP_TEMPLATE };

#define CREATE \
	.args_size = sizeof(struct tool_create_args), \
	.result = tool_fields, .result_size = sizeof(struct tool), \
	.result_name = "Tool", \
	.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP

const struct op resource_ops[] = {
	[OP_LIST] = {
		.name = "list_resources",
		.title = "List the resources of a server",
		.doc = "The resources and resource templates of one server, "
		       "oldest first, a page at a time, without their code.",
		.params = list_params,
		.args_size = sizeof(struct tool_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ToolPage",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_CREATE] = {
		.name = "create_resource",
		.title = "Create a resource",
		.doc = "Adds a resource, whose content Python makes when a "
		       "client reads its URI. It is a draft that nobody can "
		       "read, and lives as a tool does, by the same "
		       "operations: test_code, update_tool, request_publish, "
		       "get_tool_status; a person approves it.",
		.params = create_params,
		CREATE,
		.fn = op_create, .resume = op_create_checked,
	},
	[OP_TEMPLATE] = {
		.name = "create_resource_template",
		.title = "Create a resource template",
		.doc = "Adds a template of URIs: clients read any URI that "
		       "fits, and Python gets the variables' values. A draft "
		       "like create_resource's.",
		.params = template_params,
		CREATE,
		.fn = op_template, .resume = op_template_checked,
	},
	{.name = NULL},
};

const struct route resource_routes[] = {
	{"GET",  "/api/servers/{server_id}/resources", &resource_ops[OP_LIST],   200, false},
	{"POST", "/api/servers/{server_id}/resources", &resource_ops[OP_CREATE], 201, false},
	{"POST", "/api/servers/{server_id}/resource-templates", &resource_ops[OP_TEMPLATE], 201, false},
	ROUTE_END
};
/* clang-format on */
