/*
 * spawn.c: executes mcpbox-run.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fdio.h"
#include "proc.h"

#define CTL_FD 3
#define ARG_LEN 32

struct args {
	char enforce[ARG_LEN], lean[ARG_LEN], userns[ARG_LEN], parent[ARG_LEN];
};

static void
make_args(struct args *a, const struct spawn *s)
{
	(void)snprintf(a->enforce, ARG_LEN, "--enforce=%d", s->enforce);
	(void)snprintf(a->lean, ARG_LEN, "--lean=%d", s->lean);
	(void)snprintf(a->userns, ARG_LEN, "--userns=%d", s->userns);
	(void)snprintf(a->parent, ARG_LEN, "--parent=%d", (int)getpid());
}

static void become_root_zygote(
    const struct spawn *s, const struct args *a, int ctl) ATTR_NORETURN;

/* In the child: only async-signal-safe calls. */
static void
become_root_zygote(const struct spawn *s, const struct args *a, int ctl)
{
	static char name[] = "mcpbox-run";
	char *const argv[] = {name, (char *)(uintptr_t)a->enforce,
	    (char *)(uintptr_t)a->lean, (char *)(uintptr_t)a->userns,
	    (char *)(uintptr_t)a->parent, NULL};
	char *const empty[] = {NULL};
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(127);
	/* dup2 onto itself would leave close-on-exec set. */
	if (ctl == CTL_FD ? fcntl(ctl, F_SETFD, 0) < 0 : dup2(ctl, CTL_FD) < 0)
		_exit(127);
	if (close_range(CTL_FD + 1, ~0U, 0) != 0)
		_exit(127);
	proc_signals_reset();
	(void)execve(s->program, argv, empty);
	_exit(127);
}

pid_t
spawn_root(const struct spawn *s, int *ctl_out, int *pidfd_out)
{
	int pair[2], saved;
	struct args args;
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	make_args(&args, s);
	if (fdio_nonblock(pair[0]) == 0)
		pid = fork();
	if (pid == 0)
		become_root_zygote(s, &args, pair[1]);
	saved = errno;
	(void)close(pair[1]);
	if (pid > 0) {
		/* Our child, not waited for yet: the number is still its. */
		*pidfd_out = proc_pidfd(pid);
		*ctl_out = pair[0];
		if (*pidfd_out >= 0)
			return pid;
		saved = errno;
	}
	(void)close(pair[0]);
	errno = saved;
	return -1;
}
