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
	/* no opinion */
	{"^(?=a)b", "b", ECMARE_UNKNOWN},
	{"^(?<n>a)", "a", ECMARE_UNKNOWN},
	{"(a)\\1", "aa", ECMARE_UNKNOWN},
	{"a+?", "a", ECMARE_UNKNOWN},
	{"\\bword\\b", "word", ECMARE_UNKNOWN},
	{"^\\p{L}+$", "ä", ECMARE_UNKNOWN},
	{"\\u00e4", "ä", ECMARE_UNKNOWN},
	{"[", "x", ECMARE_UNKNOWN},
	{"[]", "x", ECMARE_UNKNOWN},
	{"[a", "x", ECMARE_UNKNOWN},
	{"[[:alpha:]]", "x", ECMARE_UNKNOWN},
	{"(", "x", ECMARE_UNKNOWN},
	{"(a", "a", ECMARE_UNKNOWN},
	{"*a", "a", ECMARE_UNKNOWN},
	{"a{1", "a", ECMARE_UNKNOWN},
	{"a{,3}", "a", ECMARE_UNKNOWN},
	{"\\", "x", ECMARE_UNKNOWN},
	/* what would cost gigabytes */
	{"((a{100}){100}){100}", "a", ECMARE_UNKNOWN},
	{"a{1000}", "a", ECMARE_UNKNOWN},
	{"a{99999999999999999999}", "a", ECMARE_UNKNOWN},
};
/* clang-format on */

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		enum ecmare got = ecmare_match(
		    samples[i].pattern, str_from(samples[i].text));

		if (got != samples[i].verdict)
			fail_msg("%s on %s: %d", samples[i].pattern,
			    samples[i].text, (int)got);
	}
}

static void
test_long(void **state)
{
	static char text[ECMARE_TEXT_MAX + 2];
	char pattern[ECMARE_PATTERN_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memset(pattern, 'a', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	assert_int_equal(ecmare_match(pattern, str_from("a")), ECMARE_UNKNOWN);
	assert_int_equal(
	    ecmare_match("^b", (struct str){text, ECMARE_TEXT_MAX + 1}),
	    ECMARE_UNKNOWN);
	assert_int_equal(
	    ecmare_match("^b", (struct str){text, ECMARE_TEXT_MAX}), ECMARE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
