/*
 * test_search.c: why a tool was found, as plain text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core_test.h"
#include "noun/search.h"

#include <cmocka.h> /* last: it has a macro named fail */

/* clang-format off */
static const struct {
	const char *marked;
	const char *snippet;
	const char *matches; /* joined by '|' */
} samples[] = {
	{"", "", ""},
	{"no match", "no match", ""},
	{"\x02one\x03", "one", "one"},
	{"a \x02one\x03 and \x02two\x03, \x02one\x03", "a one and two, one", "one|two"},
	/* what is not a pair of marks is nothing */
	{"\x03" "a\x03", "a", ""},
	{"\x02" "a", "a", ""},
	{"\x02\x03" "a", "a", ""},
	{"\x02" "a\x02" "b\x03", "ab", "b"},
	/* markup is text like any other */
	{"<b>\x02x\x03</b> &amp; \x02<script>\x03", "<b>x</b> &amp; <script>",
	    "x|<script>"},
	{"\x02Größe\x03 ü", "Größe ü", "Größe"},
};
/* clang-format on */

static void
test_unmark(void **state)
{
	struct ctx ctx = {.arena = arena_new(1 << 20)};

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct search_why why = {0};
		struct buf b;

		search_unmark(&ctx, samples[i].marked, &why);
		assert_string_equal(why.snippet, samples[i].snippet);
		buf_init(&b, 4096);
		for (size_t k = 0; k < why.matches.n; k++) {
			if (k > 0)
				buf_putc(&b, '|');
			buf_putstr(&b, why.matches.v[k]);
		}
		assert_true(str_eq_c(buf_str(&b), samples[i].matches));
		buf_free(&b);
	}
	arena_free(ctx.arena);
}

static void
test_many(void **state)
{
	struct ctx ctx = {.arena = arena_new(1 << 20)};
	struct search_why why = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "\x02w%d\x03 ", i);
	search_unmark(&ctx, b.p, &why);
	assert_int_equal(why.matches.n, 16);
	assert_true(str_eq_c(why.matches.v[15], "w15"));
	buf_free(&b);
	arena_free(ctx.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unmark),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
