/*
 * userns.c: the user ids of a jail.
 */
#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_LEN 64
#define TEXT_LEN 64

static int
write_once(pid_t pid, int pidfd, const char *file, const char *text)
{
	char path[PATH_LEN];
	ssize_t n = -1;
	int fd, saved;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* Alive after the open: the number still meant our process. */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0)
		n = write(fd, text, strlen(text));
	saved = errno;
	(void)close(fd);
	errno = saved;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

int
userns_map(pid_t pid, int pidfd, enum ctl_ids ids, uint32_t base)
{
	bool single = ids == CTL_IDS_SINGLE;
	char uids[TEXT_LEN], gids[TEXT_LEN];

	if (single) {
		(void)snprintf(
		    uids, sizeof(uids), "1 %u 1\n", (unsigned)geteuid());
		(void)snprintf(
		    gids, sizeof(gids), "1 %u 1\n", (unsigned)getegid());
	} else {
		(void)snprintf(
		    uids, sizeof(uids), "0 %u %d\n", base, CTL_IDS_RANGE);
		memcpy(gids, uids, sizeof(gids));
	}
	/* An unprivileged writer must first give up dropping groups. */
	if (single && write_once(pid, pidfd, "setgroups", "deny") != 0)
		return -1;
	if (write_once(pid, pidfd, "gid_map", gids) != 0)
		return -1;
	return write_once(pid, pidfd, "uid_map", uids);
}
