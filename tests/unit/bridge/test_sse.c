/*
 * test_sse.c: server-sent events, in pieces as they come.
 */
#include "sse.h"
#include "../lib/lib_test.h"

#define MAX 256

/* Events joined by '|'. */
static void
collect(void *arg, struct str data)
{
	struct buf *b = arg;

	buf_putstr(b, data);
	buf_putc(b, '|');
}

/* clang-format off */
static const struct {
	const char *stream;
	const char *events;
	const char *id;
	int64_t retry;
} samples[] = {
	{"data: a\n\n", "a|", "", -1},
	{"data:a\n\ndata:  b\n\n", "a| b|", "", -1},
	{"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "a|b|c|", "", -1},
	{"data: a\ndata: b\ndata\n\n", "a\nb\n|", "", -1},
	{": comment\n\n:\n\ndata: a\n\n", "a|", "", -1},
	{"event: message\ndata: a\n\n", "a|", "", -1},
	{"event: ping\ndata: a\n\ndata: b\n\n", "b|", "", -1},
	{"event\ndata: a\n\n", "a|", "", -1},
	/* no data, no event; but an id is remembered */
	{"id: 7\ndata:\n\n", "", "7", -1},
	{"id: 7\n\ndata: a\n\n", "a|", "7", -1},
	{"id: 7\ndata: a\n\nid\ndata: b\n\n", "a|b|", "", -1},
	{"id: 7\ndata: a\n\nid: 8\ndata: b", "a|", "7", -1},
	{"id: a\tb\ndata: a\n\n", "a|", "", -1},
	{"retry: 1500\n\n", "", "", 1500},
	{"retry: 15x\nretry: -1\nretry:\n\n", "", "", -1},
	{"retry: 99999999999\n\n", "", "", -1},
	/* what nobody knows */
	{"Data: a\nfoo: b\n  data: c\n\n", "", "", -1},
	/* what is not ended is not there */
	{"data: a\n", "", "", -1},
	{"data: a", "", "", -1},
	/* one byte order mark, at the start */
	{"\xef\xbb\xbf" "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "a|", "", -1},
	{"\n\n\ndata: {\"a\": \"b: c\"}\n\n", "{\"a\": \"b: c\"}|", "", -1},
};
/* clang-format on */

/* Fed `step` bytes at a time. */
static void
check(size_t i, size_t step)
{
	struct str rest = str_from(samples[i].stream);
	struct sse s;
	struct buf b;

	sse_init(&s, MAX);
	buf_init(&b, 4096);
	while (rest.n > 0) {
		struct str piece = str_sub(rest, 0, step);

		assert_true(sse_feed(&s, piece, collect, &b));
		rest = str_sub(rest, piece.n, rest.n);
	}
	if (!str_eq_c(buf_str(&b), samples[i].events))
		fail_test(
		    "sample %zu by %zu: %.*s", i, step, STR_FMT(buf_str(&b)));
	assert_string_equal(s.id, samples[i].id);
	assert_int_equal(s.retry_ms, samples[i].retry);
	buf_free(&b);
	sse_free(&s);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		for (size_t step = 1; step < 8; step++)
			check(i, step);
		check(i, 4096);
	}
}

static void
feed_large(size_t line, size_t lines, bool fits)
{
	static const char end[] = "\n";
	char text[MAX * 2];
	struct sse s;
	struct buf b;
	bool ok = true;

	memset(text, 'x', sizeof(text));
	sse_init(&s, MAX);
	buf_init(&b, 65536);
	for (size_t i = 0; i < lines && ok; i++)
		ok = sse_feed(&s, STR_LIT("data:"), collect, &b) &&
		    sse_feed(&s, (struct str){text, line}, collect, &b) &&
		    sse_feed(&s, str_from(end), collect, &b);
	ok = ok && sse_feed(&s, str_from(end), collect, &b);
	assert_int_equal(ok, fits);
	assert_int_equal(s.too_large, !fits);
	assert_int_equal(b.n > 0, fits);
	buf_free(&b);
	sse_free(&s);
}

static void
test_too_large(void **state)
{
	(void)state;
	feed_large(MAX - 5, 1, true);
	feed_large(MAX - 4, 1, false); /* a line */
	feed_large(MAX / 2 - 1, 2, true);
	feed_large(MAX / 2, 2, false); /* an event of several lines */
}

static void
test_long_id(void **state)
{
	char line[SSE_ID_MAX + 16];
	struct sse s;
	struct buf b;

	(void)state;
	sse_init(&s, sizeof(line));
	buf_init(&b, 64);
	memset(line, 'i', sizeof(line));
	memcpy(line, "id:", 3);
	line[sizeof(line) - 1] = '\n';
	assert_true(sse_feed(&s, STR_LIT("id: good\n"), collect, &b));
	assert_true(
	    sse_feed(&s, (struct str){line, sizeof(line)}, collect, &b));
	assert_true(sse_feed(&s, STR_LIT("data: a\n\n"), collect, &b));
	assert_string_equal(s.id, "good");
	buf_free(&b);
	sse_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_long_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
