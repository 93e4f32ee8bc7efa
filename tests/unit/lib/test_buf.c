/* Unit tests of lib/buf.c. */
#include "buf.h"

#include "lib_test.h"

#include <signal.h>

static void
test_init_allocates_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.p);
	assert_null(buf_str(&b).p);
	assert_int_equal(buf_str(&b).n, 0);
	buf_reset(&b);
	buf_consume(&b, 5);
	buf_free(&b);
	assert_int_equal(b.max, 10);
}

static void
test_put(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_putstr(&b, STR_LIT("d\0e"));
	buf_putstr(&b, STR_NONE);
	buf_put(&b, NULL, 0);
	buf_printf(&b, "%d%s", 42, "x");
	assert_int_equal(b.n, 9);
	assert_memory_equal(b.p, "abcd\0e42x", 10);
	assert_false(b.overflow);
	buf_free(&b);
}

static void
test_cap_is_exact(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "abcd");
	assert_false(b.overflow);
	assert_string_equal(b.p, "abcd");
	buf_put(&b, "", 0);
	assert_false(b.overflow);
	buf_putc(&b, 'e');
	assert_true(b.overflow);
	assert_string_equal(b.p, "abcd");
	buf_free(&b);
	assert_false(b.overflow);
}

static void
test_overflow_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "abc");
	buf_puts(&b, "defghijk");
	buf_puts(&b, "z");
	buf_printf(&b, "%d", 1);
	buf_json(&b, STR_LIT("j"));
	buf_u8(&b, 1);
	assert_null(buf_reserve(&b, 0));
	assert_true(b.overflow);
	assert_string_equal(b.p, "abc");
	buf_reset(&b);
	assert_false(b.overflow);
	buf_puts(&b, "z");
	assert_string_equal(b.p, "z");
	buf_free(&b);
}

static void
test_zero_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_put(&b, "", 0);
	assert_false(b.overflow);
	buf_printf(&b, "%s", "");
	assert_false(b.overflow);
	buf_putc(&b, 'a');
	assert_true(b.overflow);
	buf_free(&b);
}

static void
test_no_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_puts(&b, "ab");
	assert_false(b.overflow);
	/* n + this would wrap. */
	buf_put(&b, "x", SIZE_MAX - 2);
	assert_true(b.overflow);
	assert_string_equal(b.p, "ab");
	buf_free(&b);
}

static void
test_printf_at_every_edge(void **state)
{
	(void)state;
	/* Around the first allocation, the doubling and the cap. */
	for (size_t have = 0; have < 600; have++) {
		struct buf b;

		buf_init(&b, 600);
		for (size_t i = 0; i < have; i++)
			buf_putc(&b, 'x');
		buf_printf(&b, "%s", "0123456789");
		assert_int_equal(b.overflow, have > 590);
		assert_int_equal(b.n, have > 590 ? have : have + 10);
		assert_int_equal(strlen(b.p), b.n);
		buf_free(&b);
	}
}

static void
test_reserve(void **state)
{
	struct buf b;
	char *p;

	(void)state;
	buf_init(&b, 10);
	p = buf_reserve(&b, 10);
	assert_non_null(p);
	memcpy(p, "0123456789", 10);
	b.n += 10;
	assert_string_equal(b.p, "0123456789");
	assert_non_null(buf_reserve(&b, 0));
	assert_null(buf_reserve(&b, 1));
	assert_true(b.overflow);
	buf_free(&b);
}

static void
test_consume(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_puts(&b, "abcdef");
	buf_consume(&b, 0);
	buf_consume(&b, 2);
	assert_string_equal(b.p, "cdef");
	buf_consume(&b, 100);
	assert_int_equal(b.n, 0);
	assert_string_equal(b.p, "");
	buf_free(&b);
}

static void
test_detach(void **state)
{
	struct buf b;
	size_t n = 99;
	char *p;

	(void)state;
	buf_init(&b, 10);
	p = buf_detach(&b, &n);
	assert_string_equal(p, "");
	assert_int_equal(n, 0);
	free(p);
	buf_puts(&b, "abc");
	p = buf_detach(&b, NULL);
	assert_string_equal(p, "abc");
	free(p);
	assert_null(b.p);
	assert_int_equal(b.max, 10);
	/* Reserved more than used: the NUL is where the text ends. */
	memset(buf_reserve(&b, 8), 'z', 8);
	b.n = 2;
	p = buf_detach(&b, &n);
	assert_string_equal(p, "zz");
	free(p);
}

static void
test_json(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} cases[] = {
	    {{NULL, 0}, "\"\""},
	    {{"plain ~", 7}, "\"plain ~\""},
	    {{"\"\\/", 3}, "\"\\\"\\\\/\""},
	    {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
	    {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
	    {{"\xe2\x82\xac", 3}, "\"\xe2\x82\xac\""},
	    {{"a\xff"
	      "b",
		 3},
		"\"a\xef\xbf\xbd"
		"b\""},
	    {{"\xe2\x82", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	    {{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	    {{"\xc2\"", 2}, "\"\xef\xbf\xbd\\\"\""},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		buf_init(&b, 100);
		buf_json(&b, cases[i].in);
		assert_string_equal(b.p, cases[i].out);
		buf_free(&b);
	}
}

static void
test_json_is_whole_or_absent(void **state)
{
	(void)state;
	for (size_t max = 0; max < 20; max++) {
		struct buf b;

		buf_init(&b, max);
		buf_puts(&b, max > 0 ? "x" : "");
		buf_json(&b,
		    STR_LIT("a\n\x01"
			    "b"));
		/* "a\n\u0001b" is 12 bytes. */
		assert_int_equal(b.overflow, max < 13);
		assert_int_equal(b.n, max == 0 ? 0 : max < 13 ? 1 : 13);
		buf_free(&b);
	}
}

static void
test_json_output_is_valid(void **state)
{
	uint64_t seed = 3;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 5000; i++) {
		char in[40];
		size_t n = next_random(&seed) % sizeof(in);

		for (size_t k = 0; k < n; k++)
			in[k] = (char)next_random(&seed);
		buf_reset(&b);
		buf_json(&b, (struct str){in, n});
		assert_false(b.overflow);
		assert_true(str_utf8_valid(buf_str(&b)));
		assert_false(
		    str_has_control(str_sub(buf_str(&b), 0, b.n), "\x7f"));
		assert_int_equal(b.p[0], '"');
		assert_int_equal(b.p[b.n - 1], '"');
	}
	buf_free(&b);
}

static void
test_integers(void **state)
{
	static const char want[] = "\x01"
				   "\x02\x01"
				   "\x04\x03\x02\x01"
				   "\x08\x07\x06\x05\x04\x03\x02\x01"
				   "\x02\x00\x00\x00hi";
	struct buf b;
	struct rd r;

	(void)state;
	buf_init(&b, 100);
	buf_u8(&b, 0x01);
	buf_u16(&b, 0x0102);
	buf_u32(&b, 0x01020304);
	buf_u64(&b, 0x0102030405060708);
	buf_lstr(&b, STR_LIT("hi"));
	assert_int_equal(b.n, sizeof(want) - 1);
	assert_memory_equal(b.p, want, b.n);

	r = rd_from(buf_str(&b));
	assert_int_equal(rd_u8(&r), 0x01);
	assert_int_equal(rd_u16(&r), 0x0102);
	assert_int_equal(rd_u32(&r), 0x01020304);
	assert_false(rd_done(&r));
	assert_true(rd_u64(&r) == 0x0102030405060708);
	assert_str_is(rd_lstr(&r, 2), "hi");
	assert_true(rd_done(&r));
	buf_free(&b);
}

static void
test_reading_past_the_end(void **state)
{
	struct rd r = rd_from(STR_LIT("\x01\x02\x03"));

	(void)state;
	assert_int_equal(rd_u32(&r), 0);
	assert_true(r.bad);
	/* Bad sticks, even where there would be enough. */
	assert_int_equal(rd_u8(&r), 0);
	assert_false(rd_done(&r));

	r = rd_from(STR_NONE);
	assert_true(rd_done(&r));
	assert_int_equal(rd_u8(&r), 0);
	assert_true(r.bad);
}

static void
test_lstr_limits(void **state)
{
	struct rd r = rd_from(STR_LIT("\x03\x00\x00\x00"
				      "abc"));

	(void)state;
	assert_null(rd_lstr(&r, 2).p);
	assert_true(r.bad);

	r = rd_from(STR_LIT("\x04\x00\x00\x00"
			    "abc"));
	assert_null(rd_lstr(&r, 100).p);
	assert_true(r.bad);

	r = rd_from(STR_LIT("\xff\xff\xff\xff"
			    "abc"));
	assert_null(rd_lstr(&r, SIZE_MAX).p);
	assert_true(r.bad);

	r = rd_from(STR_LIT("\x00\x00\x00\x00"));
	assert_int_equal(rd_lstr(&r, 0).n, 0);
	assert_true(rd_done(&r));
}

static void
test_grows_like_a_model(void **state)
{
	static char model[5000];
	uint64_t seed = 11;
	size_t n = 0;
	struct buf b;

	(void)state;
	buf_init(&b, sizeof(model));
	for (int i = 0; i < 4000; i++) {
		char piece[64];
		size_t len = next_random(&seed) % sizeof(piece);

		memset(piece, 'a' + i % 26, len);
		if (n + len > sizeof(model)) {
			size_t drop = next_random(&seed) % (n + 1);

			buf_consume(&b, drop);
			n -= drop;
			memmove(model, model + drop, n);
			continue;
		}
		buf_put(&b, piece, len);
		if (len > 0)
			memcpy(model + n, piece, len);
		n += len;
		assert_int_equal(b.n, n);
		assert_memory_equal(b.p, model, n);
		assert_int_equal(b.p[n], '\0');
	}
	assert_false(b.overflow);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_init_allocates_nothing),
	    cmocka_unit_test(test_put),
	    cmocka_unit_test(test_cap_is_exact),
	    cmocka_unit_test(test_overflow_sticks),
	    cmocka_unit_test(test_zero_cap),
	    cmocka_unit_test(test_no_cap),
	    cmocka_unit_test(test_printf_at_every_edge),
	    cmocka_unit_test(test_reserve),
	    cmocka_unit_test(test_consume),
	    cmocka_unit_test(test_detach),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_is_whole_or_absent),
	    cmocka_unit_test(test_json_output_is_valid),
	    cmocka_unit_test(test_integers),
	    cmocka_unit_test(test_reading_past_the_end),
	    cmocka_unit_test(test_lstr_limits),
	    cmocka_unit_test(test_grows_like_a_model),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
