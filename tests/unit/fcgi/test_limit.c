/*
 * Token buckets, also shared by processes.
 */
#include "core_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/limit.h"

static void
test_burst_then_empty(void **state)
{
	struct limit_state s;
	int retry = 0;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		assert_true(limit_check("a", STR_LIT("x"), 1, 5, &s));
		assert_int_equal(s.limit, 5);
		assert_int_equal(s.remaining, 4 - i);
		assert_int_equal(s.retry_after, 0);
	}
	assert_false(limit_take("a", STR_LIT("x"), 1, 5, &retry));
	/* One a minute: the next is nearly a minute off. */
	assert_in_range(retry, 55, 60);
	/* Others are others. */
	assert_true(limit_take("a", STR_LIT("y"), 1, 5, &retry));
	assert_true(limit_take("b", STR_LIT("x"), 1, 5, &retry));
}

static void
test_refill(void **state)
{
	int retry = 0, tries = 0;

	(void)state;
	/* 60 000 a minute: one a millisecond. */
	while (limit_take("fast", STR_LIT("x"), 60000, 2, &retry))
		assert_in_range(++tries, 1, 100000);
	assert_int_equal(retry, 1);
	for (tries = 0; !limit_take("fast", STR_LIT("x"), 60000, 2, &retry);)
		assert_in_range(++tries, 1, 100000000);
}

static void
test_shared_by_processes(void **state)
{
	int retry, status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		for (int i = 0; i < 3; i++) {
			if (!limit_take("shared", STR_LIT("x"), 1, 3, &retry))
				_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(limit_take("shared", STR_LIT("x"), 1, 3, &retry));
}

/* Far more keys than slots: old ones are forgotten, nothing breaks. */
static void
test_many_keys(void **state)
{
	char name[32];
	int retry;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		int n = snprintf(name, sizeof(name), "key %d", i);

		assert_true(limit_take(
		    "many", (struct str){name, (size_t)n}, 1, 1, &retry));
	}
	/* The newest are still known. */
	assert_false(limit_take("many", STR_LIT("key 199999"), 1, 1, &retry));
}

/* A file of the instance: what was taken is taken after a restart, too. */
static void
test_survives_a_restart(void **state)
{
	char home[] = "/tmp/mcpbox-limit-XXXXXX";
	char path[64];
	struct limit_state s;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(home));
	(void)snprintf(path, sizeof(path), "%s/run", home);
	assert_int_equal(mkdir(path, 0700), 0);
	limit_init(home);
	assert_true(limit_check("a", STR_LIT("x"), 1, 2, &s));
	assert_true(limit_check("a", STR_LIT("x"), 1, 2, &s));
	limit_init(home);
	assert_false(limit_check("a", STR_LIT("x"), 1, 2, &s));
	/* One that is not ours is made anew. */
	(void)snprintf(path, sizeof(path), "%s/run/limits.map", home);
	f = fopen(path, "r+");
	assert_non_null(f);
	(void)fputs("garbage!", f);
	assert_int_equal(fclose(f), 0);
	limit_init(home);
	assert_true(limit_check("a", STR_LIT("x"), 1, 2, &s));
	/* Without a folder it counts in memory. */
	(void)snprintf(path, sizeof(path), "%s/run/limits.map", home);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/run", home);
	assert_int_equal(rmdir(path), 0);
	limit_init(home);
	assert_int_equal(rmdir(home), 0);
	assert_true(limit_check("a", STR_LIT("x"), 1, 1, &s));
	assert_false(limit_check("a", STR_LIT("x"), 1, 1, &s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_burst_then_empty),
	    cmocka_unit_test(test_refill),
	    cmocka_unit_test(test_shared_by_processes),
	    cmocka_unit_test(test_many_keys),
	    cmocka_unit_test(test_survives_a_restart),
	};

	limit_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
