/*
 * view.c: structs as JSON.
 */
#include "op/view.h"

#include "json.h"
#include "log.h"

/* Depth of nested field tables: they are ours, so this is a guard only. */
#define NESTING_MAX 8

static json_t *object_at(
    const struct field *fields, const void *row, int depth);

/* What we hold came from JSON or from PostgreSQL, so it is UTF-8; if not, a
 * mark in its place does less harm than no answer. */
static json_t *
view_str(struct str s)
{
	json_t *v = json_stringn(s.n > 0 ? s.p : "", s.n);

	if (v != NULL)
		return v;
	log_error("text of an answer is not UTF-8", LOG_INT("bytes", s.n));
	v = json_string("\xef\xbf\xbd");
	if (v == NULL)
		log_panic("out of memory", "view");
	return v;
}

static json_t *
text(const struct field *f, const char *s)
{
	if (s == NULL) {
		if ((f->flags & FIELD_NULLABLE) == 0)
			log_error("null in a field that is never null",
			    LOG_STR("field", f->name));
		return json_null();
	}
	return view_str(str_from(s));
}

static json_t *
integer(int64_t v)
{
	json_t *o = json_integer((json_int_t)v);

	if (o == NULL)
		log_panic("out of memory", "view");
	return o;
}

static json_t *
strings(const struct strs *list)
{
	json_t *a = json_arr();

	for (size_t i = 0; i < list->n; i++)
		json_add(a, view_str(list->v[i]));
	return a;
}

static json_t *
list_at(const struct field *fields, size_t row_size, const struct list *rows,
    int depth)
{
	const char *p = rows->v;
	json_t *a = json_arr();

	for (size_t i = 0; i < rows->n; i++)
		json_add(a, object_at(fields, p + i * row_size, depth));
	return a;
}

static json_t *
value(const struct field *f, const void *row, int depth)
{
	const void *p = (const char *)row + f->offset;
	const void *child;
	json_t *json;

	switch (f->type) {
	case FIELD_T_STR:
	case FIELD_T_UUID:
	case FIELD_T_TIME:
		return text(f, *(const char *const *)p);
	case FIELD_T_INT:
		return integer(*(const int64_t *)p);
	case FIELD_T_OPT_INT:
		return ((const struct opt_int *)p)->given
		    ? integer(((const struct opt_int *)p)->v)
		    : json_null();
	case FIELD_T_BOOL:
		return json_boolean(*(const bool *)p);
	case FIELD_T_JSON:
		json = *(json_t *const *)p;
		return json != NULL ? json_incref(json) : json_null();
	case FIELD_T_STRS:
		return strings(p);
	case FIELD_T_LIST:
		return list_at(f->child, f->child_size, p, depth + 1);
	case FIELD_T_OBJECT:
		child = *(const void *const *)p;
		return child != NULL ? object_at(f->child, child, depth + 1)
				     : json_null();
	}
	log_panic("field of no type", f->name);
}

static json_t *
object_at(const struct field *fields, const void *row, int depth)
{
	json_t *o = json_obj();

	if (depth > NESTING_MAX)
		log_panic("field tables nest too deeply", fields->name);
	for (const struct field *f = fields; f->name != NULL; f++) {
		if ((f->flags & FIELD_SECRET) == 0)
			json_put(o, f->name, value(f, row, depth));
	}
	return o;
}

json_t *
view_object(const struct field *fields, const void *row)
{
	return object_at(fields, row, 0);
}

json_t *
view_list(const struct field *fields, size_t row_size, const struct list *rows)
{
	return list_at(fields, row_size, rows, 0);
}
