/* Unit tests of sandboxd/bucket.c: so many in a minute. */
#include "bucket.h"

#include "box_test.h"

static bool
take(struct bucket *b, uint32_t rate, int64_t now_ms)
{
	if (bucket_wait(b, rate, now_ms) > 0)
		return false;
	bucket_take(b, rate);
	return true;
}

static unsigned
take_all(struct bucket *b, uint32_t rate, int64_t now_ms)
{
	unsigned n = 0;

	while (n < 100000 && take(b, rate, now_ms))
		n++;
	return n;
}

static void
test_burst_then_one_by_one(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_int_equal(take_all(&b, 6, 1000000), 6);
	/* One each ten seconds; it says when. */
	assert_int_equal(bucket_wait(&b, 6, 1000000), 10000);
	assert_int_equal(bucket_wait(&b, 6, 1009000), 1000);
	assert_int_equal(take_all(&b, 6, 1009999), 0);
	assert_int_equal(take_all(&b, 6, 1010000), 1);
	assert_int_equal(take_all(&b, 6, 1040000), 3);
	/* Never more than a minute's. */
	assert_int_equal(take_all(&b, 6, 9000000), 6);
}

static void
test_no_limit(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_int_equal(take_all(&b, 0, 1000), 100000);
	/* And it says nothing about the limit that others have. */
	assert_int_equal(take_all(&b, 2, 1000), 2);
	assert_true(take(&b, 0, 1000));
	assert_int_equal(take_all(&b, 2, 1000), 0);
}

static void
test_any_rate(void **state)
{
	static const uint32_t rates[] = {1, 7, 60, 1000, 99999, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < NELEM(rates); i++) {
		struct bucket b = {0};
		uint32_t rate = rates[i];
		int64_t now = INT64_C(1) << 40;
		unsigned n = take_all(&b, rate, now);

		assert_int_equal(n, rate < 100000 ? rate : 100000);
		if (n < 100000) {
			uint32_t ms = bucket_wait(&b, rate, now);

			assert_true(ms > 0 && ms <= 60000);
			assert_true(take(&b, rate, now + ms));
			assert_int_equal(
			    take_all(&b, rate, now + 1000000), rate);
		}
	}
}

static void
test_new_rate(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_int_equal(take_all(&b, 10, 5000), 10);
	/* What was taken stays taken: 20 a minute, 10 of them are gone. */
	assert_int_equal(take_all(&b, 20, 5000), 10);
	assert_int_equal(take_all(&b, 5, 5000), 0);
	assert_true(bucket_wait(&b, 5, 5000) > 0);
	assert_int_equal(take_all(&b, 5, 65000), 5);
}

static void
test_return(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_int_equal(take_all(&b, 3, 1000), 3);
	bucket_return(&b, 3);
	assert_int_equal(take_all(&b, 3, 1000), 1);
	/* A full one stays full. */
	assert_int_equal(bucket_wait(&b, 3, 200000), 0);
	bucket_return(&b, 3);
	assert_int_equal(take_all(&b, 3, 200000), 3);
}

static void
test_full(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_true(bucket_full(&b, 77));
	assert_true(take(&b, 60, 1000));
	assert_false(bucket_full(&b, 1999));
	assert_true(bucket_full(&b, 2000));
}

/* A clock that stands still or goes back gives nothing and breaks nothing. */
static void
test_clock(void **state)
{
	struct bucket b = {0};

	(void)state;
	assert_int_equal(take_all(&b, 4, 100000), 4);
	assert_int_equal(take_all(&b, 4, 100000), 0);
	assert_int_equal(take_all(&b, 4, 50), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_burst_then_one_by_one),
	    cmocka_unit_test(test_no_limit),
	    cmocka_unit_test(test_any_rate),
	    cmocka_unit_test(test_new_rate),
	    cmocka_unit_test(test_return),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
