/*
 * fdio.h: descriptors.  Full reads and writes with a deadline, passing
 * descriptors, Unix sockets.  Every descriptor made here is close-on-exec.
 */
#ifndef MCPBOX_FDIO_H
#define MCPBOX_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"

/*
 * 0, or -1 with errno; end of file is ECONNRESET, a passed deadline
 * ETIMEDOUT.  deadline_ms is clock_mono_ms() time, <0 = none.
 */
int fdio_read_full(
    int fd, void *p, size_t n, int64_t deadline_ms) ATTR_NODISCARD;
int fdio_write_full(
    int fd, const void *p, size_t n, int64_t deadline_ms) ATTR_NODISCARD;
/* Waits for POLLIN/POLLOUT bits; revents, 0 on timeout, -1 on error. */
int fdio_poll(int fd, short events, int64_t deadline_ms);

int fdio_nonblock(int fd) ATTR_NODISCARD;
int fdio_cloexec(int fd) ATTR_NODISCARD;

/* One message with up to 4 descriptors (SCM_RIGHTS).  Bytes sent or -1. */
#define FDIO_FDS_MAX 4
ssize_t fdio_send_fds(
    int sock, const void *p, size_t n, const int *fds, size_t nfds);
/* Received descriptors are close-on-exec; surplus ones are closed. */
ssize_t fdio_recv_fds(
    int sock, void *p, size_t n, int *fds_out, size_t *nfds_inout);

/*
 * Listening stream socket at `path` (<= 107 bytes, else ENAMETOOLONG): removes
 * a dead predecessor, refuses a live one (EADDRINUSE), sets `mode` before it
 * can be connected to.  Non-blocking.  -1 with errno.
 */
int fdio_listen_unix(const char *path, mode_t mode, int backlog);
/* Connects; `nonblock` leaves the result non-blocking.  -1 with errno. */
int fdio_connect_unix(const char *path, bool nonblock);
/* Peer's uid/pid from SO_PEERCRED. */
int fdio_peer(int sock, uid_t *uid_out, pid_t *pid_out) ATTR_NODISCARD;

/* Whole small file into a malloc'ed NUL-terminated string; NULL with errno
 * (EFBIG over max). */
char *fdio_read_file(const char *path, size_t max, size_t *n_out);
/* Atomic replacement: temporary file, fsync, rename. */
int fdio_write_file(
    const char *path, const void *p, size_t n, mode_t mode) ATTR_NODISCARD;

#endif
