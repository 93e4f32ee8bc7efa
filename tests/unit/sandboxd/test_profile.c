/* Unit tests of sandboxd/wall: filters, limits, steps, rulesets. */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "landlock.h"
#include "limit.h"
#include "step.h"

#include "box_test.h"

/* In a child under a filter: 0..254 = errno of the call (0 = it worked), or
 * the signal that ended it, negative. */
static int
under(struct filter *f, long number, long a, long b, long c)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    filter_load(f) != 0)
			(void)raise(SIGUSR1);
		errno = 0;
		(void)syscall(number, a, b, c, 0, 0, 0);
		(void)syscall(SYS_exit_group, errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_child_filter(void **state)
{
	/* clang-format off */
	static const struct {
		long number, a, b, c;
		int want;
	} rows[] = {
		{SYS_getpid, 0, 0, 0, 0},
		{SYS_openat, AT_FDCWD, 0, O_WRONLY, EROFS},
		{SYS_openat, AT_FDCWD, 0, O_RDWR | O_CLOEXEC, EROFS},
		{SYS_openat, AT_FDCWD, 0, O_TMPFILE, EROFS},
		{SYS_openat, AT_FDCWD, 0, O_RDONLY, EFAULT},
		{SYS_socket, 1, 1, 0, EACCES},
		{SYS_clone, SIGCHLD, 0, 0, EPERM},
		{SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, EPERM},
		{SYS_clone, CLONE_THREAD, 0, 0, -SIGSYS},
		{SYS_clone3, 0, 0, 0, ENOSYS},
		{SYS_fcntl, 0, F_SETOWN, 1, -SIGSYS},
		{SYS_fcntl, 0, F_DUPFD, 9, EMFILE},
		{SYS_madvise, 0, 0, MADV_MERGEABLE, -SIGSYS},
		{SYS_prlimit64, 1, RLIMIT_AS, 0, -SIGSYS},
		{SYS_prlimit64, 0, RLIMIT_AS, 0, 0},
		{SYS_tgkill, 2, 2, SIGKILL, -SIGSYS},
		{SYS_setresuid, 0, 0, 0, -SIGSYS},
		{SYS_ptrace, 0, 0, 0, -SIGSYS},
		{SYS_sendmsg, 0, 0, 0, -SIGSYS},
		{SYS_seccomp, 0, 0, 0, -SIGSYS},
		{9999, 0, 0, 0, -SIGSYS},
	};
	/* clang-format on */
	const char *why = "";
	struct filter *f = profile_child(&why);

	(void)state;
	assert_non_null(f);
	assert_true(filter_len(f) < 1000);
	for (size_t i = 0; i < NELEM(rows); i++) {
		int got = under(
		    f, rows[i].number, rows[i].a, rows[i].b, rows[i].c);

		if (got != rows[i].want)
			fail_msg("row %zu: %d, not %d", i, got, rows[i].want);
	}
	filter_free(f);
}

/* What a child gets softly refused must not kill in its zygote. */
static void
test_zygote_filter(void **state)
{
	static const long calls[] = {SYS_clone3, SYS_prctl, SYS_wait4, SYS_dup2,
	    SYS_socket, SYS_kill, SYS_mkdir, SYS_sendmsg, SYS_setresuid,
	    SYS_seccomp, SYS_capset, SYS_close_range};
	static const long killed[] = {SYS_mount, SYS_ptrace, SYS_unshare,
	    SYS_setns, SYS_bpf, SYS_pivot_root, SYS_init_module, SYS_reboot,
	    SYS_pidfd_open, SYS_process_vm_readv, SYS_keyctl, SYS_chroot};
	const char *why = "";
	struct filter *f = profile_zygote(&why);

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < NELEM(calls); i++)
		assert_true(under(f, calls[i], -1, 0, 0) >= 0);
	for (size_t i = 0; i < NELEM(killed); i++)
		assert_int_equal(under(f, killed[i], 0, 0, 0), -SIGSYS);
	filter_free(f);
}

static int
limited(uint32_t threads, bool shared)
{
	struct rlimit r;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (limit_zygote() != 0 || limit_child() != 0 ||
		    limit_run(1 << 20, UINT64_MAX, 1500, threads, shared) != 0)
			_exit(100);
		if (getrlimit(RLIMIT_CPU, &r) != 0 || r.rlim_max != 2 ||
		    r.rlim_cur != 2)
			_exit(101);
		if (getrlimit(RLIMIT_FSIZE, &r) != 0 || r.rlim_max != 0)
			_exit(102);
		if (getrlimit(RLIMIT_NPROC, &r) != 0)
			_exit(103);
		/* Only down. */
		if (limit_run(1 << 20, 1 << 20, 500, 1, false) != 0)
			_exit(104);
		_exit(r.rlim_max > 90 ? 99 : (int)r.rlim_max);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_int_equal(limited(1, false), 1);
	assert_int_equal(limited(1, true), 1);
	assert_int_equal(limited(8, false), 8);
	assert_int_equal(limited(8, true), 99);
	assert_int_equal(limited(LIMIT_THREADS_MAX + 1, false), 100);
}

static void
test_landlock(void **state)
{
	const char *const paths[] = {"/usr", "/no/such/thing", NULL};
	int status, fd;
	pid_t pid;

	(void)state;
	if (landlock_abi() == 0)
		skip();
	fd = landlock_ruleset(paths);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    landlock_enter(fd) != 0)
			_exit(1);
		if (open("/usr/lib", O_RDONLY) < 0)
			_exit(2);
		if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
			_exit(3);
		if (open("/", O_RDONLY) >= 0)
			_exit(4);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(fd);
}

static void
test_steps(void **state)
{
	(void)state;
	assert_string_equal(layer_name(step_layer(STEP_FILTER)), "seccomp");
	assert_string_equal(step_what(STEP_PIVOT), "change the root");
	assert_string_equal(step_what(12345), "?");
	assert_string_equal(layer_name((enum layer)99), "?");
	assert_true(layer_required(LAYER_SECCOMP));
	assert_false(layer_required(LAYER_CGROUP));
	for (uint32_t i = 1; i < STEP__MAX; i++)
		assert_true(strlen(step_remedy(i)) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_child_filter),
	    cmocka_unit_test(test_zygote_filter),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_landlock),
	    cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
