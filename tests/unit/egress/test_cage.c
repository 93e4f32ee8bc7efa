/* Unit tests of sandboxd/egress/cage.c: what a stranger inside could call. */
#include "egress/cage.h"

#include "lib_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "wall/landlock.h"

/* In a child under the filter: errno of the call (0 = it worked), or the
 * signal that ended it, negative. */
static int
under(struct filter *f, const long n[4])
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    filter_load(f) != 0)
			(void)raise(SIGUSR1);
		errno = 0;
		(void)syscall(n[0], n[1], n[2], n[3], 0, 0, 0);
		(void)syscall(SYS_exit_group, errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_filter(void **state)
{
	/* clang-format off */
	static const struct {
		long call[4];
		int want;
	} rows[] = {
		/* what it lives by */
		{{SYS_getpid, 0, 0, 0}, 0},
		{{SYS_openat, AT_FDCWD, 0, O_RDONLY}, EFAULT},
		{{SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0}, 0},
		{{SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0}, 0},
		{{SYS_socket, AF_NETLINK, SOCK_RAW, 0}, 0},
		{{SYS_getrandom, 0, 0, 0}, 0},
		/* files can be read, no more */
		{{SYS_openat, AT_FDCWD, 0, O_WRONLY}, -SIGSYS},
		{{SYS_openat, AT_FDCWD, 0, O_RDWR}, -SIGSYS},
		{{SYS_openat, AT_FDCWD, 0, O_WRONLY | O_CREAT}, EROFS},
		{{SYS_openat, AT_FDCWD, 0, O_APPEND}, -SIGSYS},
		{{SYS_openat, AT_FDCWD, 0, O_TRUNC}, -SIGSYS},
		{{SYS_openat, AT_FDCWD, 0, O_PATH}, -SIGSYS},
		{{SYS_openat, AT_FDCWD, 0, O_TMPFILE}, -SIGSYS},
		{{SYS_openat2, 0, 0, 0}, -SIGSYS},
		{{SYS_creat, 0, 0, 0}, -SIGSYS},
		{{SYS_unlink, 0, 0, 0}, -SIGSYS},
		{{SYS_rename, 0, 0, 0}, -SIGSYS},
		{{SYS_mkdir, 0, 0, 0}, -SIGSYS},
		{{SYS_chmod, 0, 0, 0}, -SIGSYS},
		{{SYS_symlink, 0, 0, 0}, -SIGSYS},
		{{SYS_truncate, 0, 0, 0}, -SIGSYS},
		{{SYS_mount, 0, 0, 0}, -SIGSYS},
		{{SYS_chroot, 0, 0, 0}, -SIGSYS},
		{{SYS_memfd_create, 0, 0, 0}, -SIGSYS},
		/* no program, no process, no thread */
		{{SYS_execve, 0, 0, 0}, -SIGSYS},
		{{SYS_execveat, 0, 0, 0}, -SIGSYS},
		{{SYS_fork, 0, 0, 0}, -SIGSYS},
		{{SYS_vfork, 0, 0, 0}, -SIGSYS},
		{{SYS_clone, SIGCHLD, 0, 0}, EAGAIN},
		{{SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0}, EAGAIN},
		{{SYS_clone3, 0, 0, 0}, EAGAIN},
		{{SYS_unshare, CLONE_NEWUSER, 0, 0}, -SIGSYS},
		{{SYS_setns, 0, 0, 0}, -SIGSYS},
		/* no other process */
		{{SYS_ptrace, 0, 0, 0}, -SIGSYS},
		{{SYS_process_vm_readv, 1, 0, 0}, -SIGSYS},
		{{SYS_kill, 1, 0, 0}, -SIGSYS},
		{{SYS_tgkill, 1, 1, SIGKILL}, -SIGSYS},
		{{SYS_pidfd_open, 1, 0, 0}, -SIGSYS},
		{{SYS_prlimit64, 0, RLIMIT_AS, 0}, EPERM},
		/* it serves nobody, and only speaks TCP, UDP, netlink */
		{{SYS_listen, 0, 1, 0}, -SIGSYS},
		{{SYS_accept, 0, 0, 0}, -SIGSYS},
		{{SYS_socket, AF_UNIX, SOCK_STREAM, 0}, EACCES},
		{{SYS_socket, AF_INET, SOCK_RAW, 0}, -SIGSYS},
		{{SYS_socket, AF_PACKET, SOCK_RAW, 0}, -SIGSYS},
		{{SYS_socket, AF_NETLINK, SOCK_RAW, 16}, -SIGSYS},
		{{SYS_socket, AF_VSOCK, SOCK_STREAM, 0}, -SIGSYS},
		{{SYS_socketpair, AF_INET, SOCK_STREAM, 0}, -SIGSYS},
		/* nothing new to execute, nothing regained */
		{{SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC}, EACCES},
		{{SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC}, -SIGSYS},
		{{SYS_pkey_mprotect, 0, 4096, PROT_EXEC}, -SIGSYS},
		{{SYS_shmget, 0, 4096, 0}, -SIGSYS},
		{{SYS_setuid, 0, 0, 0}, -SIGSYS},
		{{SYS_setresuid, 0, 0, 0}, -SIGSYS},
		{{SYS_prctl, PR_SET_DUMPABLE, 1, 0}, -SIGSYS},
		{{SYS_seccomp, 0, 0, 0}, -SIGSYS},
		{{SYS_bpf, 0, 0, 0}, -SIGSYS},
		{{SYS_io_uring_setup, 1, 0, 0}, -SIGSYS},
		{{SYS_userfaultfd, 0, 0, 0}, -SIGSYS},
		{{SYS_keyctl, 0, 0, 0}, -SIGSYS},
		{{SYS_ioctl, 0, TIOCSTI, 0}, -SIGSYS},
		{{SYS_ioctl, 0, SIOCGIFCONF, 0}, -SIGSYS},
		{{SYS_fcntl, 0, F_SETOWN, 1}, -SIGSYS},
		{{SYS_fcntl, 0, F_DUPFD, 9}, -SIGSYS},
		{{SYS_dup2, 0, 3, 0}, -SIGSYS},
		{{9999, 0, 0, 0}, -SIGSYS},
	};
	/* clang-format on */
	const char *why = NULL;
	struct filter *f = cage_filter(&why);

	(void)state;
	if (f == NULL)
		fail_test("%s", why);
	for (size_t i = 0; i < NELEM(rows); i++) {
		int got = under(f, rows[i].call);

		if (got != rows[i].want)
			fail_test("row %zu, call %ld: %d, not %d", i,
			    rows[i].call[0], got, rows[i].want);
	}
	filter_free(f);
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static void
inside(void)
{
	static const char *const paths[] = {
	    "/etc", "/dev/urandom", "/nonexistent", NULL};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int ruleset = landlock_ruleset_files(paths), fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ruleset < 0 ||
	    landlock_enter(ruleset) != 0)
		_exit(10);
	if (try_open("/etc/hosts", O_RDONLY) != 0)
		_exit(11);
	if (try_open("/dev/urandom", O_RDONLY) != 0)
		_exit(12);
	if (try_open("/etc/mcpbox-test", O_WRONLY | O_CREAT) != EACCES)
		_exit(13);
	if (try_open("/proc/self/status", O_RDONLY) != EACCES)
		_exit(14);
	if (try_open("/usr/bin/env", O_RDONLY) != EACCES)
		_exit(15);
	/* The network is left alone: nobody is there, but it may ask. */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno != ECONNREFUSED)
		_exit(16);
	_exit(0);
}

static void
test_landlock(void **state)
{
	(void)state;
	if (landlock_abi() == 0)
		skip();
	assert_exits(inside, 0);
}

static void
user(const char *name, uid_t want)
{
	struct settings s = {.user = strdup(name)};
	uid_t uid;
	gid_t gid;

	cage_user(&s, &uid, &gid);
	if (geteuid() != 0)
		want = getuid();
	assert_int_equal(uid, want);
	assert_true(gid != 0 || geteuid() != 0);
	free(s.user);
}

static void
nobody(void)
{
	struct settings s = {.user = strdup("nobody-of-that-name")};
	uid_t uid;
	gid_t gid;

	cage_user(&s, &uid, &gid);
}

static void
test_user(void **state)
{
	(void)state;
	user("daemon", 1);
	user("4711", 4711);
	if (geteuid() == 0)
		assert_exits(nobody, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_landlock),
	    cmocka_unit_test(test_user),
	};

	return cmocka_run_group_tests_name("cage", tests, NULL, NULL);
}
