/* Unit tests of lib/fetch.c. */
#include "fetch.h"

#include "lib_test.h"

#include <signal.h>

static struct buf out;

static int
set_up(void **state)
{
	(void)state;
	buf_init(&out, SIZE_MAX);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

#define ENV STR_LIT("01234567-89ab-cdef-0123-456789abcdef")

static struct str grants[] = {
    {"api.example.org:443", 19}, {"private [fd00::1]:*", 19}};
static struct fetch_pair headers[] = {
    {{"Accept", 6}, {"*/*", 3}}, {{"X-Empty", 7}, {"", 0}}};

static struct fetch_open
sample_open(void)
{
	return (struct fetch_open){
	    .env = ENV,
	    .tool = STR_LIT("server__tool"),
	    .trace = STR_LIT("trace-1"),
	    .requests = 7,
	    .transfer = UINT64_C(1) << 40,
	    .debug = true,
	    .grants = grants,
	    .ngrants = NELEM(grants),
	};
}

static struct fetch_request
sample_request(void)
{
	return (struct fetch_request){
	    .method = STR_LIT("POST"),
	    .url = STR_LIT("https://api.example.org/"),
	    .headers = headers,
	    .nheaders = NELEM(headers),
	    .body = STR_LIT("a\0b"),
	    .has_body = true,
	    .timeout_ms = FETCH_TIMEOUT_MAX,
	    .connect_ms = 1,
	    .read_ms = 2,
	    .write_ms = 3,
	    .pool_ms = FETCH_TIMEOUT_MAX,
	};
}

/* --- whole messages --- */

static void
test_open(void **state)
{
	struct fetch_open o = sample_open(), back;

	(void)state;
	fetch_open_encode(&out, &o);
	assert_true(fetch_open_decode(buf_str(&out), &back));
	assert_true(str_eq(back.env, o.env));
	assert_str_is(back.tool, "server__tool");
	assert_str_is(back.trace, "trace-1");
	assert_int_equal(back.requests, 7);
	assert_true(back.transfer == o.transfer);
	assert_true(back.debug);
	assert_int_equal(back.ngrants, 2);
	assert_str_is(back.grants[1], "private [fd00::1]:*");
	fetch_open_free(&back);
	assert_null(back.grants);
}

static void
test_request(void **state)
{
	struct fetch_request r = sample_request(), back;

	(void)state;
	fetch_request_encode(&out, &r);
	assert_true(fetch_request_decode(buf_str(&out), &back));
	assert_str_is(back.method, "POST");
	assert_true(str_eq(back.url, r.url));
	assert_int_equal(back.nheaders, 2);
	assert_str_is(back.headers[1].name, "X-Empty");
	assert_int_equal(back.headers[1].value.n, 0);
	assert_true(back.has_body);
	assert_int_equal(back.body.n, 3);
	assert_memory_equal(back.body.p, "a\0b", 3);
	assert_int_equal(back.timeout_ms, FETCH_TIMEOUT_MAX);
	assert_int_equal(back.connect_ms, 1);
	assert_int_equal(back.read_ms, 2);
	assert_int_equal(back.write_ms, 3);
	assert_int_equal(back.pool_ms, FETCH_TIMEOUT_MAX);
	fetch_request_free(&back);
	assert_null(back.headers);
}

static void
test_head(void **state)
{
	struct fetch_head h = {.status = 599,
	    .version = STR_LIT("HTTP/2"),
	    .headers = headers,
	    .nheaders = 2};
	struct fetch_head back;

	(void)state;
	fetch_head_encode(&out, &h);
	assert_true(fetch_head_decode(buf_str(&out), &back));
	assert_int_equal(back.status, 599);
	assert_str_is(back.version, "HTTP/2");
	assert_int_equal(back.nheaders, 2);
	fetch_head_free(&back);
}

static void
test_done(void **state)
{
	struct fetch_done d = {FETCH_END_TLS, 5, 6, STR_LIT("Why.")}, back;

	(void)state;
	for (int e = 0; e < FETCH_END__MAX; e++) {
		d.end = (enum fetch_end)e;
		buf_reset(&out);
		fetch_done_encode(&out, &d);
		assert_true(fetch_done_decode(buf_str(&out), &back));
		assert_int_equal(back.end, e);
	}
	assert_true(back.received == 5 && back.elapsed_us == 6);
	assert_str_is(back.message, "Why.");
	out.p[0] = FETCH_END__MAX;
	assert_false(fetch_done_decode(buf_str(&out), &back));
	out.p[0] = (char)0xff;
	assert_false(fetch_done_decode(buf_str(&out), &back));
}

static void
test_long_message_is_cut(void **state)
{
	char text[5000];
	struct fetch_done d = {FETCH_END_DNS, 0, 0, {text, sizeof(text)}};
	struct fetch_done back;

	(void)state;
	memset(text, 'x', sizeof(text));
	/* A sequence of two bytes lies across the cut. */
	memcpy(text + 2047, "\xc3\xa9", 2);
	fetch_done_encode(&out, &d);
	assert_true(fetch_done_decode(buf_str(&out), &back));
	assert_int_equal(back.message.n, 2047);
}

/* --- what is refused --- */

/* Each shorter payload, and one byte more, is refused by all four. */
static void
test_every_length(void **state)
{
	struct fetch_open o = sample_open();
	struct fetch_request r = sample_request();
	struct fetch_head h = {.status = 200,
	    .version = STR_LIT("HTTP/1.1"),
	    .headers = headers,
	    .nheaders = 2};
	struct fetch_done d = {FETCH_END_OK, 1, 2, STR_LIT("m")};

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		buf_reset(&out);
		switch (kind) {
		case 0:
			fetch_open_encode(&out, &o);
			break;
		case 1:
			fetch_request_encode(&out, &r);
			break;
		case 2:
			fetch_head_encode(&out, &h);
			break;
		default:
			fetch_done_encode(&out, &d);
			break;
		}
		buf_putc(&out, 0);
		for (size_t n = 0; n <= out.n; n++) {
			/* Memory of its own: a read past it is seen. */
			char *copy = malloc(n + 1);
			struct str s = {copy, n};
			struct fetch_open o2;
			struct fetch_request r2;
			struct fetch_head h2;
			struct fetch_done d2;
			bool ok;

			assert_non_null(copy);
			memcpy(copy, out.p, n);
			ok = kind == 0  ? fetch_open_decode(s, &o2)
			    : kind == 1 ? fetch_request_decode(s, &r2)
			    : kind == 2 ? fetch_head_decode(s, &h2)
					: fetch_done_decode(s, &d2);
			assert_int_equal(ok, n == out.n - 1);
			if (ok && kind == 0)
				fetch_open_free(&o2);
			if (ok && kind == 1)
				fetch_request_free(&r2);
			if (ok && kind == 2)
				fetch_head_free(&h2);
			free(copy);
		}
	}
}

static bool
open_passes(const struct fetch_open *o)
{
	struct fetch_open back;

	buf_reset(&out);
	fetch_open_encode(&out, o);
	if (!fetch_open_decode(buf_str(&out), &back)) {
		assert_null(back.grants);
		return false;
	}
	fetch_open_free(&back);
	return true;
}

static void
test_open_refuses(void **state)
{
	struct fetch_open o = sample_open();
	struct str bad[] = {STR_LIT("a\nb:1")};
	char text[400];

	(void)state;
	assert_true(open_passes(&o));
	o.env = STR_LIT("01234567-89ab-cdef-0123-456789abcde");
	assert_false(open_passes(&o));
	o.env = STR_LIT("../../../../../../../../../../etc/pa");
	assert_false(open_passes(&o));
	o = sample_open();
	o.tool = STR_LIT("a\nb");
	assert_false(open_passes(&o));
	o.tool = STR_LIT("a\xff");
	assert_false(open_passes(&o));
	o.tool = STR_NONE;
	assert_true(open_passes(&o));
	o = sample_open();
	o.trace = STR_LIT("\x1b[2J");
	assert_false(open_passes(&o));
	o = sample_open();
	o.grants = bad;
	o.ngrants = 1;
	assert_false(open_passes(&o));
	memset(text, 'a', sizeof(text));
	bad[0] = (struct str){text, FETCH_GRANT_MAX};
	assert_true(open_passes(&o));
	bad[0] = (struct str){text, FETCH_GRANT_MAX + 1};
	assert_false(open_passes(&o));
	o.tool = (struct str){text, 257};
	bad[0].n = 1;
	assert_false(open_passes(&o));
}

static void
test_flags_are_bits(void **state)
{
	struct fetch_open o = sample_open(), back;
	struct fetch_request r = sample_request(), back2;
	size_t at;

	(void)state;
	fetch_open_encode(&out, &o);
	at = 4 + 36 + 4 + 12 + 4 + 7 + 4 + 8;
	assert_int_equal(out.p[at], 1);
	out.p[at] = 2;
	assert_false(fetch_open_decode(buf_str(&out), &back));
	buf_reset(&out);
	fetch_request_encode(&out, &r);
	at = 4 + 4 + 4 + r.url.n + 2 + 4 + 6 + 4 + 3 + 4 + 7 + 4;
	assert_int_equal(out.p[at], 1);
	out.p[at] = 3;
	assert_false(fetch_request_decode(buf_str(&out), &back2));
	/* No body, but bytes of one. */
	out.p[at] = 0;
	assert_false(fetch_request_decode(buf_str(&out), &back2));
}

static bool
request_passes(const struct fetch_request *r)
{
	struct fetch_request back;

	buf_reset(&out);
	fetch_request_encode(&out, r);
	if (!fetch_request_decode(buf_str(&out), &back)) {
		assert_null(back.headers);
		return false;
	}
	fetch_request_free(&back);
	return true;
}

static void
test_request_limits(void **state)
{
	static struct fetch_pair many[FETCH_HEADERS_MAX];
	struct fetch_request r = sample_request();
	char *big = malloc(FETCH_BODY_MAX + 1);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', FETCH_BODY_MAX + 1);
	r.timeout_ms = FETCH_TIMEOUT_MAX + 1;
	assert_false(request_passes(&r));
	r = sample_request();
	r.connect_ms = UINT32_MAX;
	assert_false(request_passes(&r));
	r = sample_request();
	r.read_ms = FETCH_TIMEOUT_MAX + 1;
	assert_false(request_passes(&r));
	r = sample_request();
	r.write_ms = FETCH_TIMEOUT_MAX + 1;
	assert_false(request_passes(&r));
	r = sample_request();
	r.pool_ms++;
	assert_false(request_passes(&r));
	r = sample_request();
	r.url = (struct str){big, FETCH_URL_MAX};
	assert_true(request_passes(&r));
	r.url.n++;
	assert_false(request_passes(&r));
	r = sample_request();
	r.method = (struct str){big, 33};
	assert_false(request_passes(&r));
	r = sample_request();
	r.body = (struct str){big, FETCH_BODY_MAX};
	assert_true(request_passes(&r));
	r.body.n++;
	assert_false(request_passes(&r));
	r = sample_request();
	r.headers = many;
	r.nheaders = NELEM(many);
	assert_true(request_passes(&r));
	many[99].value = (struct str){big, FETCH_HEADER_BYTES};
	assert_true(request_passes(&r));
	many[0].name = (struct str){big, 1};
	assert_false(request_passes(&r));
	many[0] = many[99] = (struct fetch_pair){STR_NONE, STR_NONE};
	free(big);
}

/* A count that the bytes cannot hold costs no memory. */
static void
test_false_counts(void **state)
{
	struct fetch_request r = sample_request(), back;
	struct fetch_head h = {.status = 200}, back2;
	struct fetch_open o = sample_open(), back3;

	(void)state;
	r.nheaders = 0;
	fetch_request_encode(&out, &r);
	memset(out.p + 4 + 4 + 4 + r.url.n, 0xff, 2);
	assert_false(fetch_request_decode(buf_str(&out), &back));
	buf_reset(&out);
	fetch_head_encode(&out, &h);
	out.p[8] = FETCH_HEADERS_MAX;
	assert_false(fetch_head_decode(buf_str(&out), &back2));
	buf_reset(&out);
	o.ngrants = 0;
	fetch_open_encode(&out, &o);
	out.p[out.n - 1] = 1;
	out.p[out.n - 2] = 0;
	assert_false(fetch_open_decode(buf_str(&out), &back3));
}

static void
test_head_refuses(void **state)
{
	static const uint32_t bad[] = {0, 99, 600, UINT32_MAX};
	struct fetch_head h = {.status = 200}, back;

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		h.status = bad[i];
		buf_reset(&out);
		fetch_head_encode(&out, &h);
		assert_false(fetch_head_decode(buf_str(&out), &back));
	}
	h.status = 100;
	h.version = STR_LIT("HTTP/1.1\n");
	buf_reset(&out);
	fetch_head_encode(&out, &h);
	assert_false(fetch_head_decode(buf_str(&out), &back));
}

static void
test_done_refuses(void **state)
{
	struct fetch_done d = {FETCH_END_OK, 0, 0, STR_LIT("two\nlines")}, back;

	(void)state;
	fetch_done_encode(&out, &d);
	assert_false(fetch_done_decode(buf_str(&out), &back));
	assert_int_equal(back.end, FETCH_END_PROTOCOL);
}

static void
too_many_headers(void)
{
	struct fetch_head h = {.status = 200, .nheaders = 101};

	fetch_head_encode(&out, &h);
}

static void
too_many_grants(void)
{
	struct fetch_open o = {.ngrants = FETCH_GRANTS_MAX + 1};

	fetch_open_encode(&out, &o);
}

static void
test_our_own_mistakes_abort(void **state)
{
	(void)state;
	assert_aborts(too_many_headers);
	assert_aborts(too_many_grants);
}

static void
test_names(void **state)
{
	static const char *const names[] = {"ok", "not_granted",
	    "address_refused", "bad_url", "bad_scheme", "bad_header",
	    "bad_method", "limit", "dns_failed", "connect_failed", "tls_failed",
	    "timeout", "protocol_error", "cancelled", "egress_unavailable",
	    "connect_timeout", "write_timeout", "pool_timeout"};

	(void)state;
	assert_int_equal(NELEM(names), FETCH_END__MAX);
	for (int i = 0; i < FETCH_END__MAX; i++)
		assert_string_equal(
		    fetch_end_name((enum fetch_end)i), names[i]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_open),
	    TEST(test_request),
	    TEST(test_head),
	    TEST(test_done),
	    TEST(test_long_message_is_cut),
	    TEST(test_every_length),
	    TEST(test_open_refuses),
	    TEST(test_flags_are_bits),
	    TEST(test_request_limits),
	    TEST(test_false_counts),
	    TEST(test_head_refuses),
	    TEST(test_done_refuses),
	    TEST(test_our_own_mistakes_abort),
	    TEST(test_names),
	};

	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
