/* Unit tests of lib/fdio.c. */
#include "fdio.h"

#include "lib_test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "clock.h"

static char dir[64];

static int
make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_fdio.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *
path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static bool
is_cloexec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static bool
is_nonblock(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

static void
test_poll(void **state)
{
	int fds[2];
	int64_t start;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	start = clock_mono_ms();
	assert_int_equal(fdio_poll(fds[0], POLLIN, start + 30), 0);
	assert_true(clock_mono_ms() >= start + 30);
	/* A passed deadline still looks once. */
	assert_int_equal(fdio_poll(fds[0], POLLIN, 0), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(fdio_poll(fds[0], POLLIN, 0), POLLIN);
	assert_int_equal(fdio_poll(fds[0], POLLIN, -1), POLLIN);
	assert_int_equal(fdio_poll(fds[0], POLLIN, INT64_MAX), POLLIN);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(fdio_poll(fds[0], POLLIN, 0), POLLNVAL);
}

static void
test_read_full(void **state)
{
	char got[8] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "abcdef", 6), 6);
	assert_int_equal(fdio_read_full(fds[0], got, 2, -1), 0);
	assert_int_equal(fdio_read_full(fds[0], got + 2, 2, 0), 0);
	assert_memory_equal(got, "abcd", 4);
	assert_int_equal(fdio_read_full(fds[0], got, 0, -1), 0);
	/* Two are there, three are wanted. */
	assert_int_equal(
	    fdio_read_full(fds[0], got, 3, clock_mono_ms() + 20), -1);
	assert_int_equal(errno, ETIMEDOUT);
	(void)close(fds[1]);
	assert_int_equal(fdio_read_full(fds[0], got, 1, -1), -1);
	assert_int_equal(errno, ECONNRESET);
	(void)close(fds[0]);
	assert_int_equal(fdio_read_full(fds[0], got, 1, -1), -1);
	assert_int_equal(errno, EBADF);
}

static void
tick(int sig)
{
	(void)sig;
}

/* A signal every millisecond, without SA_RESTART. */
static void
interrupt(bool on)
{
	struct sigaction sa = {.sa_handler = on ? tick : SIG_DFL};
	struct itimerval every = {{0, on ? 1000 : 0}, {0, on ? 1000 : 0}};

	if (on)
		(void)sigaction(SIGALRM, &sa, NULL);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	if (!on)
		(void)sigaction(SIGALRM, &sa, NULL);
}

static void *
slow_writer(void *arg)
{
	struct timespec pause = {0, 30 * 1000 * 1000};
	const int *fd = arg;
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < 4; i++) {
		(void)nanosleep(&pause, NULL);
		if (write(*fd, "x", 1) != 1)
			return arg;
	}
	return NULL;
}

/* Blocking, then non-blocking without and with a deadline. */
static void
test_signals_do_not_matter(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		char got[4];
		int fds[2], rc;
		pthread_t t;
		void *wrong = NULL;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		if (kind > 0)
			assert_int_equal(fdio_nonblock(fds[0]), 0);
		assert_int_equal(
		    pthread_create(&t, NULL, slow_writer, &fds[1]), 0);
		interrupt(true);
		rc = fdio_read_full(fds[0], got, sizeof(got),
		    kind < 2 ? -1 : clock_mono_ms() + 20000);
		interrupt(false);
		assert_int_equal(rc, 0);
		assert_int_equal(pthread_join(t, &wrong), 0);
		assert_null(wrong);
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
}

/* The deadline holds however often the wait is interrupted. */
static void
test_deadline_under_signals(void **state)
{
	int64_t start = clock_mono_ms();
	int fds[2], rc;
	char c;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	interrupt(true);
	rc = fdio_read_full(fds[0], &c, 1, start + 50);
	interrupt(false);
	assert_int_equal(rc, -1);
	assert_true(clock_mono_ms() >= start + 50);
	assert_true(clock_mono_ms() < start + 10000);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

struct pump {
	int fd;
	size_t n;
	int rc;
};

static void *
pump_in(void *arg)
{
	struct pump *p = arg;
	char *data = malloc(p->n);

	for (size_t i = 0; i < p->n; i++)
		data[i] = (char)(i * 7);
	p->rc = fdio_write_full(p->fd, data, p->n, clock_mono_ms() + 20000);
	free(data);
	(void)close(p->fd);
	return NULL;
}

/* More than any buffer holds, over each kind of descriptor. */
static void
test_large_transfers(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		size_t n = 3 << 20;
		struct pump p = {.n = n};
		char *got = malloc(n);
		pthread_t t;
		int fds[2];

		if (kind < 2) {
			assert_int_equal(
			    socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		} else {
			assert_int_equal(pipe2(fds, 0), 0);
		}
		if (kind % 2 == 1) {
			assert_int_equal(fdio_nonblock(fds[0]), 0);
			assert_int_equal(fdio_nonblock(fds[1]), 0);
		}
		p.fd = fds[1];
		assert_int_equal(pthread_create(&t, NULL, pump_in, &p), 0);
		assert_int_equal(fdio_read_full(fds[0], got, n,
				     kind == 0 ? -1 : clock_mono_ms() + 20000),
		    0);
		assert_int_equal(pthread_join(t, NULL), 0);
		assert_int_equal(p.rc, 0);
		for (size_t i = 0; i < n; i++) {
			if (got[i] != (char)(i * 7))
				fail_test("kind %d byte %zu", kind, i);
		}
		free(got);
		(void)close(fds[0]);
	}
}

/* Nobody reads: a deadline ends the wait, on blocking descriptors too. */
static void
test_write_deadline(void **state)
{
	static char data[4 << 20];

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		int64_t start = clock_mono_ms();
		int fds[2];

		if (kind == 0) {
			assert_int_equal(
			    socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		} else {
			assert_int_equal(pipe2(fds, 0), 0);
		}
		assert_int_equal(
		    fdio_write_full(fds[1], data, sizeof(data), start + 50),
		    -1);
		assert_int_equal(errno, ETIMEDOUT);
		assert_true(clock_mono_ms() >= start + 50);
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
}

/* SIGPIPE would end this test. */
static void
test_write_to_closed_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	(void)close(fds[0]);
	assert_int_equal(fdio_write_full(fds[1], "x", 1, -1), -1);
	assert_int_equal(errno, EPIPE);
	(void)close(fds[1]);
}

static void
test_flags(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, 0), 0);
	assert_false(is_cloexec(fds[0]));
	assert_int_equal(fdio_cloexec(fds[0]), 0);
	assert_true(is_cloexec(fds[0]));
	assert_false(is_nonblock(fds[0]));
	assert_int_equal(fdio_nonblock(fds[0]), 0);
	assert_true(is_nonblock(fds[0]));
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(fdio_nonblock(fds[0]), -1);
	assert_int_equal(fdio_cloexec(fds[0]), -1);
}

static int
count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
test_fds(void **state)
{
	int pair[2], pipes[2][2], got[FDIO_FDS_MAX];
	size_t n = FDIO_FDS_MAX;
	char text[8] = "";

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe2(pipes[0], 0), 0);
	assert_int_equal(pipe2(pipes[1], 0), 0);
	assert_int_equal(fdio_send_fds(pair[0], "hello", 5,
			     (int[]){pipes[0][0], pipes[1][0]}, 2),
	    5);
	assert_int_equal(
	    fdio_recv_fds(pair[1], text, sizeof(text), got, &n), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(n, 2);
	assert_true(is_cloexec(got[0]) && is_cloexec(got[1]));
	assert_int_equal(write(pipes[1][1], "q", 1), 1);
	assert_int_equal(read(got[1], text, 1), 1);
	assert_int_equal(text[0], 'q');
	for (size_t i = 0; i < 2; i++) {
		(void)close(got[i]);
		(void)close(pipes[i][0]);
		(void)close(pipes[i][1]);
		(void)close(pair[i]);
	}
}

static void
test_fds_none_and_bad(void **state)
{
	int pair[2], got[1];
	size_t n = 1;
	char c;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(fdio_send_fds(pair[0], "x", 1, NULL, 0), 1);
	assert_int_equal(fdio_recv_fds(pair[1], &c, 1, got, &n), 1);
	assert_int_equal(n, 0);
	assert_int_equal(
	    fdio_send_fds(pair[0], "x", 1, (int[]){0, 0, 0, 0, 0}, 5), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fdio_send_fds(pair[0], "", 0, NULL, 0), -1);
	assert_int_equal(errno, EINVAL);
	(void)close(pair[0]);
	n = 1;
	assert_int_equal(fdio_recv_fds(pair[1], &c, 1, got, &n), 0);
	assert_int_equal(n, 0);
	(void)close(pair[1]);
}

/* Ten are sent raw, one is wanted: nine must not stay open here. */
static void
test_surplus_fds_are_closed(void **state)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(10 * sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec iov = {.iov_base = dir, .iov_len = 1};
	struct msghdr msg = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	(void)state;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(10 * sizeof(int));
	for (size_t want = 0; want <= FDIO_FDS_MAX; want++) {
		int pair[2], got[FDIO_FDS_MAX];
		size_t n = want;
		int before;
		char byte;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		before = count_fds();
		for (size_t i = 0; i < 10; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &pair[0],
			    sizeof(int));
		assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
		assert_int_equal(fdio_recv_fds(pair[1], &byte, 1, got, &n), 1);
		assert_int_equal(n, want);
		assert_int_equal(count_fds(), before + (int)want);
		for (size_t i = 0; i < n; i++)
			(void)close(got[i]);
		(void)close(pair[0]);
		(void)close(pair[1]);
	}
}

static void
test_listen_and_connect(void **state)
{
	const char *path = path_of("sock");
	struct stat st;
	uid_t uid;
	pid_t pid;
	int l, c, s;

	(void)state;
	assert_int_equal(fdio_connect_unix(path, false), -1);
	assert_int_equal(errno, ENOENT);
	l = fdio_listen_unix(path, 0600, 4);
	assert_true(l >= 0);
	assert_true(is_cloexec(l) && is_nonblock(l));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	c = fdio_connect_unix(path, false);
	assert_true(c >= 0);
	assert_true(is_cloexec(c) && !is_nonblock(c));
	s = accept(l, NULL, NULL);
	assert_true(s >= 0);
	assert_int_equal(fdio_peer(s, &uid, &pid), 0);
	assert_int_equal(uid, getuid());
	assert_int_equal(pid, getpid());
	assert_int_equal(fdio_peer(s, NULL, NULL), 0);
	(void)close(s);
	(void)close(c);
	c = fdio_connect_unix(path, true);
	assert_true(is_nonblock(c));
	(void)close(c);
	(void)close(l);
	assert_int_equal(fdio_peer(l, &uid, &pid), -1);
}

static void
test_listen_replaces_only_the_dead(void **state)
{
	const char *path = path_of("sock");
	int l, again, c;

	(void)state;
	l = fdio_listen_unix(path, 0666, 1);
	assert_true(l >= 0);
	assert_int_equal(fdio_listen_unix(path, 0666, 1), -1);
	assert_int_equal(errno, EADDRINUSE);
	/* Alive with a full queue is alive too. */
	while ((c = fdio_connect_unix(path, true)) >= 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fdio_listen_unix(path, 0666, 1), -1);
	assert_int_equal(errno, EADDRINUSE);
	(void)close(l);
	again = fdio_listen_unix(path, 0666, 1);
	assert_true(again >= 0);
	c = fdio_connect_unix(path, true);
	assert_true(c >= 0);
	(void)close(c);
	(void)close(again);
}

static void
test_listen_refuses(void **state)
{
	char longer[200];
	struct stat st;

	(void)state;
	/* A file that is no socket is not ours to delete. */
	assert_int_equal(fdio_write_file(path_of("file"), "x", 1, 0600), 0);
	assert_int_equal(fdio_listen_unix(path_of("file"), 0600, 1), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(stat(path_of("file"), &st), 0);

	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[108] = '\0';
	assert_int_equal(fdio_listen_unix(longer, 0600, 1), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(fdio_connect_unix(longer, false), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	longer[107] = '\0';
	assert_int_equal(fdio_connect_unix(longer, false), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fdio_listen_unix("", 0600, 1), -1);
	assert_int_equal(fdio_listen_unix(path_of("no/such"), 0600, 1), -1);
}

static void
test_files(void **state)
{
	const char *path = path_of("f");
	struct stat st;
	size_t n = 0;
	char *text;

	(void)state;
	assert_null(fdio_read_file(path, 100, &n));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fdio_write_file(path, "one\0two", 7, 0640), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	text = fdio_read_file(path, 7, &n);
	assert_non_null(text);
	assert_int_equal(n, 7);
	assert_memory_equal(text, "one\0two", 8);
	free(text);
	assert_null(fdio_read_file(path, 6, &n));
	assert_int_equal(errno, EFBIG);
	/* Replaced as a whole. */
	assert_int_equal(fdio_write_file(path, "", 0, 0600), 0);
	text = fdio_read_file(path, 0, &n);
	assert_non_null(text);
	assert_string_equal(text, "");
	assert_int_equal(n, 0);
	free(text);
	assert_null(fdio_read_file(dir, 100, &n));
	assert_int_equal(errno, EISDIR);
}

static void
test_file_sizes(void **state)
{
	const char *path = path_of("big");
	static char data[20000];

	(void)state;
	memset(data, 'd', sizeof(data));
	for (size_t n = 4000; n < 20000; n += 97) {
		size_t got;
		char *text;

		assert_int_equal(fdio_write_file(path, data, n, 0600), 0);
		text = fdio_read_file(path, n, &got);
		assert_non_null(text);
		assert_int_equal(got, n);
		assert_int_equal(strlen(text), n);
		free(text);
		assert_null(fdio_read_file(path, n - 1, &got));
	}
	/* A file without a size of its own. */
	free(fdio_read_file("/proc/self/status", 65536, &(size_t){0}));
	assert_null(fdio_read_file("/proc/self/status", 10, &(size_t){0}));
	assert_int_equal(errno, EFBIG);
}

static void
test_failed_write_leaves_nothing(void **state)
{
	char command[160];

	(void)state;
	assert_int_equal(fdio_write_file(path_of("no/such"), "x", 1, 0600), -1);
	assert_int_equal(errno, ENOENT);
	/* The target is a directory: rename fails. */
	assert_int_equal(mkdir(path_of("d"), 0700), 0);
	assert_int_equal(fdio_write_file(path_of("d"), "x", 1, 0600), -1);
	assert_int_equal(errno, EISDIR);
	(void)snprintf(
	    command, sizeof(command), "test \"$(ls -A '%s')\" = d", dir);
	assert_int_equal(system(command), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_poll),
	    cmocka_unit_test(test_read_full),
	    cmocka_unit_test(test_signals_do_not_matter),
	    cmocka_unit_test(test_deadline_under_signals),
	    cmocka_unit_test(test_large_transfers),
	    cmocka_unit_test(test_write_deadline),
	    cmocka_unit_test(test_write_to_closed_socket),
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_fds),
	    cmocka_unit_test(test_fds_none_and_bad),
	    cmocka_unit_test(test_surplus_fds_are_closed),
	    TEST(test_listen_and_connect),
	    TEST(test_listen_replaces_only_the_dead),
	    TEST(test_listen_refuses),
	    TEST(test_files),
	    TEST(test_file_sizes),
	    TEST(test_failed_write_leaves_nothing),
	};

	return cmocka_run_group_tests_name("fdio", tests, NULL, NULL);
}
