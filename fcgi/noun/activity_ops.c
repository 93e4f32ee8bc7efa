/*
 * activity_ops.c: what happens, as REST shows it.
 */
#include "noun/activity.h"

#include "noun/runlog.h"

struct id_args {
	struct str log_id;
};

struct request_args {
	struct str request_id;
};

struct stream_args {
	struct activity_filter filter;
};

/* clang-format off */
#define IN(S, m) .name = #m, .offset = offsetof(S, filter) + \
	offsetof(struct activity_filter, m), .from = FROM_QUERY

#define NOW_ROWS(S) \
	{ IN(S, server_id), .type = PARAM_T_UUID, \
	    .doc = "Only what is about this server or its tools." }, \
	{ IN(S, type), .type = PARAM_T_ENUM, .choices = ACTIVITY_TYPES, \
	    .doc = "Only this type." }, \
	{ IN(S, level), .type = PARAM_T_ENUM, .choices = ACTIVITY_LEVELS, \
	    .doc = "Only this level." }, \
	{ IN(S, actor), .type = PARAM_T_STR, .min = 1, .max = 300, \
	    .doc = "Only of this actor, as in the rows." }, \
	{ IN(S, search), .type = PARAM_T_STR, .min = 3, .max = 200, \
	    .doc = "Only what has this text, taken literally, in the name " \
		   "of a tool, an error, an actor or an operation." }

static const struct param list_params[] = {
	NOW_ROWS(struct activity_list_args),
	{ IN(struct activity_list_args, request_id), .type = PARAM_T_STR,
	    .min = 1, .max = 64, .doc = "Only of this request." },
	{ IN(struct activity_list_args, from), .type = PARAM_T_STR, .min = 20,
	    .max = 35, .pattern = RUNLOG_TIME_PATTERN,
	    .doc = "Not before this time (RFC 3339)." },
	{ IN(struct activity_list_args, to), .type = PARAM_T_STR, .min = 20,
	    .max = 35, .pattern = RUNLOG_TIME_PATTERN,
	    .doc = "Only before this time (RFC 3339)." },
	PARAM_INT(struct activity_list_args, page_size, .from = FROM_QUERY,
	    .min = 1, .max = 200, .def = "50", .doc = "Rows a page."),
	PARAM_STR(struct activity_list_args, cursor, .from = FROM_QUERY,
	    .min = 1, .max = RUNLOG_CURSOR_MAX,
	    .doc = "next_cursor of the page before, with the same filters."),
	PARAM_END
};

static const struct param stream_params[] = {
	NOW_ROWS(struct stream_args),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_STR(struct id_args, log_id, .from = FROM_PATH, .required = true,
	    .min = 2, .max = 64, .pattern = "^[ra][0-9a-f-]+$",
	    .doc = "The id of a row."),
	PARAM_END
};

static const struct param request_params[] = {
	PARAM_STR(struct request_args, request_id, .from = FROM_PATH,
	    .required = true, .min = 1, .max = 64,
	    .doc = "The request's id."),
	PARAM_END
};

static const struct param stats_params[] = {
	PARAM_UUID(struct activity_stats_args, server_id, .from = FROM_QUERY,
	    .doc = "Only what is about this server or its tools."),
	PARAM_ENUM(struct activity_stats_args, period, .from = FROM_QUERY,
	    .choices = "1h|6h|24h|7d", .def = "24h", .doc = "Period."),
	PARAM_END
};

static const struct field list_fields[] = {
	FIELD_LIST(struct activity_list, items, .child = activity_row_fields,
	    .child_size = sizeof(struct activity), .child_name = "Activity",
	    .doc = "Newest first."),
	FIELD_STR(struct activity_list, next_cursor, .flags = FIELD_NULLABLE,
	    .doc = "For the next page; null when this is the last."),
	FIELD_END
};

static const struct field chain_fields[] = {
	FIELD_STR(struct activity_chain, request_id, .doc = "As asked."),
	FIELD_LIST(struct activity_chain, logs, .child = activity_row_fields,
	    .child_size = sizeof(struct activity), .child_name = "Activity",
	    .doc = "Oldest first."),
	FIELD_INT(struct activity_chain, count, .doc = "How many."),
	FIELD_END
};

static const struct field count_fields[] = {
	FIELD_STR(struct activity_count, type, .choices = ACTIVITY_TYPES,
	    .doc = "Type."),
	FIELD_STR(struct activity_count, level, .choices = ACTIVITY_LEVELS,
	    .doc = "Level."),
	FIELD_INT(struct activity_count, total, .doc = "How many."),
	FIELD_END
};

static const struct field stats_fields[] = {
	FIELD_STR(struct activity_stats, period, .doc = "As asked."),
	FIELD_INT(struct activity_stats, total, .doc = "All of the period."),
	FIELD_INT(struct activity_stats, errors, .doc = "Of level error."),
	FIELD_OPT_INT(struct activity_stats, avg_duration_ms,
	    .flags = FIELD_NULLABLE,
	    .doc = "Mean time of clients' calls; null without calls."),
	FIELD_LIST(struct activity_stats, by_type, .child = count_fields,
	    .child_size = sizeof(struct activity_count),
	    .child_name = "ActivityCount", .doc = "By type and level."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return activity_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return activity_get(ctx, a->log_id, result);
}

static enum fail_code
op_request(struct ctx *ctx, const void *args, void *result)
{
	const struct request_args *a = args;

	return activity_of_request(ctx, a->request_id, result);
}

static enum fail_code
op_stats(struct ctx *ctx, const void *args, void *result)
{
	return activity_stats(ctx, args, result);
}

static enum fail_code
op_stream(struct ctx *ctx, const void *args, void *result)
{
	const struct stream_args *a = args;

	return activity_live(
	    ctx, &a->filter, str_from(ctx->last_event_id), result);
}

/* clang-format off */
enum { OP_LIST, OP_GET, OP_REQUEST, OP_STATS, OP_STREAM };

const struct op activity_ops[] = {
	[OP_LIST] = {
		.name = "list_activity",
		.title = "What happened",
		.doc = "Runs of tools, sign-ins, decisions and changes, newest "
		       "first, page by page.",
		.params = list_params,
		.args_size = sizeof(struct activity_list_args),
		.result = list_fields,
		.result_size = sizeof(struct activity_list),
		.result_name = "ActivityList",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_activity",
		.title = "One thing that happened",
		.doc = "One row of list_activity.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.result = activity_row_fields,
		.result_size = sizeof(struct activity),
		.result_name = "Activity",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_REQUEST] = {
		.name = "get_request_activity",
		.title = "What one request did",
		.doc = "All that one request did, oldest first, at most 100 "
		       "rows. Every answer has its request's id in the header "
		       "X-Request-Id.",
		.params = request_params,
		.args_size = sizeof(struct request_args),
		.result = chain_fields,
		.result_size = sizeof(struct activity_chain),
		.result_name = "RequestActivity",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_request,
	},
	[OP_STATS] = {
		.name = "get_activity_stats",
		.title = "Numbers of what happened",
		.doc = "How much happened in a period, by type and level.",
		.params = stats_params,
		.args_size = sizeof(struct activity_stats_args),
		.result = stats_fields,
		.result_size = sizeof(struct activity_stats),
		.result_name = "ActivityStats",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_stats,
	},
	[OP_STREAM] = {
		.name = "stream_activity",
		.title = "What happens, live",
		.doc = "Server-sent events: `ready` when it begins, an "
		       "`activity` (a row of list_activity as JSON) for each "
		       "thing that happens, and `gap` where some are left out, "
		       "because the client was away for too long or too much "
		       "happened at once: the list has them. Send the last "
		       "id as Last-Event-ID to go on from there; a row can "
		       "come twice then. It ends after 15 minutes and when the "
		       "session ends: connect again.",
		.params = stream_params,
		.args_size = sizeof(struct stream_args),
		.media = "text/event-stream",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY,
		.fn = op_stream,
	},
	{.name = NULL},
};

const struct route activity_routes[] = {
	{"GET", "/api/activity/logs",                 &activity_ops[OP_LIST],    200, false},
	{"GET", "/api/activity/logs/{log_id}",        &activity_ops[OP_GET],     200, false},
	{"GET", "/api/activity/request/{request_id}", &activity_ops[OP_REQUEST], 200, false},
	{"GET", "/api/activity/stats",                &activity_ops[OP_STATS],   200, false},
	{"GET", "/api/activity/stream",               &activity_ops[OP_STREAM],  200, false},
	ROUTE_END
};
/* clang-format on */
