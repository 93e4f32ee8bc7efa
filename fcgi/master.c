/*
 * master.c: forks the workers, replaces them, ends them.
 *
 * A slot is one place in a pool.  Its process is `pid`; while it is replaced
 * (HUP) the successor is `next`: when that one reports that it serves, the old
 * one gets TERM and joins the `leaving`, and the next slot's turn comes.  If
 * the successor fails the old one stays and the roll ends.  Everything is
 * driven by one poll over a signalfd and the pipes on which children report.
 */
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "jobs.h"
#include "log.h"
#include "master_listen.h"
#include "out/breaker.h"
#include "privs.h"
#include "proc.h"
#include "worker.h"

#define SLOTS_MAX (2 * 64 + 1)
#define LEAVING_MAX (4 * SLOTS_MAX)
#define READY_MS 30000 /* for a successor to serve */
#define STOP_MS 10000  /* from TERM to KILL when we stop */

struct slot {
	enum pool pool;
	pid_t pid; /* 0: not running */
	int ready; /* read end of its pipe; -1: it has reported, or is not */
	struct proc_backoff backoff;
	pid_t next; /* 0: none */
	int next_ready;
	int64_t next_by_ms;
};

struct master {
	struct settings *settings;
	const char *file;
	struct listeners listeners;
	struct slot slots[SLOTS_MAX];
	size_t n;
	pid_t leaving[LEAVING_MAX]; /* told to end; 0: free */
	int signal_fd;
	size_t rolling; /* slot whose turn it is; n: no roll */
	bool roll_again;
	bool served; /* all were ready once */
	bool stopping;
	int64_t kill_at_ms;
	int status;
};

extern char **environ;

/* What the logs call it, and ps(1), which shows 15 characters. */
static const struct {
	const char *program;
	const char *process;
} names[] = {
    [POOL_ADMIN] = {"mcpbox-fcgi-admin", "mcpbox-admin"},
    [POOL_GATEWAY] = {"mcpbox-fcgi-gateway", "mcpbox-gateway"},
    [POOL_JOBS] = {"mcpbox-fcgi-jobs", "mcpbox-jobs"},
};

static void
start_log(const struct settings *s, const char *program)
{
	enum log_level level = LOG_LEVEL_INFO;

	(void)log_level_parse(str_from(s->log_level), &level);
	log_init(program, level);
}

/* --- a child -------------------------------------------------------------- */

/* What the master holds and this child does not need. */
static void
close_others(const struct master *m, int listener)
{
	(void)close(m->signal_fd);
	for (size_t i = 0; i < NELEM(m->listeners.fd); i++) {
		if (m->listeners.fd[i] >= 0 && m->listeners.fd[i] != listener)
			(void)close(m->listeners.fd[i]);
	}
	for (size_t i = 0; i < m->n; i++) {
		if (m->slots[i].ready >= 0)
			(void)close(m->slots[i].ready);
		if (m->slots[i].next_ready >= 0)
			(void)close(m->slots[i].next_ready);
	}
}

static void
become_service_user(const struct settings *s, enum pool pool)
{
	const char *name = pool == POOL_GATEWAY ? s->gateway_user : s->user;
	uid_t uid;
	uid_t house;
	gid_t gid;

	if (geteuid() != 0) {
		privs_no_new_privs();
		return;
	}
	if (!privs_user(name, &uid, &gid))
		log_fatal("there is no such user", name);
	/* The group of the house may talk to sandboxd, and nothing else
	 * hangs on it: secrets are readable by their user alone. */
	if (!privs_user(s->user, &house, &gid))
		log_fatal("there is no such user", s->user);
	privs_drop(uid, gid);
}

static void ATTR_NORETURN
child(struct master *m, enum pool pool, int ready, pid_t parent)
{
	struct settings *s = m->settings;
	int listener = pool == POOL_JOBS ? -1 : m->listeners.fd[pool];
	int status;

	start_log(s, names[pool].program);
	(void)prctl(PR_SET_NAME, names[pool].process, 0, 0, 0);
	close_others(m, listener);
	proc_signals_reset();
	if (!settings_load_secrets(s, (int)pool))
		_exit(1);
	become_service_user(s, pool);
	/* After the change of user, which would undo it. */
	proc_die_with(parent);
	if (pool == POOL_JOBS)
		status = jobs_run(s, ready);
	else
		status = worker_run(s, pool, listener, ready);
	settings_free(s);
	exit(status);
}

/* Forks a child for the pool; 0 when that fails. */
static pid_t
spawn(struct master *m, enum pool pool, int *ready_out)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		log_error("no pipe", LOG_STR("error", strerror(errno)));
		return 0;
	}
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		child(m, pool, ends[1], parent);
	}
	(void)close(ends[1]);
	if (pid < 0) {
		log_error("fork failed", LOG_STR("error", strerror(errno)));
		(void)close(ends[0]);
		return 0;
	}
	*ready_out = ends[0];
	return pid;
}

static void
forget_pipe(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
start(struct master *m, struct slot *slot)
{
	proc_backoff_started(&slot->backoff);
	slot->pid = spawn(m, slot->pool, &slot->ready);
	if (slot->pid == 0)
		(void)proc_backoff_ended(&slot->backoff);
}

/* --- rolling -------------------------------------------------------------- */

static void
begin_roll(struct master *m)
{
	for (;; m->rolling++) {
		struct slot *slot;

		if (m->rolling >= m->n) {
			if (!m->roll_again)
				break;
			m->roll_again = false;
			m->rolling = 0;
		}
		slot = &m->slots[m->rolling];
		if (slot->pid == 0)
			continue; /* it will start with the new settings */
		slot->next = spawn(m, slot->pool, &slot->next_ready);
		slot->next_by_ms = clock_mono_ms() + READY_MS;
		if (slot->next != 0)
			return;
		m->rolling = m->n;
		return;
	}
	log_info("all workers were replaced");
}

static void
abandon_roll(struct master *m, const char *why)
{
	log_error("the old workers stay", LOG_STR("reason", why));
	m->rolling = m->n;
	m->roll_again = false;
}

static void
leave(struct master *m, pid_t pid)
{
	(void)kill(pid, SIGTERM);
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		if (m->leaving[i] == 0) {
			m->leaving[i] = pid;
			return;
		}
	}
	/* So many reloads in 330 s: the longest calls pay. */
	log_warning("too many processes are leaving", LOG_INT("pid", pid));
	(void)kill(pid, SIGKILL);
}

/* The successor serves. */
static void
succeed(struct master *m, struct slot *slot)
{
	if (slot->pid != 0)
		leave(m, slot->pid);
	forget_pipe(&slot->ready);
	slot->pid = slot->next;
	slot->next = 0;
	proc_backoff_started(&slot->backoff);
	m->rolling++;
	begin_roll(m);
}

/* The settings file may have changed; what it says wrongly changes nothing. */
static void
reload(struct master *m)
{
	struct settings fresh = {.home = NULL};

	if (!settings_load(&fresh, m->file, environ)) {
		settings_free(&fresh);
		log_error("the new settings are wrong; nothing was reloaded");
		return;
	}
	settings_free(m->settings);
	*m->settings = fresh;
	start_log(m->settings, "mcpbox-fcgi");
	breaker_init(
	    m->settings->breaker_failures, m->settings->breaker_seconds);
	log_info("reloading");
	if (m->rolling < m->n) {
		m->roll_again = true;
		return;
	}
	m->rolling = 0;
	begin_roll(m);
}

/* --- children that report or end ------------------------------------------ */

static void
check_served(struct master *m)
{
	if (m->served)
		return;
	for (size_t i = 0; i < m->n; i++) {
		if (m->slots[i].pid == 0 || m->slots[i].ready >= 0)
			return;
	}
	m->served = true;
	log_info("serving", LOG_INT("processes", m->n));
	proc_notify("READY=1");
}

static void
reported(struct master *m, struct slot *slot, bool successor)
{
	int *fd = successor ? &slot->next_ready : &slot->ready;
	char byte;
	ssize_t n = read(*fd, &byte, 1);

	if (n < 0 && errno == EINTR)
		return;
	forget_pipe(fd);
	if (n != 1)
		return; /* it ended: SIGCHLD tells */
	if (successor)
		succeed(m, slot);
	else
		check_served(m);
}

static void
stop(struct master *m, int status)
{
	if (m->stopping)
		return;
	m->stopping = true;
	m->status = status;
	m->kill_at_ms = clock_mono_ms() + STOP_MS;
	proc_notify("STOPPING=1");
	log_info("stopping");
	for (size_t i = 0; i < m->n; i++) {
		if (m->slots[i].pid != 0)
			(void)kill(m->slots[i].pid, SIGTERM);
		if (m->slots[i].next != 0)
			(void)kill(m->slots[i].next, SIGTERM);
	}
}

static void
log_end(pid_t pid, int status)
{
	bool quiet = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	log_at(quiet ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "process ended",
	    LOG_INT("process", pid),
	    LOG_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
	    LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_END_);
}

static void
slot_ended(struct master *m, struct slot *slot, int status)
{
	slot->pid = 0;
	forget_pipe(&slot->ready);
	if (m->stopping)
		return;
	if (!m->served && WIFEXITED(status) &&
	    WEXITSTATUS(status) == WORKER_EXIT_CONFIG) {
		stop(m, 1);
		return;
	}
	(void)proc_backoff_ended(&slot->backoff);
}

static void
ended(struct master *m, pid_t pid, int status)
{
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		if (m->leaving[i] == pid) {
			m->leaving[i] = 0;
			log_end(pid, status);
			return;
		}
	}
	for (size_t i = 0; i < m->n; i++) {
		struct slot *slot = &m->slots[i];

		if (slot->pid == pid) {
			log_end(pid, status);
			slot_ended(m, slot, status);
		} else if (slot->next == pid) {
			log_end(pid, status);
			slot->next = 0;
			forget_pipe(&slot->next_ready);
			if (!m->stopping)
				abandon_roll(m, "a new worker ended");
		}
	}
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(m, pid, status);
}

/* --- time ----------------------------------------------------------------- */

static void
earlier(int64_t *wait, int64_t at_ms, int64_t now)
{
	int64_t left = at_ms > now ? at_ms - now : 0;

	if (*wait < 0 || left < *wait)
		*wait = left;
}

/* Starts and kills what is due; milliseconds until the next thing, or -1. */
static int64_t
act(struct master *m)
{
	int64_t now = clock_mono_ms(), wait = -1;

	if (m->stopping) {
		earlier(&wait, m->kill_at_ms, now);
		return wait;
	}
	for (size_t i = 0; i < m->n; i++) {
		struct slot *slot = &m->slots[i];

		if (slot->pid == 0 && slot->backoff.due_ms <= now)
			start(m, slot);
		if (slot->pid == 0)
			earlier(&wait, slot->backoff.due_ms, now);
		if (slot->next == 0)
			continue;
		if (slot->next_by_ms <= now)
			(void)kill(slot->next, SIGKILL);
		else
			earlier(&wait, slot->next_by_ms, now);
	}
	return wait;
}

/* Is a child of ours alive?  With `sig`, each gets it. */
static bool
any_child(const struct master *m, int sig)
{
	bool any = false;

	for (size_t i = 0; i < LEAVING_MAX; i++) {
		if (m->leaving[i] == 0)
			continue;
		any = true;
		if (sig != 0)
			(void)kill(m->leaving[i], sig);
	}
	for (size_t i = 0; i < m->n; i++) {
		const pid_t pids[] = {m->slots[i].pid, m->slots[i].next};

		for (size_t j = 0; j < NELEM(pids); j++) {
			if (pids[j] == 0)
				continue;
			any = true;
			if (sig != 0)
				(void)kill(pids[j], sig);
		}
	}
	return any;
}

/* --- the loop ------------------------------------------------------------- */

static void
take_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (read(m->signal_fd, &info, sizeof(info)) > 0) {
		if (info.ssi_signo == SIGCHLD)
			reap(m);
		else if (info.ssi_signo != SIGHUP)
			stop(m, 0);
		else if (!m->stopping)
			reload(m);
	}
}

/* What to wait for; the last one is the signals. */
static nfds_t
watch(const struct master *m, struct pollfd *fds)
{
	nfds_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		/* poll ignores an entry with a negative descriptor. */
		fds[n++] = (struct pollfd){m->slots[i].ready, POLLIN, 0};
		fds[n++] = (struct pollfd){m->slots[i].next_ready, POLLIN, 0};
	}
	fds[n++] = (struct pollfd){m->signal_fd, POLLIN, 0};
	return n;
}

static void
one_round(struct master *m)
{
	struct pollfd fds[2 * SLOTS_MAX + 1];
	int64_t wait = act(m);
	nfds_t n = watch(m, fds);

	if (poll(fds, n, wait > INT_MAX ? INT_MAX : (int)wait) <= 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct slot *slot = &m->slots[i];

		if (fds[2 * i].revents != 0 && fds[2 * i].fd == slot->ready)
			reported(m, slot, false);
		if (fds[2 * i + 1].revents != 0 &&
		    fds[2 * i + 1].fd == slot->next_ready)
			reported(m, slot, true);
	}
	take_signals(m);
}

static void
add_slots(struct master *m, enum pool pool, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		m->slots[m->n++] = (struct slot){
		    .pool = pool, .ready = -1, .next_ready = -1};
}

static char *
pidfile_path(const struct settings *s)
{
	char *path = NULL;

	if (asprintf(&path, "%s/run", s->home) < 0)
		log_panic("out of memory", "pidfile");
	(void)mkdir(path, 0755);
	free(path);
	if (asprintf(&path, "%s/run/master.pid", s->home) < 0)
		log_panic("out of memory", "pidfile");
	return path;
}

static bool
set_up(struct master *m, const char *pidfile)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0};
	const struct settings *s = m->settings;

	/* Blocked from here on, so that none ends us unheard. */
	m->signal_fd = proc_signalfd(signals);
	if (m->signal_fd < 0 || !listeners_open(&m->listeners, s))
		return false;
	if (!proc_pidfile(pidfile)) {
		log_error("no pid file", LOG_STR("path", pidfile),
		    LOG_STR("error", strerror(errno)));
		return false;
	}
	if (m->listeners.fd[POOL_ADMIN] >= 0)
		add_slots(m, POOL_ADMIN, s->workers_admin);
	if (m->listeners.fd[POOL_GATEWAY] >= 0)
		add_slots(m, POOL_GATEWAY, s->workers_gateway);
	add_slots(m, POOL_JOBS, 1);
	m->rolling = m->n;
	return true;
}

int
master_run(struct settings *s, const char *file)
{
	struct master *m = calloc(1, sizeof(*m));
	char *pidfile;
	int status;

	if (m == NULL)
		log_panic("out of memory", "master");
	start_log(s, "mcpbox-fcgi");
	m->settings = s;
	m->file = file;
	m->listeners = LISTENERS_NONE;
	m->status = 1;
	pidfile = pidfile_path(s);
	if (set_up(m, pidfile)) {
		while (!m->stopping || any_child(m, 0)) {
			one_round(m);
			if (m->stopping && clock_mono_ms() >= m->kill_at_ms)
				(void)any_child(m, SIGKILL);
		}
		(void)unlink(pidfile);
	}
	listeners_close(&m->listeners);
	status = m->status;
	free(pidfile);
	free(m);
	return status;
}
