/* Unit tests of lib/proc.c. */
#include "proc.h"

#include "lib_test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "clock.h"
#include "fdio.h"

static void
test_backoff(void **state)
{
	static const int64_t want[] = {
	    0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
	struct proc_backoff b = {0};

	(void)state;
	for (size_t i = 0; i < NELEM(want); i++) {
		int64_t before;

		proc_backoff_started(&b);
		before = clock_mono_ms();
		assert_int_equal(proc_backoff_ended(&b), want[i]);
		if (want[i] == 0) {
			assert_int_equal(b.due_ms, 0);
			continue;
		}
		assert_true(b.due_ms >= before + want[i]);
		assert_true(b.due_ms <= clock_mono_ms() + want[i]);
	}
	/* Ten seconds of life are forgiven, less are not. */
	proc_backoff_started(&b);
	assert_int_equal(b.due_ms, 0);
	b.started_ms = clock_mono_ms() - 9000;
	assert_int_equal(proc_backoff_ended(&b), 5000);
	b.started_ms = clock_mono_ms() - 10000;
	assert_int_equal(proc_backoff_ended(&b), 0);
	proc_backoff_started(&b);
	assert_int_equal(proc_backoff_ended(&b), 100);
}

static void
test_pidfd(void **state)
{
	pid_t pid = fork();
	int fd, status;

	(void)state;
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	fd = proc_pidfd(pid);
	assert_true(fd >= 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(proc_pidfd_kill(fd, 0), 0);
	assert_int_equal(proc_pidfd_kill(fd, SIGKILL), 0);
	assert_int_equal(
	    fdio_poll(fd, POLLIN, clock_mono_ms() + 10000), POLLIN);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* Gone and reaped: success, but not for a bad signal number. */
	assert_int_equal(proc_pidfd_kill(fd, SIGKILL), 0);
	assert_int_equal(proc_pidfd_kill(-1, SIGKILL), -1);
	(void)close(fd);
	assert_int_equal(proc_pidfd(pid), -1);
	assert_int_equal(errno, ESRCH);
}

static void
use_signalfd(void)
{
	struct signalfd_siginfo info;
	struct sigaction sa;
	int fd = proc_signalfd((const int[]){SIGTERM, SIGHUP, 0});

	if (fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		_exit(2);
	if (read(fd, &info, sizeof(info)) != -1 || errno != EAGAIN)
		_exit(3);
	if (sigaction(SIGPIPE, NULL, &sa) != 0 || sa.sa_handler != SIG_IGN)
		_exit(4);
	(void)kill(getpid(), SIGTERM);
	(void)kill(getpid(), SIGHUP);
	for (int i = 0; i < 2; i++) {
		if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
			_exit(5);
		if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGHUP)
			_exit(6);
	}
	_exit(0);
}

static void
reset_signals(void)
{
	if (proc_signalfd((const int[]){SIGTERM, 0}) < 0)
		_exit(2);
	proc_signals_reset();
	(void)raise(SIGTERM); /* kills again */
	_exit(3);
}

static void
reset_sigpipe(void)
{
	if (proc_signalfd((const int[]){SIGTERM, 0}) < 0)
		_exit(2);
	proc_signals_reset();
	(void)raise(SIGPIPE);
	_exit(3);
}

static void
test_signals(void **state)
{
	int status;

	(void)state;
	assert_exits(use_signalfd, 0);
	status = run_child(reset_signals);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	status = run_child(reset_sigpipe);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	assert_int_equal(proc_signalfd((const int[]){9999, 0}), -1);
}

/*
 * A parent that dies at once; its child holds the write end of a pipe and
 * would sleep for ever: end of file proves that it died too.
 */
static void
test_die_with(void **state)
{
	int ends[2], ready[2], status;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			proc_die_with(parent);
			if (write(ready[1], "r", 1) != 1)
				_exit(1);
			for (;;)
				(void)pause();
		}
		/* Only die when the other is ready to notice. */
		_exit(read(ready[0], &c, 1) == 1 ? 0 : 1);
	}
	(void)close(ends[1]);
	(void)close(ready[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(
	    fdio_read_full(ends[0], &c, 1, clock_mono_ms() + 10000), -1);
	assert_int_equal(errno, ECONNRESET);
	(void)close(ends[0]);
	(void)close(ready[0]);
}

static void
wrong_parent(void)
{
	proc_die_with(getpid());
	_exit(0);
}

static void
test_parent_already_gone(void **state)
{
	(void)state;
	assert_exits(wrong_parent, 1);
}

static void
test_pidfile(void **state)
{
	char dir[] = "/tmp/test_proc.XXXXXX", path[64], want[32], *text;
	struct stat st;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	assert_true(proc_pidfile(path));
	(void)snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	text = fdio_read_file(path, 100, &n);
	assert_string_equal(text, want);
	free(text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_true(proc_pidfile(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_false(proc_pidfile(path));
	assert_int_equal(errno, ENOENT);
}

static void
expect_notice(const char *name, size_t length)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char variable[108], text[32] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, name, length);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
	    0);
	memcpy(variable, name, length);
	variable[length] = '\0';
	if (variable[0] == '\0')
		variable[0] = '@';
	assert_int_equal(setenv("NOTIFY_SOCKET", variable, 1), 0);
	proc_notify("READY=1");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	assert_string_equal(text, "READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	(void)close(fd);
}

static void
test_notify(void **state)
{
	char dir[] = "/tmp/test_proc.XXXXXX", path[64], abstract[64];
	char longer[300];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/n", dir);
	expect_notice(path, strlen(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	(void)snprintf(
	    abstract, sizeof(abstract), "@mcpbox-test-%ld", (long)getpid());
	abstract[0] = '\0';
	expect_notice(abstract, 1 + strlen(abstract + 1));
	/* Nothing of this may do harm. */
	proc_notify("READY=1");
	memset(longer, '/', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", longer, 1), 0);
	proc_notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	proc_notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "/no/such/socket", 1), 0);
	proc_notify("READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void
listen_fds_child(void)
{
	char pid[32];
	int null = open("/dev/null", O_RDONLY);

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (dup2(null, 3) != 3 || dup2(null, 4) != 4)
		_exit(2);
	if (proc_listen_fds() != 0)
		_exit(3);
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	if (proc_listen_fds() != 2)
		_exit(4);
	if ((fcntl(3, F_GETFD) & FD_CLOEXEC) == 0 ||
	    (fcntl(4, F_GETFD) & FD_CLOEXEC) == 0)
		_exit(5);
	(void)setenv("LISTEN_FDS", "0", 1);
	if (proc_listen_fds() != 0)
		_exit(6);
	(void)setenv("LISTEN_FDS", "1000000", 1);
	if (proc_listen_fds() != 0)
		_exit(7);
	(void)setenv("LISTEN_FDS", "-1", 1);
	if (proc_listen_fds() != 0)
		_exit(8);
	(void)setenv("LISTEN_FDS", "2", 1);
	(void)setenv("LISTEN_PID", "1", 1);
	if (proc_listen_fds() != 0)
		_exit(9);
	_exit(0);
}

static void
test_listen_fds(void **state)
{
	(void)state;
	assert_exits(listen_fds_child, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_backoff),
	    cmocka_unit_test(test_pidfd),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_die_with),
	    cmocka_unit_test(test_parent_already_gone),
	    cmocka_unit_test(test_pidfile),
	    cmocka_unit_test(test_notify),
	    cmocka_unit_test(test_listen_fds),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
