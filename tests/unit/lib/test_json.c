/* Unit tests of lib/json.c. */
#include "json.h"

#include "lib_test.h"

#include <math.h>
#include <signal.h>

#define MAX ((size_t)1 << 20)

static struct arena *a;
static struct fail f;

static int
set_up(void **state)
{
	(void)state;
	a = arena_new((size_t)64 << 20);
	fail_clear(&f);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static json_t *
good(struct str text)
{
	json_t *v = NULL;

	assert_int_equal(json_parse(a, text, MAX, &v, &f), FAIL_NONE);
	assert_non_null(v);
	return v;
}

static void
test_any_value(void **state)
{
	(void)state;
	assert_true(json_is_object(good(STR_LIT("{}"))));
	assert_true(json_is_array(good(STR_LIT(" [ ] \n"))));
	assert_true(json_is_null(good(STR_LIT("null"))));
	assert_true(json_is_true(good(STR_LIT("true"))));
	assert_string_equal(json_string_value(good(STR_LIT("\"x\""))), "x");
	assert_int_equal(json_integer_value(good(STR_LIT("-3"))), -3);
	assert_true(json_integer_value(good(STR_LIT("9223372036854775807"))) ==
	    INT64_MAX);
}

static void
test_refused(void **state)
{
	static const struct str bad[] = {
	    {"", 0},
	    {NULL, 0},
	    {" ", 1},
	    {"{", 1},
	    {"[1,]", 4},
	    {"[1", 2},
	    {"{\"a\":1,}", 8},
	    {"{\"a\":1,\"a\":2}", 13},
	    {"{a:1}", 5},
	    {"'x'", 3},
	    {"nul", 3},
	    {"1 2", 3},
	    {"{}x", 3},
	    {"01", 2},
	    {"+1", 2},
	    {".5", 2},
	    {"NaN", 3},
	    {"Infinity", 8},
	    {"1e999", 5},
	    {"9223372036854775808", 19},
	    {"-9223372036854775809", 20},
	    {"\"\xff\"", 3},
	    {"\"\xed\xa0\x80\"", 5},
	    {"\"\\ud800\"", 8},
	    {"\"\\u0000\"", 8},
	    {"{\"\\u0000\":1}", 12},
	    {"\"a\0b\"", 5},
	    {"{}\0", 3},
	    {"\"a\nb\"", 5},
	    {"\"\\x\"", 4},
	    {"]", 1},
	    {"}", 1},
	    {"[}", 2},
	    {"\xef\xbb\xbf{}", 5},
	    {"\"a", 2},
	    {"\"\\", 2},
	    {"// c\n1", 6},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		json_t *v = NULL;

		fail_clear(&f);
		if (json_parse(a, bad[i], MAX, &v, &f) != FAIL_SYNTAX)
			fail_test("case %zu was accepted", i);
		assert_null(v);
		assert_int_equal(f.code, FAIL_SYNTAX);
		assert_true(strlen(f.message) > 0);
		assert_int_equal(
		    json_parse(NULL, bad[i], MAX, &v, NULL), FAIL_SYNTAX);
	}
}

static void
test_messages(void **state)
{
	json_t *v;

	(void)state;
	assert_int_equal(
	    json_parse(a, STR_LIT("{\n  \"a\": ?secret?}"), MAX, &v, &f),
	    FAIL_SYNTAX);
	assert_non_null(strstr(f.message, "line 2, column "));
	assert_null(strstr(f.message, "secret"));
	assert_int_equal(
	    json_parse(a, STR_LIT("{\"key\":1,\"key\":2}"), MAX, &v, &f),
	    FAIL_SYNTAX);
	assert_non_null(strstr(f.message, "twice"));
	assert_null(strstr(f.message, "key\""));
}

static void
test_too_large(void **state)
{
	json_t *v;

	(void)state;
	assert_int_equal(json_parse(a, STR_LIT("[1]"), 3, &v, &f), FAIL_NONE);
	assert_int_equal(
	    json_parse(a, STR_LIT("[1]"), 2, &v, &f), FAIL_TOO_LARGE);
	assert_null(v);
}

static struct str
nested(int depth, const char *open, const char *close)
{
	struct buf b;
	struct str s;

	buf_init(&b, MAX);
	for (int i = 0; i < depth; i++)
		buf_puts(&b, open);
	buf_puts(&b, "1");
	for (int i = 0; i < depth; i++)
		buf_puts(&b, close);
	s = arena_str(a, buf_str(&b));
	buf_free(&b);
	return s;
}

static void
test_depth(void **state)
{
	json_t *v;

	(void)state;
	(void)good(nested(JSON_DEPTH_MAX, "[", "]"));
	(void)good(nested(JSON_DEPTH_MAX, "{\"a\":", "}"));
	assert_int_equal(
	    json_parse(a, nested(JSON_DEPTH_MAX + 1, "[", "]"), MAX, &v, &f),
	    FAIL_SYNTAX);
	assert_non_null(strstr(f.message, "line 1, column 65"));
	assert_int_equal(
	    json_parse(
		a, nested(JSON_DEPTH_MAX + 1, "{\"a\":", "}"), MAX, &v, &f),
	    FAIL_SYNTAX);
	assert_int_equal(
	    json_parse(a, nested(100000, "[", "]"), MAX, &v, &f), FAIL_SYNTAX);
	/* Deep on both sides of a string, and siblings, are not deep. */
	(void)good(STR_LIT("[[],[],[],[]]"));
}

static void
test_brackets_in_strings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, MAX);
	buf_puts(&b, "[\"");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "[{\\\"[\\\\{");
	buf_puts(&b, "\"]");
	(void)good(buf_str(&b));
	buf_free(&b);
}

static void
test_text(void **state)
{
	json_t *v = good(STR_LIT(" { \"b\" : [ 1, 2.5, null ] , "
				 "\"a\":\"\xe2\x82\xac\\u0041\\n\" } "));
	struct buf b;

	(void)state;
	assert_str_is(json_text(a, v),
	    "{\"b\":[1,2.5,null],\"a\":\"\xe2\x82\xac"
	    "A\\n\"}");
	assert_str_is(json_text(a, NULL), "null");
	assert_str_is(json_text(a, good(STR_LIT("7"))), "7");
	assert_int_equal(json_text(a, v).p[json_text(a, v).n], '\0');
	buf_init(&b, 100);
	json_append(&b, good(STR_LIT("[ 1 ]")));
	assert_string_equal(b.p, "[1]");
	buf_free(&b);
	buf_init(&b, 2);
	json_append(&b, v);
	assert_true(b.overflow);
	buf_free(&b);
}

static void
test_canonical(void **state)
{
	static const char *const same[] = {
	    "{\"a\":1,\"b\":{\"x\":1,\"y\":[2,1]},\"A\":0,\"\xc3\xa4\":3}",
	    " {\"\\u00e4\":3, \"b\":{\"y\":[2,1],\"x\":1},\"A\":0,\"a\":1}",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(same); i++)
		assert_str_is(json_canonical(a, good(str_from(same[i]))),
		    "{\"A\":0,\"a\":1,\"b\":{\"x\":1,\"y\":[2,1]},"
		    "\"\xc3\xa4\":3}");
	/* A prefix comes before what it begins. */
	assert_str_is(json_canonical(a,
			  good(STR_LIT("{\"ab\":1,\"a\":2,\"\":3,\"a b\":4}"))),
	    "{\"\":3,\"a\":2,\"a b\":4,\"ab\":1}");
}

/* Canonical text of canonical text is the same, for any number. */
static void
test_reals_are_stable(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random(&seed);
		double d;
		json_t *v;
		struct str once;

		memcpy(&d, &bits, sizeof(d));
		if (!isfinite(d))
			continue;
		v = json_keep(a, json_real(d));
		once = json_canonical(a, v);
		v = good(once);
		assert_true(json_is_real(v));
		assert_true(json_real_value(v) == d);
		assert_true(str_eq(json_canonical(a, v), once));
	}
	assert_str_is(
	    json_canonical(a, good(STR_LIT("0.1"))), "0.10000000000000001");
	assert_str_is(json_canonical(a, good(STR_LIT("1.0"))), "1.0");
	assert_str_is(json_canonical(a, good(STR_LIT("1e2"))), "100.0");
}

static void
test_getters(void **state)
{
	json_t *o = good(STR_LIT("{\"s\":\"x\",\"i\":5,\"b\":true,\"o\":{},"
				 "\"a\":[],\"n\":null,\"r\":1.5}"));

	(void)state;
	assert_string_equal(json_get_str(o, "s"), "x");
	assert_null(json_get_str(o, "i"));
	assert_null(json_get_str(o, "gone"));
	assert_null(json_get_str(NULL, "s"));
	assert_null(json_get_str(json_get_arr(o, "a"), "s"));
	assert_int_equal(json_get_int(o, "i", 1), 5);
	assert_int_equal(json_get_int(o, "r", 1), 1);
	assert_int_equal(json_get_int(o, "gone", -1), -1);
	assert_true(json_get_bool(o, "b", false));
	assert_true(json_get_bool(o, "i", true));
	assert_false(json_get_bool(o, "n", false));
	assert_true(json_is_object(json_get_obj(o, "o")));
	assert_null(json_get_obj(o, "a"));
	assert_true(json_is_array(json_get_arr(o, "a")));
	assert_null(json_get_arr(o, "o"));
}

static void
test_building(void **state)
{
	json_t *o = json_keep(a, json_obj());
	json_t *list = json_arr();

	(void)state;
	json_put_str(o, "s", "x");
	json_put_str(o, "no", NULL);
	json_put_str(o, "bad", "a\xff\xe2\x82\xac\xe2\x82");
	json_put_view(o, "v", STR_LIT("a\0b"));
	json_put_view(o, "empty", STR_LIT(""));
	json_put_view(o, "none", STR_NONE);
	json_put_int(o, "i", INT64_MIN);
	json_put_bool(o, "b", true);
	json_put(o, "null", NULL);
	json_put(o, "l", list);
	json_add(list, json_integer(1));
	json_add(list, NULL);
	json_put_str(o, "s", "again");
	assert_str_is(json_text(a, o),
	    "{\"s\":\"again\",\"no\":null,"
	    "\"bad\":\"a\xef\xbf\xbd\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\","
	    "\"v\":\"a\\u0000b\",\"empty\":\"\",\"none\":null,"
	    "\"i\":-9223372036854775808,\"b\":true,\"null\":null,"
	    "\"l\":[1,null]}");
}

static void
put_into_array(void)
{
	json_put_int(json_arr(), "k", 1);
}

static void
test_misuse_aborts(void **state)
{
	(void)state;
	assert_aborts(put_into_array);
}

static void
test_ownership(void **state)
{
	json_t *v = NULL;

	(void)state;
	assert_int_equal(
	    json_parse(NULL, STR_LIT("[1]"), MAX, &v, &f), FAIL_NONE);
	assert_int_equal(v->refcount, 1);
	json_decref(v);
	v = json_incref(json_arr());
	assert_ptr_equal(json_keep(a, v), v);
	assert_int_equal(v->refcount, 2);
	arena_reset(a);
	assert_int_equal(v->refcount, 1);
	json_decref(v);
	assert_null(json_keep(a, NULL));
}

/* Whatever parses, prints as something that parses to the same. */
static void
test_round_trip_of_noise(void **state)
{
	static const char alphabet[] = "[]{}\",:\\ 0123eE.-+utrfalsn/b\xc3\xa4";
	uint64_t seed = 23;
	int parsed = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[12];
		size_t n = 1 + next_random(&seed) % sizeof(text);
		json_t *v = NULL, *back = NULL;

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[next_random(&seed) %
			    (sizeof(alphabet) - 1)];
		if (json_parse(a, (struct str){text, n}, MAX, &v, NULL) !=
		    FAIL_NONE)
			continue;
		parsed++;
		back = good(json_text(a, v));
		assert_true(json_equal(v, back));
		arena_reset(a);
	}
	assert_true(parsed > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_any_value),
	    TEST(test_refused),
	    TEST(test_messages),
	    TEST(test_too_large),
	    TEST(test_depth),
	    TEST(test_brackets_in_strings),
	    TEST(test_text),
	    TEST(test_canonical),
	    TEST(test_reals_are_stable),
	    TEST(test_getters),
	    TEST(test_building),
	    TEST(test_misuse_aborts),
	    TEST(test_ownership),
	    TEST(test_round_trip_of_noise),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
