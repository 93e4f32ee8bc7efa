/*
 * version_ops.c: versions, as REST and MCP show them.
 */
#include "noun/version.h"

#include "db/db.h"
#include "noun/compare.h"
#include "noun/paged.h"

struct version_row {
	int64_t version;
	const char *digest;
	const char *change_summary;
	const char *change_source;
	const char *created_by;
	const char *created_at;
	bool approved;
};

struct list_args {
	struct str tool_id;
	struct opt_int page;
	struct opt_int page_size;
};

struct version_args {
	struct str tool_id;
	struct opt_int version;
};

struct compare_args {
	struct str tool_id;
	struct opt_int from_version;
	struct opt_int to_version;
};

/* clang-format off */
#define TOOL_ROW(S) \
	PARAM_UUID(S, tool_id, .from = FROM_PATH, .required = true, \
	    .doc = "The tool's id.")
#define VERSION_MAX 2147483647

static const struct param list_params[] = {
	TOOL_ROW(struct list_args),
	PAGE_PARAMS(struct list_args, "50"),
	PARAM_END
};

static const struct param version_params[] = {
	TOOL_ROW(struct version_args),
	PARAM_INT(struct version_args, version, .from = FROM_PATH,
	    .required = true, .min = 1, .max = VERSION_MAX,
	    .doc = "Number of the version."),
	PARAM_END
};

static const struct param compare_params[] = {
	TOOL_ROW(struct compare_args),
	PARAM_INT(struct compare_args, from_version, .from = FROM_QUERY,
	    .required = true, .min = 1, .max = VERSION_MAX,
	    .doc = "The older version."),
	PARAM_INT(struct compare_args, to_version, .from = FROM_QUERY,
	    .required = true, .min = 1, .max = VERSION_MAX,
	    .doc = "The newer version."),
	PARAM_END
};

static const struct field row_fields[] = {
	FIELD_INT(struct version_row, version, .doc = "Its number, from 1."),
	FIELD_STR(struct version_row, digest,
	    .doc = "SHA-256 of its content, in hex."),
	FIELD_STR(struct version_row, change_summary, .doc = "What changed."),
	FIELD_STR(struct version_row, change_source,
	    .choices = VERSION_SOURCES, .doc = "By which door it came."),
	FIELD_STR(struct version_row, created_by, .doc = "Who made it."),
	FIELD_TIME(struct version_row, created_at, .doc = "When."),
	FIELD_BOOL(struct version_row, approved,
	    .doc = "Does the approval that stands name it?"),
	FIELD_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(row_fields, struct version_row, "VersionSummary")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	const struct list_args *a = args;
	struct tool t;
	enum fail_code rc = tool_get(ctx, a->tool_id, &t);

	if (rc != FAIL_NONE)
		return rc;
	return paged(ctx, Q_version_list, DB_ARGS(DB_STR(a->tool_id)),
	    row_fields, sizeof(struct version_row), a->page, a->page_size,
	    result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct version_args *a = args;

	return version_get(ctx, a->tool_id, a->version.v, result);
}

static enum fail_code
op_rollback(struct ctx *ctx, const void *args, void *result)
{
	const struct version_args *a = args;

	return version_rollback(ctx, a->tool_id, a->version.v, result);
}

static enum fail_code
op_compare(struct ctx *ctx, const void *args, void *result)
{
	const struct compare_args *a = args;
	struct version from, to;
	enum fail_code rc;

	rc = version_get(ctx, a->tool_id, a->from_version.v, &from);
	if (rc == FAIL_NONE)
		rc = version_get(ctx, a->tool_id, a->to_version.v, &to);
	if (rc == FAIL_NONE)
		compare_versions(ctx, &from, &to, result);
	return rc;
}

/* clang-format off */
enum { OP_LIST, OP_GET, OP_COMPARE, OP_ROLLBACK };

const struct op version_ops[] = {
	[OP_LIST] = {
		.name = "list_tool_versions",
		.title = "List the versions of a tool",
		.doc = "The history of a tool, newest version first, with what "
		       "changed, by whom, and which one is approved.",
		.params = list_params, .args_size = sizeof(struct list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "VersionPage",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_tool_version",
		.title = "Get a version of a tool",
		.doc = "One version with its code, schemas and findings.",
		.params = version_params,
		.args_size = sizeof(struct version_args),
		.result = version_fields,
		.result_size = sizeof(struct version),
		.result_name = "ToolVersion",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_COMPARE] = {
		.name = "compare_tool_versions",
		.title = "Compare two versions",
		.doc = "What differs between two versions, field by field, and "
		       "the code's difference line by line.",
		.params = compare_params,
		.args_size = sizeof(struct compare_args),
		.result = compare_fields,
		.result_size = sizeof(struct compare),
		.result_name = "VersionComparison",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_compare,
	},
	[OP_ROLLBACK] = {
		.name = "rollback_tool",
		.title = "Go back to an older version",
		.doc = "Makes a new version with the content of an older one. "
		       "It has to be reviewed again like any change, even if "
		       "the older version was once approved; a draft stays a "
		       "draft. list_tool_versions has the numbers.",
		.params = version_params,
		.args_size = sizeof(struct version_args),
		.result = tool_fields, .result_size = sizeof(struct tool),
		.result_name = "Tool",
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_rollback,
	},
	{.name = NULL},
};

#define VERSIONS "/api/tools/{tool_id}/versions"

const struct route version_routes[] = {
	{"GET",  VERSIONS,                         &version_ops[OP_LIST],     200, false},
	{"GET",  VERSIONS "/compare",              &version_ops[OP_COMPARE],  200, false},
	{"GET",  VERSIONS "/{version}",            &version_ops[OP_GET],      200, false},
	{"POST", VERSIONS "/{version}/rollback",   &version_ops[OP_ROLLBACK], 200, false},
	ROUTE_END
};
/* clang-format on */
