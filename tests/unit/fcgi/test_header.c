/*
 * test_header.c: the headers of MCP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/header.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

/* clang-format off */
static const struct {
	const char *value;
	const char *text; /* NULL: malformed */
} samples[] = {
	{"tools/call", "tools/call"},
	{"", ""},
	{"  padded\t", "padded"},
	{"a b", "a b"},
	{"=?base64?SGVsbG8=?=", "Hello"},
	{"=?base64?w6Q=?=", "ä"},
	{"=?base64?" "?=", ""},
	{"=?base64?PT9iYXNlNjQ/eD89?=", "=?base64?x?="},
	/* no sentinel: what it says */
	{"SGVsbG8=", "SGVsbG8="},
	{"=?base64?SGVsbG8=", "=?base64?SGVsbG8="},
	{"=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="},
	{"=?base64?=", "=?base64?="},
	/* malformed */
	{"=?base64?SGVsbG8?=", NULL},
	{"=?base64?SGVs!bG8=?=", NULL},
	{"=?base64?SGVsbG9=?=", NULL},
	{"=?base64?_-__?=", NULL},
	{"=?base64?/w==?=", NULL}, /* no UTF-8 */
	{"\xc3\xa4", NULL},
	{"a\x01", NULL},
	{"a\x7f", NULL},
};
/* clang-format on */

static void
test_decode(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct str out = STR_NONE;
		bool ok = header_decode(str_from(samples[i].value), a, &out);

		if (ok != (samples[i].text != NULL))
			fail_msg("%s: %s", samples[i].value,
			    ok ? "accepted" : "refused");
		if (ok && !str_eq_c(out, samples[i].text))
			fail_msg("%s: %.*s", samples[i].value, STR_FMT(out));
	}
	arena_free(a);
}

static void
test_is(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct req r = mcp_req(a,
	    PAIRS("HTTP_MCP_METHOD", "tools/call", "HTTP_MCP_NAME",
		"=?base64?SGVsbG8=?="));

	(void)state;
	assert_true(header_is(&r, a, "Mcp-Method", STR_LIT("tools/call")));
	assert_false(header_is(&r, a, "Mcp-Method", STR_LIT("TOOLS/CALL")));
	assert_true(header_is(&r, a, "mcp-name", STR_LIT("Hello")));
	assert_false(header_is(&r, a, "Mcp-Other", STR_LIT("")));
	arena_free(a);
}

static void
test_doubled(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct req r;

	(void)state;
	r = mcp_req(a,
	    PAIRS("HTTP_HOST", "a", "HTTP_MCP_NAME", "x", "HTTP_X", "1",
		"HTTP_X", "2"));
	assert_null(header_doubled(&r, a));
	r = mcp_req(a,
	    PAIRS("HTTP_MCP_PARAM_A_B", "1", "HTTP_X", "", "HTTP_MCP_PARAM_A_B",
		"1"));
	assert_string_equal(header_doubled(&r, a), "HTTP_MCP_PARAM_A_B");
	r = mcp_req(a, PAIRS("HTTP_ORIGIN", "a", "HTTP_ORIGIN", "b"));
	assert_string_equal(header_doubled(&r, a), "HTTP_ORIGIN");
	r = mcp_req(a, NULL);
	assert_null(header_doubled(&r, a));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_is),
	    cmocka_unit_test(test_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
