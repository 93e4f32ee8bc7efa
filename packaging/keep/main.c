/*
 * mcpbox-keep: keeps the services of one instance alive.
 *
 * Theory of operation.  `make up` writes a table of services (table.h) and
 * starts this program in the background.  It is two processes:
 *
 *	guard    holds the lock and run/keep/keep.mark, passes signals on, and
 *	         does nothing but start the keeper again when that dies;
 *	keeper   starts the services, watches each through a pidfd and starts
 *	         again what ended, with a back-off that never gives up.
 *
 * Neither death ends a service.  Each running service has a mark on disk
 * (mark.h), so a new keeper takes the services over as they run: after the
 * keeper's death the guard starts one, after the guard's death the keeper
 * executes itself afresh as guard and keeper, after the death of both the
 * next `make up` does.  systemd or a container runtime in the same place
 * would be one more part to have; where they exist, packaging/systemd does
 * without this program.
 *
 * Signals to the guard: TERM or INT stop the services in reverse order and
 * end; HUP reads the table again and starts, stops, restarts or reloads what
 * differs; QUIT ends and leaves the services running.
 *
 * Privileges: as root it stays root, since it must start services under
 * several users; it reads two files that only root writes, opens no socket
 * and parses nothing that comes from outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"
#include "service.h"

#define GUARD "keep"

struct keeper {
	const char *table_path;
	const char *dir; /* of the marks */
	struct table *table;
	struct service service[TABLE_SERVICES_MAX];
	size_t n;
	bool stopping;
};

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, 0};

static int
next_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)
	    ? (int)info.ssi_signo
	    : 0;
}

/* --- the keeper ---------------------------------------------------------- */

static bool
keeper_load(struct keeper *k)
{
	k->table = table_read(k->table_path);
	if (k->table == NULL)
		return false;
	k->n = k->table->n;
	for (size_t i = 0; i < k->n; i++)
		service_adopt(&k->service[i], &k->table->row[i], k->dir);
	return true;
}

/* A service that left the table is stopped before the table is changed. */
static void
stop_and_wait(struct service *s, const char *dir)
{
	service_stop(s);
	while (s->state == SERVICE_STOPPING) {
		int64_t until = service_tick(s, dir);

		if (fdio_poll(s->pidfd, POLLIN, until) != 0)
			service_ended(s, dir);
	}
}

static void
keeper_reload(struct keeper *k)
{
	struct table *fresh = table_read(k->table_path);
	struct service now[TABLE_SERVICES_MAX];

	if (fresh == NULL)
		return; /* said why; the old table goes on */
	for (size_t i = k->n; i-- > 0;) {
		if (table_find(fresh, k->service[i].row->name) == NULL)
			stop_and_wait(&k->service[i], k->dir);
	}
	for (size_t i = 0; i < fresh->n; i++) {
		const struct table_row *row = &fresh->row[i];

		now[i] = (struct service){.row = row, .pidfd = -1};
		for (size_t j = 0; j < k->n; j++) {
			if (strcmp(k->service[j].row->name, row->name) == 0)
				now[i] = k->service[j];
		}
		service_update(&now[i], row, k->dir);
	}
	memcpy(k->service, now, fresh->n * sizeof(now[0]));
	k->n = fresh->n;
	table_free(k->table);
	k->table = fresh;
}

/* In reverse order, each gone before the next is asked. */
static bool
keeper_stopped(struct keeper *k)
{
	for (size_t i = k->n; i-- > 0;) {
		if (k->service[i].state == SERVICE_DOWN)
			continue;
		service_stop(&k->service[i]);
		return false;
	}
	return true;
}

static int64_t
keeper_tick(struct keeper *k)
{
	int64_t next = -1;

	for (size_t i = 0; i < k->n; i++) {
		int64_t at;

		if (k->stopping && k->service[i].state == SERVICE_DOWN)
			continue;
		at = service_tick(&k->service[i], k->dir);
		if (at >= 0 && (next < 0 || at < next))
			next = at;
	}
	return next;
}

static int
timeout_until(int64_t at_ms)
{
	int64_t left = at_ms - clock_mono_ms();

	if (at_ms < 0)
		return -1;
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Waits for whatever comes first; notes which services ended. */
static void
keeper_wait(struct keeper *k, int sigfd, int guardfd, struct pollfd *fds)
{
	int64_t next = keeper_tick(k);

	fds[0] = (struct pollfd){.fd = sigfd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = guardfd, .events = POLLIN};
	for (size_t i = 0; i < k->n; i++)
		fds[2 + i] = (struct pollfd){
		    .fd = k->service[i].pidfd, .events = POLLIN};
	if (poll(fds, (nfds_t)(2 + k->n), timeout_until(next)) <= 0) {
		for (size_t i = 0; i < 2 + k->n; i++)
			fds[i].revents = 0;
		return;
	}
	for (size_t i = 0; i < k->n; i++) {
		if (fds[2 + i].revents != 0)
			service_ended(&k->service[i], k->dir);
	}
}

/* guardfd: of the guard, or -1 when there is none (stop mode). */
static int
keeper_run(struct keeper *k, int sigfd, int guardfd)
{
	struct pollfd fds[2 + TABLE_SERVICES_MAX];

	for (;;) {
		int signal_number = 0;

		if (k->stopping && keeper_stopped(k))
			return 0;
		keeper_wait(k, sigfd, guardfd, fds);
		if (fds[1].revents != 0)
			return -1;
		if (fds[0].revents != 0)
			signal_number = next_signal(sigfd);
		if (signal_number == SIGTERM || signal_number == SIGINT)
			k->stopping = true;
		else if (signal_number == SIGQUIT)
			return 0;
		else if (signal_number == SIGHUP && !k->stopping)
			keeper_reload(k);
	}
}

/* --- the guard ----------------------------------------------------------- */

static pid_t
guard_start_keeper(struct keeper *k, int sigfd, char *const *argv)
{
	int guardfd = proc_pidfd(getpid());
	pid_t pid;

	if (guardfd < 0)
		log_fatal("no pidfd of myself", strerror(errno));
	pid = fork();
	if (pid < 0)
		log_error("the keeper cannot be started",
		    LOG_STR("error", strerror(errno)));
	if (pid == 0) {
		int status = 1;

		if (keeper_load(k))
			status = keeper_run(k, sigfd, guardfd);
		if (status >= 0)
			_exit(status);
		log_warning("the guard died: starting afresh");
		/* By name, so that the process keeps it; else what we are. */
		execv(argv[0], argv);
		execv("/proc/self/exe", argv);
		log_fatal("cannot start afresh", strerror(errno));
	}
	close(guardfd);
	return pid;
}

/* True when the keeper is among those that ended. */
static bool
guard_reap(pid_t keeper, int *status_out)
{
	bool ended = false;
	int status;
	pid_t pid;

	/* Services of a keeper that died come to us, as their subreaper. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == keeper) {
			*status_out = status;
			ended = true;
		}
	}
	return ended;
}

/* Passes signals on until the keeper ended; its wait status. */
static int
guard_watch(pid_t keeper, int sigfd)
{
	int status = 0;

	for (;;) {
		int signal_number;

		(void)fdio_poll(sigfd, POLLIN, -1);
		signal_number = next_signal(sigfd);
		if (signal_number == SIGCHLD) {
			if (guard_reap(keeper, &status))
				return status;
		} else if (signal_number != 0) {
			(void)kill(keeper, signal_number);
		}
	}
}

static int
guard_run(struct keeper *k, int sigfd, char *const *argv)
{
	struct proc_backoff backoff = {0};

	for (;;) {
		int64_t pause = backoff.due_ms - clock_mono_ms();
		pid_t keeper;
		int status;

		if (pause > 0)
			(void)fdio_poll(-1, 0, backoff.due_ms);
		proc_backoff_started(&backoff);
		keeper = guard_start_keeper(k, sigfd, argv);
		if (keeper > 0) {
			status = guard_watch(keeper, sigfd);
			if (WIFEXITED(status))
				return WEXITSTATUS(status);
			log_error("the keeper died: starting another",
			    LOG_INT("signal", WTERMSIG(status)));
		}
		(void)proc_backoff_ended(&backoff);
	}
}

/* One guard for each folder; held until the process ends. */
static bool
take_lock(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
		log_error("another keeper runs, or the lock is out of reach",
		    LOG_STR("path", path), LOG_STR("error", strerror(errno)));
		return false;
	}
	return true;
}

/* --- what the command line asks for --------------------------------------- */

static int
mode_run(struct keeper *k, char *const *argv)
{
	int sigfd, status;

	if (!take_lock(k->dir))
		return 1;
	sigfd = proc_signalfd(signals);
	if (sigfd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		log_fatal("cannot set up", strerror(errno));
	if (!mark_write(k->dir, GUARD, getpid(), "-", "-"))
		log_fatal("the mark cannot be written", strerror(errno));
	status = guard_run(k, sigfd, argv);
	mark_remove(k->dir, GUARD);
	return status;
}

/* Stops what an instance left running whose keeper is gone. */
static int
mode_stop(struct keeper *k)
{
	int sigfd;

	if (!take_lock(k->dir))
		return 1;
	sigfd = proc_signalfd(signals);
	if (sigfd < 0 || !keeper_load(k))
		return 1;
	k->stopping = true;
	return keeper_run(k, sigfd, -1);
}

static void
list_one(const char *dir, const char *name, const struct table_row *row)
{
	struct mark m;
	int fd = mark_open(dir, name, &m);

	if (fd < 0) {
		printf("%s\tdown\t-\t-\n", name);
		return;
	}
	printf("%s\t%s\t%d\t%" PRId64 "\n", name,
	    row == NULL ||
		    (strcmp(row->stamp, m.stamp) == 0 &&
			strcmp(row->conf, m.conf) == 0)
		? "running"
		: "outdated",
	    (int)m.pid, mark_age_s(&m));
	close(fd);
}

static int
mode_list(const struct keeper *k)
{
	struct table *t = table_read(k->table_path);

	list_one(k->dir, GUARD, NULL);
	if (t == NULL)
		return 1;
	for (size_t i = 0; i < t->n; i++)
		list_one(k->dir, t->row[i].name, &t->row[i]);
	table_free(t);
	return 0;
}

static int
mode_probe(const char *path)
{
	int fd = fdio_connect_unix(path, false);

	if (fd < 0) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	close(fd);
	return 0;
}

static int
usage(FILE *out, int status)
{
	(void)fputs(
	    "usage: mcpbox-keep TABLE MARKS     keep the services of TABLE\n"
	    "       mcpbox-keep -s TABLE MARKS  stop those that run\n"
	    "       mcpbox-keep -l TABLE MARKS  name, state, pid, seconds\n"
	    "       mcpbox-keep -p SOCKET       does somebody listen?\n"
	    "TABLE is a file that `make up` writes, MARKS a folder for the\n"
	    "marks of running processes.\n",
	    out);
	return status;
}

int
main(int argc, char **argv)
{
	static struct keeper k;
	char mode = 'r';
	int c;

	log_init("mcpbox-keep", LOG_LEVEL_INFO);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(MCPBOX_VERSION) < 0;
	while ((c = getopt(argc, argv, "slp")) != -1) {
		if (c == '?' || mode != 'r')
			return usage(stderr, 2);
		mode = (char)c;
	}
	if (argc - optind != (mode == 'p' ? 1 : 2))
		return usage(stderr, 2);
	if (mode == 'p')
		return mode_probe(argv[optind]);
	k.table_path = argv[optind];
	k.dir = argv[optind + 1];
	if (mode == 'l')
		return mode_list(&k);
	/* Descriptors of whatever shell started us are none of ours. */
	(void)close_range(3, ~0U, 0);
	return mode == 's' ? mode_stop(&k) : mode_run(&k, argv);
}
