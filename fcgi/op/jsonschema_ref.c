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

static const json_t *
by_pointer(const json_t *at, struct str pointer)
{
	struct str rest = str_sub(pointer, 1, pointer.n);
	char key[TOKEN_MAX];

	while (rest.p != NULL && at != NULL) {
		struct str part = str_split(&rest, '/');
		int64_t i;

		if (!token(part, key))
			return NULL;
		if (json_is_array(at))
			at = str_to_i64(part, &i) && i >= 0
			    ? json_array_get(at, (size_t)i)
			    : NULL;
		else
			at = json_object_get(at, key);
	}
	return at;
}

/* Depth-first; as deep as a parsed document can be. */
static const json_t *
by_anchor(const json_t *at, const char *name, int depth)
{
	const json_t *found = NULL;
	const char *key;
	json_t *member;

	if (depth > ANCHOR_DEPTH)
		return NULL;
	if (json_is_object(at)) {
		const char *anchor = json_string_value(
		    json_object_get(at, "$anchor"));

		if (anchor != NULL && strcmp(anchor, name) == 0)
			return at;
		JS_EACH(at, key, member)
		{
			found = by_anchor(member, name, depth + 1);
			if (found != NULL)
				break;
		}
	} else if (json_is_array(at)) {
		for (size_t i = 0; i < json_array_size(at) && found == NULL;
		     i++)
			found = by_anchor(
			    json_array_get(at, i), name, depth + 1);
	}
	return found;
}

const json_t *
js_resolve(const json_t *root, const char *ref)
{
	const char *id = json_string_value(json_object_get(root, "$id"));
	char fragment[TOKEN_MAX];
	size_t n;

	/* The document may call itself by its own name. */
	if (id != NULL && strncmp(ref, id, strcspn(id, "#")) == 0)
		ref += strcspn(id, "#");
	if (*ref == '\0')
		return root;
	if (*ref != '#' || strlen(ref) >= sizeof(fragment) ||
	    !str_percent_decode(str_from(ref + 1), false, fragment, &n))
		return NULL;
	if (n == 0)
		return root;
	if (fragment[0] == '/')
		return by_pointer(root, str_from(fragment));
	return by_anchor(root, fragment, 0);
}
