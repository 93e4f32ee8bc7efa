/*
 * search_ops.c: the search, as REST and MCP show it.
 *
 * Two doors with two keys.  A model looks for what it may call, so that is
 * what it finds, and calling is the permission it needs.  A person looks
 * through everything, as in the lists of tools.
 */
#include "noun/search.h"

#include "noun/tool.h"

/* clang-format off */
#define SEARCH_ROWS \
	PARAM_STR(struct search_args, search, .from = FROM_QUERY, .required = true, \
	    .min = 1, .max = SEARCH_TEXT_MAX, \
	    .doc = "What the tool should do, in a few words. Any of them may " \
		   "match, all of them rank first; word endings and typing " \
		   "mistakes are forgiven."), \
	PARAM_INT(struct search_args, limit, .from = FROM_QUERY, .min = 1, \
	    .max = SEARCH_HITS_MAX, .def = "10", .doc = "Hits a page."), \
	PARAM_STR(struct search_args, cursor, .from = FROM_QUERY, .min = 1, \
	    .max = SEARCH_CURSOR_MAX, \
	    .doc = "next_cursor of the page before, with the same words."), \
	PARAM_BOOL(struct search_args, schemas, .from = FROM_QUERY, .def = "false", \
	    .doc = "With the input schema of each hit?"), \
	PARAM_ENUM(struct search_args, kind, .from = FROM_QUERY, \
	    .choices = KIND_WORDS "|all", .def = "tool", \
	    .doc = "What is looked for.")

static const struct param search_params[] = {
	SEARCH_ROWS,
	PARAM_END
};

static const struct param find_params[] = {
	SEARCH_ROWS,
	PARAM_BOOL(struct search_args, callable, .from = FROM_QUERY,
	    .def = "false", .doc = "Only tools that can be called now?"),
	PARAM_END
};

static const struct field why_fields[] = {
	FIELD_STR(struct search_why, field, .choices = SEARCH_FIELDS,
	    .doc = "Where it was found."),
	FIELD_STR(struct search_why, snippet,
	    .doc = "The text around it, plain."),
	FIELD_STRS(struct search_why, matches,
	    .doc = "The words of the snippet that matched."),
	FIELD_END
};

#define HIT_ROWS \
	FIELD_STR(struct search_hit, name, \
	    .doc = "What clients call: server__tool."), \
	FIELD_STR(struct search_hit, kind, .choices = KIND_WORDS, \
	    .doc = "What it is for clients."), \
	FIELD_STR(struct search_hit, title, .flags = FIELD_NULLABLE, \
	    .doc = "Its name for people."), \
	FIELD_STR(struct search_hit, description, \
	    .doc = "What it does and when to use it."), \
	FIELD_LIST(struct search_hit, why, .child = why_fields, \
	    .child_size = sizeof(struct search_why), \
	    .child_name = "SearchWhy", \
	    .doc = "Why it was found, the weightiest field first."), \
	FIELD_JSON(struct search_hit, input_schema, .flags = FIELD_NULLABLE, \
	    .doc = "JSON Schema of its arguments; null unless `schemas`.")

static const struct field hit_fields[] = {
	HIT_ROWS,
	FIELD_END
};

static const struct field found_fields[] = {
	HIT_ROWS,
	FIELD_UUID(struct search_hit, tool_id, .doc = "Identifies the tool."),
	FIELD_UUID(struct search_hit, server_id, .doc = "Its server."),
	FIELD_STR(struct search_hit, server_name,
	    .doc = "Name of its server."),
	FIELD_STR(struct search_hit, approval_status,
	    .choices = TOOL_STATUSES,
	    .doc = "Where the current version stands."),
	FIELD_BOOL(struct search_hit, enabled, .doc = "Is it switched on?"),
	FIELD_BOOL(struct search_hit, callable,
	    .doc = "Would a call be accepted now?"),
	FIELD_END
};

#define RESULT_ROWS(fields, name_) \
	FIELD_LIST(struct search_result, hits, .child = (fields), \
	    .child_size = sizeof(struct search_hit), .child_name = (name_), \
	    .doc = "Best first."), \
	FIELD_STR(struct search_result, next_cursor, \
	    .flags = FIELD_NULLABLE, \
	    .doc = "For the next page; null when this is the last.")

static const struct field search_fields[] = {
	RESULT_ROWS(hit_fields, "SearchHit"),
	FIELD_END
};

static const struct field find_fields[] = {
	RESULT_ROWS(found_fields, "FoundTool"),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_search(struct ctx *ctx, const void *args, void *result)
{
	return search_tools(ctx, args, true, result);
}

static enum fail_code
op_find(struct ctx *ctx, const void *args, void *result)
{
	const struct search_args *a = args;

	return search_tools(ctx, a, a->callable.v, result);
}

/* clang-format off */
enum { OP_SEARCH, OP_FIND };

const struct op search_ops[] = {
	[OP_SEARCH] = {
		.name = "search_tools",
		.title = "Search for a tool",
		.doc = "Finds tools that you can call now by what they do, "
		       "best first, each with the reason. Use it instead of "
		       "reading the whole list when there are many. Call a "
		       "hit by its name; with `schemas` you also get what it "
		       "takes.",
		.params = search_params,
		.args_size = sizeof(struct search_args),
		.result = search_fields,
		.result_size = sizeof(struct search_result),
		.result_name = "ToolSearch",
		.perm = PERM_CALL, .faces = FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_search,
	},
	[OP_FIND] = {
		.name = "find_tools",
		.title = "Find tools",
		.doc = "Tools of all servers and in any state by what they "
		       "do, best first, each with the reason.",
		.params = find_params,
		.args_size = sizeof(struct search_args),
		.result = find_fields,
		.result_size = sizeof(struct search_result),
		.result_name = "ToolsFound",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_find,
	},
	{.name = NULL},
};

const struct route search_routes[] = {
	{"GET", "/api/tools", &search_ops[OP_FIND], 200, false},
	ROUTE_END
};
/* clang-format on */
