/* Unit tests of sandboxd/pool_size.c: how many spares a server needs. */
#include "pool_size.h"

#include "box_test.h"

#define REFILL 20
#define MAX 8

static struct pool_size s;
static int64_t now;

static int
set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	now = 1000000;
	return 0;
}

/* Calls, one each `pause` ms. */
static void
call(unsigned n, int64_t pause)
{
	for (unsigned i = 0; i < n; i++) {
		pool_size_called(&s, now, REFILL);
		now += pause;
	}
}

static unsigned
want(unsigned max)
{
	return pool_size_want(&s, now, REFILL, max);
}

static void
test_in_use(void **state)
{
	(void)state;
	assert_false(pool_size_in_use(&s, now, 30000));
	call(1, 0);
	assert_true(pool_size_in_use(&s, now, 30000));
	assert_true(pool_size_in_use(&s, now + 29999, 30000));
	assert_false(pool_size_in_use(&s, now + 30000, 30000));
}

static void
test_rare_calls_need_one(void **state)
{
	(void)state;
	assert_int_equal(want(MAX), 1);
	call(20, 5000);
	assert_int_equal(want(MAX), 1);
}

/* One client, one call after the other, as fast as it goes. */
static void
test_steady(void **state)
{
	(void)state;
	call(500, 20);
	assert_int_equal(want(MAX), 2);
}

static void
test_burst(void **state)
{
	(void)state;
	call(5, 1);
	assert_int_equal(want(MAX), 5);
	/* It is remembered for some seconds, and fades. */
	now += 2000;
	assert_true(want(MAX) >= 3);
	now += 20000;
	assert_int_equal(want(MAX), 1);
}

static void
test_fast(void **state)
{
	(void)state;
	/* 200 calls a second, each process takes 20 ms to make: 4. */
	call(2000, 5);
	assert_in_range(pool_size_want(&s, now, REFILL, 64), 6, 9);
	/* Twice as long to make one: twice as many. */
	assert_in_range(pool_size_want(&s, now, 2 * REFILL, 64), 10, 14);
}

static void
test_bounds(void **state)
{
	(void)state;
	call(100000, 0);
	assert_int_equal(want(MAX), MAX);
	assert_int_equal(want(1), 1);
	assert_int_equal(want(64), 64);
	/* Forgotten, however long ago. */
	now += INT64_C(1) << 40;
	assert_int_equal(want(MAX), 1);
}

static void
test_unknown_refill_time(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		pool_size_called(&s, now, 0);
	assert_int_equal(pool_size_want(&s, now, 0, MAX), 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_in_use),
	    TEST(test_rare_calls_need_one),
	    TEST(test_steady),
	    TEST(test_burst),
	    TEST(test_fast),
	    TEST(test_bounds),
	    TEST(test_unknown_refill_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
