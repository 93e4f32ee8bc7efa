/*
 * roll.c: the workers of an instance, replaced.
 */
#include "roll.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "str.h"

#define WORKERS_MAX 1024
/* What a worker gets to end its calls (fcgi/master.c), and some. */
#define WAIT_MS 400000
#define PATIENCE_MS 3000 /* before anything is said */
#define LOOK_MS 50

struct workers {
	pid_t pid[WORKERS_MAX];
	size_t n;
};

/* A small file of /proc or run/; false when it is not there. */
static bool
read_small(const char *path, char *out, size_t size)
{
	size_t n;
	char *p = fdio_read_file(path, size - 1, &n);

	if (p == NULL)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	free(p);
	return true;
}

/* 0: none runs. */
static pid_t
find_master(const char *home)
{
	char path[4096], text[64];
	int64_t pid;

	(void)snprintf(path, sizeof(path), "%s/run/master.pid", home);
	if (!read_small(path, text, sizeof(text)) ||
	    !str_to_i64(str_trim(str_from(text)), &pid) || pid <= 1 ||
	    pid > INT32_MAX)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (!read_small(path, text, sizeof(text)) ||
	    !str_starts(str_from(text), "mcpbox-fcgi"))
		return 0;
	return (pid_t)pid;
}

/* The fourth field of stat, behind a name that may hold anything. */
static pid_t
parent_of(pid_t pid)
{
	char path[64], text[1024], *name_end, *end;
	long parent;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!read_small(path, text, sizeof(text)))
		return 0;
	/* ") S 123 ": the state is one letter. */
	name_end = strrchr(text, ')');
	if (name_end == NULL || strlen(name_end) < 5)
		return 0;
	parent = strtol(name_end + 4, &end, 10);
	return end > name_end + 4 && *end == ' ' && parent > 0 ? (pid_t)parent
							       : 0;
}

static void
list(pid_t master, struct workers *out)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int64_t pid;

	out->n = 0;
	if (dir == NULL)
		log_panic("no /proc", strerror(errno));
	while ((e = readdir(dir)) != NULL) {
		if (str_to_i64(str_from(e->d_name), &pid) &&
		    parent_of((pid_t)pid) == master && out->n < WORKERS_MAX)
			out->pid[out->n++] = (pid_t)pid;
	}
	(void)closedir(dir);
}

static size_t
still_there(const struct workers *w, pid_t master)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += parent_of(w->pid[i]) == master;
	return n;
}

bool
roll_workers(const char *home)
{
	pid_t master = find_master(home);
	int64_t begun = clock_mono_ms();
	bool said = false;
	struct workers w;
	size_t left;

	if (master == 0) {
		(void)puts("mcpbox-fcgi does not run: nobody to tell.");
		return true;
	}
	list(master, &w);
	if (kill(master, SIGHUP) != 0) {
		(void)fprintf(stderr,
		    "mcpboxctl: mcpbox-fcgi (process %d) cannot be told: %s\n",
		    (int)master, strerror(errno));
		return false;
	}
	while ((left = still_there(&w, master)) > 0) {
		int64_t waited = clock_mono_ms() - begun;

		if (waited > WAIT_MS) {
			(void)fprintf(stderr,
			    "mcpboxctl: %zu workers were not replaced: "
			    "log/fcgi.log says why. Nothing is lost; run the "
			    "same command again to go on.\n",
			    left);
			return false;
		}
		if (!said && waited > PATIENCE_MS) {
			(void)printf("waiting for workers that end their calls "
				     "(up to 6 minutes) ...\n");
			(void)fflush(stdout);
			said = true;
		}
		(void)poll(NULL, 0, LOOK_MS);
	}
	return true;
}
