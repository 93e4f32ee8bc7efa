/*
 * test_ecmare.c: ECMA patterns on POSIX expressions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "op/ecmare.h"

/* clang-format off */
static const struct {
	const char *pattern;
	const char *text;
	enum ecmare verdict;
} samples[] = {
	{"", "", ECMARE_YES},
	{"", "x", ECMARE_YES},
	{"b", "abc", ECMARE_YES},
	{"^b", "abc", ECMARE_NO},
	{"^[a-z]+$", "abc", ECMARE_YES},
	{"^[a-z]+$", "aBc", ECMARE_NO},
	{"^.{2}$", "äö", ECMARE_YES},
	{"^.{2}$", "äöü", ECMARE_NO},
	{"^[äö]$", "ö", ECMARE_YES},
	{"^\\d{3}$", "123", ECMARE_YES},
	{"^\\d{3}$", "12a", ECMARE_NO},
	{"^\\w+\\s\\w+$", "a1_ b", ECMARE_YES},
	{"^\\D$", "x", ECMARE_YES},
	{"^\\D$", "4", ECMARE_NO},
	{"^\\S\\W$", "a-", ECMARE_YES},
	{"^[\\d.,-]+$", "1,2.3-4", ECMARE_YES},
	{"^[\\d.,-]+$", "1x", ECMARE_NO},
	{"^[^\\s]+$", "a b", ECMARE_NO},
	{"^[^^]$", "^", ECMARE_NO},
	{"^[\\^]$", "^", ECMARE_YES},
	{"^[\\^-]+$", "^-", ECMARE_YES},
	{"^[\\]a]+$", "]a", ECMARE_YES},
	{"^[\\]a]+$", "\\", ECMARE_NO},
	{"^[\\\\]$", "\\", ECMARE_YES},
	{"^(?:ab|cd)$", "cd", ECMARE_YES},
	{"^(?:ab|cd)$", "ad", ECMARE_NO},
	{"^a\\.b\\/c\\-d$", "a.b/c-d", ECMARE_YES},
	{"^a\\.b$", "axb", ECMARE_NO},
	{"a|b", "xb", ECMARE_YES},
	{"^\\$\\{x\\}$", "${x}", ECMARE_YES},
	{"^a}]$", "a}]", ECMARE_YES},
	{"^a\\tb$", "a\tb", ECMARE_YES},
	{"^[a-z]{2,}$", "abc", ECMARE_YES},
	{"^[\\w-]+$", "a-b_1", ECMARE_YES},
	{"^[a\\-z]+$", "a-z", ECMARE_YES},
	{"^[a\\-z]+$", "b", ECMARE_NO},
	{"^[[:alpha:]]$", "a]", ECMARE_YES},
	{"^[[:alpha:]]$", "b", ECMARE_NO},
	{"^[^\\d]$", "5", ECMARE_NO},
	{"^[\\D]$", "5", ECMARE_NO},
	{"^[\\D5]$", "5", ECMARE_YES},
	{"^[^]$", "\n", ECMARE_YES},
	{"[]", "x", ECMARE_NO},
	{"^.$", "\n", ECMARE_NO},
	{"^.$", "\t", ECMARE_YES},
	/* alternatives */
	{"^(a|b|cd)+$", "abcdba", ECMARE_YES},
	{"^(a|b|cd)+$", "abc", ECMARE_NO},
	{"^a|b$", "ax", ECMARE_YES},
	{"^a|b$", "xb", ECMARE_YES},
	{"^a|b$", "xbx", ECMARE_NO},
	{"^(|a)$", "", ECMARE_YES},
	{"^(|a)$", "a", ECMARE_YES},
	{"^(a|)$", "b", ECMARE_NO},
	{"^()$", "", ECMARE_YES},
	{"^((a|b)(c|d)|e)$", "bd", ECMARE_YES},
	{"^((a|b)(c|d)|e)$", "be", ECMARE_NO},
	{"|", "x", ECMARE_YES},
	/* repeats */
	{"^a?$", "", ECMARE_YES},
	{"^a?$", "aa", ECMARE_NO},
	{"^a{0}$", "", ECMARE_YES},
	{"^a{0}$", "a", ECMARE_NO},
	{"^a{2}$", "aa", ECMARE_YES},
	{"^a{2}$", "a", ECMARE_NO},
	{"^a{2}$", "aaa", ECMARE_NO},
	{"^a{0,2}$", "", ECMARE_YES},
	{"^a{0,2}$", "aa", ECMARE_YES},
	{"^a{0,2}$", "aaa", ECMARE_NO},
	{"^a{1,3}b$", "aaab", ECMARE_YES},
	{"^a{1,3}b$", "b", ECMARE_NO},
	{"^a{1,3}b$", "aaaab", ECMARE_NO},
	{"^a{0,}$", "aaa", ECMARE_YES},
	{"^a{2,}$", "a", ECMARE_NO},
	{"^a{2,}$", "aaaaa", ECMARE_YES},
	{"^(ab|c){2,3}$", "abcab", ECMARE_YES},
	{"^(ab|c){2,3}$", "ab", ECMARE_NO},
	{"^(a{2}|b){2}$", "aab", ECMARE_YES},
	{"^(a{2}|b){2}$", "ab", ECMARE_NO},
	{"^(a*)*$", "aaa", ECMARE_YES},
	{"^(a*)+b$", "aac", ECMARE_NO},
	{"^(a?){3}$", "aaaa", ECMARE_NO},
	{"^a+?b*?$", "aabb", ECMARE_YES},
	/* anchors and boundaries */
	{"$^", "", ECMARE_YES},
	{"a$b", "ab", ECMARE_NO},
	{"a^b", "ab", ECMARE_NO},
	{"\\bword\\b", "a word.", ECMARE_YES},
	{"\\bword\\b", "swords", ECMARE_NO},
	{"\\Bor\\B", "word", ECMARE_YES},
	{"\\Bor\\B", "or", ECMARE_NO},
	/* escapes */
	{"^\\u00e4$", "ä", ECMARE_YES},
	{"^\\u{1F600}$", "😀", ECMARE_YES},
	{"^\\ud83d\\ude00$", "😀", ECMARE_YES},
	{"^[\\u0061-\\u0063]+$", "abc", ECMARE_YES},
	{"^\\x41\\cA\\0$", "A\x01", ECMARE_NO},
	{"^\\x41\\cA$", "A\x01", ECMARE_YES},
	{"^\\s$", "\xc2\xa0", ECMARE_YES},
	{"^\\v\\f\\r$", "\v\f\r", ECMARE_YES},
	/* no opinion */
	{"^(?=a)b", "b", ECMARE_UNKNOWN},
	{"^(?<n>a)", "a", ECMARE_UNKNOWN},
	{"(a)\\1", "aa", ECMARE_UNKNOWN},
	{"^\\p{L}+$", "ä", ECMARE_UNKNOWN},
	{"\\u12", "x", ECMARE_UNKNOWN},
	{"\\u{110000}", "x", ECMARE_UNKNOWN},
	{"\\e", "x", ECMARE_UNKNOWN},
	{"[z-a]", "x", ECMARE_UNKNOWN},
	{"[a-\\d]", "x", ECMARE_UNKNOWN},
	{"[", "x", ECMARE_UNKNOWN},
	{"[a", "x", ECMARE_UNKNOWN},
	{"[\\", "x", ECMARE_UNKNOWN},
	{"(", "x", ECMARE_UNKNOWN},
	{"(a", "a", ECMARE_UNKNOWN},
	{"a)", "a", ECMARE_UNKNOWN},
	{"*a", "a", ECMARE_UNKNOWN},
	{"a**", "a", ECMARE_UNKNOWN},
	{"^*", "a", ECMARE_UNKNOWN},
	{"a{1", "a", ECMARE_UNKNOWN},
	{"a{,3}", "a", ECMARE_UNKNOWN},
	{"a{3,1}", "a", ECMARE_UNKNOWN},
	{"\\", "x", ECMARE_UNKNOWN},
	{"\xff", "x", ECMARE_UNKNOWN},
	/* what would cost gigabytes */
	{"((a{100}){100}){100}", "a", ECMARE_UNKNOWN},
	{"a{1001}", "a", ECMARE_UNKNOWN},
	{"a{99999999999999999999}", "a", ECMARE_UNKNOWN},
};
/* clang-format on */

static enum ecmare
match(const char *pattern, struct str text)
{
	size_t steps = SIZE_MAX;

	return ecmare_match(pattern, text, &steps);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		enum ecmare got = match(
		    samples[i].pattern, str_from(samples[i].text));

		if (got != samples[i].verdict)
			fail_msg("%s on %s: %d", samples[i].pattern,
			    samples[i].text, (int)got);
	}
}

/* No pattern makes it slow: steps grow with the text, and end at the limit. */
static void
test_bounds(void **state)
{
	static const char *const patterns[] = {"(a|aa)+c", "(a*)*c",
	    "[a-z]+[0-9]+x", "(a?){50}a{50}c", "(.*)(.*)(.*)(.*)x",
	    "(a|b|ab)*c"};
	static char text[65536];
	char pattern[ECMARE_PATTERN_MAX + 2];
	size_t steps;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		steps = SIZE_MAX;
		assert_int_equal(ecmare_match(patterns[i],
				     (struct str){text, sizeof(text)}, &steps),
		    ECMARE_NO);
		assert_true(SIZE_MAX - steps < sizeof(text) * 700);
		steps = 1000;
		assert_int_equal(ecmare_match(patterns[i],
				     (struct str){text, sizeof(text)}, &steps),
		    ECMARE_UNKNOWN);
		assert_int_equal(steps, 0);
	}
	memset(pattern, 'a', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	assert_int_equal(match(pattern, STR_LIT("a")), ECMARE_UNKNOWN);
	pattern[ECMARE_PATTERN_MAX] = '\0';
	assert_int_equal(match(pattern, (struct str){text, 2000}), ECMARE_YES);
	memset(pattern, '(', ECMARE_PATTERN_MAX);
	assert_int_equal(match(pattern, STR_LIT("a")), ECMARE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
