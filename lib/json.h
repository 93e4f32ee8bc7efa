/*
 * json.h: jansson behind limits.  The only file that parses JSON text.
 *
 * json_t * is our value type everywhere; parsing refuses duplicate keys,
 * NUL characters, invalid UTF-8, text over `max` bytes and nesting over
 * `depth` (checked by a scan before jansson sees it, since its own limit of
 * 2048 is too deep for our stacks).
 */
#ifndef MCPBOX_JSON_H
#define MCPBOX_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "attr.h"
#include "buf.h"
#include "fail.h"
#include "str.h"

#define JSON_DEPTH_MAX 64

/*
 * Parses any JSON value.  On success *out is a new reference that the arena
 * drops (pass a == NULL to own it yourself).  FAIL_SYNTAX with line and column
 * in the message (never a piece of the text), FAIL_TOO_LARGE over `max`.
 */
enum fail_code json_parse(struct arena *a, struct str text, size_t max,
    json_t **out, struct fail *f) ATTR_NODISCARD;

/* Hands a new reference to the arena, returns it borrowed. */
json_t *json_keep(struct arena *a, json_t *v);

/* Compact text, keys in insertion order; NUL-terminated in the arena. */
struct str json_text(struct arena *a, const json_t *v);
/* Canonical text: compact, keys sorted by bytes, for digests. */
struct str json_canonical(struct arena *a, const json_t *v);
void json_append(struct buf *b, const json_t *v); /* compact */

/* Typed getters of object members; NULL/default when absent or not that. */
const char *json_get_str(const json_t *o, const char *key);
int64_t json_get_int(const json_t *o, const char *key, int64_t def);
bool json_get_bool(const json_t *o, const char *key, bool def);
/* A borrowed object/array member, or NULL. */
json_t *json_get_obj(const json_t *o, const char *key);
json_t *json_get_arr(const json_t *o, const char *key);

/* json_object_set_new that aborts on out-of-memory and takes NULL as null. */
void json_put(json_t *o, const char *key, json_t *v);
void json_put_str(json_t *o, const char *key, const char *v);
void json_put_view(json_t *o, const char *key, struct str v);
void json_put_int(json_t *o, const char *key, int64_t v);
void json_put_bool(json_t *o, const char *key, bool v);
void json_add(json_t *array, json_t *v);
/* Fresh values; abort on out-of-memory. */
json_t *json_obj(void) ATTR_RETURNS_NONNULL;
json_t *json_arr(void) ATTR_RETURNS_NONNULL;

#endif
