/*
 * entry.c: one tool, resource or prompt as a list shows it.
 */
#include "mcp/entry.h"

#include <string.h>

#include "json.h"
#include "op/schema.h"

/* Stored schemas are as large as their tools' limits let them be. */
#define SCHEMA_TEXT_MAX ((size_t)1024 * 1024)

static void
put_text(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, str_from(text));
}

/* A member whose value is stored as JSON text; NULL: none. */
static void
put_json(struct buf *b, const char *name, const char *text)
{
	if (text != NULL)
		buf_printf(b, ",\"%s\":%s", name, text);
}

/* --- management tools ---------------------------------------------------- */

static void
put_hints(struct buf *b, unsigned hints)
{
	static const struct {
		enum op_hint hint;
		const char *name;
	} names[] = {
	    {HINT_READ_ONLY, "readOnlyHint"},
	    {HINT_DESTRUCTIVE, "destructiveHint"},
	    {HINT_IDEMPOTENT, "idempotentHint"},
	};

	buf_puts(b, ",\"annotations\":{");
	for (size_t i = 0; i < NELEM(names); i++)
		buf_printf(b, "\"%s\":%s,", names[i].name,
		    (hints & names[i].hint) != 0 ? "true" : "false");
	/* It all stays in this house. */
	buf_puts(b, "\"openWorldHint\":false}");
}

void
entry_op(struct buf *b, const struct era *era, const struct op *op)
{
	json_t *input = schema_input(op), *output = schema_output(op);

	buf_printf(b, "{\"name\":\"mcpbox_%s\"", op->name);
	if (era->titles && op->title != NULL)
		put_text(b, "title", op->title);
	put_text(b, "description", op->doc);
	buf_puts(b, ",\"inputSchema\":");
	json_append(b, input);
	if (era->titles && output != NULL) {
		buf_puts(b, ",\"outputSchema\":");
		json_append(b, output);
	}
	put_hints(b, op->hints);
	buf_putc(b, '}');
	json_decref(input);
	json_decref(output);
}

/* --- tools of servers ---------------------------------------------------- */

bool
entry_shows_output(const struct era *era, const json_t *schema)
{
	const char *type = json_get_str(schema, "type");

	if (!era->titles || schema == NULL)
		return false;
	return era->any_value || (type != NULL && strcmp(type, "object") == 0);
}

/* A new reference, or NULL: what is in the database was valid once. */
static json_t *
parse(const char *text)
{
	json_t *v;

	return text != NULL &&
		json_parse(NULL, str_from(text), SCHEMA_TEXT_MAX, &v, NULL) ==
		    FAIL_NONE
	    ? v
	    : NULL;
}

/* {"not":{}} fits nothing, as false does. */
static json_t *
nothing(void)
{
	json_t *v = json_obj();

	json_put(v, "not", json_obj());
	return v;
}

/* True if a property was a boolean and is an object now. */
static bool
widen(json_t *schema)
{
	json_t *properties = json_get_obj(schema, "properties"), *property;
	bool changed = false;
	const char *name;
	void *next;

	json_object_foreach_safe(properties, next, name, property)
	{
		if (!json_is_boolean(property))
			continue;
		json_put(properties, name,
		    json_is_true(property) ? json_obj() : nothing());
		changed = true;
	}
	return changed;
}

static void
put_input(struct buf *b, const struct era *era, const char *text)
{
	json_t *schema = era->modern ? NULL : parse(text);

	buf_puts(b, ",\"inputSchema\":");
	if (schema != NULL && widen(schema))
		json_append(b, schema);
	else
		buf_puts(b, text);
	json_decref(schema);
}

static void
put_output(struct buf *b, const struct era *era, const char *text)
{
	json_t *schema = parse(text);

	if (entry_shows_output(era, schema)) {
		buf_puts(b, ",\"outputSchema\":");
		buf_puts(b, text);
	}
	json_decref(schema);
}

void
entry_tool(struct buf *b, const struct era *era, const struct run_tool *tool)
{
	buf_puts(b, "{\"name\":");
	buf_json(b, str_from(tool->listed_name));
	if (era->titles && tool->title != NULL)
		put_text(b, "title", tool->title);
	put_text(b, "description", tool->description);
	put_input(b, era, tool->input_schema);
	put_output(b, era, tool->output_schema);
	put_json(b, "annotations", tool->annotations);
	put_json(b, "icons", era->icons ? tool->icons : NULL);
	buf_putc(b, '}');
}

/* --- resources and prompts -------------------------------------------------
 */

static void
open_entry(struct buf *b, const struct era *era, const struct run_tool *tool)
{
	buf_puts(b, "{\"name\":");
	buf_json(b, str_from(tool->listed_name));
	if (era->titles && tool->title != NULL)
		put_text(b, "title", tool->title);
	put_text(b, "description", tool->description);
	put_json(b, "icons", era->icons ? tool->icons : NULL);
}

static void
put_resource(struct buf *b, const struct era *era, const struct run_tool *tool,
    const char *uri_name)
{
	open_entry(b, era, tool);
	put_text(b, uri_name, tool->uri);
	if (tool->mime_type != NULL)
		put_text(b, "mimeType", tool->mime_type);
	put_json(b, "annotations", tool->annotations);
	if (tool->size.given)
		buf_printf(b, ",\"size\":%lld", (long long)tool->size.v);
	buf_putc(b, '}');
}

void
entry_resource(
    struct buf *b, const struct era *era, const struct run_tool *tool)
{
	put_resource(b, era, tool, "uri");
}

void
entry_template(
    struct buf *b, const struct era *era, const struct run_tool *tool)
{
	put_resource(b, era, tool, "uriTemplate");
}

static bool
is_required(const json_t *required, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(required, i, one)
	{
		const char *word = json_string_value(one);

		if (word != NULL && strcmp(word, name) == 0)
			return true;
	}
	return false;
}

/* The properties of the schema that main's signature gave. */
static void
put_arguments(struct buf *b, const char *schema_text)
{
	json_t *schema = parse(schema_text), *property;
	json_t *properties = json_get_obj(schema, "properties");
	const json_t *required = json_get_arr(schema, "required");
	const char *name;
	bool comma = false;

	buf_puts(b, ",\"arguments\":[");
	json_object_foreach(properties, name, property)
	{
		const char *text = json_get_str(property, "description");

		buf_puts(b, comma ? ",{\"name\":" : "{\"name\":");
		comma = true;
		buf_json(b, str_from(name));
		if (text != NULL)
			put_text(b, "description", text);
		buf_printf(b, ",\"required\":%s}",
		    is_required(required, name) ? "true" : "false");
	}
	buf_putc(b, ']');
	json_decref(schema);
}

void
entry_prompt(struct buf *b, const struct era *era, const struct run_tool *tool)
{
	open_entry(b, era, tool);
	put_arguments(b, tool->input_schema);
	buf_putc(b, '}');
}
