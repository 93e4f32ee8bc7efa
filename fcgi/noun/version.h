/*
 * version.h: what a tool was, is, and may become again.
 *
 * Versions count from 1 without gaps and never change (a trigger sees to
 * both).  Each new one returns its tool to review, except a draft, which stays
 * a draft; an approval names its version, so it does not follow.
 */
#ifndef MCPBOX_VERSION_H
#define MCPBOX_VERSION_H

#include <jansson.h>

#include "noun/tool.h"
#include "op/ctx.h"
#include "op/op.h"

#define VERSION_SOURCES "manual|llm|rollback|import"

struct version {
	const char *tool_id;
	int64_t version;
	const char *kind;
	const char *name;  /* full name */
	const char *title; /* NULL: none */
	const char *description;
	struct opt_int timeout_ms; /* not given: the server's */
	const char *python_code;
	json_t *input_schema;
	json_t *output_schema; /* NULL: none */
	json_t *annotations;   /* NULL: none */
	struct strs secret_names;
	const char *uri;       /* NULL: none */
	const char *mime_type; /* NULL: none */
	struct opt_int size;   /* not given: unknown */
	json_t *icons;         /* NULL: none */
	struct strs client_capabilities;
	const char *task_mode;
	bool input_schema_given;
	bool completes;     /* follows from the code; not content */
	const char *digest; /* hex */
	json_t *findings;   /* array; not content */
	json_t *remarks;    /* array, as noun/aids found them; not content */
	/* Modules that the code names; not given: from before they were read.
	 * Follows from the code. */
	struct strs imports;
	const char *change_summary;
	const char *change_source; /* VERSION_SOURCES */
	const char *created_by;
	const char *created_at;
};

extern const struct field version_fields[];
extern const struct op version_ops[];
extern const struct route version_routes[];

/* FAIL_NOT_FOUND without that version. */
enum fail_code version_get(struct ctx *ctx, struct str tool_id, int64_t n,
    struct version *out) ATTR_NODISCARD;
/* The digest of its content (noun/digest). */
const char *version_digest(struct ctx *ctx, const struct version *v);
/*
 * In a transaction that holds the tool: stores v's content as its version
 * `n`, by the caller; sets version, digest and created_by in *v.
 */
enum fail_code version_store(struct ctx *ctx, const char *tool_id, int64_t n,
    struct version *v) ATTR_NODISCARD;
/* The same as the tool's next version, which becomes the current one. */
enum fail_code version_add(
    struct ctx *ctx, const struct tool *held, struct version *v) ATTR_NODISCARD;

/*
 * A new version with the content of version n.  FAIL_CONFLICT unless n is
 * older than the current one.
 */
enum fail_code version_rollback(struct ctx *ctx, struct str tool_id, int64_t n,
    struct tool *out) ATTR_NODISCARD;

#endif
