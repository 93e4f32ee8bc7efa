/*
 * What a run is bounded by: its own, the instance's, never over the maximum.
 */
#include "core_test.h"

#include "noun/limits.h"
#include "settings.h"

#define SET(n)                                                                 \
	(struct opt_int)                                                       \
	{                                                                      \
		.given = true, .v = (n)                                        \
	}

static const struct settings settings = {
    .memory_mib = 256,
    .memory_mib_max = 1024,
    .cpu_ms = 0,
    .cpu_ms_max = 60000,
    .result_kib = 1024,
    .result_kib_max = 4096,
    .output_kib = 256,
    .output_kib_max = 1024,
    .run_threads = 2,
    .run_threads_max = 8,
    .requests = 100,
    .requests_max = 1000,
    .transfer_kib = 1024,
    .transfer_kib_max = 262144,
    .server_concurrency = 3,
    .server_rate = 60,
};

static struct box_limits
bounds(const struct limit_values *own, int64_t wall_ms)
{
	struct ctx *ctx = test_ctx();
	struct box_limits out;

	ctx->settings = &settings;
	limits_for_run(ctx, own, wall_ms, &out);
	return out;
}

static void
test_defaults(void **state)
{
	struct limit_values none = {.cpu_ms = {.given = false}};
	struct box_limits b = bounds(&none, 30000);

	(void)state;
	assert_int_equal(b.wall_ms, 30000);
	assert_int_equal(b.cpu_ms, 60000); /* two threads for the whole time */
	assert_int_equal(b.memory, (uint64_t)256 * 1024 * 1024);
	assert_int_equal(b.result, 1024 * 1024);
	assert_int_equal(b.output, 256 * 1024);
	assert_int_equal(b.threads, 2);
	assert_int_equal(b.requests, 100);
	assert_int_equal(b.transfer, 1024 * 1024);
	assert_int_equal(b.concurrency, 3);
	assert_int_equal(b.rate, 60);
}

static void
test_own(void **state)
{
	struct limit_values own = {
	    .memory_mib = SET(64),
	    .cpu_ms = SET(500),
	    .result_kib = SET(1),
	    .output_kib = SET(2),
	    .threads = SET(1),
	    .requests = SET(0),
	    .transfer_kib = SET(0),
	    .concurrency = SET(0),
	    .rate_per_minute = SET(0),
	};
	struct box_limits b = bounds(&own, 1000);

	(void)state;
	assert_int_equal(b.cpu_ms, 500);
	assert_int_equal(b.memory, 64 * 1024 * 1024);
	assert_int_equal(b.result, 1024);
	assert_int_equal(b.output, 2048);
	assert_int_equal(b.threads, 1);
	assert_int_equal(b.requests, 0);
	assert_int_equal(b.transfer, 0);
	assert_int_equal(b.concurrency, 0);
	assert_int_equal(b.rate, 0);
}

static void
test_maximum(void **state)
{
	struct limit_values own = {
	    .memory_mib = SET(65536),
	    .cpu_ms = SET(300000),
	    .result_kib = SET(8192),
	    .threads = SET(64),
	    .transfer_kib = SET(1048576),
	    .concurrency = SET(900),
	};
	struct box_limits b = bounds(&own, 300000);

	(void)state;
	assert_int_equal(b.memory, (uint64_t)1024 * 1024 * 1024);
	assert_int_equal(b.cpu_ms, 60000);
	assert_int_equal(b.result, 4096 * 1024);
	assert_int_equal(b.threads, 8);
	assert_int_equal(b.transfer, (uint64_t)262144 * 1024);
	assert_int_equal(b.concurrency, 900); /* has no maximum */
}

/* What the settings allow can be sent: lib/box.h takes it. */
static void
test_fits_the_wire(void **state)
{
	struct limit_values own = {.threads = SET(1), .memory_mib = SET(16)};
	struct box_run run = {
	    .kind = BOX_KIND_CALL,
	    .env = STR_LIT("0f8fad5b-d9cb-469f-a165-70867728950e"),
	    .tool = STR_LIT("a__b"),
	    .trace = STR_LIT("t"),
	    .code = STR_LIT("x"),
	    .args = STR_LIT("{}"),
	    .limits = bounds(&own, 300000),
	};
	struct box_run again;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	box_run_encode(&b, &run);
	assert_true(box_run_decode(buf_str(&b), &again));
	assert_int_equal(again.limits.cpu_ms, 300000);
	assert_int_equal(again.limits.concurrency, 3);
	box_run_free(&again);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_maximum),
	    cmocka_unit_test(test_fits_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
