/*
 * jsonschema.c: does a JSON value fit a JSON Schema?
 *
 * The walk goes down schema and value together.  It calls itself, at most
 * JSONSCHEMA_DEPTH_MAX deep, and takes at most JSONSCHEMA_WORK_MAX steps:
 * past either it gives up, and that is the answer.
 */
#include "op/jsonschema.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "op/jsonschema_impl.h"

bool
js_spend(struct js *v, size_t n)
{
	v->work -= (long)n + 1;
	if (v->work < 0 && v->broken == FAIL_NONE)
		v->broken = FAIL_TOO_LARGE;
	return v->broken == FAIL_NONE;
}

/* One step of ours is worth this many of the automaton's. */
#define MATCH_STEPS 8

enum ecmare
js_match(struct js *v, const char *pattern, struct str text)
{
	enum ecmare verdict;
	size_t steps;

	if (!js_spend(v, 64))
		return ECMARE_UNKNOWN;
	steps = (size_t)v->work * MATCH_STEPS;
	verdict = ecmare_match(pattern, text, &steps);
	v->work = (long)(steps / MATCH_STEPS);
	if (verdict == ECMARE_UNKNOWN && steps == 0)
		v->broken = FAIL_TOO_LARGE;
	return verdict;
}

/* --- where we are -------------------------------------------------------- */

/* Appends "/key" to the path (cut where it gets too long), for path_n = old. */
static size_t
path_push(struct js *v, const char *key)
{
	size_t old = v->path_n;

	if (v->path_n < JS_PATH_MAX - 1)
		v->path[v->path_n++] = '/';
	for (; *key != '\0' && v->path_n < JS_PATH_MAX - 2; key++) {
		if (*key == '~' || *key == '/') {
			v->path[v->path_n++] = '~';
			v->path[v->path_n++] = *key == '~' ? '0' : '1';
		} else {
			v->path[v->path_n++] = *key;
		}
	}
	v->path[v->path_n] = '\0';
	return old;
}

static void
path_pop(struct js *v, size_t old)
{
	v->path_n = old;
	v->path[old] = '\0';
}

static bool ATTR_PRINTF(2, 0)
    violation(struct js *v, const char *fmt, va_list ap)
{
	/* Longer than a message may be: fail_field cuts it between characters.
	 */
	char text[2 * FAIL_FIELD_MESSAGE_MAX];

	if (v->mute > 0 || v->broken != FAIL_NONE)
		return false;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)fail_field(v->f, v->path, "%s", text);
	return false;
}

bool
js_violation(struct js *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)violation(v, fmt, ap);
	va_end(ap);
	return false;
}

bool
js_violation_at(struct js *v, const char *key, const char *fmt, ...)
{
	size_t old = path_push(v, key);
	va_list ap;

	va_start(ap, fmt);
	(void)violation(v, fmt, ap);
	va_end(ap);
	path_pop(v, old);
	return false;
}

/* --- the walk ------------------------------------------------------------ */

static unsigned
kind(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return JS_OBJECT;
	case JSON_ARRAY:
		return JS_ARRAY;
	case JSON_STRING:
		return JS_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return JS_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return 0;
	}
	return 0;
}

static bool shape_ok(const json_t *value, enum js_shape shape);

static bool
apply_table(struct js *v, const struct js_keyword *table, const json_t *schema,
    const json_t *value)
{
	unsigned k = kind(value);
	bool ok = true;

	for (; table->name != NULL && v->broken == FAIL_NONE; table++) {
		const json_t *kw;

		if (table->fn == NULL ||
		    (table->kinds != JS_ANY && (table->kinds & k) == 0))
			continue;
		kw = json_object_get(schema, table->name);
		/* A keyword of the wrong kind says nothing. */
		if (kw != NULL && shape_ok(kw, table->shape))
			ok = table->fn(v, schema, kw, value) && ok;
		if (!ok && v->mute > 0)
			break;
	}
	return ok;
}

bool
js_apply(struct js *v, const json_t *schema, const json_t *value)
{
	bool ok;

	if (!js_spend(v, 8))
		return true;
	if (json_is_false(schema))
		return js_violation(v, "is not allowed here");
	if (!json_is_object(schema))
		return true;
	if (v->depth == JSONSCHEMA_DEPTH_MAX) {
		v->broken = FAIL_TOO_LARGE;
		return true;
	}
	v->depth++;
	ok = apply_table(v, js_assertions, schema, value);
	/* A value of the wrong type has one violation, not one a keyword. */
	if (ok)
		ok = apply_table(v, js_applicators, schema, value);
	else if (v->mute == 0 && json_is_object(value))
		(void)apply_table(v, js_applicators, schema, value);
	v->depth--;
	return ok;
}

bool
js_apply_member(
    struct js *v, const json_t *schema, const char *key, const json_t *value)
{
	size_t old = path_push(v, key);
	bool ok = js_apply(v, schema, value);

	path_pop(v, old);
	return ok;
}

bool
js_apply_element(
    struct js *v, const json_t *schema, size_t i, const json_t *value)
{
	char key[24];

	(void)snprintf(key, sizeof(key), "%zu", i);
	return js_apply_member(v, schema, key, value);
}

bool
js_probe(struct js *v, const json_t *schema, const json_t *value)
{
	bool ok;

	v->mute++;
	ok = js_apply(v, schema, value);
	v->mute--;
	return ok;
}

enum fail_code
jsonschema_validate(const json_t *schema, const json_t *value, struct fail *f)
{
	struct js v = {
	    .root = schema,
	    .f = f,
	    .work = JSONSCHEMA_WORK_MAX,
	    .broken = FAIL_NONE,
	};
	bool ok = js_apply(&v, schema, value);

	if (v.broken == FAIL_CONFLICT) {
		fail_clear(f);
		return fail(f, FAIL_CONFLICT,
		    "The schema has a $ref that "
		    "leads nowhere.");
	}
	if (v.broken != FAIL_NONE) {
		fail_clear(f);
		return fail(f, FAIL_TOO_LARGE,
		    "The value or its schema is "
		    "too complex to validate.");
	}
	return ok ? FAIL_NONE : FAIL_INVALID;
}

/* --- is it a schema? ----------------------------------------------------- */

static bool
is_schema(const json_t *v)
{
	return json_is_object(v) || json_is_boolean(v);
}

static bool
is_type_name(const json_t *v)
{
	static const char *const names[] = {"object", "array", "string",
	    "number", "integer", "boolean", "null"};

	for (size_t i = 0; json_is_string(v) && i < NELEM(names); i++) {
		if (strcmp(json_string_value(v), names[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_string(const json_t *v)
{
	return json_is_string(v);
}

static bool
is_names(const json_t *v)
{
	bool ok = json_is_array(v);

	for (size_t i = 0; i < json_array_size(v); i++)
		ok = ok && json_is_string(json_array_get(v, i));
	return ok;
}

static bool
all_elements(const json_t *v, bool (*ok)(const json_t *))
{
	if (!json_is_array(v) || json_array_size(v) == 0)
		return false;
	for (size_t i = 0; i < json_array_size(v); i++) {
		if (!ok(json_array_get(v, i)))
			return false;
	}
	return true;
}

static bool
all_members(const json_t *v, bool (*ok)(const json_t *))
{
	const char *key;
	json_t *member;

	if (!json_is_object(v))
		return false;
	JS_EACH(v, key, member)
	{
		if (!ok(member))
			return false;
	}
	return true;
}

static bool
is_count(const json_t *v)
{
	return json_is_number(v) && js_is_integer(v) &&
	    json_number_value(v) >= 0;
}

static bool
shape_ok(const json_t *v, enum js_shape shape)
{
	switch (shape) {
	case JS_SHAPE_ANY:
		return true;
	case JS_SHAPE_SCHEMA:
		return is_schema(v);
	case JS_SHAPE_SCHEMAS:
		return all_elements(v, is_schema);
	case JS_SHAPE_SCHEMA_MAP:
		return all_members(v, is_schema);
	case JS_SHAPE_TYPE:
		return is_type_name(v) || all_elements(v, is_type_name);
	case JS_SHAPE_ARRAY:
		return json_is_array(v);
	case JS_SHAPE_NAMES:
		return is_names(v);
	case JS_SHAPE_NAME_MAP:
		return all_members(v, is_names);
	case JS_SHAPE_COUNT:
		return is_count(v);
	case JS_SHAPE_NUMBER:
		return json_is_number(v);
	case JS_SHAPE_POSITIVE:
		return json_is_number(v) && json_number_value(v) > 0;
	case JS_SHAPE_BOOL:
		return json_is_boolean(v);
	case JS_SHAPE_STRING:
		return is_string(v);
	}
	return false;
}

static void check_schema(struct js *v, const json_t *schema);

/* The schemas that a keyword of this shape holds. */
static void
check_inner(struct js *v, const json_t *kw, enum js_shape shape)
{
	const char *key;
	json_t *member;
	char index[24];
	size_t old;

	if (shape == JS_SHAPE_SCHEMA)
		check_schema(v, kw);
	if (shape == JS_SHAPE_SCHEMA_MAP) {
		JS_EACH(kw, key, member)
		{
			old = path_push(v, key);
			check_schema(v, member);
			path_pop(v, old);
		}
	}
	for (size_t i = 0; shape == JS_SHAPE_SCHEMAS && i < json_array_size(kw);
	     i++) {
		(void)snprintf(index, sizeof(index), "%zu", i);
		old = path_push(v, index);
		check_schema(v, json_array_get(kw, i));
		path_pop(v, old);
	}
}

static void
check_keywords(
    struct js *v, const struct js_keyword *table, const json_t *schema)
{
	for (; table->name != NULL; table++) {
		const json_t *kw = json_object_get(schema, table->name);
		size_t old;

		if (kw == NULL)
			continue;
		old = path_push(v, table->name);
		if (!shape_ok(kw, table->shape))
			(void)js_violation(
			    v, "is not what %s takes", table->name);
		else if (strcmp(table->name, "$ref") == 0 &&
		    js_resolve(v, json_string_value(kw)) == NULL)
			(void)js_violation(v,
			    "must name a part of this "
			    "schema (\"#/$defs/…\")");
		else
			check_inner(v, kw, table->shape);
		path_pop(v, old);
	}
}

/* Bounded by the parser's depth and by ours. */
static void
check_schema(struct js *v, const json_t *schema)
{
	const char *dialect = json_string_value(
	    json_object_get(schema, "$schema"));

	if (!js_spend(v, 8) || v->depth == JSONSCHEMA_DEPTH_MAX) {
		v->broken = FAIL_TOO_LARGE;
		return;
	}
	v->depth++;
	if (dialect != NULL &&
	    strncmp(dialect, "https://json-schema.org/draft/2020-12/schema",
		44) != 0)
		(void)js_violation_at(
		    v, "$schema", "only draft 2020-12 is supported");
	check_keywords(v, js_assertions, schema);
	check_keywords(v, js_applicators, schema);
	v->depth--;
}

enum fail_code
jsonschema_check(const json_t *schema, const char *prefix, struct fail *f)
{
	struct js v = {
	    .root = schema,
	    .f = f,
	    .work = JSONSCHEMA_WORK_MAX,
	    .broken = FAIL_NONE,
	};
	size_t before = f->nfields;

	v.path_n = (size_t)snprintf(v.path, sizeof(v.path), "%.100s", prefix);
	if (!is_schema(schema))
		return fail_field(f, prefix, "must be a JSON Schema");
	check_schema(&v, schema);
	if (v.broken != FAIL_NONE)
		return fail_field(f, prefix, "is too deep or too large");
	return f->nfields == before ? FAIL_NONE : FAIL_INVALID;
}
