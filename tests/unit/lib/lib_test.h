/*
 * lib_test.h: what every unit test of lib/ needs.
 */
#ifndef MCPBOX_LIB_TEST_H
#define MCPBOX_LIB_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#undef fail /* ours is fail.h; see fail_test */

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attr.h"
#include "str.h"

/* Fails the test with a message; cmocka's fail_msg needs its own fail. */
#define fail_test(...)                                                         \
	do {                                                                   \
		print_error(__VA_ARGS__);                                      \
		print_error("\n");                                             \
		_fail(__FILE__, __LINE__);                                     \
	} while (0)

/* Runs fn in a child with standard error silenced; its wait status. */
ATTR_UNUSED static int
run_child(void (*fn)(void))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDERR_FILENO);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define assert_aborts(fn)                                                      \
	do {                                                                   \
		int status_ = run_child(fn);                                   \
		assert_true(WIFSIGNALED(status_));                             \
		assert_int_equal(WTERMSIG(status_), SIGABRT);                  \
	} while (0)

#define assert_exits(fn, code)                                                 \
	do {                                                                   \
		int status_ = run_child(fn);                                   \
		assert_true(WIFEXITED(status_));                               \
		assert_int_equal(WEXITSTATUS(status_), (code));                \
	} while (0)

#define assert_str_is(s, want)                                                 \
	do {                                                                   \
		struct str s_ = (s);                                           \
		assert_int_equal(s_.n, strlen(want));                          \
		if (s_.n > 0)                                                  \
			assert_memory_equal(s_.p, (want), s_.n);               \
	} while (0)

/* Repeatable pseudo-random numbers (xorshift64*), for property loops. */
ATTR_UNUSED static uint64_t
next_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

#endif
