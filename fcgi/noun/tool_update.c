/*
 * tool_update.c: a change of what a tool is.
 *
 * The new content is put together from the current version and what the
 * caller gave, under the tool's lock; equal content makes no version.  Code
 * that was not checked is never stored: when the current code changed while
 * ours was not being looked at, the caller is told to try again.
 */
#include "noun/tool.h"

#include <string.h>

#include "db/db.h"
#include "noun/tx.h"
#include "noun/version.h"

static bool
changes_anything(const struct tool_update_args *a)
{
	return a->title.p != NULL || a->description.p != NULL ||
	    a->python_code.p != NULL || a->timeout_ms.given ||
	    a->annotations != NULL || a->input_schema != NULL ||
	    a->output_schema != NULL || a->secret_names.given ||
	    a->uri.p != NULL || a->mime_type.p != NULL || a->size.given ||
	    a->icons != NULL || a->client_capabilities.given ||
	    a->task_mode.p != NULL || a->enabled.given;
}

/* Other code, or what has to be read from the code. */
static bool
needs_check(const struct tool_update_args *a, const char *current)
{
	return (a->python_code.p != NULL &&
		   !str_eq_c(a->python_code, current)) ||
	    (a->description.p != NULL && a->description.n == 0) ||
	    json_is_null(a->input_schema);
}

static void
merge_schema(const struct tool_update_args *a, const struct code_check *check,
    bool other_code, struct version *v)
{
	if (json_is_object(a->input_schema)) {
		v->input_schema = a->input_schema;
		v->input_schema_given = true;
	} else if (json_is_null(a->input_schema) ||
	    (other_code && !v->input_schema_given)) {
		v->input_schema = check->input_schema;
		v->input_schema_given = false;
	}
}

/* What resources, and clients, have to do with it. */
static void
merge_rest(struct ctx *ctx, const struct tool_update_args *a, struct version *v)
{
	if (a->uri.n > 0)
		v->uri = arena_str(ctx->arena, a->uri).p;
	if (a->mime_type.p != NULL)
		v->mime_type = tool_text(ctx, a->mime_type);
	if (a->size.given) {
		v->size = a->size;
		v->size.given = !a->size.null;
	}
	if (a->icons != NULL)
		v->icons = tool_value(a->icons);
	if (a->client_capabilities.given)
		v->client_capabilities = tool_set(ctx, &a->client_capabilities);
	if (a->task_mode.n > 0)
		v->task_mode = arena_str(ctx->arena, a->task_mode).p;
}

/* The current version with the caller's changes laid over it. */
static void
merge(struct ctx *ctx, const struct tool_update_args *a,
    const struct code_check *check, struct version *v)
{
	bool other_code = a->python_code.p != NULL &&
	    !str_eq_c(a->python_code, v->python_code);

	if (a->title.p != NULL)
		v->title = tool_text(ctx, a->title);
	if (a->description.n > 0)
		v->description = arena_str(ctx->arena, a->description).p;
	else if (a->description.p != NULL)
		v->description = code_description(ctx, check);
	merge_schema(a, check, other_code, v);
	if (other_code) {
		v->python_code = arena_str(ctx->arena, a->python_code).p;
		v->findings = check->findings_json;
		v->imports = check->imports;
		v->completes = check->completes;
	}
	if (a->timeout_ms.given) {
		v->timeout_ms = a->timeout_ms;
		v->timeout_ms.given = !a->timeout_ms.null;
	}
	if (a->annotations != NULL)
		v->annotations = tool_value(a->annotations);
	if (a->output_schema != NULL)
		v->output_schema = tool_value(a->output_schema);
	if (a->secret_names.given)
		v->secret_names = tool_set(ctx, &a->secret_names);
	merge_rest(ctx, a, v);
}

/* --- what changed, in words ----------------------------------------------- */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_json(json_t *a, json_t *b)
{
	return a == NULL || b == NULL ? a == b : json_equal(a, b) == 1;
}

static bool
same_names(const struct strs *a, const struct strs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	}
	return true;
}

static const char *
describe(struct ctx *ctx, const struct version *was, const struct version *is)
{
	const struct {
		const char *name;
		bool same;
	} parts[] = {
	    {"code", same_text(was->python_code, is->python_code)},
	    {"title", same_text(was->title, is->title)},
	    {"description", same_text(was->description, is->description)},
	    {"input schema",
		was->input_schema_given == is->input_schema_given &&
		    (!is->input_schema_given ||
			same_json(was->input_schema, is->input_schema))},
	    {"output schema", same_json(was->output_schema, is->output_schema)},
	    {"annotations", same_json(was->annotations, is->annotations)},
	    {"time limit",
		was->timeout_ms.given == is->timeout_ms.given &&
		    was->timeout_ms.v == is->timeout_ms.v},
	    {"secrets", same_names(&was->secret_names, &is->secret_names)},
	    {"URI", same_text(was->uri, is->uri)},
	    {"MIME type", same_text(was->mime_type, is->mime_type)},
	    {"size",
		was->size.given == is->size.given && was->size.v == is->size.v},
	    {"icons", same_json(was->icons, is->icons)},
	    {"client capabilities",
		same_names(
		    &was->client_capabilities, &is->client_capabilities)},
	    {"task mode", same_text(was->task_mode, is->task_mode)},
	};
	const char *text = "Changed";
	bool first = true;

	for (size_t i = 0; i < NELEM(parts); i++) {
		if (parts[i].same)
			continue;
		text = arena_printf(ctx->arena, "%s%s %s", text,
		    first ? "" : ",", parts[i].name);
		first = false;
	}
	return text;
}

/* --- applying ------------------------------------------------------------- */

static enum fail_code
change_content(struct ctx *ctx, const struct tool_update_args *a,
    const struct code_check *check, const struct tool *held, bool *changed)
{
	struct version was, is;
	enum fail_code rc;

	rc = version_get(ctx, a->tool_id, held->current_version, &was);
	if (rc != FAIL_NONE)
		return rc;
	if (check == NULL && needs_check(a, was.python_code))
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The tool was changed at the same time. Look at it, then "
		    "try again.");
	is = was;
	merge(ctx, a, check, &is);
	rc = kind_check_variables(ctx, is.kind, is.uri, is.input_schema);
	if (rc != FAIL_NONE)
		return rc;
	*changed = strcmp(version_digest(ctx, &is), was.digest) != 0;
	if (!*changed)
		return FAIL_NONE;
	is.change_summary = a->change_summary.n > 0
	    ? arena_str(ctx->arena, a->change_summary).p
	    : describe(ctx, &was, &is);
	is.change_source = ctx_change_source(ctx);
	return version_add(ctx, held, &is);
}

static enum fail_code
apply(struct ctx *ctx, const struct tool_update_args *a,
    const struct code_check *check, struct tool *out)
{
	bool content = false, toggle;
	struct tool before;
	enum fail_code rc = tool_hold(ctx, a->tool_id, &before);

	if (rc == FAIL_NONE)
		rc = change_content(ctx, a, check, &before, &content);
	if (rc != FAIL_NONE)
		return rc;
	toggle = a->enabled.given && a->enabled.v != before.enabled;
	if (toggle)
		rc = db_run(ctx, Q_tool_set_enabled,
		    DB_ARGS(DB_STR(a->tool_id), DB_BOOL(a->enabled.v)), NULL);
	if (rc != FAIL_NONE)
		return rc;
	if (!content && !toggle) {
		*out = before;
		return FAIL_NONE; /* nothing happened: nothing to record */
	}
	return tool_record(ctx, "update_tool", &before, out);
}

enum fail_code
tool_update_finish(struct ctx *ctx, const struct tool_update_args *args,
    const struct code_check *check, struct tool *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, apply(ctx, args, check, out));
}

static enum fail_code
check_content(
    struct ctx *ctx, const struct tool_update_args *args, const struct tool *t)
{
	struct kind_content c = {
	    .kind = t->kind,
	    .annotations = args->annotations,
	    .input_schema = args->input_schema,
	    .output_schema = args->output_schema,
	    .uri = args->uri,
	    .mime_type = args->mime_type,
	    .size = args->size,
	    .icons = args->icons,
	    .client_capabilities = args->client_capabilities,
	    .task_mode = args->task_mode,
	};

	return kind_check(ctx, &c);
}

/* Will the author's own input schema be there afterwards? */
static bool
stays_given(const struct tool_update_args *args, const struct tool *t)
{
	return json_is_object(args->input_schema) ||
	    (args->input_schema == NULL && t->input_schema_given);
}

enum fail_code
tool_update_begin(
    struct ctx *ctx, const struct tool_update_args *args, struct tool *out)
{
	enum fail_code rc;

	if (!changes_anything(args))
		return fail(&ctx->fail, FAIL_INVALID,
		    "Give at least one thing to change.");
	rc = tool_get(ctx, args->tool_id, out);
	if (rc == FAIL_NONE)
		rc = check_content(ctx, args, out);
	if (rc != FAIL_NONE)
		return rc;
	if (needs_check(args, out->python_code))
		return code_check_begin(ctx,
		    args->python_code.p != NULL ? args->python_code
						: str_from(out->python_code),
		    out->kind, stays_given(args, out));
	return tool_update_finish(ctx, args, NULL, out);
}
