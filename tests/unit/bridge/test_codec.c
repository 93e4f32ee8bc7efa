/*
 * test_codec.c: values of Mcp-* headers.
 */
#include "codec.h"
#include "json.h"
#include "../lib/lib_test.h"

/* clang-format off */
static const struct {
	const char *text;
	const char *value;
} texts[] = {
	{"", ""},
	{"tools/call", "tools/call"},
	{"a b", "a b"},
	{" a", "=?base64?IGE=?="},
	{"a\t", "=?base64?YQk=?="},
	{"a\tb", "=?base64?YQli?="},
	{"a\r\nX: y", "=?base64?YQ0KWDogeQ==?="},
	{"ä", "=?base64?w6Q=?="},
	{"\x7f", "=?base64?fw==?="},
	{"=?base64?x?=", "=?base64?PT9iYXNlNjQ/eD89?="},
	{"=?base64?x", "=?base64?x"},
	{"=?BASE64?x?=", "=?BASE64?x?="},
};

static const struct {
	const char *json;
	const char *value; /* NULL: none */
} values[] = {
	{"\"x\"", "x"}, {"\"\"", ""}, {"\"ä\"", "=?base64?w6Q=?="},
	{"true", "true"}, {"false", "false"},
	{"42", "42"}, {"-7", "-7"}, {"0", "0"},
	{"9223372036854775807", "9223372036854775807"},
	{"42.0", "42"}, {"4.2e1", "42"}, {"1.5", "1.5"},
	{"1e300", "1.0000000000000001e+300"},
	{"null", NULL}, {"{}", NULL}, {"[1]", NULL},
};
/* clang-format on */

static void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct buf b;

		buf_init(&b, 256);
		codec_text(&b, str_from(texts[i].text));
		if (!str_eq_c(buf_str(&b), texts[i].value))
			fail_test(
			    "%s: %.*s", texts[i].text, STR_FMT(buf_str(&b)));
		assert_true(codec_plain(str_from(texts[i].text)) ==
		    (strcmp(texts[i].text, texts[i].value) == 0));
		buf_free(&b);
	}
}

static void
test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(values); i++) {
		struct buf b;
		json_t *v;
		bool ok;

		assert_int_equal(
		    json_parse(NULL, str_from(values[i].json), 64, &v, NULL),
		    FAIL_NONE);
		buf_init(&b, 256);
		ok = codec_json(&b, v);
		assert_int_equal(ok, values[i].value != NULL);
		if (ok)
			assert_str_is(buf_str(&b), values[i].value);
		else
			assert_int_equal(b.n, 0);
		buf_free(&b);
		json_decref(v);
	}
}

static void
test_token(void **state)
{
	(void)state;
	assert_true(codec_token(STR_LIT("Region")));
	assert_true(codec_token(STR_LIT("a-b_c.d~1!")));
	assert_false(codec_token(STR_LIT("")));
	assert_false(codec_token(STR_LIT("a b")));
	assert_false(codec_token(STR_LIT("a:")));
	assert_false(codec_token(STR_LIT("a\r\n")));
	assert_false(codec_token(STR_LIT("ä")));
	assert_false(codec_token(((struct str){"a\0b", 3})));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
