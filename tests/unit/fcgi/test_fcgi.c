/*
 * The FastCGI codec: requests in any pieces, and what a peer can do wrong.
 */
#include "core_test.h"

static const char *const pairs[] = {
    "REQUEST_METHOD", "POST", "DOCUMENT_URI", "/a", NULL};

/* Feeds everything in pieces of `step`; the first thing that is not MORE. */
static enum fcgi_got
feed(struct fcgi_in *in, struct str bytes, size_t step)
{
	enum fcgi_got got = FCGI_GOT_MORE;

	while (bytes.n > 0 && got == FCGI_GOT_MORE) {
		struct str piece = str_sub(bytes, 0, step);

		bytes = str_sub(bytes, piece.n, bytes.n);
		got = fcgi_feed(in, &piece);
		if (got == FCGI_GOT_MORE)
			assert_int_equal(piece.n, 0);
	}
	return got;
}

static void
init(struct fcgi_in *in, struct buf *b)
{
	fcgi_in_init(in, 1000);
	buf_init(b, 1024 * 1024);
}

static void
fini(struct fcgi_in *in, struct buf *b)
{
	fcgi_in_free(in);
	buf_free(b);
}

static void
test_request(void **state)
{
	static const size_t steps[] = {1, 2, 7, 8, 9, 100, 100000};
	struct fcgi_in in;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < NELEM(steps); i++) {
		struct str name, value, rest;
		bool bad;

		init(&in, &b);
		put_request(&b, 7, true, pairs, STR_LIT("{\"a\":1}"));
		assert_int_equal(
		    feed(&in, buf_str(&b), steps[i]), FCGI_GOT_REQUEST);
		assert_int_equal(in.id, 7);
		assert_true(in.keep);
		assert_string_equal(in.body.p, "{\"a\":1}");
		rest = buf_str(&in.params);
		assert_true(fcgi_pair(&rest, &name, &value, &bad));
		assert_true(str_eq_c(name, "REQUEST_METHOD"));
		assert_true(str_eq_c(value, "POST"));
		assert_true(fcgi_pair(&rest, &name, &value, &bad));
		assert_false(fcgi_pair(&rest, &name, &value, &bad));
		assert_false(bad);
		fini(&in, &b);
	}
}

static void
test_second_request(void **state)
{
	struct fcgi_in in;
	struct str rest;
	struct buf b;

	(void)state;
	init(&in, &b);
	put_request(&b, 1, true, pairs, STR_LIT("one"));
	put_request(&b, 1, false, pairs, STR_LIT("two"));
	rest = buf_str(&b);
	assert_int_equal(fcgi_feed(&in, &rest), FCGI_GOT_REQUEST);
	assert_string_equal(in.body.p, "one");
	assert_true(rest.n > 0);
	fcgi_next(&in);
	assert_int_equal(fcgi_feed(&in, &rest), FCGI_GOT_REQUEST);
	assert_string_equal(in.body.p, "two");
	assert_false(in.keep);
	assert_int_equal(rest.n, 0);
	fini(&in, &b);
}

static void
test_over_caps(void **state)
{
	static char large[2000];
	struct fcgi_in in;
	struct buf b;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	init(&in, &b);
	put_request(&b, 1, true, pairs, str_from(large));
	assert_int_equal(feed(&in, buf_str(&b), 500), FCGI_GOT_REQUEST);
	assert_true(in.body.overflow);
	fcgi_next(&in);
	assert_false(in.body.overflow);
	buf_reset(&b);

	/* 70 000 bytes of parameters: skipped, not kept, not fatal. */
	put_begin(&b, 1, 1, true);
	for (int i = 0; i < 35; i++)
		put_record(&b, FCGI_PARAMS, 1, str_from(large), 0);
	put_record(&b, FCGI_PARAMS, 1, STR_NONE, 0);
	put_record(&b, FCGI_STDIN, 1, STR_NONE, 0);
	assert_int_equal(feed(&in, buf_str(&b), 4096), FCGI_GOT_REQUEST);
	assert_true(in.params.overflow);
	assert_true(in.params.n <= FCGI_PARAMS_MAX);
	fini(&in, &b);
}

static void
test_abort(void **state)
{
	struct fcgi_in in;
	struct buf b;

	(void)state;
	init(&in, &b);
	/* Before it is complete: answered here, ready for the next. */
	put_begin(&b, 1, 1, true);
	put_record(&b, FCGI_ABORT_REQUEST, 1, STR_NONE, 0);
	assert_int_equal(feed(&in, buf_str(&b), 3), FCGI_GOT_MORE);
	assert_int_equal(in.phase, FCGI_PHASE_IDLE);
	assert_int_equal(in.out.n, 16);
	assert_int_equal(in.out.p[1], FCGI_END_REQUEST);
	assert_false(in.hangup);
	buf_reset(&b);
	buf_reset(&in.out);

	/* While it is being answered: somebody else's business. */
	put_request(&b, 1, true, pairs, STR_NONE);
	assert_int_equal(feed(&in, buf_str(&b), 3), FCGI_GOT_REQUEST);
	buf_reset(&b);
	put_record(&b, FCGI_ABORT_REQUEST, 1, STR_NONE, 0);
	assert_int_equal(feed(&in, buf_str(&b), 3), FCGI_GOT_ABORT);
	assert_int_equal(in.out.n, 0);
	fini(&in, &b);
}

static void
test_multiplexing_refused(void **state)
{
	struct fcgi_in in;
	struct buf b;

	(void)state;
	init(&in, &b);
	put_begin(&b, 1, 1, true);
	put_request(&b, 2, true, pairs, STR_LIT("not taken"));
	put_record(&b, FCGI_PARAMS, 1, STR_NONE, 0);
	put_record(&b, FCGI_STDIN, 1, STR_LIT("taken"), 0);
	put_record(&b, FCGI_STDIN, 1, STR_NONE, 0);
	assert_int_equal(feed(&in, buf_str(&b), 5), FCGI_GOT_REQUEST);
	assert_int_equal(in.id, 1);
	assert_string_equal(in.body.p, "taken");
	assert_int_equal(in.out.n, 16);
	assert_int_equal(in.out.p[1], FCGI_END_REQUEST);
	assert_int_equal(in.out.p[3], 2);
	assert_int_equal(in.out.p[12], FCGI_CANT_MPX_CONN);
	fini(&in, &b);
}

static void
test_role(void **state)
{
	struct fcgi_in in;
	struct buf b;

	(void)state;
	init(&in, &b);
	put_begin(&b, 1, 2, false);
	assert_int_equal(feed(&in, buf_str(&b), 100), FCGI_GOT_MORE);
	assert_int_equal(in.out.p[12], FCGI_UNKNOWN_ROLE);
	assert_true(in.hangup);
	fini(&in, &b);
}

static void
test_management(void **state)
{
	static const char asked[] = "\x0f\0FCGI_MPXS_CONNS\x03\0FOO";
	struct fcgi_in in;
	struct buf b;

	(void)state;
	init(&in, &b);
	put_record(
	    &b, FCGI_GET_VALUES, 0, (struct str){asked, sizeof(asked) - 1}, 0);
	put_record(&b, 42, 0, STR_LIT("?"), 1);
	assert_int_equal(feed(&in, buf_str(&b), 4), FCGI_GOT_MORE);
	assert_int_equal(in.out.p[1], FCGI_GET_VALUES_RESULT);
	assert_memory_equal(in.out.p + 8,
	    "\x0f\x01"
	    "FCGI_MPXS_CONNS0",
	    18);
	assert_int_equal(in.out.p[8 + 18 + 1], FCGI_UNKNOWN_TYPE);
	assert_int_equal(in.out.p[8 + 18 + 8], 42);
	assert_int_equal(in.out.n, 8 + 18 + 16);
	fini(&in, &b);
}

/* A peer that asks without reading must not make us hoard. */
static void
test_management_flood(void **state)
{
	struct fcgi_in in;
	enum fcgi_got got;
	struct buf b;

	(void)state;
	init(&in, &b);
	for (int i = 0; i < 1000; i++)
		put_record(&b, 42, 0, STR_NONE, 0);
	got = feed(&in, buf_str(&b), 100000);
	assert_int_equal(got, FCGI_GOT_BAD);
	fini(&in, &b);
}

static void
expect_bad(const struct buf *b)
{
	struct fcgi_in in;

	fcgi_in_init(&in, 1000);
	assert_int_equal(feed(&in, buf_str(b), 3), FCGI_GOT_BAD);
	fcgi_in_free(&in);
}

static void
test_malformed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024 * 1024);

	buf_puts(&b, "GET / HTTP/1.1\r\n\r\n");
	expect_bad(&b);
	buf_reset(&b);

	put_record(&b, FCGI_BEGIN_REQUEST, 1, STR_LIT("short"), 0);
	expect_bad(&b);
	buf_reset(&b);

	put_begin(&b, 0, 1, true); /* 0 is for management */
	expect_bad(&b);
	buf_reset(&b);

	put_begin(&b, 1, 1, true);
	put_begin(&b, 1, 1, true);
	expect_bad(&b);
	buf_reset(&b);

	put_begin(&b, 1, 1, true);
	put_record(&b, FCGI_STDIN, 1, STR_LIT("early"), 0);
	expect_bad(&b);
	buf_reset(&b);

	put_begin(&b, 1, 1, true);
	put_record(&b, FCGI_PARAMS, 1, STR_NONE, 0);
	put_record(&b, FCGI_PARAMS, 1, STR_LIT("late"), 0);
	expect_bad(&b);
	buf_free(&b);
}

/* Lengths that would overflow an int (CVE-2025-23016) or wait for ever. */
static void
test_pair_lengths(void **state)
{
	static const char *const hostile[] = {
	    "\x7f\xff\xff\xff\x7f\xff\xff\xff"
	    "a",
	    "\xff\xff\xff\xff\xff\xff\xff\xff"
	    "aaaaaaaaaaaaaaaa",
	    "\xff\xff\xff\xfe\xff\xff\xff\xfe"
	    "aaaaaaaaaaaaaaaa",
	    "\xc0",
	    "\x05",
	    "\x05\x05"
	    "aaaaaaaaa",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(hostile); i++) {
		struct str rest = str_from(hostile[i]), name, value;
		bool bad = false;

		assert_false(fcgi_pair(&rest, &name, &value, &bad));
		assert_true(bad);
	}
}

static void
test_tail(void **state)
{
	unsigned char out[FCGI_TAIL_MAX];

	(void)state;
	assert_int_equal(fcgi_tail(out, 0x1234, false), 24);
	assert_memory_equal(out, "\x01\x06\x12\x34\0\0\0\0", 8);
	assert_memory_equal(out + 8, "\x01\x03\x12\x34\0\x08\0\0", 8);
	/* Something after END_REQUEST: nginx will not keep the connection. */
	assert_int_equal(fcgi_tail(out, 1, true), 40);
	assert_memory_equal(out + 24, "\x01\x0b\0\0\0\x08\0\0", 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_second_request),
	    cmocka_unit_test(test_over_caps),
	    cmocka_unit_test(test_abort),
	    cmocka_unit_test(test_multiplexing_refused),
	    cmocka_unit_test(test_role),
	    cmocka_unit_test(test_management),
	    cmocka_unit_test(test_management_flood),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_pair_lengths),
	    cmocka_unit_test(test_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
