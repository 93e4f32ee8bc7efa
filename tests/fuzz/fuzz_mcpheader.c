/*
 * fuzz_mcpheader.c: header values, mirrored arguments and cursors.
 *
 * The input is taken for a value as a proxy may pass it on.  What decodes is
 * UTF-8; encoding it again and decoding that gives the same; and only a
 * cursor of ours is a cursor.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "noun/cursor.h"
#include "mcp/header.h"
#include "mcp/xparam.h"
#include "keyring.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
decode(struct arena *a, struct str value)
{
	struct str text;

	if (!header_decode(value, a, &text))
		return;
	require(str_utf8_valid(text) && text.n <= value.n);
	for (size_t i = 0; text.p == value.p && i < text.n; i++)
		require((unsigned char)text.p[i] < 0x7f);
}

/* The argument that the header repeats, and one that it does not. */
static void
mirror(struct arena *a, struct str value)
{
	struct req_param p = {STR_LIT("HTTP_MCP_PARAM_X"), value};
	struct req r = {.params = &p, .nparams = 1};
	json_t *schema = json_keep(a,
	    json_pack("{s:{s:{s:s}}}", "properties", "x", "x-mcp-header", "X"));
	json_t *arguments = json_keep(a, json_obj());
	struct str text;

	json_put_str(arguments, "x", "\xe2\x82\xac no header says this");
	require(!header_decode(value, a, &text) ||
	    str_eq_c(text, "\xe2\x82\xac no header says this") ||
	    xparam_check(&r, a, schema, arguments, NULL) == FAIL_REQUEST);
	if (!header_decode(value, a, &text) ||
	    memchr(text.p, '\0', text.n) != NULL)
		return;
	json_put_view(arguments, "x", text);
	require(xparam_check(&r, a, schema, arguments, NULL) == FAIL_NONE);
	json_put_int(arguments, "x", 42);
	(void)xparam_check(&r, a, schema, arguments, NULL);
}

static void
cursor(struct arena *a, struct str value)
{
	static struct settings s;
	struct ctx ctx = {.arena = a, .settings = &s, .caller.id = "x"};
	struct str name;

	if (s.keys == NULL)
		s.keys = keyring_random(1);
	require(!cursor_read(&ctx, "tools", value, &name));
	if (value.n == 0 || value.n > CURSOR_NAME_MAX ||
	    memchr(value.p, '\0', value.n) != NULL)
		return;
	require(cursor_read(
	    &ctx, "tools", str_from(cursor_make(&ctx, "tools", value)), &name));
	require(str_eq(name, value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct str value = {arena_strndup(a, (const char *)data, size), size};

	decode(a, value);
	if (memchr(data, '\0', size) == NULL) /* nginx passes none on */
		mirror(a, value);
	cursor(a, value);
	arena_free(a);
	return 0;
}
