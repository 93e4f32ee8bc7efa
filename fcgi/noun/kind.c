/*
 * kind.c: the kinds there are of what a model writes, and what each may say.
 */
#include "noun/kind.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "noun/xheader.h"
#include "op/jsonschema.h"
#include "op/uri.h"

#define SCHEMA_TEXT_MAX ((size_t)64 * 1024)
#define ICONS_TEXT_MAX ((size_t)64 * 1024)
#define ICON_SIZES_MAX 16
#define X_HEADER "x-mcp-header"

enum part {
	PART_URI = 1 << 0,
	PART_TEMPLATE = 1 << 1, /* the uri is one */
	PART_MIME = 1 << 2,
	PART_SIZE = 1 << 3,
	PART_HINTS = 1 << 4,    /* annotations of a tool */
	PART_AUDIENCE = 1 << 5, /* annotations of a resource */
	PART_SCHEMAS = 1 << 6,  /* of arguments and result */
	PART_TASK = 1 << 7
};

static const struct kind {
	const char *word;
	const char *noun;
	enum box_entry entry;
	unsigned parts;
} kinds[] = {
    {KIND_TOOL, "tool", BOX_ENTRY_TOOL, PART_HINTS | PART_SCHEMAS | PART_TASK},
    {KIND_RESOURCE, "resource", BOX_ENTRY_RESOURCE,
	PART_URI | PART_MIME | PART_SIZE | PART_AUDIENCE},
    {KIND_TEMPLATE, "resource template", BOX_ENTRY_TEMPLATE,
	PART_URI | PART_TEMPLATE | PART_MIME | PART_AUDIENCE},
    {KIND_PROMPT, "prompt", BOX_ENTRY_PROMPT, 0},
};

static const struct kind *
find(const char *word)
{
	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	}
	log_panic("there is no such kind", word);
}

enum box_entry
kind_entry(const char *kind)
{
	return find(kind)->entry;
}

const char *
kind_noun(const char *kind)
{
	return find(kind)->noun;
}

/* Something that this kind does not have. */
static void
foreign(struct ctx *ctx, const char *pointer, const struct kind_content *c)
{
	(void)fail_field(&ctx->fail, pointer, "is nothing that a %s has",
	    kind_noun(c->kind));
}

static struct str
text_of(const json_t *v)
{
	return (struct str){json_string_value(v), json_string_length(v)};
}

/* --- annotations ---------------------------------------------------------- */

static bool
is_boolean(const json_t *v)
{
	return json_is_boolean(v);
}

static bool
is_text(const json_t *v)
{
	return json_is_string(v);
}

static bool
is_audience(const json_t *v)
{
	size_t i;
	json_t *one;

	if (!json_is_array(v) || json_array_size(v) == 0 ||
	    json_array_size(v) > 2)
		return false;
	json_array_foreach(v, i, one)
	{
		if (!str_eq_c(text_of(one), "user") &&
		    !str_eq_c(text_of(one), "assistant"))
			return false;
	}
	return true;
}

static bool
is_priority(const json_t *v)
{
	return json_is_number(v) && json_number_value(v) >= 0 &&
	    json_number_value(v) <= 1;
}

static bool
is_time(const json_t *v)
{
	json_t *schema = json_pack(
	    "{s:s,s:s}", "type", "string", "format", "date-time");
	struct fail f;
	bool ok;

	fail_clear(&f);
	ok = jsonschema_validate(schema, v, &f) == FAIL_NONE;
	json_decref(schema);
	return ok;
}

static const struct annotation {
	const char *name;
	unsigned part;
	bool (*fits)(const json_t *v);
	const char *must;
} annotations[] = {
    {"title", PART_HINTS, is_text, "must be a string"},
    {"readOnlyHint", PART_HINTS, is_boolean, "must be true or false"},
    {"destructiveHint", PART_HINTS, is_boolean, "must be true or false"},
    {"idempotentHint", PART_HINTS, is_boolean, "must be true or false"},
    {"openWorldHint", PART_HINTS, is_boolean, "must be true or false"},
    {"audience", PART_AUDIENCE, is_audience,
	"must be an array of \"user\" and \"assistant\""},
    {"priority", PART_AUDIENCE, is_priority, "must be from 0 to 1"},
    {"lastModified", PART_AUDIENCE, is_time,
	"must be a time like 2026-01-12T15:00:58Z"},
};

static void
check_annotation(struct ctx *ctx, unsigned parts, const char *name, json_t *v)
{
	for (size_t i = 0; i < NELEM(annotations); i++) {
		const struct annotation *a = &annotations[i];

		if ((a->part & parts) == 0 || strcmp(name, a->name) != 0)
			continue;
		if (!a->fits(v))
			(void)fail_field(&ctx->fail,
			    arena_printf(ctx->arena, "/annotations/%s", name),
			    "%s", a->must);
		return;
	}
	(void)fail_field(&ctx->fail, "/annotations",
	    "has a member that is none of %s",
	    (parts & PART_HINTS) != 0
		? "title, readOnlyHint, destructiveHint, idempotentHint, "
		  "openWorldHint"
		: "audience, priority, lastModified");
}

static void
check_annotations(struct ctx *ctx, unsigned parts, const struct kind_content *c)
{
	const char *name;
	json_t *v;

	if (!json_is_object(c->annotations))
		return;
	if ((parts & (PART_HINTS | PART_AUDIENCE)) == 0) {
		foreign(ctx, "/annotations", c);
		return;
	}
	json_object_foreach(c->annotations, name, v)
	{
		check_annotation(ctx, parts, name, v);
	}
}

/* --- schemas -------------------------------------------------------------- */

static void
check_schema(struct ctx *ctx, const char *pointer, json_t *schema)
{
	if (json_text(ctx->arena, schema).n > SCHEMA_TEXT_MAX)
		(void)fail_field(&ctx->fail, pointer,
		    "is longer than %zu bytes", SCHEMA_TEXT_MAX);
	else if (jsonschema_check(schema, pointer, &ctx->fail) != FAIL_NONE &&
	    ctx->fail.nfields == 0)
		(void)fail_field(&ctx->fail, pointer, "is no usable schema");
}

static void
check_input(struct ctx *ctx, json_t *schema)
{
	const char *type = json_get_str(schema, "type");
	size_t before = ctx->fail.nfields;

	check_schema(ctx, "/input_schema", schema);
	if (type == NULL || strcmp(type, "object") != 0)
		(void)fail_field(&ctx->fail, "/input_schema",
		    "must have \"type\": \"object\" at its root");
	if (ctx->fail.nfields == before &&
	    strstr(json_text(ctx->arena, schema).p, X_HEADER) != NULL)
		xheader_check(schema, "/input_schema", &ctx->fail);
}

static void
check_schemas(struct ctx *ctx, unsigned parts, const struct kind_content *c)
{
	bool may = (parts & PART_SCHEMAS) != 0;

	if (json_is_object(c->output_schema) && may)
		check_schema(ctx, "/output_schema", c->output_schema);
	else if (json_is_object(c->output_schema))
		foreign(ctx, "/output_schema", c);
	if (json_is_object(c->input_schema) && may)
		check_input(ctx, c->input_schema);
	else if (json_is_object(c->input_schema))
		foreign(ctx, "/input_schema", c);
}

/* --- icons ---------------------------------------------------------------- */

static bool
is_source(const json_t *v)
{
	struct str s = text_of(v);

	if (str_starts(s, "https://"))
		return uri_valid(s);
	return str_starts(s, "data:image/") && uri_valid(s);
}

/* "48x48", "any". */
static bool
is_size(const json_t *v)
{
	struct str rest = text_of(v), width;
	int64_t w, h;

	if (str_eq_c(rest, "any"))
		return true;
	width = str_split(&rest, 'x');
	return str_to_i64(width, &w) && str_to_i64(rest, &h) && w > 0 &&
	    h > 0 && w < 100000 && h < 100000;
}

static bool
is_sizes(const json_t *v)
{
	size_t i;
	json_t *one;

	if (!json_is_array(v) || json_array_size(v) > ICON_SIZES_MAX)
		return false;
	json_array_foreach(v, i, one)
	{
		if (!is_size(one))
			return false;
	}
	return true;
}

static bool
is_mime(const json_t *v)
{
	struct str s = text_of(v);

	return s.n > 0 && s.n <= KIND_MIME_MAX && memchr(s.p, '/', s.n) &&
	    !str_has_control(s, NULL);
}

static bool
is_theme(const json_t *v)
{
	return str_eq_c(text_of(v), "light") || str_eq_c(text_of(v), "dark");
}

static const struct {
	const char *name;
	bool (*fits)(const json_t *v);
	const char *must;
} icon_parts[] = {
    {"src", is_source, "must be a URI with https: or data:image/"},
    {"mimeType", is_mime, "must be a MIME type"},
    {"sizes", is_sizes, "must be an array like [\"48x48\"] or [\"any\"]"},
    {"theme", is_theme, "must be light or dark"},
};

static void
check_icon_part(struct ctx *ctx, size_t i, const char *name, const json_t *v)
{
	for (size_t k = 0; k < NELEM(icon_parts); k++) {
		if (strcmp(icon_parts[k].name, name) != 0)
			continue;
		if (!icon_parts[k].fits(v))
			(void)fail_field(&ctx->fail,
			    arena_printf(ctx->arena, "/icons/%zu/%s", i, name),
			    "%s", icon_parts[k].must);
		return;
	}
	(void)fail_field(&ctx->fail, arena_printf(ctx->arena, "/icons/%zu", i),
	    "has a member that is none of src, mimeType, sizes, theme");
}

static void
check_icons(struct ctx *ctx, json_t *icons)
{
	json_t *icon, *v;
	const char *name;
	size_t i;

	if (!json_is_array(icons))
		return;
	if (json_array_size(icons) > KIND_ICONS_MAX)
		(void)fail_field(&ctx->fail, "/icons",
		    "has more than %d entries", KIND_ICONS_MAX);
	if (json_text(ctx->arena, icons).n > ICONS_TEXT_MAX)
		(void)fail_field(&ctx->fail, "/icons",
		    "is longer than %zu bytes", ICONS_TEXT_MAX);
	json_array_foreach(icons, i, icon)
	{
		if (json_object_get(icon, "src") == NULL)
			(void)fail_field(&ctx->fail,
			    arena_printf(ctx->arena, "/icons/%zu", i),
			    "must be an object with a src");
		json_object_foreach(icon, name, v)
		{
			check_icon_part(ctx, i, name, v);
		}
	}
}

/* --- resources ------------------------------------------------------------ */

static void
check_uri(struct ctx *ctx, unsigned parts, const struct kind_content *c)
{
	const char *why = NULL;

	if ((parts & PART_URI) == 0) {
		if (c->uri.n > 0)
			foreign(ctx, "/uri", c);
		return;
	}
	if (c->uri.n == 0) {
		if (c->whole || c->uri.p != NULL)
			(void)fail_field(&ctx->fail, "/uri", "is required");
		return;
	}
	if ((parts & PART_TEMPLATE) != 0 ? !uri_template_valid(c->uri, &why)
					 : !uri_valid(c->uri))
		(void)fail_field(&ctx->fail, "/uri", "%s",
		    why != NULL
			? why
			: "must be a URI: a scheme, a colon, and characters "
			  "that a URI may have (others as %XX)");
}

static void
check_rest(struct ctx *ctx, unsigned parts, const struct kind_content *c)
{
	if (c->mime_type.n > 0 && (parts & PART_MIME) == 0)
		foreign(ctx, "/mime_type", c);
	if (c->size.given && !c->size.null && (parts & PART_SIZE) == 0)
		foreign(ctx, "/size", c);
	if (c->task_mode.n > 0 && !str_eq_c(c->task_mode, "none") &&
	    (parts & PART_TASK) == 0)
		foreign(ctx, "/task_mode", c);
}

enum fail_code
kind_check(struct ctx *ctx, const struct kind_content *c)
{
	unsigned parts = find(c->kind)->parts;

	check_annotations(ctx, parts, c);
	check_schemas(ctx, parts, c);
	check_icons(ctx, c->icons);
	check_uri(ctx, parts, c);
	check_rest(ctx, parts, c);
	return ctx->fail.nfields == 0 ? FAIL_NONE
				      : fail(&ctx->fail, FAIL_INVALID, NULL);
}

/* --- a template and its code ---------------------------------------------- */

static bool
is_required(const json_t *schema, struct str name)
{
	const json_t *required = json_get_arr(schema, "required"), *one;
	size_t i;

	json_array_foreach(required, i, one)
	{
		if (str_eq(text_of(one), name))
			return true;
	}
	return false;
}

static void
check_required(
    struct ctx *ctx, const json_t *schema, const struct str *names, size_t n)
{
	const json_t *required = json_get_arr(schema, "required"), *one;
	size_t i;

	json_array_foreach(required, i, one)
	{
		bool given = false;

		for (size_t k = 0; k < n; k++)
			given = given || str_eq(text_of(one), names[k]);
		if (!given)
			(void)fail_field(&ctx->fail, "/python_code",
			    "the URI template has no variable for main's "
			    "parameter %s",
			    json_string_value(one));
	}
}

enum fail_code
kind_check_variables(
    struct ctx *ctx, const char *kind, const char *uri, const json_t *schema)
{
	const json_t *properties = json_get_obj(schema, "properties");
	struct str names[URI_VARIABLES_MAX];
	bool optional[URI_VARIABLES_MAX];
	size_t n;

	if ((find(kind)->parts & PART_TEMPLATE) == 0)
		return FAIL_NONE;
	n = uri_template_names(str_from(uri), names, optional);
	for (size_t i = 0; i < n; i++) {
		if (json_object_getn(properties, names[i].p, names[i].n) ==
		    NULL)
			(void)fail_field(&ctx->fail, "/python_code",
			    "main has no parameter for the variable %.*s",
			    STR_FMT(names[i]));
		else if (optional[i] && is_required(schema, names[i]))
			(void)fail_field(&ctx->fail, "/python_code",
			    "main's parameter %.*s needs a default: a URI may "
			    "be without it",
			    STR_FMT(names[i]));
	}
	check_required(ctx, schema, names, n);
	return ctx->fail.nfields == 0 ? FAIL_NONE
				      : fail(&ctx->fail, FAIL_INVALID, NULL);
}
