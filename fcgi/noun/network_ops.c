/*
 * network_ops.c: network access, as REST and MCP show it.
 */
#include "noun/network.h"

struct id_args {
	struct str request_id;
};

/* clang-format off */
#define ID_ROW(S) \
	PARAM_UUID(S, request_id, .from = FROM_PATH, .required = true, \
	    .doc = "The request's id.")
#define TEXT_MAX 2000
/* Longer than any name that can be one, so that the host's own rules speak. */
#define HOST_TEXT_MAX 1024
#define UUID_PATTERN \
	"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
#define HOST_DOC \
	"A host name such as api.example.com, or an IP address; no URL, no " \
	"path, no wildcard."
#define PORT_DOC \
	"1 to 65535: 443 for https, 80 for http. Any port if not given."

static const struct param list_params[] = {
	PAGE_PARAMS(struct network_list_args, "20"),
	PARAM_STR(struct network_list_args, search, .from = FROM_QUERY,
	    .max = 200,
	    .doc = "Only those with this text in host, justification, server "
		   "or tool name, who asked, who decided or the reason. It "
		   "is taken literally, in any case."),
	PARAM_ENUM(struct network_list_args, status, .from = FROM_QUERY,
	    .choices = NETWORK_STATUSES "|all", .def = "pending",
	    .doc = "Only those in this state."),
	PARAM_UUID(struct network_list_args, server_id, .from = FROM_QUERY,
	    .doc = "Only those of this server."),
	PARAM_UUID(struct network_list_args, tool_id, .from = FROM_QUERY,
	    .doc = "Only those of this tool alone."),
	PARAM_ENUM(struct network_list_args, source, .from = FROM_QUERY,
	    .choices = "llm|manual",
	    .doc = "Only those that came through this door."),
	PARAM_STR(struct network_list_args, requested_by, .from = FROM_QUERY,
	    .max = 200, .doc = "Only those that this author asked for."),
	PARAM_INT(struct network_list_args, min_age_hours,
	    .from = FROM_QUERY, .min = 0, .max = 1000000,
	    .doc = "Only those that were asked for so long ago."),
	PARAM_INT(struct network_list_args, max_age_hours,
	    .from = FROM_QUERY, .min = 0, .max = 1000000,
	    .doc = "Only those that were asked for within so many hours."),
	PARAM_ENUM(struct network_list_args, sort, .from = FROM_QUERY,
	    .choices = NETWORK_SORTS, .def = "waiting",
	    .doc = "waiting: who has waited longest, then the newest."),
	PARAM_END
};

static const struct param server_params[] = {
	PARAM_UUID(struct network_list_args, server_id, .from = FROM_PATH,
	    .required = true, .doc = "The server's id."),
	PAGE_PARAMS(struct network_list_args, "50"),
	PARAM_ENUM(struct network_list_args, status, .from = FROM_QUERY,
	    .choices = NETWORK_STATUSES "|all", .def = "all",
	    .doc = "Only those in this state; approved is what is granted "
		   "now."),
	PARAM_UUID(struct network_list_args, tool_id, .from = FROM_QUERY,
	    .doc = "Only those of this tool alone."),
	PARAM_END
};

static const struct param id_params[] = {
	ID_ROW(struct id_args),
	PARAM_END
};

static const struct param request_params[] = {
	PARAM_UUID(struct network_request_args, tool_id,
	    .doc = "For this tool alone. Give it, or server_id."),
	PARAM_UUID(struct network_request_args, server_id,
	    .doc = "For every tool of this server."),
	PARAM_STR(struct network_request_args, host, .required = true,
	    .min = 1, .max = HOST_TEXT_MAX, .doc = HOST_DOC),
	PARAM_INT(struct network_request_args, port, .nullable = true,
	    .min = 1, .max = 65535, .doc = PORT_DOC),
	PARAM_STR(struct network_request_args, justification,
	    .required = true, .min = 10, .max = TEXT_MAX,
	    .doc = "For the person who decides: what is fetched or sent "
		   "there, and why the tool needs it."),
	PARAM_END
};

static const struct param grant_params[] = {
	PARAM_UUID(struct network_grant_args, server_id, .from = FROM_PATH,
	    .required = true, .doc = "The server's id."),
	PARAM_UUID(struct network_grant_args, tool_id,
	    .doc = "For this tool of it alone."),
	PARAM_STR(struct network_grant_args, host, .required = true,
	    .min = 1, .max = HOST_TEXT_MAX, .doc = HOST_DOC),
	PARAM_INT(struct network_grant_args, port, .nullable = true,
	    .min = 1, .max = 65535, .doc = PORT_DOC),
	PARAM_BOOL(struct network_grant_args, private,
	    .doc = "Let it lead into private address space. Required for a "
		   "private address or name."),
	PARAM_STR(struct network_grant_args, justification, .max = TEXT_MAX,
	    .doc = "For the record."),
	PARAM_END
};

static const struct param decide_params[] = {
	ID_ROW(struct network_decide_args),
	PARAM_ENUM(struct network_decide_args, action, .required = true,
	    .choices = "approve|reject", .doc = "The decision."),
	PARAM_BOOL(struct network_decide_args, private,
	    .doc = "With approve: let it lead into private address space. "
		   "Required when needs_private is true."),
	PARAM_STR(struct network_decide_args, reason, .max = TEXT_MAX,
	    .doc = "For who asked. Required for a rejection."),
	PARAM_END
};

static const struct param revoke_params[] = {
	ID_ROW(struct network_revoke_args),
	PARAM_STR(struct network_revoke_args, reason, .max = TEXT_MAX,
	    .doc = "For the record."),
	PARAM_END
};

static const struct param bulk_params[] = {
	PARAM_STRS(struct network_bulk_args, request_ids, .required = true,
	    .min = 1, .max = NETWORK_BULK_MAX, .pattern = UUID_PATTERN,
	    .doc = "Ids of the requests."),
	PARAM_ENUM(struct network_bulk_args, action, .required = true,
	    .choices = "approve|reject", .doc = "The decision about each."),
	PARAM_STR(struct network_bulk_args, reason, .max = TEXT_MAX,
	    .doc = "For who asked. Required for a rejection."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(network_fields, struct network, "NetworkAccess")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return network_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return network_get(ctx, a->request_id, result);
}

static enum fail_code
op_request(struct ctx *ctx, const void *args, void *result)
{
	return network_request(ctx, args, result);
}

static enum fail_code
op_grant(struct ctx *ctx, const void *args, void *result)
{
	return network_grant(ctx, args, result);
}

static enum fail_code
op_decide(struct ctx *ctx, const void *args, void *result)
{
	return network_decide(ctx, args, result);
}

static enum fail_code
op_bulk(struct ctx *ctx, const void *args, void *result)
{
	return network_decide_all(ctx, args, result);
}

static enum fail_code
op_revoke(struct ctx *ctx, const void *args, void *result)
{
	return network_revoke(ctx, args, result);
}

static enum fail_code
op_delete(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	(void)result;
	return network_delete(ctx, a->request_id);
}

/* clang-format off */
enum {
	OP_QUEUE, OP_GET, OP_LIST, OP_REQUEST, OP_GRANT, OP_DECIDE, OP_BULK,
	OP_REVOKE, OP_DELETE
};

#define ACCESS \
	.result = network_fields, .result_size = sizeof(struct network), \
	.result_name = "NetworkAccess"
#define PAGE \
	.result = page_fields, .result_size = sizeof(struct page), \
	.result_name = "NetworkAccessPage"
#define BY_ID \
	.params = id_params, .args_size = sizeof(struct id_args)

const struct op network_ops[] = {
	[OP_QUEUE] = {
		.name = "list_network_approvals",
		.title = "Requests for network access",
		.doc = "Requests and grants by state, those that wait for a "
		       "decision if no state is given; who has waited longest "
		       "comes first.",
		.params = list_params,
		.args_size = sizeof(struct network_list_args),
		PAGE,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_network_access",
		.title = "One request for network access",
		.doc = "A request or grant, and where it stands.",
		BY_ID, ACCESS,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_LIST] = {
		.name = "list_network_access",
		.title = "List a server's network access",
		.doc = "What the tools of a server may reach (approved), and "
		       "what was asked for, rejected (and why) or revoked. "
		       "Look here before you ask with request_network_access.",
		.params = server_params,
		.args_size = sizeof(struct network_list_args),
		PAGE,
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_REQUEST] = {
		.name = "request_network_access",
		.title = "Ask for network access",
		.doc = "Asks that a tool, or every tool of a server, may reach "
		       "a host with `http`. A person decides; until then, and "
		       "in trial runs always, requests to it are refused. Ask "
		       "once for each host and port; a grant is in force at "
		       "once, without a new version of the tool. Loopback, "
		       "link-local and metadata addresses are never granted.",
		.params = request_params,
		.args_size = sizeof(struct network_request_args),
		.result = network_asked_fields,
		.result_size = sizeof(struct network_asked),
		.result_name = "NetworkAccessAsked",
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_request,
	},
	[OP_GRANT] = {
		.name = "grant_network_access",
		.title = "Grant network access",
		.doc = "Lets a server's tools, or one of them, reach a host, "
		       "without a request. One that waits for the same is "
		       "approved by it. In force at once.",
		.params = grant_params,
		.args_size = sizeof(struct network_grant_args),
		ACCESS,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_grant,
	},
	[OP_DECIDE] = {
		.name = "decide_network_access",
		.title = "Approve or reject network access",
		.doc = "Decides about a request that waits. What is approved "
		       "is in force at once.",
		.params = decide_params,
		.args_size = sizeof(struct network_decide_args),
		ACCESS,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_decide,
	},
	[OP_BULK] = {
		.name = "decide_network_accesses",
		.title = "Approve or reject several requests",
		.doc = "Decides about each request by itself: what cannot be "
		       "decided is told, the rest is. Requests that need "
		       "private=true are decided one by one.",
		.params = bulk_params,
		.args_size = sizeof(struct network_bulk_args),
		.result = network_bulk_fields,
		.result_size = sizeof(struct network_bulk),
		.result_name = "NetworkBulk",
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_bulk,
	},
	[OP_REVOKE] = {
		.name = "revoke_network_access",
		.title = "Revoke network access",
		.doc = "Takes a grant back at once: runs that could use it "
		       "are ended.",
		.params = revoke_params,
		.args_size = sizeof(struct network_revoke_args),
		ACCESS,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.fn = op_revoke,
	},
	[OP_DELETE] = {
		.name = "delete_network_access",
		.title = "Delete a request for network access",
		.doc = "Deletes a request that waits or is over, so that the "
		       "same can be asked for again. A grant is revoked first.",
		BY_ID,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_delete,
	},
	{.name = NULL},
};

#define QUEUE "/api/approvals/network"
#define ONE QUEUE "/{request_id}"

const struct route network_routes[] = {
	{"GET",    QUEUE,                &network_ops[OP_QUEUE],   200, false},
	{"POST",   QUEUE,                &network_ops[OP_REQUEST], 201, false},
	{"POST",   QUEUE "/bulk-action", &network_ops[OP_BULK],    200, false},
	{"GET",    ONE,                  &network_ops[OP_GET],     200, false},
	{"DELETE", ONE,                  &network_ops[OP_DELETE],  204, false},
	{"POST",   ONE "/action",        &network_ops[OP_DECIDE],  200, false},
	{"POST",   ONE "/revoke",        &network_ops[OP_REVOKE],  200, false},
	{"GET",    "/api/approvals/server/{server_id}/network", &network_ops[OP_LIST], 200, false},
	{"POST",   "/api/servers/{server_id}/allowed-hosts", &network_ops[OP_GRANT], 201, false},
	ROUTE_END
};
/* clang-format on */
