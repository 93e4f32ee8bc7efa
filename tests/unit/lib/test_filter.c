/*
 * Unit tests of lib/filter.c: each filter is loaded into a child, which then
 * makes raw system calls and reports by its exit status.
 */
#include "filter.h"

#include "lib_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const struct filter_rule base[] = {
    {"exit_group", FILTER_ALLOW, 0, {{0}}},
    {"getpid", FILTER_ALLOW, 0, {{0}}},
    {"no_such_call_anywhere", FILTER_ALLOW, 0, {{0}}},
    {"socketcall", FILTER_ALLOW, 0, {{0}}}, /* of i386, not of x86-64 */
    {"ptrace", FILTER_KILL, 0, {{0}}},
    {.call = NULL},
};

static const struct filter_rule more[] = {
    {"getpid", FILTER_ALLOW, 0, {{0}}}, /* said twice: no contradiction */
    {"getppid", FILTER_ERRNO, EACCES, {{0}}},
    {"clone3", FILTER_ERRNO, ENOSYS, {{0}}},
    {"mprotect", FILTER_ALLOW, 0, {{2, FILTER_MASKED, 0, PROT_EXEC}}},
    {"mprotect", FILTER_ERRNO, EACCES,
	{{2, FILTER_MASKED, PROT_EXEC, PROT_EXEC}}},
    {"tgkill", FILTER_ALLOW, 0,
	{{0, FILTER_EQ, 0x100000001, 0}, {2, FILTER_EQ, 0, 0}}},
    {"lseek", FILTER_ERRNO, EPERM, {{2, FILTER_NE, 5, 0}}},
    {.call = NULL},
};

static const struct filter_rule *const tables[] = {base, more, NULL};

static struct filter *filter;

static int
build(void **state)
{
	const char *why = "not set";

	(void)state;
	filter = filter_build(tables, &why);
	return filter != NULL && why == NULL ? 0 : -1;
}

static int
drop(void **state)
{
	(void)state;
	filter_free(filter);
	filter_free(NULL);
	return 0;
}

/* Loads, makes one call, exits with errno (0 for success). */
static void
call(long nr, long a, long b, long c)
{
	long rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(filter) != 0)
		_exit(200);
	errno = 0;
	rc = syscall(nr, a, b, c);
	(void)syscall(SYS_exit_group, rc < 0 ? errno : 0);
}

#define CALL(name, nr, a, b, c)                                                \
	static void name(void)                                                 \
	{                                                                      \
		call((nr), (a), (b), (c));                                     \
	}

CALL(allowed, SYS_getpid, 0, 0, 0)
CALL(refused, SYS_getppid, 0, 0, 0)
CALL(unlisted, SYS_getuid, 0, 0, 0)
CALL(listed_kill, SYS_ptrace, 0, 0, 0)
CALL(no_such_number, 100000, 0, 0, 0)
CALL(hidden_flags, SYS_clone3, 0, 0, 0)
CALL(protect_read, SYS_mprotect, 0, 0, PROT_READ)
CALL(protect_exec, SYS_mprotect, 0, 0, PROT_READ | PROT_EXEC)
CALL(kill_wide, SYS_tgkill, 0x100000001, 0, 0)
CALL(kill_narrow, SYS_tgkill, 1, 0, 0)
CALL(kill_other, SYS_tgkill, 0x100000001, 0, 9)
CALL(seek_differs, SYS_lseek, 1, 0, 4)
CALL(seek_equals, SYS_lseek, 1, 0, 5)
#ifdef __x86_64__
CALL(x32, 0x40000000 + SYS_getpid, 0, 0, 0)
#endif

#define assert_killed(fn)                                                      \
	do {                                                                   \
		int status_ = run_child(fn);                                   \
		assert_true(WIFSIGNALED(status_));                             \
		assert_int_equal(WTERMSIG(status_), SIGSYS);                   \
	} while (0)

static void
test_actions(void **state)
{
	(void)state;
	assert_exits(allowed, 0);
	assert_exits(refused, EACCES);
	assert_exits(hidden_flags, ENOSYS);
	assert_killed(unlisted);
	assert_killed(listed_kill);
	assert_killed(no_such_number);
}

static void
test_arguments(void **state)
{
	(void)state;
	assert_exits(protect_read, 0);
	assert_exits(protect_exec, EACCES);
	assert_exits(kill_wide, EINVAL); /* allowed; no thread 0 */
	assert_killed(kill_narrow);      /* all 64 bits are compared */
	assert_killed(kill_other);       /* both conditions count */
	assert_exits(seek_differs, EPERM);
	assert_killed(seek_equals);
}

#ifdef __x86_64__
static void
i386(void)
{
	long rc = 20; /* getpid of i386 */

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(filter) != 0)
		_exit(200);
	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
	(void)syscall(SYS_exit_group, 0);
}

static void
test_other_architectures(void **state)
{
	int status;

	(void)state;
	assert_killed(x32);
	status = run_child(i386);
	/* A kernel without i386 calls faults instead: dead either way. */
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}
#endif

static void
without_no_new_privs(void)
{
	/* Root may load without: be nobody. */
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		_exit(2);
	_exit(filter_load(filter) == -1 && errno == EACCES ? 0 : 1);
}

static void
test_load(void **state)
{
	(void)state;
	assert_true(filter_len(filter) > 10);
	assert_true(filter_len(filter) < 200);
	assert_exits(without_no_new_privs, 0);
}

/* Each is refused, beside `base`, with a reason that says why. */
/* clang-format off */
static const struct {
	const char *why;
	struct filter_rule rules[3];
} bad[] = {
	{"contradicts", {{"getpid", FILTER_ERRNO, EPERM, {{0}}}}},
	{"contradicts", {{"ptrace", FILTER_ALLOW, 0, {{0}}}}},
	{"contradicts", {{"getpid", FILTER_ERRNO, EPERM, {{0, FILTER_EQ, 1, 0}}}}},
	{"contradicts", {{"read", FILTER_ERRNO, EPERM, {{0}}},
			 {"read", FILTER_ERRNO, EACCES, {{0}}}}},
	{"contradicts", {{"read", FILTER_ALLOW, 0, {{0, FILTER_EQ, 1, 0}}},
			 {"read", FILTER_ERRNO, EPERM, {{0}}}}},
	{"conditional kill", {{"read", FILTER_KILL, 0, {{0, FILTER_EQ, 1, 0}}}}},
	{"errno", {{"read", FILTER_ERRNO, 0, {{0}}}}},
	{"errno", {{"read", FILTER_ERRNO, 5000, {{0}}}}},
	/* No argument 7; and libseccomp tests an argument once only. */
	{"libseccomp", {{"read", FILTER_ALLOW, 0, {{7, FILTER_EQ, 1, 0}}}}},
	{"libseccomp", {{"read", FILTER_ALLOW, 0,
			 {{0, FILTER_NE, 1, 0}, {0, FILTER_NE, 2, 0}}}}},
};
/* clang-format on */

static void
test_bad_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		const struct filter_rule *list[] = {base, bad[i].rules, NULL};
		const char *why = NULL;

		assert_null(filter_build(list, &why));
		assert_non_null(why);
		if (strstr(why, bad[i].why) == NULL)
			fail_test("case %zu: %s", i, why);
		assert_null(filter_build(list, NULL));
	}
}

static void
test_empty(void **state)
{
	const struct filter_rule none[] = {{.call = NULL}};
	const struct filter_rule *list[] = {none, NULL};
	struct filter *f;

	(void)state;
	f = filter_build(list, NULL);
	assert_non_null(f);
	assert_true(filter_len(f) > 0);
	filter_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_arguments),
#ifdef __x86_64__
	    cmocka_unit_test(test_other_architectures),
#endif
	    cmocka_unit_test(test_load),
	    cmocka_unit_test(test_bad_tables),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests_name("filter", tests, build, drop);
}
