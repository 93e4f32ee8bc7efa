/*
 * test_keyring.c: one key in use, perhaps another that still opens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "attr.h"
#include "crypt.h"
#include "keyring.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddee00"

static void
test_read(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: refused */
		uint8_t first, second;
		const char *why;
	} cases[] = {
	    {A, 1, 1, 0, NULL},
	    {"\n" A "\r\n", 1, 1, 0, NULL},
	    {"7:" A, 1, 7, 0, NULL},
	    {"255:" A "\n1:" B "\n", 2, 255, 1, NULL},
	    {A " 2:" B, 2, 1, 2, NULL},
	    {"", 0, 0, 0, "no key"},
	    {" \n", 0, 0, 0, "no key"},
	    {"zz", 0, 0, 0, "64 hex"},
	    {A "0", 0, 0, 0, "64 hex"},
	    {"2:", 0, 0, 0, "64 hex"},
	    {"0:" A, 0, 0, 0, "1 to 255"},
	    {"256:" A, 0, 0, 0, "1 to 255"},
	    {"x:" A, 0, 0, 0, "1 to 255"},
	    {A "\n" B, 0, 0, 0, "same number"},
	    {A "\n2:" B "\n3:" B, 0, 0, 0, "more than two"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		const char *why;
		struct keyring *k = keyring_read(str_from(cases[i].text), &why);

		if ((k != NULL) != (cases[i].n > 0))
			fail_msg("case %zu: %s", i, why);
		if (k == NULL) {
			assert_non_null(strstr(why, cases[i].why));
			continue;
		}
		assert_int_equal(keyring_count(k), cases[i].n);
		assert_int_equal(keyring_id(k, 0), cases[i].first);
		if (cases[i].n > 1)
			assert_int_equal(keyring_id(k, 1), cases[i].second);
		keyring_free(k);
	}
	keyring_free(NULL);
}

static void
test_text(void **state)
{
	struct keyring *one = keyring_random(9), *two = keyring_random(10);
	struct keyring *both = keyring_pair(two, 0, one, 0), *again;
	struct buf b;
	const char *why;

	(void)state;
	buf_init(&b, KEYRING_TEXT_MAX);
	keyring_text(both, &b);
	assert_false(b.overflow);
	again = keyring_read(buf_str(&b), &why);
	assert_non_null(again);
	assert_int_equal(keyring_id(again, 0), 10);
	assert_int_equal(keyring_id(again, 1), 9);
	assert_true(str_eq(secret_view(keyring_key(again, 1)),
	    secret_view(keyring_key(one, 0))));
	assert_false(str_eq(secret_view(keyring_key(one, 0)),
	    secret_view(keyring_key(two, 0))));
	buf_free(&b);
	keyring_free(one);
	keyring_free(two);
	keyring_free(both);
	keyring_free(again);
}

static void
opens(struct keyring *k, const char *purpose, struct str sealed, bool want)
{
	struct secret *out;

	assert_true(
	    keyring_open(k, purpose, STR_LIT("row"), sealed, &out) == want);
	assert_true((out != NULL) == want);
	if (out != NULL)
		assert_true(str_eq_c(secret_view(out), "value"));
	secret_free(out);
}

static void
test_seal(void **state)
{
	struct keyring *one = keyring_random(1), *two = keyring_random(2);
	struct keyring *both = keyring_pair(two, 0, one, 0);
	struct buf old, fresh;

	(void)state;
	buf_init(&old, 100);
	buf_init(&fresh, 100);
	keyring_seal(one, "secrets", STR_LIT("row"), STR_LIT("value"), &old);
	keyring_seal(both, "secrets", STR_LIT("row"), STR_LIT("value"), &fresh);
	assert_int_equal(old.p[1], 1);
	assert_int_equal(fresh.p[1], 2);
	opens(both, "secrets", buf_str(&old), true);
	opens(both, "secrets", buf_str(&fresh), true);
	opens(both, "totp", buf_str(&old), false);
	opens(two, "secrets", buf_str(&old), false);
	opens(two, "secrets", buf_str(&fresh), true);
	opens(two, "secrets", STR_LIT(""), false);
	/* Borrowed, and the same each time. */
	assert_ptr_equal(
	    keyring_subkey(both, 0, "a"), keyring_subkey(both, 0, "a"));
	assert_ptr_not_equal(
	    keyring_subkey(both, 0, "a"), keyring_subkey(both, 1, "a"));
	buf_free(&old);
	buf_free(&fresh);
	keyring_free(one);
	keyring_free(two);
	keyring_free(both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
