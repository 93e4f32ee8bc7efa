/*
 * jsonschema_assert.c: the keywords that look at one value.
 */
#include "op/jsonschema_impl.h"

#include <string.h>

#include "buf.h"
#include "op/textform.h"
#include "str.h"

#define LISTED_MAX 120 /* bytes of allowed values named in a message */

/* --- any value ----------------------------------------------------------- */

static bool
is_type(const char *name, const json_t *value)
{
	static const struct {
		const char *name;
		json_type type;
	} types[] = {
	    {"object", JSON_OBJECT},
	    {"array", JSON_ARRAY},
	    {"string", JSON_STRING},
	    {"null", JSON_NULL},
	};

	if (strcmp(name, "integer") == 0)
		return js_is_integer(value);
	if (strcmp(name, "number") == 0)
		return json_is_number(value);
	if (strcmp(name, "boolean") == 0)
		return json_is_boolean(value);
	for (size_t i = 0; i < NELEM(types); i++) {
		if (strcmp(name, types[i].name) == 0)
			return json_typeof(value) == types[i].type;
	}
	return false;
}

/* "must be of type integer or null" */
static bool
wrong_type(struct js *v, const json_t *names)
{
	size_t n = json_array_size(names);
	struct buf b;

	if (v->mute > 0)
		return false;
	buf_init(&b, LISTED_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(&b, i + 1 == n ? " or " : ", ");
		buf_puts(&b, json_string_value(json_array_get(names, i)));
	}
	(void)js_violation(v, "must be of type %s", b.n > 0 ? b.p : "");
	buf_free(&b);
	return false;
}

static bool
kw_type(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	if (json_is_string(kw))
		return is_type(json_string_value(kw), value) ||
		    js_violation(
			v, "must be of type %s", json_string_value(kw));
	for (size_t i = 0; i < json_array_size(kw); i++) {
		const char *name = json_string_value(json_array_get(kw, i));

		if (name != NULL && is_type(name, value))
			return true;
	}
	return wrong_type(v, kw);
}

/* Allowed values as a message lists them, cut where it gets long. */
static void
list_values(struct buf *b, const json_t *values)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		char *text = json_dumps(
		    json_array_get(values, i), JSON_COMPACT | JSON_ENCODE_ANY);

		if (text == NULL)
			fail_abort("jsonschema: out of memory");
		if (b->n + strlen(text) + 8 > LISTED_MAX) {
			buf_puts(b, b->n > 0 ? ", …" : "the listed values");
			free(text);
			return;
		}
		buf_printf(b, "%s%s", i > 0 ? ", " : "", text);
		free(text);
	}
}

static bool
kw_enum(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	struct buf b;

	(void)schema;
	for (size_t i = 0; i < json_array_size(kw); i++) {
		if (js_equal(v, json_array_get(kw, i), value))
			return true;
	}
	if (v->mute > 0)
		return false;
	buf_init(&b, LISTED_MAX + 16);
	list_values(&b, kw);
	(void)js_violation(v, "must be one of %s", b.n > 0 ? b.p : "nothing");
	buf_free(&b);
	return false;
}

static bool
kw_const(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	struct buf b;
	json_t *one;

	(void)schema;
	if (js_equal(v, kw, value))
		return true;
	if (v->mute > 0)
		return false;
	one = json_pack("[O]", kw);
	if (one == NULL)
		fail_abort("jsonschema: out of memory");
	buf_init(&b, LISTED_MAX + 16);
	list_values(&b, one);
	json_decref(one);
	(void)js_violation(v, "must be %s", b.n > 0 ? b.p : "");
	buf_free(&b);
	return false;
}

/* --- numbers ------------------------------------------------------------- */

/* "5" or "0.5", as a person writes it. */
static bool
number_violation(struct js *v, const char *what, const json_t *limit)
{
	if (json_is_integer(limit))
		return js_violation(
		    v, "%s %lld", what, (long long)json_integer_value(limit));
	return js_violation(v, "%s %g", what, json_real_value(limit));
}

static bool
kw_minimum(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_compare(value, kw) >= 0 ||
	    number_violation(v, "must be at least", kw);
}

static bool
kw_maximum(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_compare(value, kw) <= 0 ||
	    number_violation(v, "must be at most", kw);
}

static bool
kw_above(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_compare(value, kw) > 0 ||
	    number_violation(v, "must be more than", kw);
}

static bool
kw_below(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_compare(value, kw) < 0 ||
	    number_violation(v, "must be less than", kw);
}

static bool
kw_multiple(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_multiple(value, kw) ||
	    number_violation(v, "must be a multiple of", kw);
}

/* --- strings ------------------------------------------------------------- */

static struct str
text(const json_t *v)
{
	return (struct str){json_string_value(v), json_string_length(v)};
}

/* The keyword's count as a size; a fraction ".0" is allowed. */
static size_t
count(const json_t *kw)
{
	if (json_is_integer(kw))
		return json_integer_value(kw) < 0
		    ? 0
		    : (size_t)json_integer_value(kw);
	return json_real_value(kw) < 0 || json_real_value(kw) > 1e15
	    ? 0
	    : (size_t)json_real_value(kw);
}

static bool
kw_min_length(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return str_utf8_len(text(value)) >= count(kw) ||
	    js_violation(v, "must have at least %zu characters", count(kw));
}

static bool
kw_max_length(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return str_utf8_len(text(value)) <= count(kw) ||
	    js_violation(v, "must have at most %zu characters", count(kw));
}

static bool
kw_pattern(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return js_match(v, json_string_value(kw), text(value)) != ECMARE_NO ||
	    js_violation(v, "must match the pattern %s", json_string_value(kw));
}

static bool
kw_format(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return textform_ok(json_string_value(kw), text(value)) ||
	    js_violation(v, "must be a valid %s", json_string_value(kw));
}

/* --- counts -------------------------------------------------------------- */

static bool
kw_min_items(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return json_array_size(value) >= count(kw) ||
	    js_violation(v, "must have at least %zu items", count(kw));
}

static bool
kw_max_items(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return json_array_size(value) <= count(kw) ||
	    js_violation(v, "must have at most %zu items", count(kw));
}

static bool
kw_unique(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return !json_is_true(kw) || js_unique(v, value) ||
	    js_violation(v, "must not have equal items");
}

static bool
kw_min_properties(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return json_object_size(value) >= count(kw) ||
	    js_violation(v, "must have at least %zu members", count(kw));
}

static bool
kw_max_properties(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return json_object_size(value) <= count(kw) ||
	    js_violation(v, "must have at most %zu members", count(kw));
}

static bool
kw_required(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	bool ok = true;

	(void)schema;
	for (size_t i = 0; i < json_array_size(kw); i++) {
		const char *name = json_string_value(json_array_get(kw, i));

		if (name != NULL && json_object_get(value, name) == NULL)
			ok = js_violation_at(v, name, "is required");
	}
	return ok;
}

static bool
kw_dependent_required(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name;
	json_t *needed;
	bool ok = true;

	JS_EACH(kw, name, needed)
	{
		if (json_object_get(value, name) != NULL)
			ok = kw_required(v, schema, needed, value) && ok;
	}
	return ok;
}

/* clang-format off */
const struct js_keyword js_assertions[] = {
	{"type",              JS_ANY,    JS_SHAPE_TYPE,     kw_type},
	{"enum",              JS_ANY,    JS_SHAPE_ARRAY,    kw_enum},
	{"const",             JS_ANY,    JS_SHAPE_ANY,      kw_const},
	{"minimum",           JS_NUMBER, JS_SHAPE_NUMBER,   kw_minimum},
	{"maximum",           JS_NUMBER, JS_SHAPE_NUMBER,   kw_maximum},
	{"exclusiveMinimum",  JS_NUMBER, JS_SHAPE_NUMBER,   kw_above},
	{"exclusiveMaximum",  JS_NUMBER, JS_SHAPE_NUMBER,   kw_below},
	{"multipleOf",        JS_NUMBER, JS_SHAPE_POSITIVE, kw_multiple},
	{"minLength",         JS_STRING, JS_SHAPE_COUNT,    kw_min_length},
	{"maxLength",         JS_STRING, JS_SHAPE_COUNT,    kw_max_length},
	{"pattern",           JS_STRING, JS_SHAPE_STRING,   kw_pattern},
	{"format",            JS_STRING, JS_SHAPE_STRING,   kw_format},
	{"minItems",          JS_ARRAY,  JS_SHAPE_COUNT,    kw_min_items},
	{"maxItems",          JS_ARRAY,  JS_SHAPE_COUNT,    kw_max_items},
	{"uniqueItems",       JS_ARRAY,  JS_SHAPE_BOOL,     kw_unique},
	{"minProperties",     JS_OBJECT, JS_SHAPE_COUNT,    kw_min_properties},
	{"maxProperties",     JS_OBJECT, JS_SHAPE_COUNT,    kw_max_properties},
	{"required",          JS_OBJECT, JS_SHAPE_NAMES,    kw_required},
	{"dependentRequired", JS_OBJECT, JS_SHAPE_NAME_MAP, kw_dependent_required},
	{.name = NULL},
};
/* clang-format on */
