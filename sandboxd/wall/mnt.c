/*
 * mnt.c: the jail's file system.
 */
#include "mnt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Any directory will do: it is covered only in our own mount namespace. */
#define NEW_ROOT "/tmp"
#define PATH_LEN 256

#define LOCKED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

const char *const mnt_shared[] = {
    "/usr/lib/python" MCPBOX_PYTHON,
    "/usr/share/zoneinfo",
    NULL,
};

int
mnt_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int
mnt_tmpfs(void)
{
	return mount("none", NEW_ROOT, "tmpfs", LOCKED,
	    "size=64k,nr_inodes=64,mode=755");
}

/* mkdir -p; the tree is ours and empty. */
static int
make_path(char *path)
{
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return mkdir(path, 0755) != 0 && errno != EEXIST ? -1 : 0;
}

static int
bind_one(const char *path)
{
	char to[PATH_LEN];
	int n = snprintf(to, sizeof(to), "%s%s", NEW_ROOT, path);

	if (n < 0 || (size_t)n >= sizeof(to)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (make_path(to) != 0)
		return -1;
	if (mount(path, to, NULL, MS_BIND, NULL) != 0)
		return -1;
	/* A bind takes its flags only when it is mounted again. */
	return mount(
	    NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | LOCKED, NULL);
}

int
mnt_bind(void)
{
	for (size_t i = 0; mnt_shared[i] != NULL; i++) {
		/* Time zones are optional, the library is not. */
		if (i > 0 && access(mnt_shared[i], R_OK) != 0)
			continue;
		if (bind_one(mnt_shared[i]) != 0)
			return -1;
	}
	return 0;
}

int
mnt_pivot(void)
{
	if (chdir(NEW_ROOT) != 0)
		return -1;
	/* The old root is stacked under the new one, then taken away. */
	if (syscall(SYS_pivot_root, ".", ".") != 0)
		return -1;
	if (umount2(".", MNT_DETACH) != 0)
		return -1;
	return chdir("/");
}

int
mnt_seal(void)
{
	return mount(
	    NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | LOCKED, NULL);
}
