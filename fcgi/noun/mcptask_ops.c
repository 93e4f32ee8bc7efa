/*
 * mcptask_ops.c: tasks of MCP clients, over REST.
 */
#include "noun/mcptask.h"

struct id_args {
	struct opt_int task_id;
};

/* clang-format off */
static const struct param list_params[] = {
	PAGE_PARAMS(struct mcptask_list_args, "20"),
	PARAM_ENUM(struct mcptask_list_args, status, .from = FROM_QUERY,
	    .choices = MCPTASK_STATUSES, .doc = "Only those in this state."),
	PARAM_UUID(struct mcptask_list_args, server_id, .from = FROM_QUERY,
	    .doc = "Only those of tools of this server."),
	PARAM_STR(struct mcptask_list_args, tool, .from = FROM_QUERY, .min = 1,
	    .max = 128, .doc = "Only those of this tool, by its full name."),
	PARAM_STR(struct mcptask_list_args, principal, .from = FROM_QUERY,
	    .min = 1, .max = 200,
	    .doc = "Only those of this account, by its id, or local."),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_INT(struct id_args, task_id, .from = FROM_PATH,
	    .required = true, .min = 1, .max = INT64_MAX,
	    .doc = "The task, as list_tasks names it."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(mcptask_row_fields, struct mcptask_row, "Task")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return mcptask_list(ctx, args, result);
}

static enum fail_code
op_stop(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return mcptask_stop(ctx, a->task_id.v, result);
}

/* clang-format off */
enum { OP_LIST, OP_STOP };

const struct op mcptask_ops[] = {
	[OP_LIST] = {
		.name = "list_tasks",
		.title = "Tasks",
		.doc = "Calls that go on without their clients, newest first: "
		       "those under way on all nodes, and those that are over "
		       "as long as they are kept. What they brought is for "
		       "their clients alone.",
		.params = list_params,
		.args_size = sizeof(struct mcptask_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "TaskPage",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_STOP] = {
		.name = "cancel_task",
		.title = "Stop a task",
		.doc = "Ends a task that is under way, and its run, on "
		       "whichever node that is. Its client finds it cancelled.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.result = mcptask_row_fields,
		.result_size = sizeof(struct mcptask_row),
		.result_name = "Task",
		.perm = PERM_RUN, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_stop,
	},
	{.name = NULL},
};

const struct route mcptask_routes[] = {
	{"GET",  "/api/tasks",                  &mcptask_ops[OP_LIST], 200, false},
	{"POST", "/api/tasks/{task_id}/cancel", &mcptask_ops[OP_STOP], 200, false},
	ROUTE_END
};
/* clang-format on */
