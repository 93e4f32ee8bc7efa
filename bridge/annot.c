/*
 * annot.c: which arguments of which tools are mirrored into headers.
 *
 * Kept as JSON: {tool: [{"header": X, "path": [property, …]}, …]}, only for
 * tools that have any.
 */
#include "annot.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "fail.h"
#include "json.h"

#define DEPTH_MAX 32 /* of properties inside properties */

struct annot {
	json_t *tools;
};

struct annot *
annot_new(void)
{
	struct annot *a = malloc(sizeof(*a));

	if (a == NULL)
		fail_abort("annot: out of memory");
	a->tools = json_obj();
	return a;
}

void
annot_free(struct annot *a)
{
	if (a == NULL)
		return;
	json_decref(a->tools);
	free(a);
}

/* --- learning ---------------------------------------------------------------
 */

struct walk {
	json_t *found;
	const char *path[DEPTH_MAX];
};

static void
add(struct walk *w, const char *header, int depth)
{
	json_t *one = json_obj(), *path = json_arr();
	struct str name = str_from(header);

	if (name.n > ANNOT_HEADER_MAX || !codec_token(name)) {
		/* Such a tool is invalid; its caller will not show it. */
		json_decref(one);
		json_decref(path);
		return;
	}
	for (int i = 0; i <= depth; i++)
		json_add(path, json_string(w->path[i]));
	json_put_str(one, "header", header);
	json_put(one, "path", path);
	json_add(w->found, one);
}

/* DEPTH_MAX deep at most. */
static void
walk_properties(struct walk *w, const json_t *schema, int depth)
{
	json_t *properties = json_get_obj(schema, "properties"), *property;
	const char *name;

	json_object_foreach(properties, name, property)
	{
		const char *header = json_get_str(property, "x-mcp-header");

		w->path[depth] = name;
		if (header != NULL)
			add(w, header, depth);
		else if (depth + 1 < DEPTH_MAX)
			walk_properties(w, property, depth + 1);
	}
}

static void
learn_tool(struct annot *a, const json_t *tool)
{
	const char *name = json_get_str(tool, "name");
	struct walk w = {.found = json_arr()};

	walk_properties(&w, json_get_obj(tool, "inputSchema"), 0);
	if (name != NULL && json_array_size(w.found) == 0)
		(void)json_object_del(a->tools, name);
	else if (name != NULL &&
	    (json_object_get(a->tools, name) != NULL ||
		json_object_size(a->tools) < ANNOT_TOOLS_MAX))
		json_put(a->tools, name, json_incref(w.found));
	json_decref(w.found);
}

void
annot_learn(struct annot *a, const json_t *result)
{
	const json_t *tools = json_get_arr(result, "tools"), *tool;
	size_t i;

	json_array_foreach(tools, i, tool)
	{
		learn_tool(a, tool);
	}
}

bool
annot_lists(const json_t *result, const char *tool)
{
	const json_t *tools = json_get_arr(result, "tools"), *one;
	size_t i;

	json_array_foreach(tools, i, one)
	{
		const char *name = json_get_str(one, "name");

		if (name != NULL && strcmp(name, tool) == 0)
			return true;
	}
	return false;
}

/* --- using it ----------------------------------------------------------------
 */

static const json_t *
at_path(const json_t *value, const json_t *path)
{
	const json_t *step;
	size_t i;

	json_array_foreach(path, i, step)
	{
		value = json_object_get(value, json_string_value(step));
	}
	return value;
}

void
annot_each(const struct annot *a, const char *tool, const json_t *arguments,
    annot_fn *fn, void *arg)
{
	const json_t *list = json_object_get(a->tools, tool), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const json_t *value = at_path(
		    arguments, json_get_arr(one, "path"));

		if (value != NULL)
			fn(arg, json_get_str(one, "header"), value);
	}
}
