/*
 * row.c: result rows into structs.
 */
#include "db/row.h"

#include <string.h>

#include "json.h"

/* Of one JSON column: code and schemas are far smaller. */
#define JSON_MAX ((size_t)8 * 1024 * 1024)

static enum fail_code
bad_column(struct ctx *ctx, const char *column, const char *why)
{
	fail_detail(&ctx->fail, "column %s: %s", column, why);
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

enum fail_code
row_map_make(struct ctx *ctx, const PGresult *res, const struct field *fields,
    const char *skip, struct row_map *out)
{
	out->n = (size_t)PQnfields(res);
	out->fields = arena_zalloc(ctx->arena, out->n, sizeof(*out->fields));
	for (size_t i = 0; i < out->n; i++) {
		const char *column = PQfname(res, (int)i);
		const struct field *f = fields;

		if (skip != NULL && strcmp(column, skip) == 0)
			continue;
		while (f->name != NULL && strcmp(f->name, column) != 0)
			f++;
		if (f->name == NULL)
			return bad_column(ctx, column, "no such field");
		out->fields[i] = f;
	}
	return FAIL_NONE;
}

/* --- text[] --------------------------------------------------------------- */

/*
 * One element of PostgreSQL's array text ("{a,\"b c\",NULL}", section 8.15.6),
 * unescaped into out; moves *p behind it.  False when malformed.
 */
static bool
array_element(const char **p, char *out, size_t *n_out)
{
	const char *s = *p;
	bool quoted = *s == '"';
	size_t n = 0;

	if (quoted)
		s++;
	while (*s != '\0' && (quoted ? *s != '"' : *s != ',' && *s != '}')) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		out[n++] = *s++;
	}
	if (*s == '\0')
		return false;
	out[n] = '\0';
	*n_out = n;
	*p = quoted ? s + 1 : s;
	return true;
}

static bool
read_array(struct arena *a, const char *s, struct strs *out)
{
	size_t len = strlen(s), most = 1;
	char *text;

	/* No more elements than commas allow; escapes only shorten. */
	for (const char *c = s; *c != '\0'; c++)
		most += *c == ',';
	if (*s++ != '{')
		return false;
	*out = (struct strs){.given = true};
	if (strcmp(s, "}") == 0)
		return true;
	out->v = arena_zalloc(a, most, sizeof(*out->v));
	text = arena_alloc(a, len + most);
	for (;;) {
		size_t n;

		if (!array_element(&s, text, &n))
			return false;
		out->v[out->n++] = (struct str){text, n};
		text += n + 1;
		if (*s == '}')
			return s[1] == '\0';
		if (*s++ != ',')
			return false;
	}
}

/* --- one column ----------------------------------------------------------- */

static enum fail_code
read_null(struct ctx *ctx, const struct field *f, void *slot)
{
	if ((f->flags & FIELD_NULLABLE) == 0 && f->type != FIELD_T_OPT_INT)
		return bad_column(ctx, f->name, "is NULL");
	switch (f->type) {
	case FIELD_T_STR:
	case FIELD_T_UUID:
	case FIELD_T_TIME:
		*(const char **)slot = NULL;
		return FAIL_NONE;
	case FIELD_T_OPT_INT:
		*(struct opt_int *)slot = (struct opt_int){.given = false};
		return FAIL_NONE;
	case FIELD_T_JSON:
		*(json_t **)slot = NULL;
		return FAIL_NONE;
	case FIELD_T_STRS:
		*(struct strs *)slot = (struct strs){.given = false};
		return FAIL_NONE;
	case FIELD_T_INT:
	case FIELD_T_BOOL:
	case FIELD_T_LIST:
	case FIELD_T_OBJECT:
		break;
	}
	return bad_column(ctx, f->name, "this type cannot hold NULL");
}

static enum fail_code
read_value(struct ctx *ctx, const struct field *f, struct str text, void *slot)
{
	int64_t n;

	switch (f->type) {
	case FIELD_T_STR:
	case FIELD_T_UUID:
	case FIELD_T_TIME:
		*(const char **)slot = arena_str(ctx->arena, text).p;
		return FAIL_NONE;
	case FIELD_T_INT:
		if (!str_to_i64(text, slot))
			return bad_column(ctx, f->name, "not an integer");
		return FAIL_NONE;
	case FIELD_T_OPT_INT:
		if (!str_to_i64(text, &n))
			return bad_column(ctx, f->name, "not an integer");
		*(struct opt_int *)slot = (struct opt_int){
		    .given = true, .v = n};
		return FAIL_NONE;
	case FIELD_T_BOOL:
		if (!str_eq_c(text, "t") && !str_eq_c(text, "f"))
			return bad_column(ctx, f->name, "not a boolean");
		*(bool *)slot = str_eq_c(text, "t");
		return FAIL_NONE;
	case FIELD_T_JSON:
		if (json_parse(ctx->arena, text, JSON_MAX, slot, NULL) !=
		    FAIL_NONE)
			return bad_column(ctx, f->name, "not JSON");
		return FAIL_NONE;
	case FIELD_T_STRS:
		if (!read_array(ctx->arena, text.p, slot))
			return bad_column(ctx, f->name, "not an array");
		return FAIL_NONE;
	case FIELD_T_LIST:
	case FIELD_T_OBJECT:
		break;
	}
	return bad_column(ctx, f->name, "this type is not read from a column");
}

enum fail_code
row_read_mapped(struct ctx *ctx, const PGresult *res, int row,
    const struct row_map *map, void *out)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct field *f = map->fields[i];
		int column = (int)i;
		enum fail_code rc;
		void *slot;

		if (f == NULL)
			continue;
		slot = (char *)out + f->offset;
		if (PQgetisnull(res, row, column))
			rc = read_null(ctx, f, slot);
		else
			rc = read_value(ctx, f,
			    (struct str){PQgetvalue(res, row, column),
				(size_t)PQgetlength(res, row, column)},
			    slot);
		if (rc != FAIL_NONE)
			return rc;
	}
	return FAIL_NONE;
}

enum fail_code
row_read(struct ctx *ctx, const PGresult *res, int row,
    const struct field *fields, const char *skip, void *out)
{
	struct row_map map;
	enum fail_code rc = row_map_make(ctx, res, fields, skip, &map);

	return rc != FAIL_NONE ? rc : row_read_mapped(ctx, res, row, &map, out);
}
