/* Unit tests of fcgi/noun/diff.c. */
#include "noun/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

#define ARENA_CAP ((size_t)64 * 1024 * 1024)

static int
setup(void **state)
{
	*state = arena_new(ARENA_CAP);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
expect(struct arena *a, const char *old_text, const char *new_text,
    const char *want)
{
	struct str got = diff_unified(
	    a, "a", "b", str_from(old_text), str_from(new_text));

	assert_string_equal(got.n > 0 ? got.p : "", want);
}

static void
test_same_is_empty(void **state)
{
	expect(*state, "", "", "");
	expect(*state, "x\ny\n", "x\ny\n", "");
}

static void
test_one_line(void **state)
{
	expect(*state, "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	    "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
	    "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n"
	    " 8\n");
}

static void
test_to_and_from_nothing(void **state)
{
	expect(*state, "", "1\n2\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+1\n+2\n");
	expect(*state, "1\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-1\n");
}

static void
test_missing_line_end_shows(void **state)
{
	expect(*state, "1\n2", "1\n2\n",
	    "--- a\n+++ b\n@@ -1,2 +1,2 @@\n 1\n-2\n"
	    "\\ No newline at end of file\n+2\n");
}

static void
test_hunks_join_and_part(void **state)
{
	/* Six lines between two changes: one hunk; seven: two. */
	expect(*state, "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	    "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n"
	    "-b\n+B\n");
	expect(*state, "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
	    "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	    "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
	    "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

/* --- against a slow and simple answer ----------------------------------------
 */

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

/* Lines out of a small alphabet; the last may lack its line end. */
static char *
random_text(struct arena *a, uint32_t *seed, size_t lines)
{
	struct buf b;
	char *s;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < lines; i++)
		buf_printf(&b, "%c\n", 'a' + (int)(next(seed) % 4));
	if (b.n > 0 && next(seed) % 3 == 0)
		b.n--;
	s = arena_strndup(a, b.n > 0 ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

static struct str
take_line(struct str *s)
{
	size_t n = str_index(*s, '\n');
	struct str line;

	n += n < s->n;
	line = str_sub(*s, 0, n);
	*s = str_sub(*s, n, s->n);
	return line;
}

/*
 * Applies a diff to the old text, as patch(1) would, checking each line that
 * it quotes.  Returns the number of changed lines.
 */
static size_t
apply(struct str diff, struct str old_text, struct buf *out)
{
	size_t at = 1, changes = 0;

	(void)take_line(&diff);
	(void)take_line(&diff);
	while (diff.n > 0) {
		struct str line = take_line(&diff);
		char what = line.p[0];

		if (what == '@') {
			/* "-0,0" stands before line 1. */
			size_t from = strtoul(line.p + 4, NULL, 10);

			for (; at < from; at++)
				buf_putstr(out, take_line(&old_text));
			continue;
		}
		if (what == '\\')
			continue;
		line = str_sub(line, 1, line.n);
		if (str_starts(diff, "\\"))
			line.n--;
		changes += what != ' ';
		if (what != '+') {
			assert_true(str_eq(line, take_line(&old_text)));
			at++;
		}
		if (what != '-')
			buf_putstr(out, line);
	}
	buf_putstr(out, old_text);
	return changes;
}

static size_t
lines_of(struct str s, struct str *out)
{
	size_t n = 0;

	while (s.n > 0)
		out[n++] = take_line(&s);
	return n;
}

/* Fewest changed lines, by the table of common subsequences. */
static size_t
fewest(struct str x, struct str y)
{
	static size_t t[41][41];
	struct str a[40], b[40];
	size_t n = lines_of(x, a), m = lines_of(y, b);

	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0)
				t[i][j] = i + j;
			else if (str_eq(a[i - 1], b[j - 1]))
				t[i][j] = t[i - 1][j - 1];
			else
				t[i][j] = 1 +
				    (t[i - 1][j] < t[i][j - 1] ? t[i - 1][j]
							       : t[i][j - 1]);
		}
	}
	return t[n][m];
}

static void
check_pair(struct arena *a, struct str x, struct str y)
{
	struct str diff = diff_unified(a, "a", "b", x, y);
	struct buf b;

	if (str_eq(x, y))
		return;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(apply(diff, x, &b), fewest(x, y));
	assert_true(str_eq(buf_str(&b), y));
	buf_free(&b);
}

static void
test_applies_and_is_shortest(void **state)
{
	uint32_t seed = 1;

	for (int i = 0; i < 4000; i++) {
		struct arena_mark mark = arena_mark(*state);
		struct str x = str_from(
		    random_text(*state, &seed, next(&seed) % 30));
		struct str y = str_from(
		    random_text(*state, &seed, next(&seed) % 30));

		check_pair(*state, x, y);
		arena_release(*state, mark);
	}
}

static void
test_large_texts_end_soon(void **state)
{
	uint32_t seed = 3;
	struct buf x, y;
	struct str diff;
	struct buf back;

	buf_init(&x, SIZE_MAX);
	buf_init(&y, SIZE_MAX);
	for (int i = 0; i < 5000; i++) {
		buf_printf(&x, "x%u\n", next(&seed) % 50000);
		buf_printf(&y, "y%u\n", next(&seed) % 50000);
	}
	diff = diff_unified(*state, "a", "b", buf_str(&x), buf_str(&y));
	buf_init(&back, SIZE_MAX);
	assert_int_equal(apply(diff, buf_str(&x), &back), 10000);
	assert_true(str_eq(buf_str(&back), buf_str(&y)));
	/* And over the limit of lines. */
	buf_puts(&y, "one more\n");
	diff = diff_unified(*state, "a", "b", buf_str(&x), buf_str(&y));
	buf_reset(&back);
	assert_int_equal(apply(diff, buf_str(&x), &back), 10001);
	assert_true(str_eq(buf_str(&back), buf_str(&y)));
	buf_free(&x);
	buf_free(&y);
	buf_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_same_is_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_to_and_from_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_missing_line_end_shows, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_hunks_join_and_part, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_applies_and_is_shortest, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_large_texts_end_soon, setup, teardown),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
