/* Unit tests of lib/str.c. */
#include "str.h"

#include "lib_test.h"

#include <inttypes.h>
#include <stdio.h>

static void
test_from(void **state)
{
	(void)state;
	assert_null(str_from(NULL).p);
	assert_int_equal(str_from(NULL).n, 0);
	assert_str_is(str_from("abc"), "abc");
	assert_int_equal(STR_LIT("a\0b").n, 3);
}

static void
test_sub_is_clamped(void **state)
{
	struct str s = STR_LIT("hello");

	(void)state;
	assert_str_is(str_sub(s, 1, 3), "ell");
	assert_str_is(str_sub(s, 1, 100), "ello");
	assert_str_is(str_sub(s, 1, SIZE_MAX), "ello");
	assert_str_is(str_sub(s, 5, 1), "");
	assert_str_is(str_sub(s, SIZE_MAX, SIZE_MAX), "");
	assert_null(str_sub(STR_NONE, 1, 1).p);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(str_eq(STR_NONE, STR_LIT("")));
	assert_true(str_eq_c(STR_LIT("ab"), "ab"));
	assert_false(str_eq_c(STR_LIT("ab"), "abc"));
	assert_false(str_eq_c(STR_LIT("ab"), "aB"));
	assert_true(str_ieq_c(STR_LIT("Content-TYPE"), "content-type"));
	assert_false(str_ieq_c(STR_LIT("a"), "ab"));
	/* ASCII only: '@' and '`', '[' and '{' differ by the same bit. */
	assert_false(str_ieq_c(STR_LIT("@"), "`"));
	assert_false(str_ieq_c(STR_LIT("["), "{"));
	assert_false(str_ieq_c(STR_LIT("\xc4"), "\xe4"));
}

static void
test_starts_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts(STR_LIT("abc"), "ab"));
	assert_true(str_starts(STR_LIT("abc"), ""));
	assert_true(str_starts(STR_NONE, ""));
	assert_false(str_starts(STR_LIT("a"), "ab"));
	assert_true(str_ends(STR_LIT("abc"), "bc"));
	assert_true(str_ends(STR_LIT("abc"), "abc"));
	assert_false(str_ends(STR_LIT("bc"), "abc"));
	assert_true(str_ends(STR_NONE, ""));
}

static void
test_index(void **state)
{
	(void)state;
	assert_int_equal(str_index(STR_LIT("a=b=c"), '='), 1);
	assert_int_equal(str_index(STR_LIT("abc"), '='), 3);
	assert_int_equal(str_index(STR_NONE, '='), 0);
	assert_int_equal(str_index(STR_LIT("a\0b"), '\0'), 1);
}

static void
test_trim(void **state)
{
	(void)state;
	assert_str_is(str_trim(STR_LIT(" \t\r\n a b \n")), "a b");
	assert_str_is(str_trim(STR_LIT(" \n")), "");
	assert_str_is(str_trim(STR_LIT("\v")), "\v");
	assert_str_is(str_trim(STR_NONE), "");
}

static void
test_split(void **state)
{
	struct str rest = STR_LIT("a,,b,");

	(void)state;
	assert_str_is(str_split(&rest, ','), "a");
	assert_str_is(str_split(&rest, ','), "");
	assert_str_is(str_split(&rest, ','), "b");
	/* An empty last part is a part: only p == NULL is the end. */
	assert_non_null(rest.p);
	assert_str_is(str_split(&rest, ','), "");
	assert_null(rest.p);
	assert_str_is(str_split(&rest, ','), "");
	assert_null(rest.p);
}

static void
test_i64(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t v;
	} cases[] = {
	    {"0", true, 0},
	    {"-0", true, 0},
	    {"007", true, 7},
	    {"-12", true, -12},
	    {"9223372036854775807", true, INT64_MAX},
	    {"-9223372036854775808", true, INT64_MIN},
	    {"9223372036854775808", false, 0},
	    {"-9223372036854775809", false, 0},
	    {"99999999999999999999999", false, 0},
	    {"-99999999999999999999999", false, 0},
	    {"", false, 0},
	    {"-", false, 0},
	    {"--1", false, 0},
	    {"+1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"1.0", false, 0},
	    {"0x10", false, 0},
	    {"\xd9\xa1", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		int64_t v = 4711;

		assert_int_equal(
		    str_to_i64(str_from(cases[i].text), &v), cases[i].ok);
		assert_true(v == (cases[i].ok ? cases[i].v : 4711));
	}
	assert_false(str_to_i64(STR_LIT("1\0"), &(int64_t){0}));
}

static void
test_i64_round_trip(void **state)
{
	uint64_t seed = 1;
	char text[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random(&seed) >> (i % 64);
		int64_t v, back;

		memcpy(&v, &bits, sizeof(v));
		(void)snprintf(text, sizeof(text), "%" PRId64, v);
		assert_true(str_to_i64(str_from(text), &back));
		assert_true(back == v);
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
	    {"", true},
	    {"plain", true},
	    {"\xc2\x80", true},
	    {"\xdf\xbf", true},
	    {"\xe0\xa0\x80", true},
	    {"\xed\x9f\xbf", true},
	    {"\xee\x80\x80", true},
	    {"\xef\xbf\xbf", true},
	    {"\xf0\x90\x80\x80", true},
	    {"\xf4\x8f\xbf\xbf", true},
	    {"\x80", false},
	    {"\xc0\x80", false},
	    {"\xc1\xbf", false},
	    {"\xc2", false},
	    {"\xc2"
	     "A",
		false},
	    {"\xe0\x9f\xbf", false},
	    {"\xe2\x82", false},
	    {"\xed\xa0\x80", false},
	    {"\xed\xbf\xbf", false},
	    {"\xf0\x8f\xbf\xbf", false},
	    {"\xf4\x90\x80\x80", false},
	    {"\xf5\x80\x80\x80", false},
	    {"\xf0\x90\x80", false},
	    {"\xff", false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++)
		assert_int_equal(
		    str_utf8_valid(str_from(cases[i].text)), cases[i].ok);
	assert_true(str_utf8_valid(STR_LIT("a\0b")));
	assert_int_equal(str_utf8_seq(STR_NONE), 0);
}

/* Every code point encodes to exactly what is accepted. */
static void
test_utf8_all_code_points(void **state)
{
	(void)state;
	for (uint32_t c = 0x80; c < 0x120000; c++) {
		char t[4];
		size_t n;
		bool want = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

		if (c < 0x800) {
			n = 2;
			t[0] = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			n = 3;
			t[0] = (char)(0xe0 | c >> 12);
			t[1] = (char)(0x80 | (c >> 6 & 63));
		} else {
			n = 4;
			t[0] = (char)(0xf0 | c >> 18);
			t[1] = (char)(0x80 | (c >> 12 & 63));
			t[2] = (char)(0x80 | (c >> 6 & 63));
		}
		t[n - 1] = (char)(0x80 | (c & 63));
		if (str_utf8_seq((struct str){t, n}) != (want ? n : 0))
			fail_test("code point %x", c);
		if (want && str_utf8_seq((struct str){t, n - 1}) != 0)
			fail_test("cut code point %x", c);
	}
}

static void
test_utf8_cut(void **state)
{
	struct str s = STR_LIT("a\xe2\x82\xac"
			       "b\xf0\x9f\x98\x80");

	(void)state;
	assert_int_equal(str_utf8_cut(s, 100).n, s.n);
	for (size_t max = 0; max <= s.n; max++) {
		struct str cut = str_utf8_cut(s, max);

		assert_true(cut.n <= max && max - cut.n < 4);
		assert_true(str_utf8_valid(cut));
	}
	/* Not UTF-8 anyway: cut where asked. */
	assert_int_equal(
	    str_utf8_cut(STR_LIT("\x80\x80\x80\x80\x80\x80"), 5).n, 5);
	assert_int_equal(str_utf8_cut(STR_NONE, 0).n, 0);
}

static void
test_utf8_len(void **state)
{
	(void)state;
	assert_int_equal(str_utf8_len(STR_NONE), 0);
	assert_int_equal(str_utf8_len(STR_LIT("a\xe2\x82\xac\xc3\xa4")), 3);
}

static void
test_control(void **state)
{
	(void)state;
	assert_false(str_has_control(STR_LIT("plain \xc3\xa4"), ""));
	assert_true(str_has_control(STR_LIT("a\nb"), ""));
	assert_true(str_has_control(STR_LIT("a\nb"), NULL));
	assert_false(str_has_control(STR_LIT("a\n\tb"), "\t\n"));
	assert_true(str_has_control(STR_LIT("\x7f"), "\t\n"));
	assert_true(str_has_control(STR_LIT("\x1b"), "\t\n"));
	/* The end of `allow` allows nothing. */
	assert_true(str_has_control(STR_LIT("a\0b"), "\t\n"));
	assert_false(str_has_control(STR_NONE, ""));
}

static void
test_uuid(void **state)
{
	static const char good[] = "01234567-89ab-CDEF-0123-456789abcdef";

	(void)state;
	assert_true(str_is_uuid(str_from(good)));
	for (size_t i = 0; i < 36; i++) {
		char bad[37];

		memcpy(bad, good, sizeof(bad));
		bad[i] = bad[i] == '-' ? '0' : 'g';
		assert_false(str_is_uuid(str_from(bad)));
		bad[i] = '-';
		assert_int_equal(str_is_uuid(str_from(bad)), good[i] == '-');
	}
	assert_false(str_is_uuid(str_sub(str_from(good), 0, 35)));
	assert_false(
	    str_is_uuid(STR_LIT("01234567-89ab-cdef-0123-456789abcdef0")));
	assert_false(str_is_uuid(STR_NONE));
}

static void
test_hex(void **state)
{
	uint8_t all[256], back[256];
	char text[513];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	str_hex(all, sizeof(all), text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_string_equal(text + 508, "feff");
	assert_true(str_unhex(str_from(text), back, sizeof(back)));
	assert_memory_equal(all, back, sizeof(all));

	assert_true(str_unhex(STR_LIT("aBCd"), back, 2));
	assert_int_equal(back[0], 0xab);
	assert_false(str_unhex(STR_LIT("abc"), back, 1));
	assert_false(str_unhex(STR_LIT("abcd"), back, 1));
	assert_false(str_unhex(STR_LIT("ab"), back, 2));
	assert_false(str_unhex(STR_LIT("0x"), back, 1));
	assert_false(str_unhex(STR_LIT("g0"), back, 1));
	assert_true(str_unhex(STR_NONE, back, 0));
	str_hex(NULL, 0, text);
	assert_string_equal(text, "");
}

/* RFC 4648 section 10. */
static void
test_b64_vectors(void **state)
{
	static const char *const v[][3] = {
	    {"", "", ""},
	    {"f", "Zg", "Zg=="},
	    {"fo", "Zm8", "Zm8="},
	    {"foo", "Zm9v", "Zm9v"},
	    {"foob", "Zm9vYg", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	};
	char text[16], back[8];
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEM(v); i++) {
		size_t len = strlen(v[i][0]);

		assert_int_equal(str_b64u(v[i][0], len, text), strlen(v[i][1]));
		assert_string_equal(text, v[i][1]);
		assert_true(str_unb64u(str_from(v[i][1]), back, 8, &n));
		assert_int_equal(n, len);
		assert_memory_equal(back, v[i][0], len);
		assert_true(str_unb64(str_from(v[i][2]), back, 8, &n));
		assert_int_equal(n, len);
		assert_memory_equal(back, v[i][0], len);
	}
}

static void
test_b64_round_trip(void **state)
{
	uint64_t seed = 7;
	uint8_t in[100], out[100];
	char text[STR_B64U_MAX(100)];
	size_t n;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t len = next_random(&seed) % 101;

		for (size_t k = 0; k < len; k++)
			in[k] = (uint8_t)next_random(&seed);
		(void)str_b64u(in, len, text);
		assert_true(strlen(text) < STR_B64U_MAX(len));
		assert_true(str_unb64u(str_from(text), out, len, &n));
		assert_int_equal(n, len);
		assert_memory_equal(in, out, len);
		if (len > 0)
			assert_false(
			    str_unb64u(str_from(text), out, len - 1, &n));
	}
}

static void
test_b64_strict(void **state)
{
	static const char *const bad_url[] = {
	    "A",
	    "AAAAA",
	    "Zg==",
	    "Zm8=",
	    "Zh",
	    "Zm9",
	    "Zm9v\n",
	    "Zm 9v",
	    "Zg+_",
	    "Zg/_",
	    "Z\xc3g",
	    "=",
	    "====",
	};
	static const char *const bad_std[] = {
	    "Zg",
	    "Zg=",
	    "Zg===",
	    "Zh==",
	    "Zm9=",
	    "Zg==Zg==",
	    "Z===",
	    "====",
	    "Zg-_",
	    "Zm9v=",
	    "Zm9vYmE=\n",
	    "=m8=",
	    "Z=8=",
	};
	uint8_t out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEM(bad_url); i++) {
		if (str_unb64u(str_from(bad_url[i]), out, 16, &n))
			fail_test("accepted %s", bad_url[i]);
	}
	for (size_t i = 0; i < NELEM(bad_std); i++) {
		if (str_unb64(str_from(bad_std[i]), out, 16, &n))
			fail_test("accepted %s", bad_std[i]);
	}
	assert_true(str_unb64u(STR_LIT("-_-_"), out, 3, &n));
	assert_true(str_unb64(STR_LIT("+/+/"), out, 3, &n));
	assert_false(str_unb64(STR_LIT("Zg=="), out, 0, &n));
}

static void
test_percent(void **state)
{
	static const struct {
		const char *in;
		bool plus;
		const char *out; /* NULL: refused */
	} cases[] = {
	    {"", false, ""},
	    {"a%20b+c", false, "a b+c"},
	    {"a%20b+c", true, "a b c"},
	    {"%2B", true, "+"},
	    {"%c3%A4", false, "\xc3\xa4"},
	    {"%2525", false, "%25"},
	    {"%", false, NULL},
	    {"%2", false, NULL},
	    {"a%", false, NULL},
	    {"%g0", false, NULL},
	    {"%0g", false, NULL},
	    {"%00", false, NULL},
	    {"%-1", false, NULL},
	    {"% 1", false, NULL},
	    {"%01", false, "\x01"},
	};
	char out[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		bool ok = str_percent_decode(
		    str_from(cases[i].in), cases[i].plus, out, &n);

		assert_int_equal(ok, cases[i].out != NULL);
		if (cases[i].out == NULL)
			continue;
		assert_int_equal(n, strlen(cases[i].out));
		assert_string_equal(out, cases[i].out);
	}
	/* The view ends before the escape does. */
	assert_false(
	    str_percent_decode(str_sub(STR_LIT("a%41"), 0, 3), false, out, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_from),
	    cmocka_unit_test(test_sub_is_clamped),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_starts_and_ends),
	    cmocka_unit_test(test_index),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_i64),
	    cmocka_unit_test(test_i64_round_trip),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_utf8_all_code_points),
	    cmocka_unit_test(test_utf8_cut),
	    cmocka_unit_test(test_utf8_len),
	    cmocka_unit_test(test_control),
	    cmocka_unit_test(test_uuid),
	    cmocka_unit_test(test_hex),
	    cmocka_unit_test(test_b64_vectors),
	    cmocka_unit_test(test_b64_round_trip),
	    cmocka_unit_test(test_b64_strict),
	    cmocka_unit_test(test_percent),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
