/*
 * jsonschema_apply.c: the keywords that hold schemas.
 */
#include "op/jsonschema_impl.h"

#include <stdint.h>
#include <string.h>

#include "str.h"

/* --- in place ------------------------------------------------------------ */

static bool
kw_ref(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const json_t *to = js_resolve(v, json_string_value(kw));

	(void)schema;
	if (to == NULL) {
		v->broken = FAIL_CONFLICT;
		return true;
	}
	return js_apply(v, to, value);
}

static bool
kw_all_of(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	bool ok = true;

	(void)schema;
	for (size_t i = 0; i < json_array_size(kw); i++)
		ok = js_apply(v, json_array_get(kw, i), value) && ok;
	return ok;
}

/*
 * When all forms fail, the one that at least has the right type is what was
 * meant: its violations say more than "none fits".
 */
static bool
explain(struct js *v, const json_t *forms, const json_t *value)
{
	const json_t *meant = NULL;
	size_t candidates = 0;

	for (size_t i = 0; i < json_array_size(forms); i++) {
		const json_t *form = json_array_get(forms, i);
		const json_t *type = json_object_get(form, "type");
		json_t *only;

		if (type == NULL)
			continue;
		only = json_pack("{s:O}", "type", type);
		if (only == NULL)
			fail_abort("jsonschema: out of memory");
		if (js_probe(v, only, value)) {
			meant = form;
			candidates++;
		}
		json_decref(only);
	}
	if (candidates == 1)
		return js_apply(v, meant, value);
	return js_violation(v, "fits none of the allowed forms");
}

/* {"type": "integer"} or {"type": "null"}: says so in one sentence. */
static bool
only_types(const json_t *forms, json_t **types_out)
{
	json_t *types = json_array();

	if (types == NULL)
		fail_abort("jsonschema: out of memory");
	for (size_t i = 0; i < json_array_size(forms); i++) {
		const json_t *form = json_array_get(forms, i);
		json_t *type = json_object_get(form, "type");

		if (!json_is_string(type) || json_object_size(form) != 1) {
			json_decref(types);
			return false;
		}
		if (json_array_append(types, type) != 0)
			fail_abort("jsonschema: out of memory");
	}
	*types_out = json_pack("{s:o}", "type", types);
	if (*types_out == NULL)
		fail_abort("jsonschema: out of memory");
	return true;
}

static bool
kw_any_of(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	json_t *types;

	(void)schema;
	for (size_t i = 0; i < json_array_size(kw); i++) {
		if (js_probe(v, json_array_get(kw, i), value))
			return true;
	}
	if (v->mute > 0)
		return false;
	if (!only_types(kw, &types))
		return explain(v, kw, value);
	(void)js_apply(v, types, value);
	json_decref(types);
	return false;
}

static bool
kw_one_of(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	size_t fits = 0;

	(void)schema;
	for (size_t i = 0; i < json_array_size(kw); i++)
		fits += js_probe(v, json_array_get(kw, i), value) ? 1 : 0;
	if (fits == 1)
		return true;
	if (fits > 1)
		return js_violation(v,
		    "fits more than one of the forms of "
		    "which it must fit exactly one");
	return v->mute > 0 ? false : explain(v, kw, value);
}

static bool
kw_not(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	(void)schema;
	return !js_probe(v, kw, value) ||
	    js_violation(v, "has a form that is not allowed");
}

static bool
kw_if(struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const json_t *next = json_object_get(
	    schema, js_probe(v, kw, value) ? "then" : "else");

	return next == NULL || js_apply(v, next, value);
}

static bool
kw_dependent_schemas(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name;
	json_t *next;
	bool ok = true;

	(void)schema;
	JS_EACH(kw, name, next)
	{
		if (json_object_get(value, name) != NULL)
			ok = js_apply(v, next, value) && ok;
	}
	return ok;
}

/* --- arrays -------------------------------------------------------------- */

static bool
kw_prefix_items(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	bool ok = true;

	(void)schema;
	for (size_t i = 0;
	     i < json_array_size(kw) && i < json_array_size(value); i++)
		ok = js_apply_element(v, json_array_get(kw, i), i,
			 json_array_get(value, i)) &&
		    ok;
	return ok;
}

static bool
kw_items(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	size_t i = json_array_size(json_object_get(schema, "prefixItems"));
	bool ok = true;

	for (; i < json_array_size(value) && v->broken == FAIL_NONE; i++)
		ok = js_apply_element(v, kw, i, json_array_get(value, i)) && ok;
	return ok;
}

static size_t
bound(const json_t *schema, const char *name, size_t def)
{
	const json_t *v = json_object_get(schema, name);

	return json_is_integer(v) && json_integer_value(v) >= 0
	    ? (size_t)json_integer_value(v)
	    : def;
}

static bool
kw_contains(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	size_t least = bound(schema, "minContains", 1);
	size_t most = bound(schema, "maxContains", SIZE_MAX);
	size_t found = 0;

	for (size_t i = 0; i < json_array_size(value); i++)
		found += js_probe(v, kw, json_array_get(value, i)) ? 1 : 0;
	if (found < least)
		return js_violation(v,
		    "must have at least %zu items of a "
		    "certain form, has %zu",
		    least, found);
	return found <= most ||
	    js_violation(v,
		"must have at most %zu items of a certain form, "
		"has %zu",
		most, found);
}

/* --- objects ------------------------------------------------------------- */

static bool
kw_properties(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name;
	json_t *next;
	bool ok = true;

	(void)schema;
	JS_EACH(kw, name, next)
	{
		const json_t *member = json_object_get(value, name);

		if (member != NULL)
			ok = js_apply_member(v, next, name, member) && ok;
	}
	return ok;
}

static bool
kw_pattern_properties(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name, *pattern;
	json_t *next, *member;
	bool ok = true;

	(void)schema;
	JS_EACH(kw, pattern, next)
	{
		JS_EACH(value, name, member)
		{
			if (js_match(v, pattern, str_from(name)) == ECMARE_YES)
				ok = js_apply_member(v, next, name, member) &&
				    ok;
		}
	}
	return ok;
}

/* A pattern we cannot read may mean any name: then it is not "additional". */
static bool
is_additional(struct js *v, const json_t *schema, const char *name)
{
	const json_t *patterns = json_object_get(schema, "patternProperties");
	const char *pattern;
	json_t *next;

	if (json_object_get(json_object_get(schema, "properties"), name) !=
	    NULL)
		return false;
	JS_EACH(patterns, pattern, next)
	{
		if (js_match(v, pattern, str_from(name)) != ECMARE_NO)
			return false;
	}
	return true;
}

static bool
kw_additional(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name;
	json_t *member;
	bool ok = true;

	JS_EACH(value, name, member)
	{
		if (!is_additional(v, schema, name))
			continue;
		if (json_is_false(kw))
			ok = js_violation_at(v, name, "is not known here");
		else
			ok = js_apply_member(v, kw, name, member) && ok;
	}
	return ok;
}

static bool
kw_property_names(
    struct js *v, const json_t *schema, const json_t *kw, const json_t *value)
{
	const char *name;
	json_t *member;
	bool ok = true;

	(void)schema;
	JS_EACH(value, name, member)
	{
		json_t *s = json_string(name);

		if (s == NULL)
			fail_abort("jsonschema: out of memory");
		if (!js_probe(v, kw, s))
			ok = js_violation_at(v, name, "is not an allowed name");
		json_decref(s);
	}
	return ok;
}

/* clang-format off */
const struct js_keyword js_applicators[] = {
	{"$ref",                 JS_ANY,    JS_SHAPE_STRING,     kw_ref},
	{"$defs",                JS_ANY,    JS_SHAPE_SCHEMA_MAP, NULL},
	{"definitions",          JS_ANY,    JS_SHAPE_SCHEMA_MAP, NULL}, /* older drafts' $defs */
	{"allOf",                JS_ANY,    JS_SHAPE_SCHEMAS,    kw_all_of},
	{"anyOf",                JS_ANY,    JS_SHAPE_SCHEMAS,    kw_any_of},
	{"oneOf",                JS_ANY,    JS_SHAPE_SCHEMAS,    kw_one_of},
	{"not",                  JS_ANY,    JS_SHAPE_SCHEMA,     kw_not},
	{"if",                   JS_ANY,    JS_SHAPE_SCHEMA,     kw_if},
	{"then",                 JS_ANY,    JS_SHAPE_SCHEMA,     NULL},
	{"else",                 JS_ANY,    JS_SHAPE_SCHEMA,     NULL},
	{"properties",           JS_OBJECT, JS_SHAPE_SCHEMA_MAP, kw_properties},
	{"patternProperties",    JS_OBJECT, JS_SHAPE_SCHEMA_MAP, kw_pattern_properties},
	{"additionalProperties", JS_OBJECT, JS_SHAPE_SCHEMA,     kw_additional},
	{"propertyNames",        JS_OBJECT, JS_SHAPE_SCHEMA,     kw_property_names},
	{"dependentSchemas",     JS_OBJECT, JS_SHAPE_SCHEMA_MAP, kw_dependent_schemas},
	{"prefixItems",          JS_ARRAY,  JS_SHAPE_SCHEMAS,    kw_prefix_items},
	{"items",                JS_ARRAY,  JS_SHAPE_SCHEMA,     kw_items},
	{"contains",             JS_ARRAY,  JS_SHAPE_SCHEMA,     kw_contains},
	{"unevaluatedItems",      JS_ARRAY,  JS_SHAPE_SCHEMA,     NULL},
	{"unevaluatedProperties", JS_OBJECT, JS_SHAPE_SCHEMA,     NULL},
	{"minContains",          JS_ARRAY,  JS_SHAPE_COUNT,      NULL},
	{"maxContains",          JS_ARRAY,  JS_SHAPE_COUNT,      NULL},
	{.name = NULL},
};
/* clang-format on */
