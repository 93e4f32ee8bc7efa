/* Unit tests of sandboxd/egress/decode.c. */
#include "egress/decode.h"

#include "lib_test.h"

#include <zlib.h>

#include "buf.h"

enum { GZIP = 15 + 16, ZLIB = 15, RAW = -15 };

/* Appends `text` compressed. */
static void
compress_into(struct buf *b, const void *text, size_t n, int window)
{
	z_stream z = {.next_in = NULL};
	char room[4096];
	int rc;

	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)text;
	z.avail_in = (unsigned)n;
	do {
		z.next_out = (Bytef *)room;
		z.avail_out = sizeof(room);
		rc = deflate(&z, Z_FINISH);
		buf_put(b, room, sizeof(room) - z.avail_out);
	} while (rc == Z_OK);
	assert_int_equal(rc, Z_STREAM_END);
	(void)deflateEnd(&z);
}

/* Feeds `in` in pieces of `piece`, takes `room` at a time.  False: refused. */
static bool
run(struct decode *d, struct str in, size_t piece, size_t room, struct buf *out)
{
	char *to = malloc(room);

	assert_non_null(to);
	while (in.n > 0 || decode_more(d)) {
		struct str some = str_sub(in, 0, piece);
		size_t given = some.n, n;

		if (!decode_step(d, &some, to, room, &n)) {
			free(to);
			return false;
		}
		assert_true(n <= room);
		buf_put(out, to, n);
		in = str_sub(in, given - some.n, in.n);
	}
	free(to);
	return true;
}

static char text[100000];

static void
test_round_trips(void **state)
{
	static const struct {
		const char *coding;
		int window;
	} codings[] = {{"gzip", GZIP}, {"X-GZip", GZIP}, {" deflate ", ZLIB},
	    {"deflate", RAW}};
	static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
	static const size_t rooms[] = {3, 1000, 200000};
	uint64_t seed = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(next_random(&seed) % 7 + 'a');
	for (size_t c = 0; c < NELEM(codings); c++) {
		struct buf in;

		buf_init(&in, SIZE_MAX);
		compress_into(&in, text, sizeof(text), codings[c].window);
		for (size_t k = 0; k < NELEM(pieces) * NELEM(rooms); k++) {
			struct decode *d = decode_new(
			    str_from(codings[c].coding));
			struct buf out;

			assert_non_null(d);
			assert_true(decode_whole(d));
			buf_init(&out, SIZE_MAX);
			assert_true(
			    run(d, buf_str(&in), pieces[k % NELEM(pieces)],
				rooms[k / NELEM(pieces)], &out));
			assert_true(decode_whole(d));
			assert_int_equal(out.n, sizeof(text));
			assert_memory_equal(out.p, text, sizeof(text));
			buf_free(&out);
			decode_free(d);
		}
		buf_free(&in);
	}
}

static void
test_unknown_codings(void **state)
{
	static const char *const none[] = {
	    "", "identity", "br", "zstd", "gzip, gzip", "gzip;q=1", "xgzip"};

	(void)state;
	for (size_t i = 0; i < NELEM(none); i++)
		assert_null(decode_new(str_from(none[i])));
	assert_null(decode_new(STR_NONE));
}

/* A bomb costs no more than the room that it is given. */
static void
test_bomb(void **state)
{
	static char zeros[1000000];
	struct decode *d = decode_new(STR_LIT("gzip"));
	struct buf in;
	struct str rest;
	char room[1000];
	size_t total = 0;

	(void)state;
	buf_init(&in, SIZE_MAX);
	compress_into(&in, zeros, sizeof(zeros), GZIP);
	assert_true(in.n < 2000);
	rest = buf_str(&in);
	while (rest.n > 0 || decode_more(d)) {
		size_t n;

		assert_true(decode_step(d, &rest, room, sizeof(room), &n));
		total += n;
	}
	assert_int_equal(total, sizeof(zeros));
	buf_free(&in);
	decode_free(d);
}

static void
test_members_and_padding(void **state)
{
	struct decode *d = decode_new(STR_LIT("gzip"));
	struct buf in, out;

	(void)state;
	buf_init(&in, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	compress_into(&in, "one", 3, GZIP);
	compress_into(&in, "", 0, GZIP);
	compress_into(&in, "two", 3, GZIP);
	buf_put(&in, "\0\0\0\x1f", 4);
	assert_true(run(d, buf_str(&in), 1, 10, &out));
	assert_str_is(buf_str(&out), "onetwo");
	assert_true(decode_whole(d));
	buf_free(&in);
	buf_free(&out);
	decode_free(d);
}

static void
test_broken(void **state)
{
	static const char *const codings[] = {"gzip", "deflate"};
	struct buf in, out;

	(void)state;
	buf_init(&in, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	for (size_t c = 0; c < NELEM(codings); c++) {
		struct decode *d = decode_new(str_from(codings[c]));

		buf_reset(&out);
		assert_false(
		    run(d, STR_LIT("<html>no</html>\xff\xff"), 99, 99, &out));
		decode_free(d);
		/* Each start of a stream is not whole. */
		buf_reset(&in);
		compress_into(
		    &in, "hello hello hello", 17, c == 0 ? GZIP : ZLIB);
		for (size_t n = 1; n < in.n; n++) {
			d = decode_new(str_from(codings[c]));
			buf_reset(&out);
			assert_true(
			    run(d, str_sub(buf_str(&in), 0, n), 5, 99, &out));
			assert_false(decode_whole(d));
			decode_free(d);
		}
		/* A wrong checksum. */
		in.p[in.n - (c == 0 ? 6 : 1)] ^= 1;
		d = decode_new(str_from(codings[c]));
		assert_false(run(d, buf_str(&in), 99, 99, &out));
		decode_free(d);
	}
	buf_free(&in);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trips),
	    cmocka_unit_test(test_unknown_codings),
	    cmocka_unit_test(test_bomb),
	    cmocka_unit_test(test_members_and_padding),
	    cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
