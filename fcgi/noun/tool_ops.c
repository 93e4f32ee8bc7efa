/*
 * tool_ops.c: tools, as REST and MCP show them.
 */
#include "noun/tool.h"

#include "noun/code_host.h"
#include "noun/comment.h"
#include "noun/network.h"
#include "noun/secrets.h"
#include "noun/server.h"
#include "noun/tool_create.h"
#include "noun/tool_rows.h"
#include "noun/version.h"

struct id_args {
	struct str tool_id;
};

/* Where a tool stands, for its author. */
struct status {
	const char *tool_id;
	const char *full_name;
	const char *approval_status;
	bool enabled;
	bool callable;
	int64_t current_version;
	struct opt_int approved_version;
	const char *approved_by;
	const char *approved_at;
	const char *approval_requested_at;
	const char *rejection_reason;
	const char *publish_notes;
	struct list network;  /* struct network */
	struct list comments; /* struct comment */
	const char *next_step;
};

/* What its author learns who has just changed it. */
struct written {
	struct tool tool;     /* first: shares its field rows */
	struct list findings; /* struct code_finding, of the current version */
	struct list hosts;    /* struct code_host */
};

_Static_assert(offsetof(struct written, tool) == 0,
    "it begins with the tool, so that the tool's field rows fit");

/* clang-format off */
#define ID_ROW(S) \
	PARAM_UUID(S, tool_id, .from = FROM_PATH, .required = true, \
	    .doc = "The tool's id.")
#define CODE_DOC \
	"Python 3 source with a top-level `async def main(...)`. Its " \
	"parameters, with annotations, become the input schema; its " \
	"docstring describes tool and parameters; what it returns is the " \
	"result."
#define SCHEMA_DOC \
	"JSON Schema 2020-12 of the arguments, an object: clients see it as " \
	"it is written, and arguments have to fit it before main is called " \
	"with them by name."
#define TASK_DOC \
	"May a call become a task that the client comes back for (optional), " \
	"or must it (required)?"

static const struct param list_params[] = {
	PARAM_UUID(struct tool_list_args, server_id, .from = FROM_PATH,
	    .required = true, .doc = "The server's id."),
	PARAM_ENUM(struct tool_list_args, kind, .from = FROM_QUERY,
	    .choices = KIND_WORDS "|all", .def = "tool",
	    .doc = "What is listed."),
	PAGE_PARAMS(struct tool_list_args, "50"),
	PARAM_END
};

static const struct param id_params[] = {
	ID_ROW(struct id_args),
	PARAM_END
};

static const struct param create_params[] = {
	CREATE_HEAD("Clients call it server__name, at most 64 characters.",
	    "What it does and when to use it, for the model that will call "
	    "it."),
	CREATE_TAIL(CODE_DOC),
	PARAM_JSON(struct tool_create_args, annotations, .nullable = true,
	    .doc = "Hints for clients: title, readOnlyHint, destructiveHint, "
		   "idempotentHint, openWorldHint."),
	PARAM_JSON(struct tool_create_args, input_schema, .nullable = true,
	    .doc = SCHEMA_DOC " From main's parameters if not given."),
	PARAM_JSON(struct tool_create_args, output_schema, .nullable = true,
	    .doc = "JSON Schema 2020-12 of the result. A result that does "
		   "not fit is an error of the tool."),
	PARAM_ENUM(struct tool_create_args, task_mode,
	    .choices = KIND_TASK_MODES, .def = "none", .doc = TASK_DOC),
	PARAM_END
};

static const struct param update_params[] = {
	ID_ROW(struct tool_update_args),
	PARAM_STR(struct tool_update_args, title, .nullable = true,
	    .max = TOOL_TITLE_MAX, .pattern = TITLE_PATTERN,
	    .doc = "New title; null removes it."),
	PARAM_STR(struct tool_update_args, description, .nullable = true,
	    .max = DESCRIPTION_MAX,
	    .doc = "New description; null takes it from main's docstring."),
	PARAM_STR(struct tool_update_args, python_code, .min = 1,
	    .max = CODE_MAX, .doc = CODE_DOC),
	PARAM_INT(struct tool_update_args, timeout_ms, .nullable = true,
	    .min = TIMEOUT_MS_MIN, .max = TIMEOUT_MS_MAX,
	    .doc = "New time limit in milliseconds; null: the server's."),
	PARAM_JSON(struct tool_update_args, annotations, .nullable = true,
	    .doc = "New hints for clients, all of them; null removes them."),
	PARAM_JSON(struct tool_update_args, input_schema, .nullable = true,
	    .doc = SCHEMA_DOC " null: from main's parameters again."),
	PARAM_JSON(struct tool_update_args, output_schema, .nullable = true,
	    .doc = "New JSON Schema of the result; null removes it."),
	PARAM_STRS(struct tool_update_args, secret_names,
	    .max = TOOL_SECRETS_MAX, .pattern = SECRETS_NAME_PATTERN,
	    .doc = "New list of secrets that it wants to read, all of them."),
	PARAM_STR(struct tool_update_args, uri, .min = 1, .max = KIND_URI_MAX,
	    .doc = "New URI of a resource, or template of a template."),
	PARAM_STR(struct tool_update_args, mime_type, .nullable = true,
	    .max = KIND_MIME_MAX, .pattern = MIME_PATTERN,
	    .doc = "New MIME type of a resource; null removes it."),
	PARAM_INT(struct tool_update_args, size, .nullable = true,
	    .min = 0, .max = SIZE_BYTES_MAX,
	    .doc = "New size of a resource in bytes; null removes it."),
	PARAM_ARRAY(struct tool_update_args, icons, .nullable = true,
	    .max = KIND_ICONS_MAX, .doc = ICONS_DOC " null removes them."),
	PARAM_STRS(struct tool_update_args, client_capabilities,
	    .max = KIND_CAPABILITIES_MAX, .pattern = KIND_CAPABILITIES_PATTERN,
	    .doc = CAPABILITIES_DOC),
	PARAM_ENUM(struct tool_update_args, task_mode,
	    .choices = KIND_TASK_MODES, .doc = TASK_DOC),
	PARAM_STR(struct tool_update_args, change_summary,
	    .max = TOOL_SUMMARY_MAX,
	    .doc = "What changed and why, for the reviewer and the history."),
	PARAM_BOOL(struct tool_update_args, enabled,
	    .doc = "A switch beside the approval. Only a person can switch a "
		   "tool on again."),
	PARAM_END
};

static const struct param request_params[] = {
	ID_ROW(struct tool_request_args),
	PARAM_STR(struct tool_request_args, notes, .nullable = true,
	    .max = TOOL_NOTES_MAX,
	    .doc = "For the reviewer: what it is for, how it was tested."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(tool_summary_fields, struct tool, "ToolSummary")
};

static const struct field written_fields[] = {
	TOOL_SUMMARY_ROWS,
	TOOL_CODE_ROWS,
	FIELD_LIST(struct written, findings, .child = code_finding_fields,
	    .child_size = sizeof(struct code_finding), .child_name = "Finding",
	    .doc = "Remarks that a reviewer will see, too. Those of the rule "
		   "host-not-granted say what to ask for."),
	CODE_HOSTS_ROW(struct written),
	FIELD_END
};

static const struct field status_fields[] = {
	FIELD_UUID(struct status, tool_id, .doc = "Identifies the tool."),
	FIELD_STR(struct status, full_name, .doc = "What clients call."),
	FIELD_STR(struct status, approval_status, .choices = TOOL_STATUSES,
	    .doc = "Where the current version stands."),
	FIELD_BOOL(struct status, enabled, .doc = "Is it switched on?"),
	FIELD_BOOL(struct status, callable,
	    .doc = "Would a call be accepted now?"),
	FIELD_INT(struct status, current_version, .doc = "Its number."),
	FIELD_OPT_INT(struct status, approved_version,
	    .flags = FIELD_NULLABLE,
	    .doc = "The version that is approved, maybe an older one."),
	FIELD_STR(struct status, approved_by, .flags = FIELD_NULLABLE,
	    .doc = "Who approved it."),
	FIELD_TIME(struct status, approved_at, .flags = FIELD_NULLABLE,
	    .doc = "When."),
	FIELD_TIME(struct status, approval_requested_at,
	    .flags = FIELD_NULLABLE, .doc = "When review was asked for."),
	FIELD_STR(struct status, rejection_reason, .flags = FIELD_NULLABLE,
	    .doc = "Why the reviewer said no."),
	FIELD_STR(struct status, publish_notes, .flags = FIELD_NULLABLE,
	    .doc = "What the reviewer was told."),
	FIELD_LIST(struct status, network, .child = network_fields,
	    .child_size = sizeof(struct network),
	    .child_name = "NetworkAccess",
	    .doc = "What it may reach (approved), also through its server, "
		   "and what else was asked for."),
	FIELD_LIST(struct status, comments, .child = comment_fields,
	    .child_size = sizeof(struct comment),
	    .child_name = "ReviewComment",
	    .doc = "What reviewers asked, and was answered, in threads that "
		   "are open. Answer with add_review_comment and reply_to, or "
		   "with another version."),
	FIELD_STR(struct status, next_step, .doc = "What to do now."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return tool_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	return tool_get(ctx, a->tool_id, result);
}

/* What was written, with what the checker says of it and what it lacks. */
static enum fail_code
remark(struct ctx *ctx, enum fail_code rc, struct written *w)
{
	struct code_place place;
	struct version v;

	if (rc != FAIL_NONE)
		return rc;
	place = (struct code_place){
	    str_from(w->tool.server_id), str_from(w->tool.id)};
	rc = version_get(ctx, place.tool_id, w->tool.current_version, &v);
	if (rc != FAIL_NONE)
		return rc;
	code_findings(ctx, v.findings, &w->findings);
	return code_hosts(ctx, v.findings, &place, &w->hosts, &w->findings);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return tool_create_as(ctx, KIND_TOOL, args);
}

static enum fail_code
op_create_checked(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	struct written *w = result;

	return remark(ctx,
	    tool_create_as_checked(ctx, KIND_TOOL, args, run, &w->tool), w);
}

static enum fail_code
op_update(struct ctx *ctx, const void *args, void *result)
{
	struct written *w = result;
	enum fail_code rc = tool_update_begin(ctx, args, &w->tool);

	return ctx->run != NULL ? rc : remark(ctx, rc, w);
}

static enum fail_code
op_update_checked(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	struct written *w = result;
	struct code_check check;
	enum fail_code rc = code_check_accept(ctx, run, &check);

	if (rc == FAIL_NONE)
		rc = tool_update_finish(ctx, args, &check, &w->tool);
	return remark(ctx, rc, w);
}

static enum fail_code
op_delete(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	(void)result;
	return tool_delete(ctx, a->tool_id);
}

static enum fail_code
op_request(struct ctx *ctx, const void *args, void *result)
{
	return tool_request_publish(ctx, args, result);
}

static const char *
next_step(const struct tool *t)
{
	static const struct {
		const char *status;
		const char *text;
	} steps[] = {
	    {"draft",
		"Try it with test_code, then ask for review with "
		"request_publish."},
	    {"pending_review",
		"A person has to review it on the web page. "
		"Ask for the status again later."},
	    {"rejected",
		"Change it as the reason says with update_tool, "
		"which asks for review again."},
	};

	for (size_t i = 0; i < NELEM(steps); i++) {
		if (str_eq_c(str_from(t->approval_status), steps[i].status))
			return steps[i].text;
	}
	if (!t->enabled)
		return "It is switched off; a person can switch it on.";
	return t->callable ? "It can be called."
			   : "Start its server with start_server.";
}

#define ASKED                                                                  \
	"A reviewer waits for an answer: read comments, then reply with "      \
	"add_review_comment, or make another version with update_tool."

/* Does a reviewer have the last word in some thread? */
static bool
asked(const struct list *comments)
{
	const struct comment *v = comments->v;

	for (size_t i = 0; i < comments->n; i++) {
		bool last = i + 1 == comments->n || !v[i + 1].reply_to.given;

		if (last && v[i].from_reviewer)
			return true;
	}
	return false;
}

static enum fail_code
op_status(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;
	struct status *s = result;
	struct tool t;
	enum fail_code rc = tool_get(ctx, a->tool_id, &t);

	if (rc != FAIL_NONE)
		return rc;
	*s = (struct status){
	    .tool_id = t.id,
	    .full_name = t.full_name,
	    .approval_status = t.approval_status,
	    .enabled = t.enabled,
	    .callable = t.callable,
	    .current_version = t.current_version,
	    .approved_version = t.approved_version,
	    .approved_by = t.approved_by,
	    .approved_at = t.approved_at,
	    .approval_requested_at = t.approval_requested_at,
	    .rejection_reason = t.rejection_reason,
	    .publish_notes = t.publish_notes,
	    .next_step = next_step(&t),
	};
	rc = comment_open(ctx, a->tool_id, &s->comments);
	if (rc != FAIL_NONE)
		return rc;
	if (asked(&s->comments))
		s->next_step = ASKED;
	return network_of_tool(ctx, a->tool_id, STR_NONE, &s->network);
}

/* clang-format off */
enum {
	OP_LIST, OP_GET, OP_CREATE, OP_UPDATE, OP_DELETE, OP_REQUEST, OP_STATUS
};

#define RESULT_TOOL \
	.result = tool_fields, .result_size = sizeof(struct tool), \
	.result_name = "Tool"
#define RESULT_WRITTEN \
	.result = written_fields, .result_size = sizeof(struct written), \
	.result_name = "ToolWritten"
#define BY_ID \
	.params = id_params, .args_size = sizeof(struct id_args)

const struct op tool_ops[] = {
	[OP_LIST] = {
		.name = "list_tools",
		.title = "List the tools of a server",
		.doc = "The tools of one server, oldest first, a page at a "
		       "time, without their code. get_tool has the code.",
		.params = list_params,
		.args_size = sizeof(struct tool_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "ToolPage",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_GET] = {
		.name = "get_tool",
		.title = "Get a tool",
		.doc = "One tool with the code and schemas of its current "
		       "version, and where it stands.",
		BY_ID, RESULT_TOOL,
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	[OP_CREATE] = {
		.name = "create_tool",
		.title = "Create a tool",
		.doc = "Adds a tool, written in Python, to a server. The code "
		       "is checked as by validate_code and refused when not "
		       "valid. The new tool is a draft that nobody can call. "
		       "Next: test_code to try it, request_publish to ask for "
		       "review; then a person approves it, and it can be "
		       "called while its server is running.",
		.params = create_params,
		.args_size = sizeof(struct tool_create_args),
		RESULT_WRITTEN,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_create, .resume = op_create_checked,
	},
	[OP_UPDATE] = {
		.name = "update_tool",
		.title = "Change a tool",
		.doc = "Changes what is given, the rest stays. Any change of "
		       "content makes a new version and takes an approved or "
		       "rejected tool back to review: it cannot be called "
		       "again before a person approves the new version. A "
		       "draft stays a draft. Say in change_summary what you "
		       "did. `enabled` alone makes no version.",
		.params = update_params,
		.args_size = sizeof(struct tool_update_args),
		RESULT_WRITTEN,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_IDEMPOTENT,
		.fn = op_update, .resume = op_update_checked,
	},
	[OP_DELETE] = {
		.name = "delete_tool",
		.title = "Delete a tool",
		.doc = "Deletes a tool with its versions and approvals. There "
		       "is no way back.",
		BY_ID,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_delete,
	},
	[OP_REQUEST] = {
		.name = "request_publish",
		.title = "Ask for review",
		.doc = "Puts a draft or rejected tool into the queue of a "
		       "human reviewer. Nothing else makes it callable. Test "
		       "it first. get_tool_status tells what the reviewer "
		       "decided.",
		.params = request_params,
		.args_size = sizeof(struct tool_request_args),
		RESULT_TOOL,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_request,
	},
	[OP_STATUS] = {
		.name = "get_tool_status",
		.title = "Where a tool stands",
		.doc = "Whether a tool is approved, waiting, rejected (and "
		       "why), and what to do next.",
		BY_ID,
		.result = status_fields,
		.result_size = sizeof(struct status),
		.result_name = "ToolStatus",
		.perm = PERM_READ, .faces = FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_status,
	},
	{.name = NULL},
};

const struct route tool_routes[] = {
	{"GET",    "/api/servers/{server_id}/tools", &tool_ops[OP_LIST],   200, false},
	{"POST",   "/api/servers/{server_id}/tools", &tool_ops[OP_CREATE], 201, false},
	{"GET",    "/api/tools/{tool_id}",           &tool_ops[OP_GET],    200, false},
	{"PATCH",  "/api/tools/{tool_id}",           &tool_ops[OP_UPDATE], 200, false},
	{"DELETE", "/api/tools/{tool_id}",           &tool_ops[OP_DELETE], 204, false},
	{"POST",   "/api/tools/{tool_id}/request-publish", &tool_ops[OP_REQUEST], 200, false},
	ROUTE_END
};
/* clang-format on */
