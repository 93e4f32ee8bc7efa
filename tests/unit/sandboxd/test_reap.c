/* Unit tests of sandboxd/reap.c: how a run ended, from facts. */
#include "reap.h"

#include <signal.h>

#include "box_test.h"

#define EXITED(code) ((code) << 8)
#define KILLED(sig) (sig)

static void
test_classes(void **state)
{
	/* clang-format off */
	static const struct {
		struct reap_facts facts;
		enum box_outcome outcome;
		uint32_t sig, status;
	} rows[] = {
		/* what we did goes before what the kernel says */
		{{REAP_DEADLINE, KILLED(SIGKILL), 0, 10, false}, BOX_OUTCOME_TIMEOUT, SIGKILL, 0},
		{{REAP_DEADLINE, EXITED(3), 0, 10, true}, BOX_OUTCOME_TIMEOUT, 0, 3},
		{{REAP_CANCEL, KILLED(SIGKILL), 99, 10, false}, BOX_OUTCOME_CANCELLED, SIGKILL, 0},
		{{REAP_OUTPUT, KILLED(SIGKILL), 99, 10, true}, BOX_OUTCOME_OUTPUT, SIGKILL, 0},
		{{REAP_OUTPUT, KILLED(SIGSYS), 0, 10, false}, BOX_OUTCOME_OUTPUT, SIGSYS, 0},
		/* its own end */
		{{REAP_NOT_US, KILLED(SIGSYS), 0, 10, false}, BOX_OUTCOME_FORBIDDEN, SIGSYS, 0},
		{{REAP_NOT_US, KILLED(SIGKILL), 10, 10, false}, BOX_OUTCOME_CPU, SIGKILL, 0},
		{{REAP_NOT_US, KILLED(SIGKILL), 11, 10, true}, BOX_OUTCOME_CPU, SIGKILL, 0},
		{{REAP_NOT_US, KILLED(SIGXCPU), 0, 10, false}, BOX_OUTCOME_CPU, SIGXCPU, 0},
		{{REAP_NOT_US, KILLED(SIGKILL), 9, 10, true}, BOX_OUTCOME_MEMORY, SIGKILL, 0},
		{{REAP_NOT_US, KILLED(SIGKILL), 9, 10, false}, BOX_OUTCOME_FAILED, SIGKILL, 0},
		{{REAP_NOT_US, KILLED(SIGSEGV), 0, 10, true}, BOX_OUTCOME_CRASHED, SIGSEGV, 0},
		{{REAP_NOT_US, KILLED(SIGBUS), 0, 10, false}, BOX_OUTCOME_CRASHED, SIGBUS, 0},
		{{REAP_NOT_US, KILLED(SIGABRT), 0, 10, false}, BOX_OUTCOME_CRASHED, SIGABRT, 0},
		{{REAP_NOT_US, KILLED(SIGFPE), 0, 10, false}, BOX_OUTCOME_CRASHED, SIGFPE, 0},
		{{REAP_NOT_US, KILLED(SIGTERM), 0, 10, false}, BOX_OUTCOME_CRASHED, SIGTERM, 0},
		{{REAP_NOT_US, EXITED(0), 0, 10, false}, BOX_OUTCOME_EXITED, 0, 0},
		{{REAP_NOT_US, EXITED(7), 99, 10, true}, BOX_OUTCOME_EXITED, 0, 7},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		uint32_t sig = 1000, status = 1000;

		assert_int_equal(reap_classify(&rows[i].facts, &sig, &status),
		    rows[i].outcome);
		assert_int_equal(sig, rows[i].sig);
		assert_int_equal(status, rows[i].status);
	}
}

static void
test_core_bit_is_no_status(void **state)
{
	struct reap_facts f = {
	    REAP_NOT_US, KILLED(SIGSEGV) | 0x80, 0, 1, false};
	uint32_t sig, status;

	(void)state;
	assert_int_equal(reap_classify(&f, &sig, &status), BOX_OUTCOME_CRASHED);
	assert_int_equal(sig, SIGSEGV);
	assert_int_equal(status, 0);
}

static void
test_unexplained(void **state)
{
	struct reap_facts f = {REAP_NOT_US, KILLED(SIGKILL), 9, 10, false};

	(void)state;
	assert_true(reap_unexplained(&f));
	f.cpu_us = 10;
	assert_false(reap_unexplained(&f));
	f = (struct reap_facts){REAP_DEADLINE, KILLED(SIGKILL), 9, 10, false};
	assert_false(reap_unexplained(&f));
	f = (struct reap_facts){REAP_NOT_US, KILLED(SIGSEGV), 9, 10, false};
	assert_false(reap_unexplained(&f));
	f = (struct reap_facts){REAP_NOT_US, EXITED(9), 9, 10, false};
	assert_false(reap_unexplained(&f));
}

static void
test_usage(void **state)
{
	uint64_t cpu = 0, rss = 0, all = 0;
	volatile unsigned sum = 0;

	(void)state;
	while (cpu < 20000) {
		for (unsigned i = 0; i < 1000000; i++)
			sum += i;
		reap_usage((int)getpid(), false, &cpu, &rss);
	}
	assert_true(rss > 100 || sum == 1);
	reap_usage((int)getpid(), true, &all, &rss);
	assert_true(all >= cpu);
	/* Nobody has this number. */
	reap_usage(0x7ffffff0, true, &cpu, &rss);
	assert_int_equal(cpu, 0);
	assert_int_equal(rss, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_core_bit_is_no_status),
	    cmocka_unit_test(test_unexplained),
	    cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
