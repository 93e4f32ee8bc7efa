/*
 * The circuit breaker around the sandbox, also shared by processes.
 */
#include "core_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "out/breaker.h"
#include "out/run.h"

static struct arena *arena;

static enum fail_code
enter(uint64_t *ticket)
{
	struct ctx ctx = {.arena = arena};
	enum fail_code rc = breaker_enter(&ctx, ticket);

	if (rc != FAIL_NONE)
		assert_in_range(ctx.fail.retry_after, 1, 30);
	return rc;
}

static enum breaker_state
state(void)
{
	struct breaker_report r;

	breaker_get(&r);
	return r.state;
}

static void
wait_until_due(void)
{
	struct breaker_report r;
	int64_t end = clock_mono_ms() + 20000;

	do {
		assert_true(clock_mono_ms() < end);
		(void)usleep(10000);
		breaker_get(&r);
	} while (r.retry_ms > 0);
}

static int
set_up(void **s)
{
	(void)s;
	arena = arena_new(1 << 20);
	breaker_init(3, 2);
	breaker_reset();
	return 0;
}

static int
tear_down(void **s)
{
	(void)s;
	arena_free(arena);
	return 0;
}

static void
test_opens_after_a_row(void **s)
{
	uint64_t t;

	(void)s;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
		/* An answer ends the row. */
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, true);
	}
	assert_int_equal(state(), BREAKER_CLOSED);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
	}
	assert_int_equal(state(), BREAKER_OPEN);
	assert_int_equal(enter(&t), FAIL_UNAVAILABLE);
}

static void
test_one_probe_decides(void **s)
{
	uint64_t t, probe;

	(void)s;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
	}
	/* What began before it opened does not close it, nor keep it open. */
	breaker_heard(t, true);
	breaker_heard(t, false);
	assert_int_equal(state(), BREAKER_OPEN);
	wait_until_due();
	assert_int_equal(enter(&probe), FAIL_NONE);
	assert_int_equal(state(), BREAKER_HALF_OPEN);
	assert_int_equal(enter(&t), FAIL_UNAVAILABLE);
	breaker_heard(probe, false);
	assert_int_equal(state(), BREAKER_OPEN);
	wait_until_due();
	/* A probe that tells nothing makes room for the next. */
	assert_int_equal(enter(&probe), FAIL_NONE);
	breaker_unheard(probe);
	assert_int_equal(state(), BREAKER_OPEN);
	assert_int_equal(enter(&probe), FAIL_NONE);
	breaker_heard(probe, true);
	assert_int_equal(state(), BREAKER_CLOSED);
	assert_int_equal(enter(&t), FAIL_NONE);
}

static void
test_a_reset_stays_one(void **s)
{
	uint64_t t[50];
	struct breaker_report r;

	(void)s;
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(enter(&t[i]), FAIL_NONE);
	breaker_reset();
	for (size_t i = 0; i < 50; i++)
		breaker_heard(t[i], false);
	breaker_get(&r);
	assert_int_equal(r.state, BREAKER_CLOSED);
	assert_int_equal(r.failures, 0);
	assert_true(r.last_failure_s > 0);
}

static void
test_zero_never_opens(void **s)
{
	uint64_t t;

	(void)s;
	breaker_init(0, 2);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
	}
	assert_int_equal(state(), BREAKER_CLOSED);
}

/* A tool that ends its own process must not take the others' runs away. */
static void
test_what_is_the_sandboxs_failure(void **s)
{
	static const struct {
		enum box_outcome outcome;
		uint64_t wall_us;
		bool opens;
	} all[] = {
	    {BOX_OUTCOME_FAILED, 0, true},
	    {BOX_OUTCOME_FAILED, 5000, false},
	    {BOX_OUTCOME_ERROR, 10, false},
	    {BOX_OUTCOME_INPUT, 10, false},
	    {BOX_OUTCOME_TIMEOUT, 1000000, false},
	    {BOX_OUTCOME_MEMORY, 10, false},
	    {BOX_OUTCOME_FORBIDDEN, 10, false},
	    {BOX_OUTCOME_CRASHED, 10, false},
	    {BOX_OUTCOME_CANCELLED, 0, false},
	    {BOX_OUTCOME_BUSY, 0, false},
	    {BOX_OUTCOME_RATE, 0, false},
	};

	(void)s;
	for (size_t i = 0; i < NELEM(all); i++) {
		breaker_reset();
		for (int n = 0; n < 3; n++) {
			struct run run = {
			    .exit = {.outcome = all[i].outcome,
				.wall_us = all[i].wall_us},
			    .lease.state = LEASE_NONE,
			};

			assert_int_equal(enter(&run.ticket), FAIL_NONE);
			breaker_judge(&run);
			breaker_judge(&run); /* told once */
		}
		assert_int_equal(state() == BREAKER_OPEN, all[i].opens);
	}
}

/* A process that was lent to a worker can say what it likes. */
static void
test_what_a_lent_process_says(void **s)
{
	(void)s;
	for (int n = 0; n < 10; n++) {
		struct run run = {
		    .exit = {.outcome = BOX_OUTCOME_FAILED},
		    .lease.state = LEASE_OVER,
		};

		assert_int_equal(enter(&run.ticket), FAIL_NONE);
		breaker_judge(&run);
	}
	assert_int_equal(state(), BREAKER_CLOSED);
}

/* As the workers do: whatever they do at once, the word stays whole. */
static void
test_shared_by_processes(void **s)
{
	uint64_t t;
	int status;
	pid_t pids[4];

	(void)s;
	for (size_t p = 0; p < NELEM(pids); p++) {
		pids[p] = fork();
		if (pids[p] != 0)
			continue;
		for (int i = 0; i < 20000; i++) {
			if (enter(&t) == FAIL_NONE)
				breaker_heard(t, i % 7 != 0);
			if (i % 1000 == 0)
				breaker_reset();
		}
		for (int i = 0; i < 3; i++) {
			breaker_reset();
			if (enter(&t) != FAIL_NONE)
				continue;
			breaker_heard(t, true);
		}
		_exit(0);
	}
	for (size_t p = 0; p < NELEM(pids); p++) {
		assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
		assert_int_equal(status, 0);
	}
	breaker_reset();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(enter(&t), FAIL_NONE);
		breaker_heard(t, false);
	}
	assert_int_equal(state(), BREAKER_OPEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_opens_after_a_row, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_one_probe_decides, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_reset_stays_one, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_zero_never_opens, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_what_is_the_sandboxs_failure, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_what_a_lent_process_says, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_shared_by_processes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
