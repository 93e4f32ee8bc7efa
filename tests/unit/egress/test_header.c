/* Unit tests of sandboxd/egress/header.c, mask.c and turn.c. */
#include "egress/header.h"
#include "egress/mask.h"
#include "egress/turn.h"

#include "lib_test.h"

static void
test_methods(void **state)
{
	static const char *const good[] = {"GET", "POST", "PUT", "PATCH",
	    "DELETE", "HEAD", "OPTIONS", "PROPFIND", "M-SEARCH", "get", "x"};
	static const char *const bad[] = {"", "CONNECT", "connect", "TRACE",
	    "Trace", "TRACK", "GET ", " GET", "GET /x", "GET\r\nX: y", "G\tT",
	    "GET:", "\xc3\x89", "(", "\x7f"};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		assert_true(header_method(str_from(good[i]), &o));
	for (size_t i = 0; i < NELEM(bad); i++) {
		o.end = FETCH_END_OK;
		if (header_method(str_from(bad[i]), &o))
			fail_test("accepted '%s'", bad[i]);
		assert_int_equal(o.end, FETCH_END_METHOD);
	}
	assert_false(header_method(STR_LIT("GET\0"), &o));
}

static bool
passes(struct str name, struct str value)
{
	struct fetch_pair list[] = {
	    {STR_LIT("Accept"), STR_LIT("*/*")}, {name, value}};
	struct outcome o = {.end = FETCH_END_OK};
	bool ok = header_check(list, 2, &o);

	assert_int_equal(o.end, ok ? FETCH_END_OK : FETCH_END_HEADER);
	return ok;
}

static void
test_headers(void **state)
{
	static const char *const forbidden[] = {"Host", "HOST",
	    "Content-Length", "content-length", "Transfer-Encoding",
	    "Connection", "Keep-Alive", "Proxy-Authorization",
	    "Proxy-Connection", "proxy-anything", "Proxy-", "Upgrade",
	    "HTTP2-Settings", "TE", "te", "Trailer", "Expect", "", "A B",
	    "A:", ":authority", "A\r", "A\n", "\xc3\x84", "A(", "A\x7f"};
	static const char *const fine[] = {"Authorization", "Cookie", "Hosts",
	    "X-Host", "Content-Lengthy", "Test", "Te-Ta", "Proxy", "Trailers",
	    "Expectation", "Range", "If-Match", "_x", "Content-Type",
	    "Accept-Encoding", "Forwarded"};
	static const char *const bad_values[] = {
	    "a\rb", "a\nb", "a\r\nX: y", "\x01", "a\x7f", "\x1b[0m"};

	(void)state;
	for (size_t i = 0; i < NELEM(forbidden); i++) {
		if (passes(str_from(forbidden[i]), STR_LIT("v")))
			fail_test("accepted '%s'", forbidden[i]);
	}
	for (size_t i = 0; i < NELEM(fine); i++) {
		if (!passes(str_from(fine[i]), STR_LIT("v")))
			fail_test("refused '%s'", fine[i]);
	}
	for (size_t i = 0; i < NELEM(bad_values); i++)
		assert_false(passes(STR_LIT("X"), str_from(bad_values[i])));
	assert_false(passes(STR_LIT("X"), STR_LIT("a\0b")));
	assert_false(passes(STR_LIT("X\0"), STR_LIT("a")));
	assert_true(passes(STR_LIT("X"), STR_NONE));
	assert_true(passes(STR_LIT("X"), STR_LIT("a\tb \xff")));
}

static void
test_knowledge(void **state)
{
	static struct fetch_pair list[] = {
	    {{"Content-TYPE", 12}, {"x", 1}}, {{"b", 1}, {"", 0}}};

	(void)state;
	assert_true(header_has(list, 2, "content-type"));
	assert_true(header_has(list, 2, "b"));
	assert_false(header_has(list, 2, "content"));
	assert_false(header_has(list, 0, "b"));
	assert_true(header_idempotent(STR_LIT("PUT")));
	assert_false(header_idempotent(STR_LIT("POST")));
	assert_false(header_idempotent(STR_LIT("PATCH")));
	assert_false(header_idempotent(STR_LIT("FOO")));
	assert_true(header_wants_body(STR_LIT("POST")));
	assert_false(header_wants_body(STR_LIT("GET")));
}

static void
test_mask(void **state)
{
	static const char *const hidden[] = {"Authorization", "authorization",
	    "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key",
	    "apikey", "X-Auth-Token", "X-Amz-Security-Token", "X-Secret",
	    "Password", "X-CSRF-Token", "X-Session-Id", "X-Hub-Signature-256",
	    "Private-Key", "X-Credential", "JWT"};
	static const char *const shown[] = {"Accept", "Content-Type",
	    "User-Agent", "Location", "Date", "ETag", "WWW-Authenticate",
	    "X-Request-Id", "Retry-After", "X-RateLimit-Remaining"};
	static const char *const values[] = {"Bearer abc", "bearer abc",
	    "Basic dXNlcjpwdw==", "eyJhbGciOiJIUzI1NiJ9.e30.x", " token ghp_x",
	    "ghp_0123456789", "AKIAABCDEFGHIJKLMNOP", "sk-proj-1"};

	(void)state;
	for (size_t i = 0; i < NELEM(hidden); i++) {
		if (!mask_header(str_from(hidden[i]), STR_LIT("v")))
			fail_test("shows %s", hidden[i]);
	}
	for (size_t i = 0; i < NELEM(shown); i++) {
		if (mask_header(str_from(shown[i]), STR_LIT("v")))
			fail_test("hides %s", shown[i]);
	}
	for (size_t i = 0; i < NELEM(values); i++) {
		if (!mask_header(STR_LIT("X-Custom"), str_from(values[i])))
			fail_test("shows %s", values[i]);
	}
	assert_false(mask_header(STR_NONE, STR_NONE));
}

static bool
turn(struct turn *t, int type, uint32_t id, uint32_t flags)
{
	struct wire_frame f = {
	    .type = (uint16_t)type, .id = id, .flags = flags};

	return turn_frame(t, &f);
}

static void
test_turn(void **state)
{
	struct turn t;

	(void)state;
	turn_init(&t);
	assert_false(turn(&t, WIRE_T_FETCH, 1, 0));
	assert_false(turn(&t, WIRE_T_FETCH_CANCEL, 1, 0));
	assert_false(turn(&t, WIRE_T_FETCH_OPEN, 1, 0));
	assert_false(turn(&t, WIRE_T_FETCH_OPEN, 0, 1));
	assert_false(turn(&t, WIRE_T_OUTPUT, 0, 0));
	assert_true(turn(&t, WIRE_T_FETCH_OPEN, 0, 0));
	assert_false(turn(&t, WIRE_T_FETCH_OPEN, 0, 0));
	assert_false(turn(&t, WIRE_T_FETCH, 0, 0));
	assert_false(turn(&t, WIRE_T_FETCH, 1, 1));
	assert_false(turn(&t, WIRE_T_RESULT, 1, 0));
	assert_false(turn(&t, 999, 1, 0));
	assert_true(turn(&t, WIRE_T_FETCH, 1, 0));
	assert_true(turn(&t, WIRE_T_FETCH_CANCEL, UINT32_MAX, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_knowledge),
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_turn),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
