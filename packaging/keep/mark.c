#include "mark.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "fdio.h"
#include "proc.h"
#include "str.h"

#define MARK_MAX 1024

static bool
mark_path(const char *dir, const char *name, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/%s.mark", dir, name);

	return n > 0 && n < PATH_MAX;
}

/* Field 22 of /proc/PID/stat; the name before it may hold anything. */
static bool
start_time(pid_t pid, uint64_t *out)
{
	char path[64], *text, *p;
	int64_t ticks = 0;
	bool ok = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	text = fdio_read_file(path, 4096, NULL);
	if (text == NULL)
		return false;
	p = strrchr(text, ')');
	if (p != NULL && p[1] == ' ') {
		struct str rest = str_from(p + 2);

		for (int field = 3; field < 22; field++)
			(void)str_split(&rest, ' ');
		ok = str_to_i64(str_split(&rest, ' '), &ticks) && ticks > 0;
	}
	free(text);
	*out = (uint64_t)ticks;
	return ok;
}

/* The boot and the folder, as one word. */
static bool
place(const char *dir, char *out, size_t max)
{
	char *boot = fdio_read_file(
	    "/proc/sys/kernel/random/boot_id", 64, NULL);
	struct stat st;
	bool ok = false;

	if (boot != NULL && stat(dir, &st) == 0) {
		boot[strcspn(boot, "\n")] = '\0';
		(void)snprintf(out, max, "%s/%" PRIu64 ":%" PRIu64, boot,
		    (uint64_t)st.st_dev, (uint64_t)st.st_ino);
		ok = true;
	}
	free(boot);
	return ok;
}

bool
mark_write(const char *dir, const char *name, pid_t pid, const char *stamp,
    const char *conf)
{
	char path[PATH_MAX], here[128];
	struct buf b;
	uint64_t ticks;
	bool ok;

	if (!mark_path(dir, name, path) || !place(dir, here, sizeof(here)) ||
	    !start_time(pid, &ticks))
		return false;
	buf_init(&b, MARK_MAX);
	buf_printf(&b, "%d %" PRIu64 " %s %s %s\n", (int)pid, ticks, here,
	    stamp, conf);
	ok = !b.overflow && fdio_write_file(path, b.p, b.n, 0644) == 0;
	buf_free(&b);
	return ok;
}

static bool
copy_word(struct str s, char *out, size_t max)
{
	if (s.n == 0 || s.n >= max)
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool
mark_parse(const char *dir, const char *text, struct mark *out)
{
	struct str rest = str_trim(str_from(text));
	char here[128];
	int64_t pid, ticks;

	if (!str_to_i64(str_split(&rest, ' '), &pid) || pid < 2 ||
	    pid > INT_MAX || !str_to_i64(str_split(&rest, ' '), &ticks))
		return false;
	if (!place(dir, here, sizeof(here)) ||
	    !str_eq_c(str_split(&rest, ' '), here))
		return false;
	out->pid = (pid_t)pid;
	out->started = (uint64_t)ticks;
	return copy_word(
		   str_split(&rest, ' '), out->stamp, sizeof(out->stamp)) &&
	    copy_word(rest, out->conf, sizeof(out->conf));
}

int
mark_open(const char *dir, const char *name, struct mark *out)
{
	char path[PATH_MAX], *text;
	uint64_t ticks;
	bool ok;
	int fd;

	if (!mark_path(dir, name, path))
		return -1;
	text = fdio_read_file(path, MARK_MAX, NULL);
	if (text == NULL)
		return -1;
	ok = mark_parse(dir, text, out);
	free(text);
	if (!ok)
		return -1;
	/* First the descriptor, then the question: the answer then holds. */
	fd = proc_pidfd(out->pid);
	if (fd < 0)
		return -1;
	if (!start_time(out->pid, &ticks) || ticks != out->started ||
	    fdio_poll(fd, POLLIN, 0) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void
mark_remove(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (mark_path(dir, name, path))
		(void)unlink(path);
}

int64_t
mark_age_s(const struct mark *m)
{
	struct timespec now;
	long hz = sysconf(_SC_CLK_TCK);

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec -
	    (int64_t)(m->started / (uint64_t)(hz > 0 ? hz : 100));
}
