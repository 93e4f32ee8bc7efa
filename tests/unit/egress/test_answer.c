/* Unit tests of sandboxd/egress/answer.c and record.c. */
#include "egress/answer.h"
#include "egress/record.h"

#include "lib_test.h"

#include <stdio.h>

#include "json.h"
#include "wire.h"

static struct answer a;

static int
set_up(void **state)
{
	(void)state;
	answer_init(&a);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	answer_free(&a);
	return 0;
}

static enum answer_next
line(const char *text)
{
	const char *why;
	enum answer_next n = answer_line(&a, str_from(text), &why);

	assert_non_null(why);
	return n;
}

static void
test_plain(void **state)
{
	(void)state;
	assert_int_equal(line("HTTP/1.1 404 Not Found\r\n"), ANSWER_MORE);
	assert_int_equal(line("Content-Type:  text/plain \r\n"), ANSWER_MORE);
	assert_int_equal(line("Empty:\r\n"), ANSWER_MORE);
	assert_int_equal(line("X: a\r\n"), ANSWER_MORE);
	assert_int_equal(line("x: b\r\n"), ANSWER_MORE);
	assert_false(a.complete);
	assert_int_equal(line("\r\n"), ANSWER_HEAD);
	assert_true(a.complete);
	assert_int_equal(a.status, 404);
	assert_string_equal(a.version, "HTTP/1.1");
	assert_int_equal(a.n, 4);
	assert_str_is(answer_pair(&a, 0).name, "Content-Type");
	assert_str_is(answer_pair(&a, 0).value, "text/plain");
	assert_str_is(answer_get(&a, "empty"), "");
	assert_str_is(answer_get(&a, "x"), "b");
	assert_null(answer_get(&a, "y").p);
	/* Trailers are not part of it. */
	assert_int_equal(line("Trailer: x\r\n"), ANSWER_MORE);
	assert_int_equal(line("HTTP/1.1 200 OK\r\n"), ANSWER_MORE);
	assert_int_equal(line("\r\n"), ANSWER_MORE);
	assert_int_equal(a.n, 4);
	assert_int_equal(a.status, 404);
}

static void
test_interim(void **state)
{
	(void)state;
	assert_int_equal(line("HTTP/1.1 103 Early Hints\r\n"), ANSWER_MORE);
	assert_int_equal(line("Link: x\r\n"), ANSWER_MORE);
	assert_int_equal(line("\r\n"), ANSWER_MORE);
	assert_int_equal(line("HTTP/2 200 \r\n"), ANSWER_MORE);
	assert_int_equal(line("a: b\r\n"), ANSWER_MORE);
	assert_int_equal(line("\r\n"), ANSWER_HEAD);
	assert_int_equal(a.n, 1);
	assert_string_equal(a.version, "HTTP/2");
}

static void
test_folded(void **state)
{
	(void)state;
	(void)line("HTTP/1.1 200 OK\r\n");
	(void)line(" lost\r\n");
	(void)line("A: one\r\n");
	(void)line("\ttwo \r\n");
	(void)line("B:\r\n");
	(void)line("  three\r\n");
	assert_int_equal(line("\r\n"), ANSWER_HEAD);
	assert_int_equal(a.n, 2);
	assert_str_is(answer_get(&a, "a"), "one two");
	assert_str_is(answer_get(&a, "b"), "three");
}

static void
test_odd_lines_are_no_headers(void **state)
{
	(void)state;
	(void)line("HTTP/1.1 200 OK\r\n");
	assert_int_equal(line("no colon\r\n"), ANSWER_MORE);
	assert_int_equal(line(": empty\r\n"), ANSWER_MORE);
	assert_int_equal(line("a b: c\r\n"), ANSWER_MORE);
	assert_int_equal(line("a: \x1b[2J\r\n"), ANSWER_MORE);
	assert_int_equal(line("a: b\rc: d\r\n"), ANSWER_MORE);
	assert_int_equal(line("\r\n"), ANSWER_HEAD);
	assert_int_equal(a.n, 0);
}

static void
test_bad_status(void **state)
{
	static const char *const bad[] = {"HTTP/1.1 600 x", "HTTP/1.1 099 x",
	    "HTTP/1.1 2000 x", "HTTP/1.1 -20 x", "HTTP/1.1", "HTTP/1.1 abc",
	    "HTTP/1234567890123 200 OK", "HTTP/1.\f 200 OK", "HTTP/\xff 200 OK",
	    "HTTP/1.1  200"};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(line(bad[i]), ANSWER_BAD);
	assert_int_equal(line("\r\n"), ANSWER_BAD);
	assert_int_equal(line("HTTP/1.1 101 Switching\r\n"), ANSWER_MORE);
	assert_int_equal(line("\r\n"), ANSWER_BAD);
}

static void
test_limits(void **state)
{
	static char big[FETCH_HEADER_BYTES + 10];

	(void)state;
	(void)line("HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < FETCH_HEADERS_MAX; i++)
		assert_int_equal(line("a: b\r\n"), ANSWER_MORE);
	assert_int_equal(line("a: b\r\n"), ANSWER_BAD);
	answer_free(&a);
	answer_init(&a);
	memset(big, 'x', sizeof(big) - 1);
	memcpy(big, "a: ", 3);
	(void)line("HTTP/1.1 200 OK\r\n");
	assert_int_equal(line(big), ANSWER_BAD);
	/* Interim answers without end. */
	answer_free(&a);
	answer_init(&a);
	for (int i = 0;; i++) {
		enum answer_next n = line("HTTP/1.1 100 Continue\r\n");

		if (n == ANSWER_BAD)
			break;
		(void)line("\r\n");
		assert_true(i < 100000);
	}
}

/* --- records --- */

static struct outcome good = {.end = FETCH_END_OK, .text = ""};

static struct record
sample(void)
{
	return (struct record){
	    .id = 7,
	    .trace = STR_LIT("t"),
	    .env = STR_LIT("e"),
	    .tool = STR_LIT("s__t"),
	    .method = STR_LIT("GET"),
	    .url = STR_LIT("http://h/p?q"),
	    .host = "h",
	    .port = 80,
	    .address = "1.2.3.4",
	    .outcome = &good,
	    .status = 200,
	    .sent = 1,
	    .received = 2,
	    .duration_ms = 3,
	    .answer = &a,
	};
}

static json_t *
json_of(const struct record *r)
{
	struct fail f;
	json_t *v = NULL;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	record_json(&b, r);
	assert_true(b.n <= 32 * 1024);
	assert_int_equal(json_parse(NULL, buf_str(&b), b.n, &v, &f), 0);
	buf_free(&b);
	return v;
}

static void
test_record(void **state)
{
	struct record r = sample();
	json_t *v = json_of(&r);

	(void)state;
	assert_int_equal(json_get_int(v, "id", 0), 7);
	assert_string_equal(json_get_str(v, "method"), "GET");
	assert_string_equal(json_get_str(v, "url"), "http://h/p?q");
	assert_string_equal(json_get_str(v, "host"), "h");
	assert_int_equal(json_get_int(v, "port", 0), 80);
	assert_string_equal(json_get_str(v, "address"), "1.2.3.4");
	assert_string_equal(json_get_str(v, "decision"), "allowed");
	assert_string_equal(json_get_str(v, "reason"), "ok");
	assert_int_equal(json_get_int(v, "status", 0), 200);
	assert_int_equal(json_get_int(v, "sent", 0), 1);
	assert_int_equal(json_get_int(v, "received", 0), 2);
	assert_int_equal(json_get_int(v, "duration_ms", 0), 3);
	assert_null(json_object_get(v, "request_headers"));
	assert_null(json_object_get(v, "response_preview"));
	json_decref(v);
	r.host = NULL;
	r.address = "";
	r.status = 0;
	r.refused = true;
	v = json_of(&r);
	assert_true(json_is_null(json_object_get(v, "host")));
	assert_true(json_is_null(json_object_get(v, "port")));
	assert_true(json_is_null(json_object_get(v, "address")));
	assert_true(json_is_null(json_object_get(v, "status")));
	assert_string_equal(json_get_str(v, "decision"), "refused");
	json_decref(v);
}

static void
test_record_debug(void **state)
{
	static struct fetch_pair sent[] = {
	    {{"Authorization", 13}, {"Bearer canary", 13}},
	    {{"Accept", 6}, {"x/y", 3}}};
	struct record r = sample();
	json_t *v, *h;

	(void)state;
	(void)line("HTTP/1.1 200 OK\r\n");
	(void)line("Set-Cookie: canary\r\n");
	(void)line("A: b\r\n");
	(void)line("\r\n");
	r.debug = true;
	r.headers = sent;
	r.nheaders = 2;
	r.preview = STR_LIT("body \xff");
	v = json_of(&r);
	h = json_object_get(v, "request_headers");
	assert_int_equal(json_array_size(h), 2);
	assert_string_equal(
	    json_string_value(json_array_get(json_array_get(h, 0), 0)),
	    "Authorization");
	assert_string_equal(
	    json_string_value(json_array_get(json_array_get(h, 0), 1)), "***");
	assert_string_equal(
	    json_string_value(json_array_get(json_array_get(h, 1), 1)), "x/y");
	h = json_object_get(v, "response_headers");
	assert_string_equal(
	    json_string_value(json_array_get(json_array_get(h, 0), 1)), "***");
	assert_string_equal(
	    json_get_str(v, "response_preview"), "body \xef\xbf\xbd");
	json_decref(v);
}

/* The worst that can come still fits its frame. */
static void
test_record_always_fits(void **state)
{
	static char junk[FETCH_HEADER_BYTES];
	static struct fetch_pair sent[FETCH_HEADERS_MAX + 4];
	static struct outcome bad = {.end = FETCH_END_URL};
	struct record r = sample();
	uint32_t cap;
	json_t *v;

	(void)state;
	memset(junk, 1, sizeof(junk)); /* six bytes each in JSON */
	for (size_t i = 0; i < NELEM(sent); i++)
		sent[i] = (struct fetch_pair){{junk, 600}, {junk, 600}};
	(void)line("HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < FETCH_HEADERS_MAX; i++) {
		char text[700];

		(void)snprintf(text, sizeof(text), "A%d: %.600s\r\n", i, junk);
		assert_int_equal(line(text), ANSWER_MORE);
	}
	(void)line("\r\n");
	memset(bad.text, '"', sizeof(bad.text) - 1);
	r.outcome = &bad;
	r.debug = true;
	r.headers = sent;
	r.nheaders = NELEM(sent);
	r.url = (struct str){junk, sizeof(junk)};
	r.method = (struct str){junk, 32};
	r.preview = (struct str){junk, RECORD_PREVIEW_BYTES};
	assert_true(wire_known(WIRE_T_FETCH_RECORD, WIRE_UP, &cap));
	assert_int_equal(cap, 32 * 1024);
	v = json_of(&r);
	json_decref(v);
	memset(junk, 0x80, sizeof(junk)); /* three bytes each */
	v = json_of(&r);
	json_decref(v);
	memset(junk, 'x', sizeof(junk));
	v = json_of(&r);
	assert_int_equal(
	    strlen(json_get_str(v, "response_preview")), RECORD_PREVIEW_MAX);
	json_decref(v);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_plain),
	    TEST(test_interim),
	    TEST(test_folded),
	    TEST(test_odd_lines_are_no_headers),
	    TEST(test_bad_status),
	    TEST(test_limits),
	    TEST(test_record),
	    TEST(test_record_debug),
	    TEST(test_record_always_fits),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
