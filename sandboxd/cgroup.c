/*
 * cgroup.c: memory, processes and cpu of a server.
 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "log.h"
#include "str.h"

#define FILE_MAX ((size_t)256 * 1024)
#define PATH_LEN 512

/* clang-format off */
/* Of one server: its zygote, its spares and its running calls together. */
static const struct {
	const char *file;
	const char *value;
	bool required;
} limits[] = {
	{"memory.max",      "4294967296", true},
	{"memory.swap.max", "0",          false}, /* no swap accounting */
	{"pids.max",        "2048",       true},
	{"cpu.weight",      "100",        false},
};
/* clang-format on */

struct cgroup {
	char dir[PATH_LEN];
};

static bool
join(char out[PATH_LEN], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_LEN, "%s/%s", dir, name);

	return n > 0 && n < PATH_LEN;
}

static int
put(const char *dir, const char *name, const char *value)
{
	char path[PATH_LEN];
	ssize_t n;
	int fd;

	if (!join(path, dir, name))
		return -1;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, value, strlen(value));
	(void)close(fd);
	return n == (ssize_t)strlen(value) ? 0 : -1;
}

static char *
get(const char *dir, const char *name)
{
	char path[PATH_LEN];

	return join(path, dir, name) ? fdio_read_file(path, FILE_MAX, NULL)
				     : NULL;
}

/* --- finding our own --------------------------------------------------------
 */

/* Field `n` (from 0) of a line of mountinfo. */
static struct str
field(struct str line, unsigned n)
{
	struct str f = STR_NONE;

	for (unsigned i = 0; i <= n; i++)
		f = str_split(&line, ' ');
	return f;
}

/* Where cgroup v2 is mounted; false when it is not. */
static bool
mount_point(char out[PATH_LEN])
{
	char *text = fdio_read_file("/proc/self/mountinfo", FILE_MAX, NULL);
	struct str rest = str_from(text);
	bool found = false;

	while (!found && rest.n > 0) {
		struct str line = str_split(&rest, '\n');
		struct str at = field(line, 4);

		for (struct str f = line; f.n > 0 && !found;) {
			if (str_eq_c(str_split(&f, ' '), "-"))
				found = str_starts(f, "cgroup2 ");
		}
		if (found)
			(void)snprintf(out, PATH_LEN, "%.*s", STR_FMT(at));
	}
	free(text);
	return found;
}

static bool
own_dir(char out[PATH_LEN])
{
	char at[PATH_LEN];
	char *text = fdio_read_file("/proc/self/cgroup", FILE_MAX, NULL);
	struct str rest = str_from(text);
	bool found = false;

	while (!found && rest.n > 0) {
		struct str line = str_split(&rest, '\n');

		if (!str_starts(line, "0::") || !mount_point(at))
			continue;
		line = str_sub(line, 3, line.n);
		if (str_eq_c(line, "/"))
			line = STR_LIT("");
		found = snprintf(out, PATH_LEN, "%s%.*s", at, STR_FMT(line)) <
		    PATH_LEN;
	}
	free(text);
	return found;
}

/* --- taking it ---------------------------------------------------------------
 */

static bool
has_controllers(const char *dir)
{
	static const char *const wanted[] = {"memory", "pids", "cpu"};
	char *text = get(dir, "cgroup.controllers");
	bool all = text != NULL;

	for (size_t i = 0; i < NELEM(wanted); i++) {
		struct str rest = str_trim(str_from(text));
		bool one = false;

		while (rest.n > 0)
			one |= str_eq_c(str_split(&rest, ' '), wanted[i]);
		all &= one;
	}
	free(text);
	return all;
}

/* A group with subgroups may hold no process: we move aside. */
static bool
take(const char *dir)
{
	char own[PATH_LEN], pid[32];

	if (!join(own, dir, "supervisor") ||
	    (mkdir(own, 0755) != 0 && errno != EEXIST))
		return false;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (put(own, "cgroup.procs", pid) != 0)
		return false;
	if (put(dir, "cgroup.subtree_control", "+memory +pids +cpu") == 0)
		return true;
	/* Others live in it: it is not ours. */
	(void)put(dir, "cgroup.procs", pid);
	(void)rmdir(own);
	return false;
}

struct cgroup *
cgroup_open(const char *dir, const char **why_out)
{
	struct cgroup *g = calloc(1, sizeof(*g));

	if (g == NULL)
		log_panic("out of memory", "cgroup");
	*why_out = "";
	if (dir != NULL)
		(void)snprintf(g->dir, sizeof(g->dir), "%s", dir);
	else if (!own_dir(g->dir))
		*why_out = "cgroup v2 is not mounted";
	if (**why_out == '\0' && !has_controllers(g->dir))
		*why_out =
		    "not delegated (no memory, pids and cpu controllers)";
	if (**why_out == '\0' && !take(g->dir))
		*why_out = "not delegated (its group is not ours alone)";
	if (**why_out == '\0')
		return g;
	free(g);
	return NULL;
}

void
cgroup_free(struct cgroup *g)
{
	free(g);
}

static bool
group_dir(const struct cgroup *g, uint32_t index, char out[PATH_LEN])
{
	char name[32];

	(void)snprintf(name, sizeof(name), "jail-%u", index);
	return join(out, g->dir, name);
}

int
cgroup_add(struct cgroup *g, uint32_t index, pid_t pid)
{
	char dir[PATH_LEN], text[32];

	if (!group_dir(g, index, dir) ||
	    (mkdir(dir, 0755) != 0 && errno != EEXIST))
		return -1;
	for (size_t i = 0; i < NELEM(limits); i++) {
		if (put(dir, limits[i].file, limits[i].value) != 0 &&
		    limits[i].required)
			return -1;
	}
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return put(dir, "cgroup.procs", text);
}

void
cgroup_remove(struct cgroup *g, uint32_t index)
{
	char dir[PATH_LEN];

	if (group_dir(g, index, dir))
		(void)rmdir(dir);
}

uint64_t
cgroup_oom_kills(const struct cgroup *g, uint32_t index)
{
	static const char key[] = "oom_kill ";
	char dir[PATH_LEN];
	uint64_t n = 0;
	char *text, *p;

	if (!group_dir(g, index, dir))
		return 0;
	text = get(dir, "memory.events");
	p = text != NULL ? strstr(text, key) : NULL;
	if (p != NULL)
		n = strtoull(p + sizeof(key) - 1, NULL, 10);
	free(text);
	return n;
}
