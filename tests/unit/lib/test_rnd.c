/* Unit tests of lib/rnd.c. */
#include "rnd.h"

#include "lib_test.h"

static void
test_bytes(void **state)
{
	unsigned char a[1024], b[1024];
	size_t ones = 0;

	(void)state;
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	rnd_bytes(a, sizeof(a));
	rnd_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++) {
		for (int bit = 0; bit < 8; bit++)
			ones += a[i] >> bit & 1;
	}
	/* Eight standard deviations of 8192 fair coins. */
	assert_in_range(ones, 4096 - 362, 4096 + 362);
	rnd_bytes(a, 0);
}

/* getrandom(2) gives at most 32 MiB - 1 at once, and may be interrupted. */
static void
test_more_than_one_call_gives(void **state)
{
	size_t n = 40 << 20;
	unsigned char *p = calloc(n, 1);
	size_t zeros = 0;

	(void)state;
	assert_non_null(p);
	rnd_bytes(p, n);
	for (size_t i = n - 4096; i < n; i++)
		zeros += p[i] == 0;
	assert_true(zeros < 100);
	free(p);
}

static void
test_uuid(void **state)
{
	char a[RND_UUID_MAX], b[RND_UUID_MAX];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		rnd_uuid(a);
		rnd_uuid(b);
		assert_true(str_is_uuid(str_from(a)));
		assert_int_equal(a[14], '4');
		assert_non_null(strchr("89ab", a[19]));
		assert_string_not_equal(a, b);
	}
}

static void
test_token(void **state)
{
	char a[RND_TOKEN_MAX], b[RND_TOKEN_MAX];
	unsigned char raw[32];
	size_t n;

	(void)state;
	rnd_token(a);
	rnd_token(b);
	assert_int_equal(strlen(a), 43);
	assert_string_not_equal(a, b);
	assert_true(str_unb64u(str_from(a), raw, sizeof(raw), &n));
	assert_int_equal(n, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_more_than_one_call_gives),
	    cmocka_unit_test(test_uuid),
	    cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests_name("rnd", tests, NULL, NULL);
}
