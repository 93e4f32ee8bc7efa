/*
 * Routes: which pattern wins, 404, 405.
 */
#include "core_test.h"

#include "web/route.h"

static const struct op op_get, op_list, op_create, op_validate, op_compare,
    op_version, op_delete;

static const struct route first[] = {
    {"GET", "/api/tools/{tool_id}", &op_get, 200, false},
    {"DELETE", "/api/tools/{tool_id}", &op_delete, 204, false},
    {"GET", "/api/tools", &op_list, 200, false},
    {"POST", "/api/tools", &op_create, 201, false},
    ROUTE_END,
};

static const struct route second[] = {
    {"POST", "/api/tools/validate-code", &op_validate, 200, false},
    {"GET", "/api/tools/{tool_id}/versions/{version}", &op_version, 200, false},
    {"GET", "/api/tools/{tool_id}/versions/compare", &op_compare, 200, false},
    ROUTE_END,
};

static const struct route *const tables[] = {first, second, NULL};

static struct route_match
find(const char *method, const char *path)
{
	struct route_match m;

	route_find(tables, str_from(method), str_from(path), &m);
	return m;
}

static void
expect(const char *method, const char *path, const struct op *op)
{
	struct route_match m = find(method, path);

	assert_non_null(m.route);
	assert_ptr_equal(m.route->op, op);
}

static void
test_found(void **state)
{
	struct route_match m;

	(void)state;
	expect("GET", "/api/tools", &op_list);
	expect("HEAD", "/api/tools", &op_list);
	expect("POST", "/api/tools", &op_create);
	expect("POST", "/api/tools/validate-code", &op_validate);
	expect("GET", "/api/tools/x/versions/compare", &op_compare);
	m = find("GET", "/api/tools/abc/versions/12");
	assert_ptr_equal(m.route->op, &op_version);
	assert_int_equal(m.nparams, 2);
	assert_true(str_eq_c(m.params[0].name, "tool_id"));
	assert_true(str_eq_c(m.params[0].value, "abc"));
	assert_true(str_eq_c(m.params[1].name, "version"));
	assert_true(str_eq_c(m.params[1].value, "12"));
}

static void
test_unknown(void **state)
{
	static const char *const paths[] = {"/", "", "/api", "/api/tools/",
	    "/api/tools/x/versions", "/api/tools/x/y", "/api/toolsx",
	    "//api/tools", "/api/tools/a/versions/1/2",
	    "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"};

	(void)state;
	for (size_t i = 0; i < NELEM(paths); i++) {
		struct route_match m = find("GET", paths[i]);

		assert_null(m.route);
		assert_string_equal(m.allow, "");
	}
}

static void
test_method(void **state)
{
	struct route_match m = find("PATCH", "/api/tools/x");

	(void)state;
	assert_null(m.route);
	assert_string_equal(m.allow, "GET, HEAD, DELETE");
	/* The literal path is meant, whatever other pattern would do. */
	m = find("DELETE", "/api/tools/validate-code");
	assert_null(m.route);
	assert_string_equal(m.allow, "POST");
	assert_string_equal(find("get", "/api/tools").allow, "GET, HEAD, POST");
	assert_string_equal(
	    find("OPTIONS", "/api/tools").allow, "GET, HEAD, POST");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_method),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
