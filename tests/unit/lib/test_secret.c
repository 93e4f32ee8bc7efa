/* Unit tests of lib/secret.c. */
#include "secret.h"

#include "lib_test.h"

#include <signal.h>
#include <stdio.h>

static void
test_copy(void **state)
{
	char text[] = "hunter2";
	struct secret *s = secret_new(text, 7);

	(void)state;
	memset(text, 'x', 7);
	assert_str_is(secret_view(s), "hunter2");
	assert_int_equal(secret_view(s).p[7], '\0');
	secret_free(s);
	secret_free(NULL);
}

static void
test_every_length(void **state)
{
	static unsigned char bytes[SECRET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31);
	for (size_t n = 0; n <= SECRET_MAX; n += n < 300 ? 1 : 4093) {
		struct secret *s = secret_new(n > 0 ? bytes : NULL, n);

		assert_int_equal(secret_view(s).n, n);
		assert_memory_equal(secret_view(s).p, bytes, n);
		assert_int_equal(secret_view(s).p[n], '\0');
		secret_free(s);
	}
	secret_free(secret_new(bytes, SECRET_MAX));
}

static void
too_long(void)
{
	(void)secret_new("x", SECRET_MAX + 1);
}

static volatile char sink;

static void
overrun(void)
{
	struct str s = secret_view(secret_new("abc", 3));

	sink = s.p[s.n + 1];
}

static void
use_after_free(void)
{
	struct secret *secret = secret_new("abc", 3);
	struct str s = secret_view(secret);

	secret_free(secret);
	sink = s.p[0];
}

static void
test_faults(void **state)
{
	(void)state;
	assert_aborts(too_long);
	/* The sanitizer turns the signal into an exit: either way, dead. */
	(void)signal(SIGSEGV, SIG_DFL);
	assert_int_not_equal(run_child(overrun), 0);
	assert_int_not_equal(run_child(use_after_free), 0);
}

/* The mapping is marked as not to be dumped ("dd" in smaps). */
static void
test_not_in_core_dumps(void **state)
{
	struct secret *s = secret_new("abc", 3);
	uintptr_t at = (uintptr_t)s;
	bool inside = false, dontdump = false;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = at >= from && at < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			dontdump = strstr(line, " dd") != NULL;
	}
	(void)fclose(f);
	assert_true(dontdump);
	secret_free(s);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(secret_equal(STR_LIT("abc"), STR_LIT("abc")));
	assert_false(secret_equal(STR_LIT("abc"), STR_LIT("abd")));
	assert_false(secret_equal(STR_LIT("xbc"), STR_LIT("abc")));
	assert_false(secret_equal(STR_LIT("abc"), STR_LIT("ab")));
	assert_false(secret_equal(STR_LIT("ab"), STR_LIT("abc")));
	assert_true(secret_equal(STR_NONE, STR_LIT("")));
	assert_false(secret_equal(STR_LIT("\0"), STR_LIT("")));
	/* Each bit of each byte counts. */
	for (unsigned bit = 0; bit < 64; bit++) {
		char a[8] = "12345678", b[8] = "12345678";

		b[bit / 8] = (char)(b[bit / 8] ^ (1 << bit % 8));
		assert_false(
		    secret_equal((struct str){a, 8}, (struct str){b, 8}));
	}
}

static void
test_wipe(void **state)
{
	char a[16];

	(void)state;
	memset(a, 'x', sizeof(a));
	secret_wipe(a, 15);
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(a[i], 0);
	assert_int_equal(a[15], 'x');
	secret_wipe(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_copy),
	    cmocka_unit_test(test_every_length),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_not_in_core_dumps),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
