/*
 * limits_ops.c: limits, over REST.  Only people set them.
 */
#include "noun/limits.h"

struct no_args {
	char unused;
};

struct id_args {
	struct str id;
};

_Static_assert(
    offsetof(struct limits_args, id) == 0 && offsetof(struct id_args, id) == 0,
    "both begin with the id, so that one function reads it");

/* clang-format off */
#define ID_ROW(S, what) \
	{ \
		.name = what "_id", .type = PARAM_T_UUID, \
		.offset = offsetof(S, id), .from = FROM_PATH, \
		.required = true, .doc = "The " what "'s id." \
	}
#define SET_ROW(m, least, most, text) \
	{ \
		.name = #m, .type = PARAM_T_INT, .nullable = true, \
		.offset = offsetof(struct limits_args, set) + \
		    offsetof(struct limit_values, m), \
		.min = (least), .max = (most), \
		.doc = text " null: inherit." \
	},

static const struct param no_params[] = {
	PARAM_END
};

static const struct param server_params[] = {
	ID_ROW(struct id_args, "server"),
	PARAM_END
};

static const struct param tool_params[] = {
	ID_ROW(struct id_args, "tool"),
	PARAM_END
};

static const struct param set_server_params[] = {
	ID_ROW(struct limits_args, "server"),
#define LIMIT(m, setting, least, most, text) SET_ROW(m, least, most, text)
#define SERVER_LIMIT LIMIT
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
	PARAM_END
};

static const struct param set_tool_params[] = {
	ID_ROW(struct limits_args, "tool"),
#define LIMIT(m, setting, least, most, text) SET_ROW(m, least, most, text)
#define SERVER_LIMIT(m, setting, least, most, text)
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
	PARAM_END
};

#define VALUES_ROW(S, m, text) \
	FIELD_ROW(S, m, struct limit_values *, FIELD_T_OBJECT, \
	    .child = limits_value_fields, \
	    .child_size = sizeof(struct limit_values), \
	    .child_name = "LimitValues", .doc = text)

static const struct field limits_fields[] = {
	FIELD_UUID(struct limits, server_id, .doc = "The server."),
	FIELD_UUID(struct limits, tool_id, .flags = FIELD_NULLABLE,
	    .doc = "The tool; null: the server itself."),
	VALUES_ROW(struct limits, own,
	    "What was set for it; null: inherited."),
	VALUES_ROW(struct limits, inherited,
	    "What holds where it has nothing of its own. cpu_ms null: as much "
	    "as the time limit."),
	VALUES_ROW(struct limits, effective,
	    "What holds: its own or the inherited, within the maxima of the "
	    "instance."),
	FIELD_STR(struct limits, updated_by, .flags = FIELD_NULLABLE,
	    .doc = "Who set them last."),
	FIELD_TIME(struct limits, updated_at, .flags = FIELD_NULLABLE,
	    .doc = "When."),
	FIELD_END
};

static const struct field instance_fields[] = {
	VALUES_ROW(struct limits_instance, defaults,
	    "Where neither tool nor server has a limit. cpu_ms null: as much "
	    "as the time limit."),
	VALUES_ROW(struct limits_instance, maxima,
	    "The most that can be set; null: no maximum but the range."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_instance(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	limits_of_instance(ctx, result);
	return FAIL_NONE;
}

static enum fail_code
op_get_server(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return limits_of_server(ctx, a->id, result);
}

static enum fail_code
op_get_tool(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return limits_of_tool(ctx, a->id, result);
}

static enum fail_code
op_set_server(struct ctx *ctx, const void *args, void *result)
{
	return limits_set_server(ctx, args, result);
}

static enum fail_code
op_set_tool(struct ctx *ctx, const void *args, void *result)
{
	return limits_set_tool(ctx, args, result);
}

/* clang-format off */
enum { OP_INSTANCE, OP_GET_SERVER, OP_GET_TOOL, OP_SET_SERVER, OP_SET_TOOL };

#define LIMITS \
	.result = limits_fields, .result_size = sizeof(struct limits), \
	.result_name = "Limits"

const struct op limits_ops[] = {
	[OP_INSTANCE] = {
		.name = "get_instance_limits",
		.title = "Limits of the instance",
		.doc = "What bounds a run where neither its tool nor its "
		       "server has limits, and the most that can be set.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = instance_fields,
		.result_size = sizeof(struct limits_instance),
		.result_name = "InstanceLimits",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_instance,
	},
	[OP_GET_SERVER] = {
		.name = "get_server_limits",
		.title = "Limits of a server",
		.doc = "What bounds the runs of a server's tools, unless a "
		       "tool has limits of its own.",
		.params = server_params, .args_size = sizeof(struct id_args),
		LIMITS,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get_server,
	},
	[OP_GET_TOOL] = {
		.name = "get_tool_limits",
		.title = "Limits of a tool",
		.doc = "What bounds the runs of a tool.",
		.params = tool_params, .args_size = sizeof(struct id_args),
		LIMITS,
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get_tool,
	},
	[OP_SET_SERVER] = {
		.name = "set_server_limits",
		.title = "Set limits of a server",
		.doc = "Sets what is given, the rest stays; null inherits from "
		       "the instance again. Holds from the next run on.",
		.params = set_server_params,
		.args_size = sizeof(struct limits_args),
		LIMITS,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_set_server,
	},
	[OP_SET_TOOL] = {
		.name = "set_tool_limits",
		.title = "Set limits of a tool",
		.doc = "Sets what is given, the rest stays; null inherits from "
		       "the server again. Holds from the next run on. The "
		       "time limit is the tool's own timeout_ms.",
		.params = set_tool_params,
		.args_size = sizeof(struct limits_args),
		LIMITS,
		.perm = PERM_DECIDE, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_set_tool,
	},
	{.name = NULL},
};

#define SERVER "/api/servers/{server_id}/limits"
#define TOOL "/api/tools/{tool_id}/limits"

const struct route limits_routes[] = {
	{"GET",   "/api/limits", &limits_ops[OP_INSTANCE],   200, false},
	{"GET",   SERVER,        &limits_ops[OP_GET_SERVER], 200, false},
	{"PATCH", SERVER,        &limits_ops[OP_SET_SERVER], 200, false},
	{"GET",   TOOL,          &limits_ops[OP_GET_TOOL],   200, false},
	{"PATCH", TOOL,          &limits_ops[OP_SET_TOOL],   200, false},
	ROUTE_END
};
/* clang-format on */
