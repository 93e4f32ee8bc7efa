/*
 * ns.c: new processes in new namespaces.
 */
#include "ns.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOSTNAME "sandbox"

uint64_t
ns_zygote_flags(bool userns)
{
	uint64_t flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
	    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

	return userns ? flags | CLONE_NEWUSER : flags;
}

uint64_t
ns_child_flags(void)
{
	return CLONE_NEWPID;
}

pid_t
ns_clone(uint64_t flags, int *pidfd_out)
{
	int *tid = NULL;
	struct clone_args args = {
	    .flags = flags | CLONE_PIDFD,
	    .pidfd = (uintptr_t)pidfd_out,
	    .exit_signal = SIGCHLD,
	};

	/*
	 * glibc keeps the thread id in memory and raise(3) uses it: the
	 * kernel must write the child's, as fork(3) would have it.
	 */
	if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid != NULL) {
		args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
		args.child_tid = (uintptr_t)tid;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int
ns_hostname(void)
{
	if (sethostname(HOSTNAME, sizeof(HOSTNAME) - 1) != 0)
		return -1;
	return setdomainname("", 0);
}
