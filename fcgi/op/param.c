/*
 * param.c: a request bound to an args struct by the parameter table.
 */
#include "op/param.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "log.h"

#define CONTROLS_ALLOWED "\t\n\r"
#define JSON_SAFE_MAX 9007199254740991 /* 2^53 - 1: what clients can hold */

/* --- patterns ------------------------------------------------------------- */

/*
 * Compiled once, before any thread or fork; read-only afterwards.  Rows with
 * the same text share one.
 */
struct pattern {
	const char *text;
	regex_t regex;
};

#define PATTERNS_MAX 128
static struct pattern patterns[PATTERNS_MAX];
static size_t npatterns;

static const struct pattern *
find_pattern(const char *text)
{
	for (size_t i = 0; i < npatterns; i++) {
		if (patterns[i].text == text ||
		    strcmp(patterns[i].text, text) == 0)
			return &patterns[i];
	}
	return NULL;
}

static bool
compile(const char *text)
{
	struct pattern *slot = &patterns[npatterns];
	size_t n = strlen(text);

	if (find_pattern(text) != NULL)
		return true;
	if (npatterns == PATTERNS_MAX || n < 2 || text[0] != '^' ||
	    text[n - 1] != '$' ||
	    regcomp(&slot->regex, text, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	slot->text = text;
	npatterns++;
	return true;
}

bool
param_matches(const struct param *p, struct str s)
{
	const struct pattern *found;
	regmatch_t bounds = {.rm_so = 0, .rm_eo = (regoff_t)s.n};

	if (p->pattern == NULL)
		return true;
	found = find_pattern(p->pattern);
	if (found == NULL)
		log_panic("pattern was not compiled", p->name);
	/* A view has no NUL at its end: REG_STARTEND bounds it. */
	return regexec(&found->regex, s.n > 0 ? s.p : "", 1, &bounds,
		   REG_STARTEND) == 0;
}

/* --- self-check ----------------------------------------------------------- */

static bool
row_fault(const struct op *op, const struct param *p, const char *why)
{
	log_error("bad parameter row", LOG_STR("operation", op->name),
	    LOG_STR("parameter", p->name), LOG_STR("why", why));
	return false;
}

static bool check_rows(
    const struct op *op, const struct param *rows, bool inside);

static bool
check_place(const struct op *op, const struct param *p)
{
	bool body_only = p->type == PARAM_T_STRS || p->type == PARAM_T_JSON ||
	    p->type == PARAM_T_ARRAY || p->type == PARAM_T_LIST;

	if (p->from != FROM_BODY && body_only)
		return row_fault(op, p, "this type only comes in a body");
	if (p->required && p->def != NULL)
		return row_fault(op, p, "required, and a default");
	if (p->from == FROM_PATH && !p->required)
		return row_fault(op, p, "a path parameter is required");
	return true;
}

static bool
check_child(const struct op *op, const struct param *p, bool inside)
{
	if ((p->type == PARAM_T_LIST) != (p->child != NULL) ||
	    (p->child != NULL && (inside || p->max <= 0)))
		return row_fault(op, p,
		    "child rows belong to a list, with a "
		    "max, that is in no other");
	return p->child == NULL || check_rows(op, p->child, true);
}

static bool
check_row(const struct op *op, const struct param *rows, const struct param *p,
    bool inside)
{
	bool string = p->type == PARAM_T_STR || p->type == PARAM_T_STRS;

	if (p->doc == NULL || p->doc[0] == '\0')
		return row_fault(op, p, "no doc");
	if (p->pattern != NULL && !string)
		return row_fault(op, p, "a pattern on something not a string");
	if (p->pattern != NULL && !compile(p->pattern))
		return row_fault(op, p, "the pattern is not ^…$ or bad");
	if ((p->type == PARAM_T_ENUM) != (p->choices != NULL))
		return row_fault(op, p, "choices belong to an enum");
	if (string && p->max <= 0)
		return row_fault(op, p, "no max");
	if (p->min > p->max && p->max != 0)
		return row_fault(op, p, "min above max");
	if (!check_place(op, p) || !check_child(op, p, inside))
		return false;
	for (const struct param *q = rows; q < p; q++) {
		if (strcmp(q->name, p->name) == 0)
			return row_fault(op, p, "twice");
	}
	return true;
}

static bool
check_rows(const struct op *op, const struct param *rows, bool inside)
{
	bool ok = true;

	for (const struct param *p = rows; p != NULL && p->name != NULL; p++)
		ok = check_row(op, rows, p, inside) && ok;
	return ok;
}

bool
param_check_table(const struct op *op)
{
	return check_rows(op, op->params, false);
}

/* --- faults --------------------------------------------------------------- */

/* "/name" with '~' and '/' escaped (RFC 6901), cut where need be. */
static const char *
pointer(struct ctx *ctx, struct str name)
{
	struct str cut = str_utf8_cut(name, FAIL_POINTER_MAX / 2 - 2);
	char *out = arena_alloc(ctx->arena, 2 * cut.n + 2), *o = out;

	*o++ = '/';
	for (size_t i = 0; i < cut.n; i++) {
		char c = cut.p[i];

		if (c == '~' || c == '/') {
			*o++ = '~';
			*o++ = c == '~' ? '0' : '1';
		} else {
			*o++ = c;
		}
	}
	*o = '\0';
	return out;
}

#define FAULT(ctx, p, ...)                                                     \
	((void)fail_field(                                                     \
	     &(ctx)->fail, pointer((ctx), str_from((p)->name)), __VA_ARGS__),  \
	    false)

/* --- one value ------------------------------------------------------------ */

static void *
slot_of(const struct param *p, void *args)
{
	return (char *)args + p->offset;
}

static bool
in_choices(const char *choices, struct str s)
{
	struct str rest = str_from(choices);

	while (rest.p != NULL) {
		if (str_eq(str_split(&rest, '|'), s))
			return true;
	}
	return false;
}

/* Length in characters, control characters, pattern. */
static bool
check_text(struct ctx *ctx, const struct param *p, struct str s, int64_t min,
    int64_t max)
{
	int64_t n;

	if (!str_utf8_valid(s) || memchr(s.p, '\0', s.n) != NULL)
		return FAULT(ctx, p, "is not valid UTF-8 text");
	if (str_has_control(s, CONTROLS_ALLOWED))
		return FAULT(ctx, p, "contains control characters");
	n = (int64_t)str_utf8_len(s);
	if (n < min && n == 0)
		return FAULT(ctx, p, "must not be empty");
	if (n < min)
		return FAULT(
		    ctx, p, "is shorter than %lld characters", (long long)min);
	if (n > max)
		return FAULT(
		    ctx, p, "is longer than %lld characters", (long long)max);
	if (!param_matches(p, s))
		return FAULT(ctx, p, "does not match %s", p->pattern);
	return true;
}

static bool
set_uuid(struct ctx *ctx, const struct param *p, struct str s, struct str *out)
{
	char *copy;

	if (!str_is_uuid(s))
		return FAULT(ctx, p, "is not a UUID");
	copy = arena_strndup(ctx->arena, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	*out = (struct str){copy, s.n};
	return true;
}

/* STR, UUID and ENUM. */
static bool
set_text(struct ctx *ctx, const struct param *p, struct str s, void *args)
{
	struct str *out = slot_of(p, args);

	if (p->type == PARAM_T_UUID)
		return set_uuid(ctx, p, s, out);
	if (p->type == PARAM_T_ENUM) {
		if (!in_choices(p->choices, s))
			return FAULT(ctx, p, "is none of %s", p->choices);
	} else if (!check_text(ctx, p, s, p->min, p->max)) {
		return false;
	}
	*out = arena_str(ctx->arena, s);
	return true;
}

static bool
set_int(struct ctx *ctx, const struct param *p, int64_t v, void *args)
{
	bool ranged = p->min != 0 || p->max != 0;
	int64_t min = ranged ? p->min : -JSON_SAFE_MAX;
	int64_t max = ranged ? p->max : JSON_SAFE_MAX;

	if (v < min || v > max)
		return FAULT(ctx, p, "is not between %lld and %lld",
		    (long long)min, (long long)max);
	*(struct opt_int *)slot_of(p, args) = (struct opt_int){
	    .given = true, .v = v};
	return true;
}

static void
set_bool(const struct param *p, bool v, void *args)
{
	*(struct opt_bool *)slot_of(p, args) = (struct opt_bool){
	    .given = true, .v = v};
}

static bool
set_strs(struct ctx *ctx, const struct param *p, const json_t *list, void *args)
{
	struct strs *out = slot_of(p, args);
	size_t n = json_array_size(list);

	if ((int64_t)n < p->min || (int64_t)n > p->max)
		return FAULT(ctx, p, "must have %lld to %lld entries",
		    (long long)p->min, (long long)p->max);
	out->given = true;
	out->v = arena_zalloc(ctx->arena, n, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct str s = {json_string_value(v), json_string_length(v)};

		if (!json_is_string(v))
			return FAULT(ctx, p, "must contain strings only");
		if (!check_text(ctx, p, s, 1, PARAM_ENTRY_MAX))
			return false;
		out->v[i] = arena_str(ctx->arena, s);
	}
	out->n = n;
	return true;
}

static bool
set_null(struct ctx *ctx, const struct param *p, void *args)
{
	void *slot = slot_of(p, args);

	if (!p->nullable)
		return FAULT(ctx, p, "must not be null");
	switch (p->type) {
	case PARAM_T_STR:
	case PARAM_T_UUID:
	case PARAM_T_ENUM:
		*(struct str *)slot = STR_LIT("");
		break;
	case PARAM_T_INT:
		*(struct opt_int *)slot = (struct opt_int){
		    .given = true, .null = true};
		break;
	case PARAM_T_BOOL:
		break; /* the same as absent */
	case PARAM_T_STRS:
		*(struct strs *)slot = (struct strs){.given = true};
		break;
	case PARAM_T_JSON:
	case PARAM_T_ARRAY:
		*(json_t **)slot = json_null();
		break;
	case PARAM_T_LIST:
		break; /* the same as absent */
	}
	return true;
}

/* From a path, a query string or a default. */
static bool
set_from_text(struct ctx *ctx, const struct param *p, struct str s, void *args)
{
	int64_t n;

	switch (p->type) {
	case PARAM_T_STR:
	case PARAM_T_UUID:
	case PARAM_T_ENUM:
		return set_text(ctx, p, s, args);
	case PARAM_T_INT:
		if (!str_to_i64(s, &n))
			return FAULT(ctx, p, "is not an integer");
		return set_int(ctx, p, n, args);
	case PARAM_T_BOOL:
		if (!str_eq_c(s, "true") && !str_eq_c(s, "false"))
			return FAULT(ctx, p, "is neither true nor false");
		set_bool(p, str_eq_c(s, "true"), args);
		return true;
	case PARAM_T_STRS:
	case PARAM_T_JSON:
	case PARAM_T_ARRAY:
	case PARAM_T_LIST:
		break;
	}
	log_panic("parameter type that has no text form", p->name);
}

static void bind_object(struct ctx *ctx, const struct param *rows,
    const json_t *body, bool any, void *args);

/* What is wrong inside is told at "/list/3/member". */
static bool
set_list(struct ctx *ctx, const struct param *p, const json_t *list, void *args)
{
	struct list *out = slot_of(p, args);
	struct fail *f = &ctx->fail;
	size_t n = json_array_size(list), before = f->nfields;

	if ((int64_t)n < p->min || (int64_t)n > p->max)
		return FAULT(ctx, p, "must have %lld to %lld entries",
		    (long long)p->min, (long long)p->max);
	out->v = arena_zalloc(ctx->arena, n, p->child_size);
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		size_t seen = f->nfields;

		if (!json_is_object(one))
			return FAULT(ctx, p, "must contain objects only");
		bind_object(ctx, p->child, one, true,
		    (char *)out->v + i * p->child_size);
		for (size_t k = seen; k < f->nfields; k++) {
			struct fail_field *field = &f->fields[k];
			const char *was = arena_strdup(
			    ctx->arena, field->pointer);

			(void)snprintf(field->pointer, sizeof(field->pointer),
			    "/%s/%zu%.60s", p->name, i, was);
		}
	}
	return f->nfields == before;
}

/* Kept as it is. */
static bool
set_json(struct ctx *ctx, const struct param *p, json_t *v, void *args)
{
	if (p->type == PARAM_T_JSON && !json_is_object(v))
		return FAULT(ctx, p, "must be an object");
	if (p->type == PARAM_T_ARRAY && !json_is_array(v))
		return FAULT(ctx, p, "must be an array");
	*(json_t **)slot_of(p, args) = v;
	return true;
}

static bool
set_from_json(struct ctx *ctx, const struct param *p, json_t *v, void *args)
{
	if (json_is_null(v))
		return set_null(ctx, p, args);
	switch (p->type) {
	case PARAM_T_STR:
	case PARAM_T_UUID:
	case PARAM_T_ENUM:
		if (!json_is_string(v))
			return FAULT(ctx, p, "must be a string");
		return set_text(ctx, p,
		    (struct str){json_string_value(v), json_string_length(v)},
		    args);
	case PARAM_T_INT:
		if (!json_is_integer(v))
			return FAULT(ctx, p, "must be an integer");
		return set_int(ctx, p, json_integer_value(v), args);
	case PARAM_T_BOOL:
		if (!json_is_boolean(v))
			return FAULT(ctx, p, "must be true or false");
		set_bool(p, json_is_true(v), args);
		return true;
	case PARAM_T_STRS:
		if (!json_is_array(v))
			return FAULT(ctx, p, "must be an array of strings");
		return set_strs(ctx, p, v, args);
	case PARAM_T_JSON:
	case PARAM_T_ARRAY:
		return set_json(ctx, p, v, args);
	case PARAM_T_LIST:
		if (!json_is_array(v))
			return FAULT(ctx, p, "must be an array of objects");
		return set_list(ctx, p, v, args);
	}
	log_panic("parameter of no type", p->name);
}

static void
set_absent(struct ctx *ctx, const struct param *p, void *args)
{
	if (p->required)
		(void)FAULT(ctx, p, "is required");
	else if (p->def != NULL)
		(void)set_from_text(ctx, p, str_from(p->def), args);
}

/* --- a whole request ------------------------------------------------------ */

static const struct param *
find_row(
    const struct param *rows, struct str name, bool any, enum param_from from)
{
	for (const struct param *p = rows; p != NULL && p->name != NULL; p++) {
		if ((any || p->from == from) && str_eq_c(name, p->name))
			return p;
	}
	return NULL;
}

/* One of `n` texts by name; false when absent.  Twice is a fault. */
static bool
find_text(struct ctx *ctx, const struct param *p, const struct param_text *list,
    size_t n, struct str *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(list[i].name, p->name))
			continue;
		*out = list[i].value;
		if (++found == 2)
			(void)FAULT(ctx, p, "is given more than once");
	}
	return found > 0;
}

static void
bind_texts(struct ctx *ctx, const struct op *op, enum param_from from,
    const struct param_text *list, size_t n, void *args)
{
	for (const struct param *p = op->params; p != NULL && p->name != NULL;
	     p++) {
		struct str s;

		if (p->from != from)
			continue;
		if (find_text(ctx, p, list, n, &s))
			(void)set_from_text(ctx, p, s, args);
		else
			set_absent(ctx, p, args);
	}
	for (size_t i = 0; i < n; i++) {
		if (find_row(op->params, list[i].name, false, from) == NULL)
			(void)fail_field(&ctx->fail, pointer(ctx, list[i].name),
			    "there is no such parameter");
	}
}

/* `any`: rows of every origin come from this object. */
static void
bind_object(struct ctx *ctx, const struct param *rows, const json_t *body,
    bool any, void *args)
{
	/* jansson's iterators want a pointer to non-const. */
	union {
		const json_t *in;
		json_t *out;
	} o = {.in = body};
	const char *key;
	json_t *value;

	for (const struct param *p = rows; p != NULL && p->name != NULL; p++) {
		if (!any && p->from != FROM_BODY)
			continue;
		value = json_object_get(body, p->name);
		if (value != NULL)
			(void)set_from_json(ctx, p, value, args);
		else
			set_absent(ctx, p, args);
	}
	if (body == NULL)
		return;
	json_object_foreach(o.out, key, value)
	{
		if (find_row(rows, str_from(key), any, FROM_BODY) == NULL)
			(void)fail_field(&ctx->fail,
			    pointer(ctx, str_from(key)),
			    "there is no such member");
	}
}

static enum fail_code
outcome(struct ctx *ctx)
{
	if (ctx->fail.nfields == 0)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_INVALID, NULL);
}

enum fail_code
param_bind_rest(struct ctx *ctx, const struct op *op,
    const struct param_text *path, size_t npath, const struct param_text *query,
    size_t nquery, const json_t *body, void *args)
{
	memset(args, 0, op->args_size);
	if (body != NULL && !json_is_object(body))
		return fail_field(&ctx->fail, "", "must be an object");
	bind_texts(ctx, op, FROM_PATH, path, npath, args);
	bind_texts(ctx, op, FROM_QUERY, query, nquery, args);
	bind_object(ctx, op->params, body, false, args);
	return outcome(ctx);
}

enum fail_code
param_bind_mcp(
    struct ctx *ctx, const struct op *op, const json_t *arguments, void *args)
{
	memset(args, 0, op->args_size);
	if (arguments != NULL && !json_is_object(arguments))
		return fail_field(&ctx->fail, "", "must be an object");
	bind_object(ctx, op->params, arguments, true, args);
	return outcome(ctx);
}
