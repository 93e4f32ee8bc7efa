/* Unit tests of lib/clock.c. */
#include "clock.h"

#include "lib_test.h"

#include <time.h>

static void
test_mono(void **state)
{
	int64_t last = clock_mono_ns();
	int64_t ms = clock_mono_ms();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_mono_ns();

		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_mono_ms() >= ms);
	/* The same clock in two units. */
	assert_true(clock_mono_ms() - last / 1000000 < 10000);
}

static void
test_wall(void **state)
{
	time_t before = time(NULL);
	int64_t s = clock_wall_s();
	int64_t ms = clock_wall_ms();

	(void)state;
	assert_true(s >= before - 1 && s <= before + 60);
	assert_true(ms / 1000 >= s && ms / 1000 <= s + 60);
}

static void
test_rfc3339(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
	    {0, "1970-01-01T00:00:00.000Z"},
	    {1, "1970-01-01T00:00:00.001Z"},
	    {-1, "1969-12-31T23:59:59.999Z"},
	    {-1000, "1969-12-31T23:59:59.000Z"},
	    {-1001, "1969-12-31T23:59:58.999Z"},
	    {951782400000, "2000-02-29T00:00:00.000Z"},
	    {1785240000123, "2026-07-28T12:00:00.123Z"},
	    {2147483648000, "2038-01-19T03:14:08.000Z"},
	    {253402300799999, "9999-12-31T23:59:59.999Z"},
	    /* Beyond what the format knows: the nearest that it knows. */
	    {253402300800000, "9999-12-31T23:59:59.999Z"},
	    {INT64_MAX, "9999-12-31T23:59:59.999Z"},
	    {-62167219200000, "0000-01-01T00:00:00.000Z"},
	    {INT64_MIN, "0000-01-01T00:00:00.000Z"},
	};
	char out[CLOCK_RFC3339_MAX];

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		clock_rfc3339(cases[i].ms, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
test_rfc3339_ignores_the_time_zone(void **state)
{
	char out[CLOCK_RFC3339_MAX];

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	clock_rfc3339(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000Z");
	assert_int_equal(unsetenv("TZ"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mono),
	    cmocka_unit_test(test_wall),
	    cmocka_unit_test(test_rfc3339),
	    cmocka_unit_test(test_rfc3339_ignores_the_time_zone),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
