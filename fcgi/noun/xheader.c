/*
 * xheader.c: "x-mcp-header" in an author's input schema.
 */
#include "noun/xheader.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "json.h"

#define WORD "x-mcp-header"
#define HEADERS_MAX 32
#define NAME_MAX_BYTES 64
#define PLACES_MAX 1024 /* that wait to be looked at */

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

/* A place in the schema that is still to be looked at. */
struct place {
	const json_t *schema;
	bool reachable; /* through "properties" from the root */
};

struct walk {
	const char *prefix;
	struct fail *f;
	const char *names[HEADERS_MAX];
	size_t n;
	struct place stack[PLACES_MAX];
	size_t nstack;
};

static void
fault(struct walk *w, const char *text)
{
	(void)fail_field(w->f, w->prefix, "has an " WORD " %s", text);
}

static bool
typed(const json_t *schema)
{
	const char *type = json_get_str(schema, "type");

	return type != NULL &&
	    (strcmp(type, "string") == 0 || strcmp(type, "integer") == 0 ||
		strcmp(type, "boolean") == 0);
}

static void
check_one(struct walk *w, const struct place *p, const json_t *word)
{
	const char *name = json_string_value(word);

	if (name == NULL || name[0] == '\0' ||
	    strlen(name) != json_string_length(word) ||
	    strlen(name) > NAME_MAX_BYTES ||
	    strspn(name, letters) != strlen(name)) {
		fault(w, "that is not 1 to 64 letters, digits and hyphens");
		return;
	}
	if (!p->reachable)
		fault(w,
		    "on what is not a property of the root, or of an "
		    "object inside it");
	else if (!typed(p->schema))
		fault(w, "on what is not a string, an integer or a boolean");
	for (size_t i = 0; i < w->n; i++) {
		if (strcasecmp(w->names[i], name) == 0) {
			fault(w, "that another property has");
			return;
		}
	}
	if (w->n == HEADERS_MAX)
		fault(w, "too many");
	else
		w->names[w->n++] = name;
}

static void
push(struct walk *w, const json_t *schema, bool reachable)
{
	if (!json_is_object(schema) && !json_is_array(schema))
		return;
	if (w->nstack == PLACES_MAX) {
		(void)fail_field(w->f, w->prefix,
		    "has too many parts to look for " WORD " in");
		return;
	}
	w->stack[w->nstack++] = (struct place){schema, reachable};
}

/* An array of schemas, or the values of an object of them. */
static void
push_all(struct walk *w, const json_t *v, bool reachable)
{
	const json_t *one;
	const char *key;
	size_t i;

	json_array_foreach(v, i, one)
	{
		push(w, one, reachable);
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
	{
		push(w, one, reachable);
	}
}

static void
look(struct walk *w, const struct place *p, bool root)
{
	const json_t *word = json_object_get(p->schema, WORD), *v;
	const char *key;

	if (json_is_array(p->schema)) {
		push_all(w, p->schema, false);
		return;
	}
	if (word != NULL)
		check_one(
		    w, root ? &(struct place){p->schema, false} : p, word);
	json_object_foreach((json_t *)(uintptr_t)p->schema, key, v)
	{
		if (strcmp(key, "properties") == 0)
			push_all(w, v, p->reachable);
		else if (strcmp(key, "const") != 0 &&
		    strcmp(key, "enum") != 0 && strcmp(key, "default") != 0 &&
		    strcmp(key, "examples") != 0 && strcmp(key, WORD) != 0)
			push(w, v, false);
	}
}

void
xheader_check(const json_t *schema, const char *prefix, struct fail *f)
{
	struct walk w = {.prefix = prefix, .f = f};
	bool root = true;

	push(&w, schema, true);
	while (w.nstack > 0) {
		struct place p = w.stack[--w.nstack];

		look(&w, &p, root);
		root = false;
	}
}
