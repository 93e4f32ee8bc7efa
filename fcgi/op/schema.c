/*
 * schema.c: JSON Schema from the tables.
 */
#include "op/schema.h"

#include <string.h>

#include "json.h"
#include "op/param.h"
#include "str.h"

#define REF "#/components/schemas/"
#define REF_MAX 160

/* {"type": t}, or {"type": [t, "null"]}. */
static void
put_type(json_t *o, const char *type, bool nullable)
{
	json_t *list;

	if (!nullable) {
		json_put_str(o, "type", type);
		return;
	}
	list = json_arr();
	json_add(list, json_string(type));
	json_add(list, json_string("null"));
	json_put(o, "type", list);
}

static void
put_choices(json_t *o, const char *choices, bool nullable)
{
	struct str rest = str_from(choices);
	json_t *list = json_arr();

	while (rest.p != NULL) {
		struct str word = str_split(&rest, '|');

		json_add(list, json_stringn(word.p, word.n));
	}
	if (nullable)
		json_add(list, json_null());
	json_put(o, "enum", list);
}

/* --- parameters ----------------------------------------------------------- */

static void
put_range(
    json_t *o, const char *least, const char *most, int64_t min, int64_t max)
{
	if (min == 0 && max == 0)
		return;
	json_put_int(o, least, min);
	if (max != 0)
		json_put_int(o, most, max);
}

static void
put_default(json_t *o, const struct param *p)
{
	int64_t n;

	if (p->def == NULL)
		return;
	if (p->type == PARAM_T_INT && str_to_i64(str_from(p->def), &n))
		json_put_int(o, "default", n);
	else if (p->type == PARAM_T_BOOL)
		json_put_bool(o, "default", strcmp(p->def, "true") == 0);
	else
		json_put_str(o, "default", p->def);
}

static void
put_strings(json_t *o, const struct param *p)
{
	json_t *item = json_obj();

	json_put_str(item, "type", "string");
	json_put_int(item, "maxLength", PARAM_ENTRY_MAX);
	if (p->pattern != NULL)
		json_put_str(item, "pattern", p->pattern);
	put_type(o, "array", p->nullable);
	json_put(o, "items", item);
	put_range(o, "minItems", "maxItems", p->min, p->max);
}

static json_t *
params_schema(const struct param *rows)
{
	json_t *o = json_obj(), *properties = json_obj();
	json_t *required = json_arr();

	for (const struct param *p = rows; p != NULL && p->name != NULL; p++) {
		json_put(properties, p->name, schema_param(p));
		if (p->required)
			json_add(required, json_string(p->name));
	}
	json_put_str(o, "type", "object");
	json_put(o, "properties", properties);
	if (json_array_size(required) > 0)
		json_put(o, "required", required);
	else
		json_decref(required);
	json_put_bool(o, "additionalProperties", false);
	return o;
}

json_t *
schema_param(const struct param *p)
{
	json_t *o = json_obj();

	switch (p->type) {
	case PARAM_T_STR:
		put_type(o, "string", p->nullable);
		put_range(o, "minLength", "maxLength", p->min, p->max);
		if (p->pattern != NULL)
			json_put_str(o, "pattern", p->pattern);
		break;
	case PARAM_T_UUID:
		put_type(o, "string", p->nullable);
		json_put_str(o, "format", "uuid");
		break;
	case PARAM_T_ENUM:
		put_type(o, "string", p->nullable);
		put_choices(o, p->choices, p->nullable);
		break;
	case PARAM_T_INT:
		put_type(o, "integer", p->nullable);
		put_range(o, "minimum", "maximum", p->min, p->max);
		break;
	case PARAM_T_BOOL:
		put_type(o, "boolean", p->nullable);
		break;
	case PARAM_T_STRS:
		put_strings(o, p);
		break;
	case PARAM_T_JSON:
		put_type(o, "object", p->nullable);
		json_put_bool(o, "additionalProperties", true);
		break;
	case PARAM_T_ARRAY:
		put_type(o, "array", p->nullable);
		json_put(o, "items", json_obj());
		put_range(o, "minItems", "maxItems", p->min, p->max);
		break;
	case PARAM_T_LIST: /* one level deep: param_check_table */
		put_type(o, "array", p->nullable);
		json_put(o, "items", params_schema(p->child));
		put_range(o, "minItems", "maxItems", p->min, p->max);
		break;
	}
	put_default(o, p);
	json_put_str(o, "description", p->doc);
	return o;
}

json_t *
schema_input(const struct op *op)
{
	return params_schema(op->params);
}

/* --- fields --------------------------------------------------------------- */

/* A child table: by name when the caller collects names, else in place. */
static json_t *
child_schema(const struct field *f, json_t *defs)
{
	char ref[REF_MAX];
	json_t *o;

	if (defs == NULL || f->child_name == NULL)
		return schema_fields(f->child, defs);
	if (json_object_get(defs, f->child_name) == NULL) {
		/* First the name, so that a table may contain itself. */
		json_put(defs, f->child_name, NULL);
		json_put(defs, f->child_name, schema_fields(f->child, defs));
	}
	(void)snprintf(ref, sizeof(ref), REF "%s", f->child_name);
	o = json_obj();
	json_put_str(o, "$ref", ref);
	return o;
}

static json_t *
or_null(json_t *schema)
{
	json_t *o = json_obj(), *list = json_arr(), *none = json_obj();

	json_put_str(none, "type", "null");
	json_add(list, schema);
	json_add(list, none);
	json_put(o, "anyOf", list);
	return o;
}

static json_t *
array_of(json_t *items)
{
	json_t *o = json_obj();

	json_put_str(o, "type", "array");
	json_put(o, "items", items);
	return o;
}

static json_t *
simple(const char *type, const char *format, bool nullable)
{
	json_t *o = json_obj();

	put_type(o, type, nullable);
	if (format != NULL)
		json_put_str(o, "format", format);
	return o;
}

static json_t *
field_schema(const struct field *f, json_t *defs)
{
	bool nullable = (f->flags & FIELD_NULLABLE) != 0;
	json_t *o;

	switch (f->type) {
	case FIELD_T_STR:
		o = simple("string", NULL, nullable);
		if (f->choices != NULL)
			put_choices(o, f->choices, nullable);
		return o;
	case FIELD_T_UUID:
		return simple("string", "uuid", nullable);
	case FIELD_T_TIME:
		return simple("string", "date-time", nullable);
	case FIELD_T_INT:
		return simple("integer", NULL, false);
	case FIELD_T_OPT_INT:
		return simple("integer", NULL, true);
	case FIELD_T_BOOL:
		return simple("boolean", NULL, false);
	case FIELD_T_JSON:
		return json_obj(); /* any value */
	case FIELD_T_STRS:
		return array_of(simple("string", NULL, false));
	case FIELD_T_LIST:
		return array_of(child_schema(f, defs));
	case FIELD_T_OBJECT:
		o = child_schema(f, defs);
		return nullable ? or_null(o) : o;
	}
	return json_obj();
}

json_t *
schema_fields(const struct field *fields, json_t *defs)
{
	json_t *o = json_obj(), *properties = json_obj();
	json_t *required = json_arr();

	for (const struct field *f = fields; f->name != NULL; f++) {
		json_t *s;

		if ((f->flags & FIELD_SECRET) != 0)
			continue;
		s = field_schema(f, defs);
		if (f->doc != NULL)
			json_put_str(s, "description", f->doc);
		json_put(properties, f->name, s);
		json_add(required, json_string(f->name));
	}
	json_put_str(o, "type", "object");
	json_put(o, "properties", properties);
	json_put(o, "required", required);
	json_put_bool(o, "additionalProperties", false);
	return o;
}

json_t *
schema_output(const struct op *op)
{
	return op->result != NULL ? schema_fields(op->result, NULL) : NULL;
}
