/*
 * fdio.c: descriptors, Unix sockets, small files.
 */
#include "fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

int
fdio_poll(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = -1;
		int n;

		if (deadline_ms >= 0) {
			left = deadline_ms - clock_mono_ms();
			left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
		}
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return p.revents;
		if (n == 0 && left == INT_MAX)
			continue;
		if (n == 0 || errno != EINTR)
			return n;
	}
}

/* Waits before a try: 0, or -1 with errno (ETIMEDOUT). */
static int
wait_for(int fd, short events, int64_t deadline_ms)
{
	int n = fdio_poll(fd, events, deadline_ms);

	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static bool
again(void)
{
	return errno == EAGAIN; /* Linux: the same as EWOULDBLOCK */
}

int
fdio_read_full(int fd, void *p, size_t n, int64_t deadline_ms)
{
	char *at = p;
	bool wait = deadline_ms >= 0; /* fd may be a blocking one */

	while (n > 0) {
		ssize_t got;

		if (wait && wait_for(fd, POLLIN, deadline_ms) != 0)
			return -1;
		got = read(fd, at, n);
		if (got == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (got < 0) {
			if (again())
				wait = true;
			else if (errno != EINTR)
				return -1;
			continue;
		}
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/*
 * One try that does not block when a deadline was given, and raises no
 * SIGPIPE on a socket.  A pipe that polls writable takes PIPE_BUF bytes.
 */
static ssize_t
write_some(int fd, const void *p, size_t n, bool deadline, bool *socket)
{
	if (*socket) {
		ssize_t sent = send(
		    fd, p, n, MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0));

		if (sent >= 0 || errno != ENOTSOCK)
			return sent;
		*socket = false;
	}
	return write(fd, p, deadline && n > PIPE_BUF ? PIPE_BUF : n);
}

int
fdio_write_full(int fd, const void *p, size_t n, int64_t deadline_ms)
{
	const char *at = p;
	bool deadline = deadline_ms >= 0;
	bool wait = deadline, socket = true;

	while (n > 0) {
		ssize_t put;

		if (wait && wait_for(fd, POLLOUT, deadline_ms) != 0)
			return -1;
		put = write_some(fd, at, n, deadline, &socket);
		if (put < 0) {
			if (again())
				wait = true;
			else if (errno != EINTR)
				return -1;
			continue;
		}
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int
fdio_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int
fdio_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

/* Control data with room for exactly FDIO_FDS_MAX descriptors. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDIO_FDS_MAX * sizeof(int))];
};

ssize_t
fdio_send_fds(int sock, const void *p, size_t n, const int *fds, size_t nfds)
{
	struct iovec iov = {.iov_len = n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control;
	struct cmsghdr *c;
	ssize_t sent;

	if (nfds > FDIO_FDS_MAX || n == 0) {
		errno = EINVAL;
		return -1;
	}
	/* sendmsg only reads; struct iovec has no const. */
	memcpy(&iov.iov_base, &p, sizeof(p));
	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent;
}

/* Takes the descriptors of one control message, closes what is too many. */
static void
take_fds(struct cmsghdr *c, int *fds, size_t max, size_t *n)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (*n < max)
			fds[(*n)++] = fd;
		else
			(void)close(fd);
	}
}

ssize_t
fdio_recv_fds(int sock, void *p, size_t n, int *fds_out, size_t *nfds_inout)
{
	struct iovec iov = {.iov_base = p, .iov_len = n};
	union control control;
	struct msghdr msg = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes),
	};
	size_t max = *nfds_inout;
	ssize_t got;

	*nfds_inout = 0;
	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	/* What does not fit into `control`, the kernel has closed. */
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
	     c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			take_fds(c, fds_out, max, nfds_inout);
	}
	return got;
}

static int
unix_address(const char *path, struct sockaddr_un *sun)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(sun->sun_path)) {
		errno = n == 0 ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(sun->sun_path, path, n + 1);
	return 0;
}

/* Closes fd with errno kept; -1 for `return`. */
static int
close_failed(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return -1;
}

/* Removes a socket that nobody listens on any more. */
static int
remove_dead(const char *path)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = fdio_connect_unix(path, true);
	if (fd >= 0 || again()) { /* EAGAIN: alive, its queue is full */
		if (fd >= 0)
			(void)close(fd);
		errno = EADDRINUSE;
		return -1;
	}
	if (errno == ENOENT)
		return 0;
	return errno == ECONNREFUSED ? unlink(path) : -1;
}

int
fdio_listen_unix(const char *path, mode_t mode, int backlog)
{
	struct sockaddr_un sun;
	int fd;

	if (unix_address(path, &sun) != 0 || remove_dead(path) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* Until listen(2), connecting is refused: the mode comes before. */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return close_failed(fd);
	if (chmod(path, mode) != 0 || listen(fd, backlog) != 0) {
		int saved = errno;

		(void)unlink(path);
		errno = saved;
		return close_failed(fd);
	}
	return fd;
}

int
fdio_connect_unix(const char *path, bool nonblock)
{
	struct sockaddr_un sun;
	int fd, rc;

	if (unix_address(path, &sun) != 0)
		return -1;
	fd = socket(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0), 0);
	if (fd < 0)
		return -1;
	do
		rc = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	while (rc != 0 && errno == EINTR);
	return rc == 0 ? fd : close_failed(fd);
}

int
fdio_peer(int sock, uid_t *uid_out, pid_t *pid_out)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return -1;
	if (uid_out != NULL)
		*uid_out = cred.uid;
	if (pid_out != NULL)
		*pid_out = cred.pid;
	return 0;
}

char *
fdio_read_file(const char *path, size_t max, size_t *n_out)
{
	enum { STEP = 4096 };
	struct buf b;
	ssize_t got;
	int fd, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return NULL;
	/* One byte more than allowed, to see that there is more. */
	buf_init(&b, max < SIZE_MAX - STEP ? max + STEP : max);
	for (;;) {
		char *room = buf_reserve(&b, STEP);

		if (room == NULL || b.n > max) {
			errno = EFBIG;
			break;
		}
		got = read(fd, room, STEP);
		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0) {
			b.n += (size_t)got;
			continue;
		}
		if (got < 0)
			break;
		(void)close(fd);
		return buf_detach(&b, n_out);
	}
	saved = errno;
	(void)close(fd);
	if (b.p != NULL)
		explicit_bzero(b.p, b.cap);
	buf_free(&b);
	errno = saved;
	return NULL;
}

/* Makes the new name survive a power cut. */
static int
sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, rc;

	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(path, slash > path ? (size_t)(slash - path) : 1);
	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

int
fdio_write_file(const char *path, const void *p, size_t n, mode_t mode)
{
	char *temporary = NULL;
	int fd = -1, rc = -1, saved;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		goto out;
	}
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		goto out;
	if (fdio_write_full(fd, p, n, -1) == 0 && fchmod(fd, mode) == 0 &&
	    fsync(fd) == 0 && rename(temporary, path) == 0)
		rc = sync_dir(path);
out:
	saved = errno;
	if (fd >= 0)
		(void)close(fd);
	if (rc != 0 && temporary != NULL)
		(void)unlink(temporary);
	free(temporary);
	errno = saved;
	return rc;
}
