/*
 * jsonschema_ref.c: what a "$ref" inside one document names.
 */
#include "op/jsonschema_impl.h"

#include <string.h>

#include "str.h"

#define TOKEN_MAX 256
#define ANCHOR_DEPTH 64

/* One reference token of RFC 6901, "~1" and "~0" undone. */
static bool
token(struct str raw, char out[TOKEN_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '~') {
			if (++i == raw.n ||
			    (raw.p[i] != '0' && raw.p[i] != '1'))
				return false;
			c = raw.p[i] == '0' ? '~' : '/';
		}
		if (n == TOKEN_MAX - 1)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static bool
is_schema(const json_t *v)
{
	return json_is_object(v) || json_is_boolean(v);
}

/* The schemas that a keyword holds, by name: what a pointer may go through. */
static enum js_shape
shape_of(const char *name)
{
	const struct js_keyword *k;

	for (k = js_applicators; k->name != NULL; k++) {
		if (strcmp(k->name, name) == 0)
			return k->shape;
	}
	return JS_SHAPE_ANY;
}

/* One step down from a schema to one inside it; NULL where there is none. */
static const json_t *
step(const json_t *at, struct str *rest)
{
	enum js_shape shape;
	char name[TOKEN_MAX];
	struct str part;
	int64_t i;

	if (!token(str_split(rest, '/'), name))
		return NULL;
	at = json_object_get(at, name);
	shape = shape_of(name);
	if (shape == JS_SHAPE_SCHEMA)
		return at;
	if ((shape != JS_SHAPE_SCHEMAS && shape != JS_SHAPE_SCHEMA_MAP) ||
	    rest->p == NULL)
		return NULL;
	part = str_split(rest, '/');
	if (shape == JS_SHAPE_SCHEMAS)
		return str_to_i64(part, &i) && i >= 0
		    ? json_array_get(at, (size_t)i)
		    : NULL;
	return token(part, name) ? json_object_get(at, name) : NULL;
}

static const json_t *
by_pointer(struct js *v, struct str pointer)
{
	struct str rest = str_sub(pointer, 1, pointer.n);
	const json_t *at = v->root;

	while (rest.p != NULL && at != NULL && js_spend(v, 4))
		at = step(at, &rest);
	return at != NULL && is_schema(at) ? at : NULL;
}

static const json_t *by_anchor(
    struct js *v, const json_t *at, const char *name, int depth);

static const json_t *
by_anchor_inside(struct js *v, const json_t *held, enum js_shape shape,
    const char *name, int depth)
{
	const json_t *found = NULL;
	const char *key;
	json_t *member;

	if (shape == JS_SHAPE_SCHEMA)
		return by_anchor(v, held, name, depth);
	for (size_t i = 0; shape == JS_SHAPE_SCHEMAS && found == NULL &&
	     i < json_array_size(held);
	     i++)
		found = by_anchor(v, json_array_get(held, i), name, depth);
	if (shape != JS_SHAPE_SCHEMA_MAP)
		return found;
	JS_EACH(held, key, member)
	{
		found = by_anchor(v, member, name, depth);
		if (found != NULL)
			break;
	}
	return found;
}

/* Depth-first; as deep as a parsed document can be. */
static const json_t *
by_anchor(struct js *v, const json_t *at, const char *name, int depth)
{
	const char *anchor = json_string_value(json_object_get(at, "$anchor"));
	const json_t *found = NULL;

	if (depth > ANCHOR_DEPTH || !json_is_object(at) || !js_spend(v, 8))
		return NULL;
	if (anchor != NULL && strcmp(anchor, name) == 0)
		return at;
	for (const struct js_keyword *k = js_applicators;
	     k->name != NULL && found == NULL; k++) {
		const json_t *held = json_object_get(at, k->name);

		if (held != NULL)
			found = by_anchor_inside(
			    v, held, k->shape, name, depth + 1);
	}
	return found;
}

const json_t *
js_resolve(struct js *v, const char *ref)
{
	const char *id = json_string_value(json_object_get(v->root, "$id"));
	char fragment[TOKEN_MAX];
	size_t n;

	/* The document may call itself by its own name. */
	if (id != NULL && strncmp(ref, id, strcspn(id, "#")) == 0)
		ref += strcspn(id, "#");
	if (*ref == '\0')
		return v->root;
	if (*ref != '#' || strlen(ref) >= sizeof(fragment) ||
	    !str_percent_decode(str_from(ref + 1), false, fragment, &n))
		return NULL;
	if (n == 0)
		return v->root;
	if (fragment[0] == '/')
		return by_pointer(v, str_from(fragment));
	return by_anchor(v, v->root, fragment, 0);
}
