#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "privs.h"

/* What a child that could not even start exits with, as a shell does. */
#define EXIT_NOT_STARTED 127

static void
set_running(struct service *s, int pidfd)
{
	s->pidfd = pidfd;
	s->state = SERVICE_RUNNING;
	proc_backoff_started(&s->backoff);
}

void
service_adopt(struct service *s, const struct table_row *row, const char *dir)
{
	int fd;

	*s = (struct service){.row = row, .pidfd = -1};
	fd = mark_open(dir, row->name, &s->mark);
	if (fd < 0)
		return;
	set_running(s, fd);
	log_info("service taken over", LOG_STR("service", row->name),
	    LOG_INT("service_pid", s->mark.pid));
	service_update(s, row, dir);
}

static void
child_fail(const char *step)
{
	log_error("the service cannot be started", LOG_STR("step", step),
	    LOG_STR("error", strerror(errno)));
	_exit(EXIT_NOT_STARTED);
}

/* Standard input is empty, output and errors go to the log. */
static void
child_streams(const char *path)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (null < 0 || log < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		child_fail("log");
}

static void ATTR_NORETURN
child_run(const struct table_row *row, int go)
{
	uid_t uid;
	gid_t gid;
	char c;

	proc_signals_reset();
	/* A keeper that dies before it wrote the mark must leave nothing. */
	if (fdio_read_full(go, &c, 1, -1) != 0)
		_exit(EXIT_NOT_STARTED);
	child_streams(row->log);
	/* nginx does not remove what a killed predecessor left. */
	for (size_t i = 0; row->unlink[i] != NULL; i++)
		if (unlink(row->unlink[i]) != 0 && errno != ENOENT)
			child_fail("unlink");
	/* A group of its own, so that what it leaves behind can be found. */
	if (setsid() < 0 || chdir("/") != 0)
		child_fail("session");
	umask(022);
	if (row->user != NULL) {
		if (!privs_user(row->user, &uid, &gid))
			child_fail("user");
		privs_drop(uid, gid);
	}
	execve(row->program, row->argv, row->envp);
	child_fail("exec");
	_exit(EXIT_NOT_STARTED);
}

static void
start_failed(struct service *s, const char *step)
{
	log_error("the service cannot be started",
	    LOG_STR("service", s->row->name), LOG_STR("step", step),
	    LOG_STR("error", strerror(errno)));
	proc_backoff_started(&s->backoff);
	(void)proc_backoff_ended(&s->backoff);
}

void
service_start(struct service *s, const char *dir)
{
	const struct table_row *row = s->row;
	int go[2], fd = -1;
	pid_t pid;

	if (s->state != SERVICE_DOWN || clock_mono_ms() < s->backoff.due_ms)
		return;
	if (pipe2(go, O_CLOEXEC) != 0) {
		start_failed(s, "pipe");
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		child_run(row, go[0]);
	}
	close(go[0]);
	if (pid > 0 && mark_write(dir, row->name, pid, row->stamp, row->conf))
		fd = mark_open(dir, row->name, &s->mark);
	if (fd < 0 || fdio_write_full(go[1], "", 1, -1) != 0) {
		start_failed(s, pid > 0 ? "mark" : "fork");
		if (fd >= 0)
			close(fd);
		close(go[1]); /* the child sees the end and leaves */
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
		return;
	}
	close(go[1]);
	set_running(s, fd);
	log_info("service started", LOG_STR("service", row->name),
	    LOG_INT("service_pid", pid));
}

void
service_stop(struct service *s)
{
	if (s->state != SERVICE_RUNNING)
		return;
	log_info("service is being stopped", LOG_STR("service", s->row->name),
	    LOG_INT("service_pid", s->mark.pid));
	(void)proc_pidfd_kill(s->pidfd, s->row->stop_signal);
	s->state = SERVICE_STOPPING;
	s->kill_ms = clock_mono_ms() + s->row->stop_seconds * INT64_C(1000);
}

/* How it ended, if it was a child of this keeper. */
static void
log_end(const struct service *s, int64_t delay_ms)
{
	int status = 0;
	pid_t got = waitpid(s->mark.pid, &status, WNOHANG);
	bool ours = got == s->mark.pid;

	if (s->state == SERVICE_STOPPING) {
		log_info("service stopped", LOG_STR("service", s->row->name),
		    LOG_INT("service_pid", s->mark.pid));
		return;
	}
	log_error("service ended by itself", LOG_STR("service", s->row->name),
	    LOG_INT("service_pid", s->mark.pid),
	    LOG_INT(
		"exit", ours && WIFEXITED(status) ? WEXITSTATUS(status) : -1),
	    LOG_INT(
		"signal", ours && WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_INT("again_in_ms", delay_ms));
}

void
service_ended(struct service *s, const char *dir)
{
	int64_t delay_ms = proc_backoff_ended(&s->backoff);

	/*
	 * A killed nginx or master leaves workers that hold the sockets.
	 * The group's number cannot be another's while the process has not
	 * been waited for, hence before log_end.
	 */
	if (s->row->orphans_signal != 0)
		(void)kill(-s->mark.pid, s->row->orphans_signal);
	log_end(s, delay_ms);
	if (s->state == SERVICE_STOPPING)
		s->backoff = (struct proc_backoff){0};
	close(s->pidfd);
	s->pidfd = -1;
	s->state = SERVICE_DOWN;
	mark_remove(dir, s->row->name);
}

static void
service_reload(struct service *s, const char *dir)
{
	const struct table_row *row = s->row;

	log_info("service is reloading", LOG_STR("service", row->name));
	(void)proc_pidfd_kill(s->pidfd, row->reload_signal);
	if (!mark_write(dir, row->name, s->mark.pid, row->stamp, row->conf))
		log_warning("the mark cannot be written",
		    LOG_STR("service", row->name),
		    LOG_STR("error", strerror(errno)));
	(void)memcpy(s->mark.conf, row->conf, strlen(row->conf) + 1);
}

void
service_update(struct service *s, const struct table_row *row, const char *dir)
{
	bool same_program, same_conf;

	s->row = row;
	if (s->state == SERVICE_DOWN)
		s->backoff = (struct proc_backoff){0};
	if (s->state != SERVICE_RUNNING)
		return;
	same_program = strcmp(s->mark.stamp, row->stamp) == 0;
	same_conf = strcmp(s->mark.conf, row->conf) == 0;
	if (same_program && same_conf)
		return;
	if (same_program && row->reload_signal != 0)
		service_reload(s, dir);
	else
		service_stop(s);
}

int64_t
service_tick(struct service *s, const char *dir)
{
	switch (s->state) {
	case SERVICE_DOWN:
		service_start(s, dir);
		return s->state == SERVICE_DOWN ? s->backoff.due_ms : -1;
	case SERVICE_RUNNING:
		return -1;
	case SERVICE_STOPPING:
		break;
	}
	if (clock_mono_ms() < s->kill_ms)
		return s->kill_ms;
	log_warning("service did not stop in time and is killed",
	    LOG_STR("service", s->row->name));
	(void)proc_pidfd_kill(s->pidfd, SIGKILL);
	s->kill_ms = clock_mono_ms() + INT64_C(1000);
	return s->kill_ms;
}
