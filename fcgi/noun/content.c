/*
 * content.c: content blocks that a tool made.
 */
#include "noun/content.h"

#include <string.h>

#include "buf.h"
#include "json.h"

#define TEXT_MAX ((size_t)8 * 1024 * 1024)

/* Which members a kind of block must have: texts, all of them. */
static const struct kind {
	const char *type;
	const char *needs[2];
} kinds[] = {
    {"text", {"text", NULL}}, {"image", {"data", "mimeType"}},
    {"audio", {"data", "mimeType"}}, {"resource_link", {"uri", "name"}},
    {"resource", {NULL, NULL}}, /* its own rule */
};

static bool
has_text(const json_t *o, const char *name)
{
	return json_is_string(json_object_get(o, name));
}

static bool
is_resource(const json_t *block)
{
	const json_t *r = json_object_get(block, "resource");

	return json_is_object(r) && has_text(r, "uri") &&
	    has_text(r, "text") != has_text(r, "blob");
}

bool
content_is_block(const json_t *block)
{
	const char *type = json_get_str(block, "type");

	if (!json_is_object(block) || type == NULL)
		return false;
	for (size_t i = 0; i < NELEM(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (strcmp(k->type, type) != 0)
			continue;
		for (size_t n = 0; n < NELEM(k->needs); n++) {
			if (k->needs[n] != NULL &&
			    !has_text(block, k->needs[n]))
				return false;
		}
		return strcmp(type, "resource") != 0 || is_resource(block);
	}
	return false;
}

/* What a log, a transcript or an error message can show. */
static struct str
texts(struct arena *a, const json_t *blocks)
{
	struct str out;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *one = json_object_get(
		    json_array_get(blocks, i), "text");

		if (!json_is_string(one))
			continue;
		if (b.n > 0)
			buf_putc(&b, '\n');
		buf_put(&b, json_string_value(one), json_string_length(one));
	}
	out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

bool
content_read(
    struct arena *a, json_t *value, struct content *out, const char **why_out)
{
	const json_t *error = json_object_get(value, "isError");

	*out = (struct content){
	    .blocks = json_object_get(value, "content"),
	    .structured = json_object_get(value, "structuredContent"),
	    .is_error = json_is_true(error),
	};
	if (!json_is_array(out->blocks) ||
	    (error != NULL && !json_is_boolean(error))) {
		*why_out = "It is not content of mcp.result().";
		return false;
	}
	for (size_t i = 0; i < json_array_size(out->blocks); i++) {
		if (!content_is_block(json_array_get(out->blocks, i))) {
			*why_out = arena_printf(
			    a, "Content block %zu is not one of MCP.", i + 1);
			return false;
		}
	}
	out->text = texts(a, out->blocks);
	return true;
}
