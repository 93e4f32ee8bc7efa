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

/* Made before the fork: the child only makes system calls. */
struct args {
	char text[OPTION_MAX][OPTION_LEN];
	char parent[OPTION_LEN];
	char *v[OPTION_MAX + 3];
};

static void
make_args(struct args *a, const struct options *o)
{
	static char name[] = "mcpbox-run";
	size_t n = option_args(o, a->text);
	char **v = a->v;

	(void)snprintf(a->parent, OPTION_LEN, "--parent=%d", (int)getpid());
	*v++ = name;
	for (size_t i = 0; i < n; i++)
		*v++ = a->text[i];
	*v++ = a->parent;
	*v = NULL;
}

static void become_root_zygote(
    const struct spawn *s, const struct args *a, int ctl) ATTR_NORETURN;

/* In the child: only async-signal-safe calls. */
static void
become_root_zygote(const struct spawn *s, const struct args *a, int ctl)
{
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
	(void)execve(s->program, a->v, empty);
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
	make_args(&args, &s->options);
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
