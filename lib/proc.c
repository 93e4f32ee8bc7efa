/*
 * proc.c: child processes of a long-lived parent.
 */
#include "proc.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "str.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000
#define HEALTHY_MS 10000

#define LISTEN_FD 3 /* SD_LISTEN_FDS_START of sd_listen_fds(3) */
#define LISTEN_MAX 16

void
proc_backoff_started(struct proc_backoff *b)
{
	b->started_ms = clock_mono_ms();
	b->due_ms = 0;
}

int64_t
proc_backoff_ended(struct proc_backoff *b)
{
	int64_t now = clock_mono_ms();
	int64_t delay;

	if (now - b->started_ms >= HEALTHY_MS)
		b->delay_ms = 0;
	delay = b->delay_ms;
	b->due_ms = delay > 0 ? now + delay : 0;
	/* What the next end will cost. */
	b->delay_ms = delay == 0 ? BACKOFF_FIRST_MS : delay * 2;
	if (b->delay_ms > BACKOFF_MAX_MS)
		b->delay_ms = BACKOFF_MAX_MS;
	return delay;
}

int
proc_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int
proc_pidfd_kill(int pidfd, int sig)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) == 0)
		return 0;
	return errno == ESRCH ? 0 : -1;
}

int
proc_signalfd(const int *signals)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	(void)sigemptyset(&set);
	for (; *signals != 0; signals++) {
		if (sigaddset(&set, *signals) != 0)
			return -1;
	}
	if (sigaction(SIGPIPE, &ignore, NULL) != 0)
		return -1;
	errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (errno != 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void
proc_signals_reset(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t set;

	for (int sig = 1; sig < NSIG; sig++) {
		if (sig != SIGKILL && sig != SIGSTOP)
			(void)sigaction(sig, &usual, NULL);
	}
	(void)sigemptyset(&set);
	(void)pthread_sigmask(SIG_SETMASK, &set, NULL);
}

void
proc_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		_exit(1);
	/* It may have died before the line above. */
	if (getppid() != parent)
		_exit(1);
}

bool
proc_pidfile(const char *path)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	return fdio_write_file(path, text, (size_t)n, 0644) == 0;
}

void
proc_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(sun.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@')
		sun.sun_path[0] = '\0'; /* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)close(fd);
}

int
proc_listen_fds(void)
{
	int64_t pid, n;

	if (!str_to_i64(str_from(getenv("LISTEN_PID")), &pid) ||
	    pid != getpid() ||
	    !str_to_i64(str_from(getenv("LISTEN_FDS")), &n) || n < 1 ||
	    n > LISTEN_MAX)
		return 0;
	for (int fd = LISTEN_FD; fd < LISTEN_FD + (int)n; fd++) {
		if (fdio_cloexec(fd) != 0)
			return 0;
	}
	return (int)n;
}
