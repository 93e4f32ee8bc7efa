/*
 * Requests from FastCGI parameters.
 */
#include "core_test.h"

#include "web/request.h"

static struct arena *arena;

static enum fail_code
parse(struct req *r, const char *const *pairs, struct str body, struct fail *f)
{
	enum fail_code rc;
	struct buf b;

	fail_clear(f);
	buf_init(&b, 1024 * 1024);
	for (; *pairs != NULL; pairs += 2)
		put_pair(&b, pairs[0], pairs[1]);
	rc = req_parse(r, arena, buf_str(&b), body, f);
	buf_free(&b);
	return rc;
}

/* A good request with these headers added. */
static struct req
with(const char *name, const char *value, const char *name2, const char *value2)
{
	const char *const pairs[] = {"REQUEST_METHOD", "GET", "DOCUMENT_URI",
	    "/x", name, value, name2, value2, NULL};
	struct fail f;
	struct req r;

	assert_int_equal(parse(&r, pairs, STR_NONE, &f), FAIL_NONE);
	return r;
}

static void
test_parse(void **state)
{
	const char *const pairs[] = {"REQUEST_METHOD", "POST", "DOCUMENT_URI",
	    "/api/x y", "QUERY_STRING", "a=1", "CONTENT_TYPE",
	    "Application/JSON; charset=utf-8", "CONTENT_LENGTH", "2", "HTTPS",
	    "on", "MCPBOX_LISTENER", "gateway", "HTTP_MCP_METHOD", "tools/call",
	    NULL};
	struct fail f;
	struct req r;

	(void)state;
	assert_int_equal(parse(&r, pairs, STR_LIT("{}"), &f), FAIL_NONE);
	assert_true(str_eq_c(r.method, "POST"));
	assert_true(str_eq_c(r.path, "/api/x y"));
	assert_true(str_eq_c(r.query, "a=1"));
	assert_true(str_eq_c(r.content_type, "application/json"));
	assert_true(r.https);
	assert_true(r.gateway);
	assert_true(str_eq_c(req_header(&r, "mcp-Method"), "tools/call"));
	assert_true(str_eq_c(req_header(&r, "Content-Length"), "2"));
	assert_null(req_header(&r, "Mcp-Name").p);
}

static void
test_path_from_request_uri(void **state)
{
	const char *const good[] = {
	    "REQUEST_METHOD", "GET", "REQUEST_URI", "/a%2Fb%20c?x=%zz", NULL};
	const char *const bad[] = {
	    "REQUEST_METHOD", "GET", "REQUEST_URI", "/a%00b", NULL};
	const char *const relative[] = {
	    "REQUEST_METHOD", "GET", "DOCUMENT_URI", "a", NULL};
	struct fail f;
	struct req r;

	(void)state;
	assert_int_equal(parse(&r, good, STR_NONE, &f), FAIL_NONE);
	assert_true(str_eq_c(r.path, "/a/b c"));
	assert_int_equal(parse(&r, bad, STR_NONE, &f), FAIL_REQUEST);
	assert_int_equal(parse(&r, relative, STR_NONE, &f), FAIL_REQUEST);
}

static void
test_refusals(void **state)
{
	const char *const no_method[] = {"DOCUMENT_URI", "/", NULL};
	const char *const short_body[] = {"REQUEST_METHOD", "POST",
	    "DOCUMENT_URI", "/", "CONTENT_LENGTH", "3", NULL};
	const char *const odd_length[] = {"REQUEST_METHOD", "POST",
	    "DOCUMENT_URI", "/", "CONTENT_LENGTH", "-2", NULL};
	const char *many[2 * FCGI_PAIRS_MAX + 7] = {
	    "REQUEST_METHOD", "GET", "DOCUMENT_URI", "/"};
	struct fail f;
	struct req r;

	(void)state;
	assert_int_equal(parse(&r, no_method, STR_NONE, &f), FAIL_REQUEST);
	assert_int_equal(
	    parse(&r, short_body, STR_LIT("{}"), &f), FAIL_REQUEST);
	assert_int_equal(
	    parse(&r, odd_length, STR_LIT("{}"), &f), FAIL_REQUEST);
	for (size_t i = 4; i < 2 * FCGI_PAIRS_MAX + 2; i++)
		many[i] = "HTTP_X";
	assert_int_equal(parse(&r, many, STR_NONE, &f), FAIL_REQUEST);
	/* Refused, but still asked: this once crashed a worker. */
	assert_null(req_param(&r, "REQUEST_ID").p);
	assert_int_equal(req_header_count(&r, "Host"), 0);
	many[2 * FCGI_PAIRS_MAX] = NULL;
	assert_int_equal(parse(&r, many, STR_NONE, &f), FAIL_NONE);
	/* Broken pairs, and a NUL in a value. */
	fail_clear(&f);
	assert_int_equal(
	    req_parse(&r, arena, STR_LIT("\x05\x05zz"), STR_NONE, &f),
	    FAIL_REQUEST);
	assert_int_equal(req_parse(&r, arena,
			     STR_LIT("\x01\x03"
				     "Aa\0b"),
			     STR_NONE, &f),
	    FAIL_REQUEST);
}

static void
test_doubled_header(void **state)
{
	struct req r = with("HTTP_HOST", "a", "HTTP_HOST", "b");

	(void)state;
	assert_int_equal(req_header_count(&r, "Host"), 2);
	assert_int_equal(req_header_count(&r, "Origin"), 0);
}

static void
test_cookie(void **state)
{
	struct req r = with(
	    "HTTP_COOKIE", "a=1; session=x=y;b=; session2=z", "X", "");
	struct req twice = with("HTTP_COOKIE", "s=1; s=2", "X", "");

	(void)state;
	assert_true(str_eq_c(req_cookie(&r, "session"), "x=y"));
	assert_true(str_eq_c(req_cookie(&r, "b"), ""));
	assert_non_null(req_cookie(&r, "b").p);
	assert_null(req_cookie(&r, "sess").p);
	assert_null(req_cookie(&twice, "s").p);
}

static bool
accepts(const char *header, const char *type)
{
	struct req r = with("HTTP_ACCEPT", header, "X", "");

	return req_accepts(&r, type);
}

static void
test_accept(void **state)
{
	struct req none = with("X", "", "Y", "");

	(void)state;
	assert_true(req_accepts(&none, "application/json"));
	assert_true(accepts("text/html, application/json", "application/json"));
	assert_true(accepts("*/*;q=0.1", "text/event-stream"));
	assert_true(accepts("application/*", "application/json"));
	assert_false(accepts("application/*", "text/event-stream"));
	assert_false(accepts("text/html", "application/json"));
	assert_false(accepts("application/json;q=0", "application/json"));
	assert_false(accepts("application/json; q=0.000", "application/json"));
	assert_true(accepts("application/json;q=0.01", "application/json"));
	assert_false(accepts("", "application/json"));
}

static enum fail_code
query(const char *text, struct param_text **out, size_t *n)
{
	struct req r = {.query = str_from(text)};
	struct fail f;

	fail_clear(&f);
	return req_query(&r, arena, out, n, &f);
}

static void
test_query(void **state)
{
	struct param_text *list;
	char many[4 * REQ_QUERY_MAX + 8] = "";
	size_t n;

	(void)state;
	assert_int_equal(query("a=1&b=x+y%2B&&c&d==", &list, &n), FAIL_NONE);
	assert_int_equal(n, 4);
	assert_true(str_eq_c(list[1].value, "x y+"));
	assert_true(str_eq_c(list[2].name, "c"));
	assert_int_equal(list[2].value.n, 0);
	assert_true(str_eq_c(list[3].value, "="));
	assert_int_equal(query("", &list, &n), FAIL_NONE);
	assert_int_equal(n, 0);
	assert_int_equal(query("a=%4", &list, &n), FAIL_REQUEST);
	assert_int_equal(query("a=%ff", &list, &n), FAIL_REQUEST);
	assert_int_equal(query("a=%00", &list, &n), FAIL_REQUEST);
	for (int i = 0; i <= REQ_QUERY_MAX; i++)
		memcpy(many + 4 * i, "a=1&", 4);
	assert_int_equal(query(many, &list, &n), FAIL_REQUEST);
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new((size_t)8 * 1024 * 1024);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_path_from_request_uri),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_doubled_header),
	    cmocka_unit_test(test_cookie),
	    cmocka_unit_test(test_accept),
	    cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
