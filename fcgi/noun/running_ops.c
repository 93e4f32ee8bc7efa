/*
 * running_ops.c: the runs that are under way, over REST.
 */
#include "noun/running.h"

struct id_args {
	struct str request_id;
};

/* clang-format off */
/* What nginx makes; what a run is known by in every log. */
#define TRACE_PATTERN "^[0-9A-Za-z_-]+$"

static const struct param list_params[] = {
	PARAM_UUID(struct running_args, server_id, .from = FROM_QUERY,
	    .doc = "Only runs of this server."),
	PARAM_STR(struct running_args, tool, .from = FROM_QUERY, .min = 1,
	    .max = 64, .doc = "Only runs of this tool, by its full name."),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_STR(struct id_args, request_id, .from = FROM_PATH,
	    .required = true, .min = 1, .max = 64, .pattern = TRACE_PATTERN,
	    .doc = "The run's request id."),
	PARAM_END
};

static const struct field running_fields[] = {
	FIELD_STR(struct running, request_id,
	    .doc = "Identifies the run, here and in every log."),
	FIELD_STR(struct running, tool, .flags = FIELD_NULLABLE,
	    .doc = "The tool's full name; null: a check of code."),
	FIELD_UUID(struct running, server_id, .flags = FIELD_NULLABLE,
	    .doc = "Its server; null: a check of code."),
	FIELD_STR(struct running, kind, .choices = RUNNING_KINDS,
	    .doc = "A client's call, a model's trial, a person's test, or a "
		   "check of code."),
	FIELD_BOOL(struct running, waiting,
	    .doc = "Does it still wait for a free process?"),
	FIELD_INT(struct running, since_ms,
	    .doc = "Milliseconds since it was asked for."),
	FIELD_END
};

static const struct field list_fields[] = {
	FIELD_LIST(struct running_list, items, .child = running_fields,
	    .child_size = sizeof(struct running), .child_name = "Run",
	    .doc = "The newest runs that fit, newest first."),
	FIELD_INT(struct running_list, total,
	    .doc = "Runs under way on this node in all."),
	FIELD_END
};

static const struct field ended_fields[] = {
	FIELD_STR(struct running_ended, request_id, .doc = "The run."),
	FIELD_INT(struct running_ended, ended, .doc = "Runs that were ended."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return running_list(ctx, args, result);
}

static enum fail_code
op_cancel(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return running_cancel(ctx, a->request_id, result);
}

/* clang-format off */
enum { OP_LIST, OP_CANCEL };

const struct op running_ops[] = {
	[OP_LIST] = {
		.name = "list_runs",
		.title = "Runs under way",
		.doc = "The runs that are under way on the node that answers, "
		       "as its sandbox reports them.",
		.params = list_params,
		.args_size = sizeof(struct running_args),
		.result = list_fields,
		.result_size = sizeof(struct running_list),
		.result_name = "RunList",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_CANCEL] = {
		.name = "cancel_run",
		.title = "Stop a run",
		.doc = "Ends a run now. Whoever called gets an error with "
		       "outcome cancelled that says that a person stopped it.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.result = ended_fields,
		.result_size = sizeof(struct running_ended),
		.result_name = "RunEnded",
		.perm = PERM_RUN, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_cancel,
	},
	{.name = NULL},
};

const struct route running_routes[] = {
	{"GET",  "/api/runs",                     &running_ops[OP_LIST],   200, false},
	{"POST", "/api/runs/{request_id}/cancel", &running_ops[OP_CANCEL], 200, false},
	ROUTE_END
};
/* clang-format on */
