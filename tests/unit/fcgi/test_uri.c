/* Unit tests of fcgi/op/uri.c. */
#include "op/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

#include <cmocka.h>

static int
setup(void **state)
{
	*state = arena_new((size_t)4 * 1024 * 1024);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
test_uri(void **state)
{
	static const char *const good[] = {"test://static-text", "urn:isbn:1",
	    "https://x.example/a?b=c#d", "a:b", "file:///etc/%20x",
	    "data:image/png;base64,AA=="};
	static const char *const none[] = {"", "text", "test:", ":x", "1a:b",
	    "a b:c", "x://a b", "x://\xc3\xa9", "x:%2", "x:%zz", "x:{a}",
	    "x:<y>", "x:\"", "x:a\\b"};

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		assert_true(uri_valid(str_from(good[i])));
	for (size_t i = 0; i < NELEM(none); i++)
		assert_false(uri_valid(str_from(none[i])));
}

static void
test_template(void **state)
{
	static const char *const good[] = {"test://template/{id}/data", "x:{a}",
	    "x://h{/a,b}{?c,d}{#e}", "file:///{+path}", "x:{;a}", "x:y{.ext}",
	    "x:?q{&_a1}"};
	static const char *const none[] = {"x:y", "{a}", "x{a}:b", "x:{a",
	    "x:{}", "x:{a,}", "x:{a*}", "x:{a:3}", "x:{a}{a}", "x:{1a}",
	    "x:{a.b}", "x: {a}", "x:{a b}", "x:{!a}", "x:}{a}", "x:{a}}"};
	const char *why;

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		assert_true(uri_template_valid(str_from(good[i]), &why));
	for (size_t i = 0; i < NELEM(none); i++) {
		assert_false(uri_template_valid(str_from(none[i]), &why));
		assert_non_null(why);
	}
}

static const struct {
	const char *template, *uri;
	const char *want; /* NULL: does not fit */
} cases[] = {
    {"test://template/{id}/data", "test://template/123/data",
	"{\"id\":\"123\"}"},
    {"test://template/{id}/data", "test://template//data", NULL},
    {"test://template/{id}/data", "test://template/1/2/data", NULL},
    {"test://template/{id}/data", "test://template/1/data/", NULL},
    {"test://template/{id}/data", "test://template/a%2Fb/data",
	"{\"id\":\"a/b\"}"},
    {"test://template/{id}/data", "test://template/%C3%A4/data",
	"{\"id\":\"\xc3\xa4\"}"},
    {"test://template/{id}/data", "test://template/%FF/data", NULL},
    {"test://template/{id}/data", "test://template/%00/data", NULL},
    {"x:{a}-{b}", "x:1-2-3", "{\"a\":\"1-2\",\"b\":\"3\"}"},
    {"x:{a,b}", "x:1,2", "{\"a\":\"1\",\"b\":\"2\"}"},
    {"x:{a,b}", "x:1", NULL},
    {"x:{a}", "x:1,2", "{\"a\":\"1,2\"}"},
    {"file:///{+path}", "file:///a/b?c", "{\"path\":\"a/b?c\"}"},
    {"file:///{path}", "file:///a/b", NULL},
    {"x:{/a,b}", "x:/1/2", "{\"a\":\"1\",\"b\":\"2\"}"},
    {"x:y{.e}", "x:y.tar", "{\"e\":\"tar\"}"},
    {"x:y{.e}", "x:y.tar.gz", NULL},
    {"x:y{#f}", "x:y#a/b", "{\"f\":\"a/b\"}"},
    {"x:y{?a,b}", "x:y?b=2&a=1", "{\"a\":\"1\",\"b\":\"2\"}"},
    {"x:y{?a,b}", "x:y?b=2", "{\"b\":\"2\"}"},
    {"x:y{?a,b}", "x:y", "{}"},
    {"x:y{?a,b}", "x:y?c=1", NULL},
    {"x:y{?a,b}", "x:y?a=1&a=2", NULL},
    {"x:y{?a}", "x:y?a=", "{\"a\":\"\"}"},
    {"x:y{?a,ab}", "x:y?ab=3", "{\"ab\":\"3\"}"},
    {"x:y?z=1{&a}", "x:y?z=1&a=2", "{\"a\":\"2\"}"},
    {"x:y{;a,b}/z", "x:y;a=1;b/z", "{\"a\":\"1\",\"b\":\"\"}"},
    {"x:{a}{b}", "x:12", "{\"a\":\"1\",\"b\":\"2\"}"},
    {"x:{a}", "y:1", NULL},
    {"x:{a}", "x: ", NULL},
};

static void
test_match(void **state)
{
	struct arena *a = *state;

	for (size_t i = 0; i < NELEM(cases); i++) {
		json_t *values = NULL;
		bool fits = uri_template_match(a, str_from(cases[i].template),
		    str_from(cases[i].uri), &values);

		if (fits != (cases[i].want != NULL))
			print_error("%s %s\n", cases[i].template, cases[i].uri);
		assert_int_equal(fits, cases[i].want != NULL);
		if (fits)
			assert_string_equal(
			    json_canonical(a, values).p, cases[i].want);
	}
}

/* Many readings must not take many steps. */
static void
test_no_backtracking(void **state)
{
	char template[256] = "x:", uri[4002] = "x:";
	json_t *values;

	for (int i = 0; i < 20; i++)
		(void)snprintf(template + strlen(template), 8, "{a%d}", i);
	(void)strcat(template, "!");
	memset(uri + 2, 'y', sizeof(uri) - 3);
	assert_false(uri_template_match(
	    *state, str_from(template), str_from(uri), &values));
	uri[sizeof(uri) - 2] = '!';
	assert_true(uri_template_match(
	    *state, str_from(template), str_from(uri), &values));
}

static void
test_parts(void **state)
{
	struct str names[URI_VARIABLES_MAX];
	bool optional[URI_VARIABLES_MAX];
	struct str t = STR_LIT("x://{a}/b{?c,d}");

	(void)state;
	assert_true(str_eq_c(uri_template_prefix(t), "x://"));
	assert_int_equal(uri_template_names(t, names, optional), 3);
	assert_false(optional[0]);
	assert_true(optional[1] && optional[2]);
	assert_true(str_eq_c(names[2], "d"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_uri),
	    cmocka_unit_test(test_template),
	    cmocka_unit_test_setup_teardown(test_match, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_backtracking, setup, teardown),
	    cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
