/*
 * resource.c: where a URI leads.
 */
#include "noun/resource.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/kind.h"
#include "noun/resource_rows.h"
#include "noun/scope.h"
#include "op/uri.h"

/* clang-format off */
const struct field resource_place_fields[] = {
	FIELD_UUID(struct resource_place, server_id, .doc = "Its server."),
	FIELD_STR(struct resource_place, server_name, .doc = "Of that."),
	FIELD_STR(struct resource_place, name, .doc = "Within the server."),
	FIELD_STR(struct resource_place, kind, .doc = "Of KIND_WORDS."),
	FIELD_STR(struct resource_place, uri, .doc = "A URI, or a template."),
	FIELD_END
};
/* clang-format on */

/*
 * The thing itself, by the one statement that says whether it may run.  What
 * the copy said may be over by now: that is FAIL_NOT_FOUND, too.
 */
static enum fail_code
fetch(struct ctx *ctx, const struct resource_place *p, struct run_tool *out)
{
	enum fail_code rc = run_find(
	    ctx, p->kind, str_from(p->server_name), str_from(p->name), out);

	if (rc == FAIL_NONE &&
	    (!out->callable || strcmp(out->uri, p->uri) != 0))
		rc = fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	return rc;
}

/* The endpoint's server; NULL for that of all. */
static struct db_arg
scope_arg(const struct ctx *ctx)
{
	return ctx->scope != NULL ? DB_CSTR(ctx->scope->id) : DB_NULL;
}

static enum fail_code
place(struct ctx *ctx, struct str uri, const char *kind,
    struct resource_place *out)
{
	return db_one(ctx, Q_resource_place,
	    DB_ARGS(DB_STR(uri), DB_CSTR(kind), scope_arg(ctx)),
	    resource_place_fields, out);
}

static enum fail_code
templates(struct ctx *ctx, struct str uri, struct list *out)
{
	return db_all(ctx, Q_resource_templates,
	    DB_ARGS(DB_STR(uri), scope_arg(ctx)), resource_place_fields,
	    sizeof(struct resource_place), out);
}

static enum fail_code
find_by_template(struct ctx *ctx, struct str uri, struct run_tool *out,
    json_t **arguments_out)
{
	const struct resource_place *v;
	struct list list;
	enum fail_code rc = templates(ctx, uri, &list);

	if (rc != FAIL_NONE)
		return rc;
	v = list.v;
	for (size_t i = 0; i < list.n; i++) {
		if (!uri_template_match(
			ctx->arena, str_from(v[i].uri), uri, arguments_out))
			continue;
		rc = fetch(ctx, &v[i], out);
		if (rc != FAIL_NOT_FOUND)
			return rc;
		fail_clear(&ctx->fail);
	}
	return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
}

enum fail_code
resource_find(struct ctx *ctx, struct str uri, struct run_tool *out,
    json_t **arguments_out)
{
	struct resource_place p;
	enum fail_code rc;

	if (!uri_valid(uri) || uri.n > URI_MATCH_MAX)
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	rc = place(ctx, uri, KIND_RESOURCE, &p);
	if (rc == FAIL_NONE)
		rc = fetch(ctx, &p, out);
	*arguments_out = json_keep(ctx->arena, json_obj());
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	return find_by_template(ctx, uri, out, arguments_out);
}

enum fail_code
resource_find_template(struct ctx *ctx, struct str uri, struct run_tool *out)
{
	struct resource_place p;
	enum fail_code rc;

	if (uri.n > KIND_URI_MAX)
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	rc = place(ctx, uri, KIND_TEMPLATE, &p);
	return rc != FAIL_NONE ? rc : fetch(ctx, &p, out);
}

/* --- news ----------------------------------------------------------------- */

static enum fail_code
answers(struct ctx *ctx, const char *server_id, struct str uri, bool *is_out)
{
	const struct resource_place *v;
	struct resource_place p;
	struct list list;
	json_t *values;
	enum fail_code rc = place(ctx, uri, KIND_RESOURCE, &p);

	*is_out = rc == FAIL_NONE && strcmp(p.server_id, server_id) == 0;
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	rc = templates(ctx, uri, &list);
	if (rc != FAIL_NONE)
		return rc;
	v = list.v;
	for (size_t i = 0; i < list.n && !*is_out; i++)
		*is_out = strcmp(v[i].server_id, server_id) == 0 &&
		    uri_template_match(
			ctx->arena, str_from(v[i].uri), uri, &values);
	return FAIL_NONE;
}

enum fail_code
resource_updated(
    struct ctx *ctx, const char *server_id, struct str uri, bool *is_out)
{
	enum fail_code rc;

	*is_out = false;
	if (!uri_valid(uri) || uri.n > KIND_URI_MAX)
		return FAIL_NONE;
	rc = answers(ctx, server_id, uri, is_out);
	if (rc != FAIL_NONE || !*is_out)
		return rc;
	return db_run(ctx, Q_resource_announce,
	    DB_ARGS(DB_CSTR(
		arena_printf(ctx->arena, "updated:%.*s", STR_FMT(uri)))),
	    NULL);
}

enum fail_code
resource_list_changed(struct ctx *ctx, const char *server_id, const char *word)
{
	return db_run(ctx, Q_resource_announce,
	    DB_ARGS(
		DB_CSTR(arena_printf(ctx->arena, "%s:%s", word, server_id))),
	    NULL);
}
