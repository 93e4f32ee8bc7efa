/* Unit tests of lib/wire.c. */
#include "wire.h"

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

static void
feed(struct wire_reader *r, const char *p, size_t n)
{
	while (n > 0) {
		size_t room;
		char *to = wire_reader_room(r, &room);

		assert_non_null(to);
		assert_true(room > 0);
		if (room > n)
			room = n;
		memcpy(to, p, room);
		wire_reader_added(r, room);
		p += room;
		n -= room;
	}
}

static void
test_names(void **state)
{
	uint32_t cap = 0;

	(void)state;
	assert_string_equal(wire_name(WIRE_T_RUN), "RUN");
	assert_string_equal(wire_name(WIRE_T_REPORT), "REPORT");
	assert_string_equal(wire_name(0), "?");
	assert_string_equal(wire_name(0xffff), "?");
	assert_true(wire_known(WIRE_T_RUN, WIRE_UP, &cap));
	assert_int_equal(cap, 8 << 20);
	assert_true(wire_known(WIRE_T_CANCEL, WIRE_UP, &cap));
	assert_int_equal(cap, 0);
	assert_true(wire_known(WIRE_T_EXIT, WIRE_DOWN, NULL));
	assert_false(wire_known(WIRE_T_RUN, WIRE_DOWN, &cap));
	assert_false(wire_known(WIRE_T_EXIT, WIRE_UP, &cap));
	assert_false(wire_known(99, WIRE_UP, &cap));
}

/* The bytes on the wire are an interface. */
static void
test_layout(void **state)
{
	static const char want[] = "\x1d\xb0"
				   "\x10\x00"
				   "\x03\x00\x00\x00"
				   "\x04\x03\x02\x01"
				   "\x0d\x0c\x0b\x0a"
				   "abc";

	(void)state;
	wire_put(&out, WIRE_T_OUTPUT, 0x01020304, 0x0a0b0c0d, STR_LIT("abc"));
	assert_int_equal(out.n, sizeof(want) - 1);
	assert_memory_equal(out.p, want, out.n);
}

static void
put_over_cap(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	wire_put(&b, WIRE_T_CANCEL, 0, 0, STR_LIT("x"));
}

static void
put_unknown(void)
{
	enum wire_type odd;
	struct buf b;

	memcpy(&odd, &(unsigned){77}, sizeof(odd));
	buf_init(&b, SIZE_MAX);
	wire_put(&b, odd, 0, 0, STR_NONE);
}

static void
add_too_much(void)
{
	struct wire_reader r;
	size_t n;

	wire_reader_init(&r, WIRE_DOWN, 100);
	(void)wire_reader_room(&r, &n);
	wire_reader_added(&r, 1 << 24);
}

static void
test_misuse_aborts(void **state)
{
	(void)state;
	assert_aborts(put_over_cap);
	assert_aborts(put_unknown);
	assert_aborts(add_too_much);
}

static void
test_put_is_whole_or_absent(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 18);
	wire_put(&b, WIRE_T_OUTPUT, 0, 0, STR_LIT("abc"));
	assert_true(b.overflow);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

/* The same three frames, however the bytes are cut. */
static void
test_any_cut(void **state)
{
	(void)state;
	wire_put(&out, WIRE_T_OUTPUT, 1, 0, STR_LIT("hello"));
	wire_put(&out, WIRE_T_RESULT, 2, 7, STR_NONE);
	wire_put(&out, WIRE_T_EXIT, 3, 0, STR_LIT("bye"));
	for (size_t step = 1; step <= out.n; step++) {
		struct wire_reader r;
		struct wire_frame f;
		int frames = 0;

		wire_reader_init(&r, WIRE_DOWN, 1 << 20);
		for (size_t at = 0; at < out.n; at += step) {
			size_t n = out.n - at < step ? out.n - at : step;

			feed(&r, out.p + at, n);
			while (wire_reader_next(&r, &f) == WIRE_NEXT_FRAME) {
				frames++;
				assert_int_equal(f.id, frames);
				if (frames == 1)
					assert_str_is(f.payload, "hello");
				if (frames == 2) {
					assert_int_equal(f.flags, 7);
					assert_int_equal(f.payload.n, 0);
				}
				if (frames == 3)
					assert_str_is(f.payload, "bye");
			}
		}
		assert_int_equal(frames, 3);
		assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_MORE);
		wire_reader_free(&r);
	}
}

static void
expect_bad(const char *header, size_t limit)
{
	struct wire_reader r;
	struct wire_frame f;
	size_t room;

	wire_reader_init(&r, WIRE_DOWN, limit);
	feed(&r, header, WIRE_HEADER_LEN);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_BAD);
	/* It stays bad, and takes no more. */
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_BAD);
	assert_null(wire_reader_room(&r, &room));
	assert_int_equal(room, 0);
	wire_reader_free(&r);
}

static void
test_bad_headers(void **state)
{
	(void)state;
	/* version, magic, type 0, direction, cap of EXIT, length 2^32-1 */
	expect_bad("\x1e\xb0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0", 100);
	expect_bad("\x1d\xb1\x10\0\0\0\0\0\0\0\0\0\0\0\0\0", 100);
	expect_bad("\x1d\xb0\x00\0\0\0\0\0\0\0\0\0\0\0\0\0", 100);
	expect_bad("\x1d\xb0\x10\1\0\0\0\0\0\0\0\0\0\0\0\0", 100);
	expect_bad("\x1d\xb0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0", 100);
	expect_bad("\x1d\xb0\x15\0\x01\x10\0\0\0\0\0\0\0\0\0\0", 1 << 20);
	expect_bad("\x1d\xb0\x10\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 1 << 20);
	expect_bad("\x1d\xb0\x10\0\x65\0\0\0\0\0\0\0\0\0\0\0", 100);
}

static void
test_limit_is_exact(void **state)
{
	struct wire_reader r;
	struct wire_frame f;

	(void)state;
	wire_put(&out, WIRE_T_OUTPUT, 0, 0, STR_LIT("0123456789"));
	wire_reader_init(&r, WIRE_DOWN, 10);
	feed(&r, out.p, out.n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_FRAME);
	assert_str_is(f.payload, "0123456789");
	wire_reader_free(&r);
	wire_reader_init(&r, WIRE_DOWN, 9);
	feed(&r, out.p, out.n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_BAD);
	wire_reader_free(&r);
}

/* A header alone must not make the reader allocate what it claims. */
static void
test_claims_cost_nothing(void **state)
{
	struct wire_reader r;
	struct wire_frame f;
	size_t room;

	(void)state;
	wire_reader_init(&r, WIRE_UP, SIZE_MAX);
	feed(&r, "\x1d\xb0\x01\0\0\0\x80\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_MORE);
	assert_non_null(wire_reader_room(&r, &room));
	assert_true(room <= 64 * 1024);
	assert_true(r.in.cap <= 256 * 1024);
	wire_reader_free(&r);
}

static void
test_largest_frame(void **state)
{
	size_t n = 8 << 20;
	char *p = malloc(n);
	struct wire_reader r;
	struct wire_frame f;

	(void)state;
	memset(p, 'r', n);
	wire_put(&out, WIRE_T_RESULT, 5, 0, (struct str){p, n});
	wire_put(&out, WIRE_T_EXIT, 6, 0, STR_LIT("x"));
	wire_reader_init(&r, WIRE_DOWN, SIZE_MAX);
	feed(&r, out.p, out.n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.payload.n, n);
	assert_memory_equal(f.payload.p, p, n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.id, 6);
	wire_reader_free(&r);
	free(p);
}

/* One who only reads and never takes frames is stopped at a bound. */
static void
test_room_is_bounded(void **state)
{
	struct wire_reader r;
	struct wire_frame f;
	size_t room, total = 0, frames = 0;
	char *to;

	(void)state;
	wire_reader_init(&r, WIRE_DOWN, 0);
	wire_reader_free(&r); /* nothing was read yet */
	wire_put(&out, WIRE_T_RESULT, 1, 0, STR_NONE);
	while ((to = wire_reader_room(&r, &room)) != NULL) {
		size_t n = room / out.n * out.n;

		if (n == 0)
			break;
		for (size_t at = 0; at < n; at += out.n)
			memcpy(to + at, out.p, out.n);
		wire_reader_added(&r, n);
		total += n;
		assert_true(total <= 256 * 1024);
	}
	while (wire_reader_next(&r, &f) == WIRE_NEXT_FRAME)
		frames++;
	assert_int_equal(frames, total / out.n);
	assert_non_null(wire_reader_room(&r, &room));
	wire_reader_free(&r);
}

/* Random frames through random cuts come out as they went in. */
static void
test_round_trip(void **state)
{
	uint64_t seed = 29;
	static char text[64 * 1024];

	(void)state;
	memset(text, 't', sizeof(text));
	for (int round = 0; round < 50; round++) {
		size_t lengths[40], frames = 0, at = 0;
		struct wire_reader r;
		struct wire_frame f;

		buf_reset(&out);
		for (size_t i = 0; i < NELEM(lengths); i++) {
			lengths[i] = next_random(&seed) %
			    (i % 10 == 0 ? sizeof(text) : 50);
			wire_put(&out, WIRE_T_OUTPUT, (uint32_t)i, 0,
			    (struct str){text, lengths[i]});
		}
		wire_reader_init(&r, WIRE_DOWN, sizeof(text));
		while (at < out.n) {
			size_t n = 1 + next_random(&seed) % 9000;

			n = n > out.n - at ? out.n - at : n;
			feed(&r, out.p + at, n);
			at += n;
			while (wire_reader_next(&r, &f) == WIRE_NEXT_FRAME) {
				assert_int_equal(f.id, frames);
				assert_int_equal(f.payload.n, lengths[frames]);
				frames++;
			}
		}
		assert_int_equal(frames, NELEM(lengths));
		wire_reader_free(&r);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_names),
	    TEST(test_layout),
	    TEST(test_misuse_aborts),
	    TEST(test_put_is_whole_or_absent),
	    TEST(test_any_cut),
	    TEST(test_bad_headers),
	    TEST(test_limit_is_exact),
	    TEST(test_claims_cost_nothing),
	    TEST(test_largest_frame),
	    TEST(test_room_is_bounded),
	    TEST(test_round_trip),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
