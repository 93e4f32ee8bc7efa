/*
 * xparam.c: arguments mirrored into Mcp-Param-* headers.
 */
#include "mcp/xparam.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "mcp/header.h"

#define DEPTH_MAX 32 /* of properties inside properties */

struct check {
	const struct req *r;
	struct arena *a;
	struct fail *f;
};

static struct str
param_header(const struct check *c, const char *name)
{
	char *param = arena_printf(c->a, "HTTP_MCP_PARAM_%s", name);

	for (char *p = param; *p != '\0'; p++)
		*p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
	return req_param(c->r, param);
}

/* 42, 42.0 and 4.2e1 are one number. */
static bool
same_number(const json_t *value, struct str text)
{
	char *end;
	double d;

	if (json_is_integer(value)) {
		int64_t i;

		if (str_to_i64(text, &i))
			return i == json_integer_value(value);
	}
	if (text.n == 0 || strspn(text.p, "0123456789+-.eE") < text.n)
		return false;
	d = strtod(text.p, &end);
	return end == text.p + text.n && d == json_number_value(value);
}

static bool
same(const json_t *value, struct str text)
{
	if (json_is_string(value))
		return text.n == json_string_length(value) &&
		    memcmp(text.p, json_string_value(value), text.n) == 0;
	if (json_is_boolean(value))
		return str_eq_c(text, json_is_true(value) ? "true" : "false");
	return same_number(value, text);
}

static enum fail_code
compare(const struct check *c, const char *name, const json_t *value)
{
	struct str raw = param_header(c, name), text;

	/* Objects and arrays have no header; the schema will object to them. */
	if (json_is_object(value) || json_is_array(value))
		return FAIL_NONE;
	if (value == NULL || json_is_null(value))
		return raw.p == NULL ? FAIL_NONE
				     : fail(c->f, FAIL_REQUEST,
					   "The header Mcp-Param-%s came "
					   "without its argument.",
					   name);
	if (raw.p == NULL)
		return fail(c->f, FAIL_REQUEST,
		    "The header Mcp-Param-%s is missing.", name);
	if (!header_decode(raw, c->a, &text))
		return fail(c->f, FAIL_REQUEST,
		    "The header Mcp-Param-%s is malformed.", name);
	if (!same(value, arena_str(c->a, text)))
		return fail(c->f, FAIL_REQUEST,
		    "The header Mcp-Param-%s is "
		    "not what the argument is.",
		    name);
	return FAIL_NONE;
}

/* DEPTH_MAX deep at most. */
static enum fail_code
check_properties(const struct check *c, const json_t *schema,
    const json_t *arguments, int depth)
{
	json_t *properties = json_get_obj(schema, "properties"), *property;
	enum fail_code rc = FAIL_NONE;
	const char *key;

	json_object_foreach(properties, key, property)
	{
		const json_t *value = json_object_get(arguments, key);
		const char *name = json_get_str(property, "x-mcp-header");

		if (name != NULL)
			rc = compare(c, name, value);
		else if (depth < DEPTH_MAX)
			rc = check_properties(c, property, value, depth + 1);
		if (rc != FAIL_NONE)
			break;
	}
	return rc;
}

enum fail_code
xparam_check(const struct req *r, struct arena *a, const json_t *schema,
    const json_t *arguments, struct fail *f)
{
	struct check c = {r, a, f};

	return check_properties(&c, schema, arguments, 0);
}
