/*
 * jsonschema_impl.h: what the files of jsonschema share among themselves.
 */
#ifndef MCPBOX_JSONSCHEMA_IMPL_H
#define MCPBOX_JSONSCHEMA_IMPL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"
#include "op/ecmare.h"
#include "str.h"

#define JS_PATH_MAX 256

/* jansson's loop wants a json_t it may change; ours are const. */
#define JS_EACH(object, key, member)                                           \
	json_object_foreach((json_t *)(uintptr_t)(object), key, member)

/* One validation under way. */
struct js {
	const json_t *root; /* the whole schema, for $ref */
	struct fail *f;
	long work; /* steps left */
	int depth; /* of schemas inside schemas */
	int mute;  /* > 0: inside a branch whose failure is no violation */
	enum fail_code broken;  /* TOO_LARGE or CONFLICT: give up */
	char path[JS_PATH_MAX]; /* RFC 6901 pointer to the value at hand */
	size_t path_n;
};

/* --- jsonschema.c -------------------------------------------------------- */

/* Validates; reports unless muted. True if it fits. */
bool js_apply(struct js *v, const json_t *schema, const json_t *value);
/* The same for a member or element of the value at hand. */
bool js_apply_member(
    struct js *v, const json_t *schema, const char *key, const json_t *value);
bool js_apply_element(
    struct js *v, const json_t *schema, size_t i, const json_t *value);
/* js_apply without reporting. */
bool js_probe(struct js *v, const json_t *schema, const json_t *value);
/* Records a violation at the current path. Always false. */
bool js_violation(struct js *v, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* The same at a member of it. */
bool js_violation_at(struct js *v, const char *key, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* ecmare_match within the budget. */
enum ecmare js_match(struct js *v, const char *pattern, struct str text);
/* Takes n steps of the budget; false (and broken) when it is used up. */
bool js_spend(struct js *v, size_t n);

/* --- keywords ------------------------------------------------------------ */

/* Which values a keyword speaks about. */
enum js_kind {
	JS_NUMBER = 1 << 0,
	JS_STRING = 1 << 1,
	JS_ARRAY = 1 << 2,
	JS_OBJECT = 1 << 3,
	JS_ANY = 0xff
};

/* What a keyword's own value must be, for jsonschema_check. */
enum js_shape {
	JS_SHAPE_ANY,
	JS_SHAPE_SCHEMA,
	JS_SHAPE_SCHEMAS,    /* non-empty array of schemas */
	JS_SHAPE_SCHEMA_MAP, /* object of schemas */
	JS_SHAPE_TYPE,
	JS_SHAPE_ARRAY,
	JS_SHAPE_NAMES,    /* array of strings */
	JS_SHAPE_NAME_MAP, /* object of arrays of strings */
	JS_SHAPE_COUNT,    /* integer >= 0 */
	JS_SHAPE_NUMBER,
	JS_SHAPE_POSITIVE,
	JS_SHAPE_BOOL,
	JS_SHAPE_STRING
};

typedef bool js_fn(struct js *v, const json_t *schema, const json_t *keyword,
    const json_t *value);

struct js_keyword {
	const char *name; /* NULL ends the table */
	unsigned kinds;   /* enum js_kind */
	enum js_shape shape;
	js_fn *fn; /* NULL: read by a neighbour, or only checked */
};

extern const struct js_keyword js_assertions[];  /* jsonschema_assert.c */
extern const struct js_keyword js_applicators[]; /* jsonschema_apply.c */

/* --- jsonschema_value.c -------------------------------------------------- */

/* Equality of JSON Schema 4.2.2: 1 is 1.0, the order of members is nothing. */
bool js_equal(struct js *v, const json_t *a, const json_t *b);
/* Is it a number without a fraction? */
bool js_is_integer(const json_t *v);
/* -1, 0, 1 of two numbers, exactly. */
int js_compare(const json_t *a, const json_t *b);
/* Is a a whole multiple of b > 0? */
bool js_multiple(const json_t *a, const json_t *b);
/* True if no two elements are equal. */
bool js_unique(struct js *v, const json_t *array);

/* --- jsonschema_ref.c ---------------------------------------------------- */

/*
 * The schema that a $ref names, or NULL: one inside this document, at a place
 * where a keyword that we know holds a schema.
 */
const json_t *js_resolve(struct js *v, const char *ref);

#endif
