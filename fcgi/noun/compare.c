/*
 * compare.c: two versions, field by field and line by line.
 */
#include "noun/compare.h"

#include "json.h"
#include "noun/diff.h"

/* clang-format off */
static const struct field difference_fields[] = {
	FIELD_STR(struct compare_difference, field, .doc = "What differs."),
	FIELD_JSON(struct compare_difference, old_value, .flags = FIELD_NULLABLE,
	    .doc = "In the first version."),
	FIELD_JSON(struct compare_difference, new_value, .flags = FIELD_NULLABLE,
	    .doc = "In the second."),
	FIELD_END
};

const struct field compare_fields[] = {
	FIELD_INT(struct compare, from_version, .doc = "As asked."),
	FIELD_INT(struct compare, to_version, .doc = "As asked."),
	FIELD_LIST(struct compare, differences, .child = difference_fields,
	    .child_size = sizeof(struct compare_difference),
	    .child_name = "Difference", .doc = "Each field that differs."),
	FIELD_STR(struct compare, unified_diff,
	    .doc = "The code's difference, as diff -u; empty if none."),
	FIELD_END
};
/* clang-format on */

static json_t *
names(struct ctx *ctx, const struct strs *list)
{
	json_t *a = json_keep(ctx->arena, json_arr());

	for (size_t i = 0; i < list->n; i++)
		json_add(a, json_stringn(list->v[i].p, list->v[i].n));
	return a;
}

static json_t *
text(struct ctx *ctx, const char *s)
{
	return s != NULL ? json_keep(ctx->arena, json_string(s)) : NULL;
}

static json_t *
number(struct ctx *ctx, struct opt_int v)
{
	return v.given ? json_keep(ctx->arena, json_integer(v.v)) : NULL;
}

static void
add(struct list *out, const char *field, json_t *a, json_t *b)
{
	struct compare_difference *v = out->v;

	if (a == b || (a != NULL && b != NULL && json_equal(a, b) == 1))
		return;
	v[out->n++] = (struct compare_difference){field, a, b};
}

#define FIELDS_COMPARED 15

void
compare_versions(struct ctx *ctx, const struct version *a,
    const struct version *b, struct compare *out)
{
	struct list *d = &out->differences;
	struct str diff;

	d->v = arena_zalloc(
	    ctx->arena, FIELDS_COMPARED, sizeof(struct compare_difference));
	add(d, "title", text(ctx, a->title), text(ctx, b->title));
	add(d, "description", text(ctx, a->description),
	    text(ctx, b->description));
	add(d, "python_code", text(ctx, a->python_code),
	    text(ctx, b->python_code));
	add(d, "timeout_ms", number(ctx, a->timeout_ms),
	    number(ctx, b->timeout_ms));
	add(d, "input_schema", a->input_schema, b->input_schema);
	add(d, "output_schema", a->output_schema, b->output_schema);
	add(d, "annotations", a->annotations, b->annotations);
	add(d, "secret_names", names(ctx, &a->secret_names),
	    names(ctx, &b->secret_names));
	add(d, "uri", text(ctx, a->uri), text(ctx, b->uri));
	add(d, "mime_type", text(ctx, a->mime_type), text(ctx, b->mime_type));
	add(d, "size", number(ctx, a->size), number(ctx, b->size));
	add(d, "icons", a->icons, b->icons);
	add(d, "client_capabilities", names(ctx, &a->client_capabilities),
	    names(ctx, &b->client_capabilities));
	add(d, "task_mode", text(ctx, a->task_mode), text(ctx, b->task_mode));
	add(d, "input_schema_given", json_boolean(a->input_schema_given),
	    json_boolean(b->input_schema_given));
	diff = diff_unified(ctx->arena,
	    arena_printf(ctx->arena, "version %lld", (long long)a->version),
	    arena_printf(ctx->arena, "version %lld", (long long)b->version),
	    str_from(a->python_code), str_from(b->python_code));
	out->unified_diff = diff.n > 0 ? diff.p : "";
	out->from_version = a->version;
	out->to_version = b->version;
}
