/*
 * landlock.c: the second lock on files and sockets.
 *
 * The attribute struct is our own: build hosts have older headers than the
 * kernels this runs on, and the kernel accepts any size it knows.
 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attr {
	uint64_t fs;
	uint64_t net;    /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

#define BITS(n) ((UINT64_C(1) << (n)) - 1)

/* What each ABI added: number of file rights, network rights, scopes. */
static const struct {
	int abi;
	unsigned fs, net, scoped;
	size_t size;
} abis[] = {
    {1, 13, 0, 0, offsetof(struct attr, net)},
    {2, 14, 0, 0, offsetof(struct attr, net)},    /* refer */
    {3, 15, 0, 0, offsetof(struct attr, net)},    /* truncate */
    {4, 15, 2, 0, offsetof(struct attr, scoped)}, /* TCP bind, connect */
    {5, 16, 2, 0, offsetof(struct attr, scoped)}, /* ioctl on devices */
    {6, 16, 2, 2, sizeof(struct attr)}, /* abstract sockets, signals */
};

int
landlock_abi(void)
{
	long n = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return n > 0 ? (int)n : 0;
}

static int
allow_read(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
	    .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	long r;

	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	/* The kernel refuses rights of folders for what is none. */
	if (fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0);
	(void)close(rule.parent_fd);
	return r == 0 ? 0 : -1;
}

static int
make_ruleset(const char *const *paths, bool network)
{
	int abi = landlock_abi();
	struct attr attr = {0};
	size_t size = 0;
	int fd;

	for (size_t i = 0; i < NELEM(abis) && abis[i].abi <= abi; i++) {
		attr = (struct attr){BITS(abis[i].fs),
		    network ? BITS(abis[i].net) : 0, BITS(abis[i].scoped)};
		size = abis[i].size;
	}
	if (size == 0) {
		errno = EOPNOTSUPP;
		return -1;
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0)
		return -1;
	for (size_t i = 0; paths[i] != NULL; i++) {
		if (allow_read(fd, paths[i]) != 0) {
			(void)close(fd);
			return -1;
		}
	}
	return fd;
}

int
landlock_ruleset(const char *const *paths)
{
	return make_ruleset(paths, true);
}

int
landlock_ruleset_files(const char *const *paths)
{
	return make_ruleset(paths, false);
}

int
landlock_enter(int ruleset)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
