/*
 * server_ops.c: servers, as REST and MCP show them.
 */
#include "noun/server.h"

struct id_args {
	struct str server_id;
};

/* clang-format off */
#define ID_ROW(S) \
	PARAM_UUID(S, server_id, .from = FROM_PATH, .required = true, \
	    .doc = "The server's id.")

static const struct param list_params[] = {
	PAGE_PARAMS(struct server_list_args, "50"),
	PARAM_STR(struct server_list_args, search, .from = FROM_QUERY,
	    .max = 200,
	    .doc = "Only servers with this text in name or description."),
	PARAM_ENUM(struct server_list_args, status, .from = FROM_QUERY,
	    .choices = SERVER_STATUSES, .doc = "Only servers in this state."),
	PARAM_END
};

static const struct param id_params[] = {
	ID_ROW(struct id_args),
	PARAM_END
};

static const struct param create_params[] = {
	PARAM_STR(struct server_create_args, name, .required = true,
	    .min = 1, .max = SERVER_NAME_MAX, .pattern = SERVER_NAME_PATTERN,
	    .doc = "Lower-case letters, digits and single underscores; unique. "
		   "It cannot be changed later, because tools are called "
		   "name__tool."),
	PARAM_STR(struct server_create_args, description, .nullable = true,
	    .max = DESCRIPTION_MAX, .doc = "What the server's tools are for."),
	PARAM_INT(struct server_create_args, default_timeout_ms,
	    .min = TIMEOUT_MS_MIN, .max = TIMEOUT_MS_MAX,
	    .doc = "Time limit, in milliseconds, of tools that have none of "
		   "their own. 30000 if not given."),
	PARAM_END
};

static const struct param update_params[] = {
	ID_ROW(struct server_update_args),
	PARAM_STR(struct server_update_args, description, .nullable = true,
	    .max = DESCRIPTION_MAX, .doc = "New description; null removes it."),
	PARAM_INT(struct server_update_args, default_timeout_ms,
	    .min = TIMEOUT_MS_MIN, .max = TIMEOUT_MS_MAX,
	    .doc = "New time limit, in milliseconds, of tools that have none "
		   "of their own."),
	PARAM_END
};

static const struct param delete_params[] = {
	ID_ROW(struct server_delete_args),
	PARAM_BOOL(struct server_delete_args, force, .from = FROM_QUERY,
	    .doc = "Delete it even while it is running."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(server_fields, struct server, "Server")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return server_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return server_get_detail(ctx, a->server_id, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	return server_create(ctx, args, result);
}

static enum fail_code
op_update(struct ctx *ctx, const void *args, void *result)
{
	return server_update(ctx, args, result);
}

static enum fail_code
op_delete(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return server_delete(ctx, args);
}

static enum fail_code
op_start(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return server_start(ctx, a->server_id, result);
}

static enum fail_code
op_stop(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return server_stop(ctx, a->server_id, result);
}

static enum fail_code
op_restart(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return server_restart(ctx, a->server_id, result);
}

/* clang-format off */
enum {
	OP_LIST, OP_GET, OP_CREATE, OP_UPDATE, OP_DELETE, OP_START, OP_STOP,
	OP_RESTART
};

#define DETAIL \
	.result = server_detail_fields, \
	.result_size = sizeof(struct server_detail), \
	.result_name = "ServerDetail"
#define BY_ID \
	.params = id_params, .args_size = sizeof(struct id_args)

const struct op server_ops[] = {
	[OP_LIST] = {
		.name = "list_servers",
		.title = "List servers",
		.doc = "Lists servers, newest first, a page at a time, with "
		       "the number of their tools and how many of those wait "
		       "for review. A server is a named set of tools; begin "
		       "here to see what exists before you create anything.",
		.params = list_params,
		.args_size = sizeof(struct server_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ServerPage",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_server",
		.title = "Get a server",
		.doc = "One server with a short list of its tools and where "
		       "each stands (draft, pending_review, approved, "
		       "rejected).",
		BY_ID, DETAIL,
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_CREATE] = {
		.name = "create_server",
		.title = "Create a server",
		.doc = "Creates a server, stopped and without tools. Next: add "
		       "tools with create_tool; start_server when at least one "
		       "is approved.",
		.params = create_params,
		.args_size = sizeof(struct server_create_args),
		DETAIL,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_create,
	},
	[OP_UPDATE] = {
		.name = "update_server",
		.title = "Change a server",
		.doc = "Changes a server's description or default time limit. "
		       "Its name is fixed.",
		.params = update_params,
		.args_size = sizeof(struct server_update_args),
		DETAIL,
		.perm = PERM_EDIT, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_update,
	},
	[OP_DELETE] = {
		.name = "delete_server",
		.title = "Delete a server",
		.doc = "Deletes a server with all its tools, their versions "
		       "and approvals. There is no way back. A running server "
		       "is only deleted with force=true.",
		.params = delete_params,
		.args_size = sizeof(struct server_delete_args),
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_delete,
	},
	[OP_START] = {
		.name = "start_server",
		.title = "Start a server",
		.doc = "Switches a server on: from now on its approved and "
		       "enabled tools are listed and can be called. Drafts and "
		       "tools in review stay out until a person approves them; "
		       "no restart is needed then.",
		BY_ID, DETAIL,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_start,
	},
	[OP_STOP] = {
		.name = "stop_server",
		.title = "Stop a server",
		.doc = "Switches a server off: none of its tools can be called "
		       "until it is started again. Calls that are already "
		       "running end as they would have.",
		BY_ID, DETAIL,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_stop,
	},
	[OP_RESTART] = {
		.name = "restart_server",
		.title = "Restart a server",
		.doc = "For clients of the original, which needed it. Here a "
		       "change takes effect with the next call, so this only "
		       "checks that the server is running and records it.",
		BY_ID, DETAIL,
		.perm = PERM_EDIT, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_restart,
	},
	{.name = NULL},
};

#define START  &server_ops[OP_START]
#define STOP   &server_ops[OP_STOP]
#define AGAIN  &server_ops[OP_RESTART]

const struct route server_routes[] = {
	{"GET",    "/api/servers",             &server_ops[OP_LIST],   200, false},
	{"POST",   "/api/servers",             &server_ops[OP_CREATE], 201, false},
	{"GET",    "/api/servers/{server_id}", &server_ops[OP_GET],    200, false},
	{"PATCH",  "/api/servers/{server_id}", &server_ops[OP_UPDATE], 200, false},
	{"DELETE", "/api/servers/{server_id}", &server_ops[OP_DELETE], 204, false},
	{"POST",   "/api/servers/{server_id}/start",           START, 200, false},
	{"POST",   "/api/servers/{server_id}/stop",            STOP,  200, false},
	{"POST",   "/api/servers/{server_id}/restart",         AGAIN, 200, false},
	{"POST",   "/api/sandbox/servers/{server_id}/start",   START, 200, true},
	{"POST",   "/api/sandbox/servers/{server_id}/stop",    STOP,  200, true},
	{"POST",   "/api/sandbox/servers/{server_id}/restart", AGAIN, 200, true},
	ROUTE_END
};
/* clang-format on */
