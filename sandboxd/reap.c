/*
 * reap.c: how a run ended, from facts.
 */
#include "reap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdio.h"
#include "str.h"

#define PATH_LEN 64
#define PROC_MAX ((size_t)64 * 1024)
#define SMALL_MAX 4096 /* a process's own files, read at once */

bool
reap_unexplained(const struct reap_facts *f)
{
	return f->cause == REAP_NOT_US && WIFSIGNALED(f->status) &&
	    WTERMSIG(f->status) == SIGKILL && f->cpu_us < f->cpu_limit_us;
}

static enum box_outcome
by_signal(const struct reap_facts *f, int sig)
{
	switch (sig) {
	case SIGSYS:
		return BOX_OUTCOME_FORBIDDEN;
	case SIGKILL:
		if (f->cpu_us >= f->cpu_limit_us)
			return BOX_OUTCOME_CPU;
		/* Not ours, not the CPU limit: the OOM killer, or somebody
		 * outside, which is no fault of the tool. */
		return f->oom ? BOX_OUTCOME_MEMORY : BOX_OUTCOME_FAILED;
	case SIGXCPU:
		return BOX_OUTCOME_CPU;
	default:
		return BOX_OUTCOME_CRASHED;
	}
}

enum box_outcome
reap_classify(
    const struct reap_facts *f, uint32_t *signal_out, uint32_t *status_out)
{
	bool signalled = WIFSIGNALED(f->status);

	*signal_out = signalled ? (uint32_t)WTERMSIG(f->status) : 0;
	*status_out = signalled ? 0 : (uint32_t)WEXITSTATUS(f->status);
	switch (f->cause) {
	case REAP_DEADLINE:
		return BOX_OUTCOME_TIMEOUT;
	case REAP_CANCEL:
		return BOX_OUTCOME_CANCELLED;
	case REAP_OUTPUT:
		return BOX_OUTCOME_OUTPUT;
	case REAP_NOT_US:
		break;
	}
	if (!signalled)
		return BOX_OUTCOME_EXITED;
	return by_signal(f, WTERMSIG(f->status));
}

/* The number behind `key` at the start of a line; 0 when there is none. */
static uint64_t
number_after(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; p != NULL && *p != '\0';) {
		if (strncmp(p, key, n) == 0)
			return strtoull(p + n, NULL, 10);
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return 0;
}

static uint64_t
from_file(const char *path, const char *key)
{
	char *text = fdio_read_file(path, PROC_MAX, NULL);
	uint64_t n = text != NULL ? number_after(text, key) : 0;

	free(text);
	return n;
}

uint64_t
reap_oom_kills(void)
{
	return from_file("/proc/vmstat", "oom_kill ");
}

/*
 * A small file of a process.  One read: it is given whole, and each call pays
 * for every system call here.
 */
static const char *
small_file(int pid, const char *name, char room[SMALL_MAX])
{
	char path[PATH_LEN];
	ssize_t n;
	int fd;

	room[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return room;
	n = read(fd, room, SMALL_MAX - 1);
	room[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return room;
}

/* User and system time of all threads, from /proc/PID/stat. */
static uint64_t
group_cpu_us(int pid)
{
	char room[SMALL_MAX];
	uint64_t ticks;
	char *p;

	/* The name may hold anything; field 3 follows the last ')'. */
	(void)small_file(pid, "stat", room);
	p = strrchr(room, ')');
	for (int field = 2; p != NULL && field < 14; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL)
		return 0;
	ticks = strtoull(p, &p, 10);
	ticks += strtoull(p, NULL, 10);
	return ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

void
reap_usage(int pid, bool threads, uint64_t *cpu_us_out, uint64_t *rss_kib_out)
{
	char room[SMALL_MAX];
	uint64_t all;

	/* First field of schedstat: nanoseconds on a CPU. */
	*cpu_us_out = number_after(small_file(pid, "schedstat", room), "") /
	    1000;
	all = threads ? group_cpu_us(pid) : 0;
	if (all > *cpu_us_out)
		*cpu_us_out = all;
	if (rss_kib_out != NULL)
		*rss_kib_out = number_after(
		    small_file(pid, "status", room), "VmHWM:");
}
