/* Unit tests of fcgi/noun/totp.c. */
#include "noun/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The key of RFC 6238 appendix B for SHA-1. */
#define KEY STR_LIT("12345678901234567890")

static void
test_rfc6238_appendix_b(void **state)
{
	static const struct {
		int64_t time;
		uint32_t code;
	} vectors[] = {
	    {59, 94287082},
	    {1111111109, 7081804},
	    {1111111111, 14050471},
	    {1234567890, 89005924},
	    {2000000000, 69279037},
	    {20000000000, 65353130},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(vectors); i++) {
		int64_t step = vectors[i].time / TOTP_STEP_S;

		assert_int_equal(totp_code(KEY, step, 8), vectors[i].code);
		assert_int_equal(
		    totp_code(KEY, step, 6), vectors[i].code % 1000000);
	}
}

/* RFC 4226 appendix D: the same codes by counter. */
static void
test_rfc4226_appendix_d(void **state)
{
	static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
	    254676, 287922, 162583, 399871, 520489};

	(void)state;
	for (size_t i = 0; i < NELEM(codes); i++)
		assert_int_equal(totp_code(KEY, (int64_t)i, 6), codes[i]);
}

static bool
match(int64_t now, const char *code, int64_t *step)
{
	return totp_match(KEY, now, str_from(code), step);
}

static void
test_window(void **state)
{
	int64_t step;

	(void)state;
	/* 94287082 at 59 s: step 1. */
	assert_true(match(59, "287082", &step));
	assert_int_equal(step, 1);
	assert_true(match(0, "287082", &step)); /* one early */
	assert_int_equal(step, 1);
	assert_true(match(89, "287082", &step)); /* one late */
	assert_false(match(90, "287082", &step));
	assert_int_equal(step, 0);
	assert_true(match(59, "287 082", &step));
}

static void
test_what_is_no_code(void **state)
{
	static const char *const bad[] = {"", "28708", "2870820", "28708a",
	    "-87082", "287082\n", "94287082", "      "};
	int64_t step;

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_false(match(59, bad[i], &step));
}

/* RFC 4648 section 10, without the padding. */
static void
test_base32(void **state)
{
	static const struct {
		const char *in, *out;
	} vectors[] = {
	    {"", ""},
	    {"f", "MY"},
	    {"fo", "MZXQ"},
	    {"foo", "MZXW6"},
	    {"foob", "MZXW6YQ"},
	    {"fooba", "MZXW6YTB"},
	    {"foobar", "MZXW6YTBOI"},
	};
	char out[TOTP_BASE32_MAX(6)];
	uint8_t in[6];

	(void)state;
	for (size_t i = 0; i < NELEM(vectors); i++) {
		size_t n = strlen(vectors[i].in);

		memcpy(in, vectors[i].in, n);
		totp_base32(in, n, out);
		assert_string_equal(out, vectors[i].out);
	}
}

static void
test_recovery_codes(void **state)
{
	char one[TOTP_RECOVERY_MAX], two[TOTP_RECOVERY_MAX], loud[32];
	uint8_t a[CRYPT_SHA256_LEN], b[CRYPT_SHA256_LEN];
	size_t n = 0;

	(void)state;
	totp_recovery_make(one);
	totp_recovery_make(two);
	assert_int_equal(strlen(one), 19);
	assert_string_not_equal(one, two);
	for (size_t i = 0; one[i] != '\0'; i++) {
		char c = one[i];

		assert_true((i + 1) % 5 == 0
			? c == '-'
			: (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'));
		if (c == '-')
			loud[n++] = ' ';
		else
			loud[n++] = c >= 'a' ? (char)(c - 'a' + 'A') : c;
	}
	loud[n] = '\0';
	assert_true(totp_recovery_hash(str_from(one), a));
	assert_true(totp_recovery_hash(str_from(loud), b));
	assert_memory_equal(a, b, sizeof(a));
	assert_true(totp_recovery_hash(str_from(two), b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
test_what_is_no_recovery_code(void **state)
{
	static const char *const bad[] = {"", "287082", "abcd-efgh-ijkl-mno",
	    "abcd-efgh-ijkl-mnopq", "abcd-efgh-ijkl-mno1", "é"};
	uint8_t hash[CRYPT_SHA256_LEN];

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_false(totp_recovery_hash(str_from(bad[i]), hash));
	/* A NUL is in no alphabet. */
	assert_false(
	    totp_recovery_hash((struct str){"abcd-efgh-ijkl-mno\0", 19}, hash));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc6238_appendix_b),
	    cmocka_unit_test(test_rfc4226_appendix_d),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_what_is_no_code),
	    cmocka_unit_test(test_base32),
	    cmocka_unit_test(test_recovery_codes),
	    cmocka_unit_test(test_what_is_no_recovery_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
