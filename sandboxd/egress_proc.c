/*
 * egress_proc.c: the process mcpbox-egress.
 */
#include "egress_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"

#define LISTEN_FD 3
#define BACKLOG 256
#define ENV_MAX 64
#define RETRY_MS 5000 /* when it cannot be started at all */
#define PROOF_MS 2000 /* it lives for so long: the last failure is over */
#define DEATH_MS 2000 /* to end by itself */

enum state {
	STATE_RUNNING,
	STATE_WAITING, /* it ended; its next start is due */
	STATE_MISSING, /* the program is not there */
	STATE_BLOCKED  /* no socket, or no process */
};

static const char *const state_names[] = {
    [STATE_RUNNING] = "running",
    [STATE_WAITING] = "waiting",
    [STATE_MISSING] = "missing",
    [STATE_BLOCKED] = "blocked",
};

struct egress_proc {
	struct loop *loop;
	struct egress_proc_config config;
	char *env[ENV_MAX + 1];
	enum state state;
	int listener; /* -1: not yet */
	struct sockaddr_un address;
	socklen_t address_len;
	pid_t pid;
	struct watch death; /* pidfd */
	struct timer start;
	struct proc_backoff backoff;
	int64_t started_ms;
	uint64_t starts;
	bool failed; /* ended, and has not shown since that it works */
	int status;  /* of its last end */
	struct egress_user *users;
	unsigned nusers;
};

static void start(struct egress_proc *p);

/* --- the socket
 * -------------------------------------------------------------------- */

/* The kernel finds an abstract name. */
static int
listen_nameless(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sa_family_t)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool
have_socket(struct egress_proc *p)
{
	if (p->listener >= 0)
		return true;
	p->listener = p->config.socket != NULL
	    ? fdio_listen_unix(p->config.socket, 0600, BACKLOG)
	    : listen_nameless();
	p->address_len = sizeof(p->address);
	if (p->listener >= 0 &&
	    getsockname(p->listener, (struct sockaddr *)&p->address,
		&p->address_len) == 0)
		return true;
	if (p->listener >= 0)
		(void)close(p->listener);
	p->listener = -1;
	return false;
}

int
egress_proc_join(struct egress_proc *p, struct egress_user *u)
{
	int fd, r;

	/* Its socket would take us, and nobody would come. */
	if (p == NULL || p->state != STATE_RUNNING)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	do
		r = connect(fd, (struct sockaddr *)&p->address, p->address_len);
	while (r != 0 && errno == EINTR);
	if (r != 0) {
		log_warning("cannot connect to mcpbox-egress",
		    LOG_STR("error", strerror(errno)));
		(void)close(fd);
		return -1;
	}
	u->prev = NULL;
	u->next = p->users;
	if (p->users != NULL)
		p->users->prev = u;
	p->users = u;
	p->nusers++;
	return fd;
}

void
egress_proc_leave(struct egress_proc *p, struct egress_user *u)
{
	if (u->prev != NULL)
		u->prev->next = u->next;
	else
		p->users = u->next;
	if (u->next != NULL)
		u->next->prev = u->prev;
	u->next = u->prev = NULL;
	p->nusers--;
}

/* --- the process
 * ------------------------------------------------------------------- */

static bool
may_see(const char *line)
{
	static const char *const names[] = {
	    "MCPBOX_EGRESS_", "MCPBOX_LOG_LEVEL=", "MCPBOX_HOME="};

	for (size_t i = 0; i < NELEM(names); i++) {
		if (strncmp(line, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

static void
choose_environment(struct egress_proc *p, char *const *env)
{
	size_t n = 0;

	for (; env != NULL && *env != NULL && n < ENV_MAX; env++) {
		if (may_see(*env))
			p->env[n++] = *env;
	}
}

static void become_egress(
    const struct egress_proc *p, pid_t parent) ATTR_NORETURN;

/* In the child: only async-signal-safe calls. */
static void
become_egress(const struct egress_proc *p, pid_t parent)
{
	static char name[] = "mcpbox-egress", option[] = "-c";
	char *file = (char *)(uintptr_t)p->config.file;
	char *const argv[] = {name, file != NULL ? option : NULL, file, NULL};
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(127);
	/* dup2 onto itself would leave close-on-exec set. */
	if (p->listener == LISTEN_FD ? fcntl(LISTEN_FD, F_SETFD, 0) < 0
				     : dup2(p->listener, LISTEN_FD) < 0)
		_exit(127);
	if (close_range(LISTEN_FD + 1, ~0U, 0) != 0)
		_exit(127);
	proc_signals_reset();
	proc_die_with(parent);
	(void)execve(p->config.program, argv, p->env);
	_exit(127);
}

static void
tell_users(struct egress_proc *p)
{
	struct egress_user *next;

	for (struct egress_user *u = p->users; u != NULL; u = next) {
		next = u->next;
		u->lost(u);
	}
}

static void
on_start(struct timer *t)
{
	start(LOOP_OWNER(struct egress_proc, start, t));
}

static void
start_later(struct egress_proc *p, int64_t ms)
{
	loop_timer(p->loop, &p->start, clock_mono_ms() + ms, on_start);
}

static void
on_death(struct watch *w, uint32_t events)
{
	struct egress_proc *p = LOOP_OWNER(struct egress_proc, death, w);
	int fd = w->fd;

	(void)events;
	loop_unwatch(p->loop, w);
	(void)close(fd);
	/* Ours and dead: this does not wait. */
	(void)waitpid(p->pid, &p->status, 0);
	log_error("mcpbox-egress ended", LOG_INT("pid", p->pid),
	    LOG_INT("signal", WIFSIGNALED(p->status) ? WTERMSIG(p->status) : 0),
	    LOG_INT(
		"status", WIFEXITED(p->status) ? WEXITSTATUS(p->status) : 0));
	p->pid = 0;
	p->failed = true;
	p->state = STATE_WAITING;
	start_later(p, proc_backoff_ended(&p->backoff));
	tell_users(p);
}

static void
cannot(struct egress_proc *p, enum state state, const char *message)
{
	/* Said once, not every few seconds. */
	if (p->state != state)
		log_error(message, LOG_STR("program", p->config.program),
		    LOG_STR("error", strerror(errno)));
	p->state = state;
	start_later(p, RETRY_MS);
}

/* A process that could not be watched must not be. */
static void
give_up(struct egress_proc *p)
{
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
	p->pid = 0;
}

static void
start(struct egress_proc *p)
{
	pid_t parent = getpid();
	int pidfd;

	if (access(p->config.program, X_OK) != 0) {
		cannot(p, STATE_MISSING,
		    "mcpbox-egress is not there: tools have no network");
		return;
	}
	if (!have_socket(p)) {
		cannot(p, STATE_BLOCKED, "cannot listen for mcpbox-egress");
		return;
	}
	proc_backoff_started(&p->backoff);
	p->pid = fork();
	if (p->pid == 0)
		become_egress(p, parent);
	pidfd = p->pid > 0 ? proc_pidfd(p->pid) : -1;
	if (pidfd < 0) {
		cannot(p, STATE_BLOCKED, "cannot start mcpbox-egress");
		give_up(p);
		return;
	}
	p->starts++;
	p->started_ms = clock_mono_ms();
	p->state = STATE_RUNNING;
	loop_watch(p->loop, &p->death, pidfd, EPOLLIN, on_death);
}

struct egress_proc *
egress_proc_new(struct loop *loop, const struct egress_proc_config *c)
{
	struct egress_proc *p = calloc(1, sizeof(*p));

	if (p == NULL)
		log_panic("out of memory", "egress");
	p->loop = loop;
	p->config = *c;
	p->listener = -1;
	p->death.fd = -1;
	p->state = STATE_WAITING;
	choose_environment(p, c->environ);
	start(p);
	return p;
}

/* Asked first: it says its own last words. */
static void
end_process(struct egress_proc *p)
{
	int fd = p->death.fd;

	if (fd < 0)
		return;
	(void)proc_pidfd_kill(fd, SIGTERM);
	if (fdio_poll(fd, EPOLLIN, clock_mono_ms() + DEATH_MS) <= 0)
		(void)proc_pidfd_kill(fd, SIGKILL);
	(void)waitpid(p->pid, &p->status, 0);
	loop_unwatch(p->loop, &p->death);
	(void)close(fd);
}

void
egress_proc_free(struct egress_proc *p)
{
	if (p == NULL)
		return;
	end_process(p);
	loop_timer_off(&p->start);
	if (p->listener >= 0) {
		(void)close(p->listener);
		if (p->config.socket != NULL)
			(void)unlink(p->config.socket);
	}
	free(p);
}

/* --- how it is
 * --------------------------------------------------------------------- */

void
egress_proc_heard(struct egress_proc *p)
{
	p->failed = false;
}

bool
egress_proc_well(const struct egress_proc *p)
{
	return p != NULL && p->state == STATE_RUNNING &&
	    (!p->failed || clock_mono_ms() - p->started_ms >= PROOF_MS);
}

void
egress_proc_report(const struct egress_proc *p, struct buf *out)
{
	if (p == NULL) {
		buf_puts(out, "{\"state\":\"off\",\"healthy\":false}");
		return;
	}
	buf_printf(out,
	    "{\"state\":\"%s\",\"healthy\":%s,\"pid\":%d,\"starts\":%llu,"
	    "\"connections\":%u,\"last_exit\":",
	    state_names[p->state], egress_proc_well(p) ? "true" : "false",
	    (int)p->pid, (unsigned long long)p->starts, p->nusers);
	if (p->starts > (p->state == STATE_RUNNING))
		buf_printf(out, "{\"signal\":%d,\"status\":%d}}",
		    WIFSIGNALED(p->status) ? WTERMSIG(p->status) : 0,
		    WIFEXITED(p->status) ? WEXITSTATUS(p->status) : 0);
	else
		buf_puts(out, "null}");
}
