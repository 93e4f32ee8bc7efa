/*
 * tool.h: a tool: Python that a client may call once a person approved it.
 *
 * A resource, a resource template and a prompt are tools of another kind
 * (noun/kind): the same rows, the same life, other ways to reach them.
 *
 * What a tool is (code, description, schemas, …) is its current version and
 * never changes in place; see noun/version.  What was decided about it is
 * noun/approval's; this file only reads that.  The name is fixed.
 */
#ifndef MCPBOX_TOOL_H
#define MCPBOX_TOOL_H

#include <jansson.h>

#include "noun/code.h"
#include "noun/kind.h"
#include "op/ctx.h"
#include "op/op.h"

#define TOOL_NAME_MAX 60
#define TOOL_NAME_PATTERN "^[a-z][a-z0-9_]*$"
#define TOOL_FULL_NAME_MAX 64 /* longer names are cut by clients */
#define TOOL_STATUSES "draft|pending_review|approved|rejected"
#define TOOL_TITLE_MAX 200
#define TOOL_NOTES_MAX 2000
#define TOOL_SUMMARY_MAX 500
#define TOOL_SECRETS_MAX 32

struct tool {
	const char *id;
	const char *server_id;
	const char *server_name;
	const char *kind; /* KIND_WORDS */
	const char *name;
	const char *full_name; /* server__tool */
	const char *title;     /* NULL: none */
	const char *description;
	bool enabled;
	struct opt_int timeout_ms; /* not given: the server's */
	const char *python_code;
	json_t *input_schema;
	json_t *output_schema; /* NULL: none */
	json_t *annotations;   /* NULL: none */
	struct strs secret_names;
	const char *uri;       /* of a resource, or a template; else NULL */
	const char *mime_type; /* NULL: none */
	struct opt_int size;   /* not given: unknown */
	json_t *icons;         /* NULL: none */
	struct strs client_capabilities; /* that a client must have */
	const char *task_mode;           /* KIND_TASK_MODES */
	bool input_schema_given; /* by the author, not derived from main */
	bool completes;          /* has a function that completes arguments */
	int64_t current_version;
	const char *digest;          /* of the current version, hex */
	const char *approval_status; /* TOOL_STATUSES */
	/* The approval that stands, of this or an older version, or nothing. */
	struct opt_int approved_version;
	const char *approved_digest;
	const char *approved_by;
	const char *approved_at;
	const char *approval_requested_at; /* NULL: never */
	const char *rejection_reason;      /* NULL unless rejected */
	const char *publish_notes;
	const char *created_by;
	const char *created_at;
	const char *updated_at;
	bool callable; /* approved, enabled, and its server runs */
};

struct tool_list_args {
	struct str server_id;
	struct str kind; /* KIND_WORDS, or "all" */
	struct opt_int page;
	struct opt_int page_size;
};

struct tool_create_args {
	const char *kind; /* NULL: a tool */
	struct str server_id;
	struct str name;
	struct str title;
	struct str description; /* empty: from the docstring */
	struct str python_code;
	struct opt_int timeout_ms;
	json_t *annotations;
	json_t *input_schema; /* NULL: from main's signature */
	json_t *output_schema;
	struct strs secret_names;
	struct str uri;
	struct str mime_type;
	struct opt_int size;
	json_t *icons;
	struct strs client_capabilities;
	struct str task_mode; /* empty: none */
};

/* What is absent stays; null (empty) removes. */
struct tool_update_args {
	struct str tool_id;
	struct str title;
	struct str description; /* "": from the docstring again */
	struct str python_code;
	struct opt_int timeout_ms;
	json_t *annotations;
	json_t *input_schema; /* null: from main's signature again */
	json_t *output_schema;
	struct strs secret_names;
	struct str uri;
	struct str mime_type;
	struct opt_int size;
	json_t *icons;
	struct strs client_capabilities;
	struct str task_mode;
	struct str change_summary;
	struct opt_bool enabled;
};

struct tool_request_args {
	struct str tool_id;
	struct str notes;
};

extern const struct field tool_fields[];
/* Without code and schemas; of struct tool, too. */
extern const struct field tool_summary_fields[];
extern const struct op tool_ops[];
extern const struct route tool_routes[];

/* Oldest first; struct tool by tool_summary_fields. */
enum fail_code tool_list(struct ctx *ctx, const struct tool_list_args *args,
    struct page *out) ATTR_NODISCARD;
/* Of these kinds ("resource|template"), whatever args->kind says. */
enum fail_code tool_list_kinds(struct ctx *ctx,
    const struct tool_list_args *args, const char *kinds,
    struct page *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such a tool (as all below). */
enum fail_code tool_get(
    struct ctx *ctx, struct str id, struct tool *out) ATTR_NODISCARD;
/*
 * In a transaction: the same, and nobody else changes it or decides about it
 * until the end.
 */
enum fail_code tool_hold(
    struct ctx *ctx, struct str id, struct tool *out) ATTR_NODISCARD;
/* The last step of a mutation: reads the new state and writes the audit row. */
enum fail_code tool_record(struct ctx *ctx, const char *operation,
    const struct tool *before, struct tool *out) ATTR_NODISCARD;

/*
 * In two halves around a check of the code (noun/code).  begin refuses what
 * is wrong without it; finish makes the tool, a draft with version 1.
 */
enum fail_code tool_create_begin(
    struct ctx *ctx, const struct tool_create_args *args) ATTR_NODISCARD;
enum fail_code tool_create_finish(struct ctx *ctx,
    const struct tool_create_args *args, const struct code_check *check,
    struct tool *out) ATTR_NODISCARD;

/* The same two halves, as an operation has them, for this kind. */
enum fail_code tool_create_as(struct ctx *ctx, const char *kind,
    const struct tool_create_args *args) ATTR_NODISCARD;
enum fail_code tool_create_as_checked(struct ctx *ctx, const char *kind,
    const struct tool_create_args *args, const struct run *run,
    struct tool *out) ATTR_NODISCARD;

/*
 * begin starts a check when the change needs one (ctx->run is set then), and
 * applies it at once else.  A change of content makes a new version; `enabled`
 * is a switch beside it.
 */
enum fail_code tool_update_begin(struct ctx *ctx,
    const struct tool_update_args *args, struct tool *out) ATTR_NODISCARD;
enum fail_code tool_update_finish(struct ctx *ctx,
    const struct tool_update_args *args, const struct code_check *check,
    struct tool *out) ATTR_NODISCARD;

/* With its versions and decisions. */
enum fail_code tool_delete(struct ctx *ctx, struct str id) ATTR_NODISCARD;
/* FAIL_CONFLICT unless draft or rejected. */
enum fail_code tool_request_publish(struct ctx *ctx,
    const struct tool_request_args *args, struct tool *out) ATTR_NODISCARD;

/* What a parameter says, as a version holds it: "" and JSON null are NULL. */
const char *tool_text(struct ctx *ctx, struct str s);
json_t *tool_value(json_t *v);
/* Sorted, each once, so that one set has one digest. */
struct strs tool_set(struct ctx *ctx, const struct strs *names);

#endif
