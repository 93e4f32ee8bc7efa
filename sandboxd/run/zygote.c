/*
 * zygote.c: the zygote of one server.
 *
 * It never runs a line of any tool.  It locks itself down, then clones
 * children on request and reports how they ended.
 */
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "child.h"
#include "filter.h"
#include "landlock.h"
#include "limit.h"
#include "mnt.h"
#include "netns.h"
#include "ns.h"
#include "pages.h"
#include "pin.h"
#include "proc.h"
#include "py.h"
#include "step.h"

/* Out of the way of a child's descriptor 3. */
#define CTL_FD 50
#define RULESET_FD 51
#define SIGNAL_FD 52
#define PIN_FD 53 /* as long as it is open, the pages are pinned */

static pid_t children[CTL_IDS_RANGE]; /* by slot; 0 = free */

/* --- lockdown ----------------------------------------------------------------
 */

/* Moves a descriptor to a fixed place, close-on-exec. */
static int
place(int fd, int at)
{
	if (fd == at)
		return 0;
	if (dup3(fd, at, O_CLOEXEC) < 0)
		return -1;
	return close(fd);
}

static int
quiet(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -1;
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(null, fd) < 0)
			return -1;
	}
	return null > 2 ? close(null) : 0;
}

static int
take_ids(const struct zygote *z)
{
	/* A plain user's namespace may not change groups: they stay. */
	if (z->ids == CTL_IDS_SINGLE)
		return 0;
	/* Of the host's root, who may be in groups that own files. */
	if (z->ids == CTL_IDS_REAL)
		return setgroups(0, NULL);
	if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
		return -1;
	return setgroups(0, NULL);
}

static int
make_ruleset(struct zygote *z)
{
	int fd;

	z->ruleset = -1;
	if (landlock_abi() == 0)
		return 0;
	fd = landlock_ruleset(mnt_shared);
	if (fd < 0)
		return -1;
	z->ruleset = RULESET_FD;
	return place(fd, RULESET_FD);
}

/* Who copies the pages that any call writes? */
static void
share_pages(struct zygote *z)
{
	int fd = z->h->options.pin ? pin_pages(&z->h->pages) : -1;

	z->pinned = fd >= 0 && place(fd, PIN_FD) == 0;
	if (!z->pinned)
		(void)pages_add(&z->pages, &z->h->pages);
}

/* The one legal order.  Returns the step that failed, errno says how. */
static enum step
lockdown(struct zygote *z)
{
	if (take_ids(z) != 0)
		return STEP_IDS;
	/* Now: what is pinned counts for the user who pins it. */
	share_pages(z);
	if (mnt_private() != 0)
		return STEP_PRIVATE;
	if (mnt_tmpfs() != 0)
		return STEP_TMPFS;
	if (mnt_bind() != 0)
		return STEP_BIND;
	if (mnt_pivot() != 0)
		return STEP_PIVOT;
	if (mnt_seal() != 0)
		return STEP_SEALED;
	if (ns_hostname() != 0)
		return STEP_HOSTNAME;
	if (netns_empty() != 0)
		return STEP_NETWORK;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return STEP_NNP;
	if (make_ruleset(z) != 0)
		return STEP_RULESET;
	if (limit_zygote() != 0)
		return STEP_LIMITS;
	if (caps_keep_spawning() != 0)
		return STEP_KEEPCAPS;
	if (filter_load(z->h->zygote) != 0)
		return STEP_OWNFILTER;
	return STEP_READY;
}

/* --- serving
 * ------------------------------------------------------------------ */

static void
report(struct ctl m, int fd)
{
	if (ctl_send(CTL_FD, &m, &fd, fd >= 0 ? 1 : 0) != 0)
		_exit(1);
}

static bool
receive(struct ctl *m, int *fd)
{
	static char room[CTL_PACKET_MAX];

	*fd = -1;
	for (;;) {
		switch (ctl_recv(CTL_FD, CTL_FROM_SUPERVISOR, room, m, fd)) {
		case 1:
			return true;
		case 0:
			_exit(0);
		default:
			if (errno != EINTR)
				_exit(1);
		}
	}
}

static void
spawn(const struct zygote *z, uint32_t slot, int sock)
{
	bool lean = z->h->options.lean;
	int pidfd = -1, err;
	pid_t pid;

	if (slot >= NELEM(children) || children[slot] != 0)
		_exit(1);
	/*
	 * One thread, no lock held, nothing imported half: there is nothing
	 * for the interpreter's hooks to repair, and they would touch most of
	 * its pages.
	 */
	if (!lean)
		py_before_clone();
	pid = ns_clone(ns_child_flags(), &pidfd);
	err = errno;
	if (pid == 0) {
		if (!lean)
			py_after_clone_child();
		child_run(z, slot, sock);
	}
	if (!lean)
		py_after_clone_parent();
	if (pid < 0) {
		report((struct ctl){.type = CTL_UNBORN,
			   .slot = slot,
			   .arg = STEP_SPAWN,
			   .status = err},
		    -1);
		return;
	}
	children[slot] = pid;
	report((struct ctl){.type = CTL_SPAWNED, .slot = slot}, pidfd);
	(void)close(pidfd);
}

static void
tell_exit(uint32_t slot, int status, const struct rusage *u)
{
	uint64_t us = (uint64_t)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) *
		1000000 +
	    (uint64_t)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);

	children[slot] = 0;
	report((struct ctl){.type = CTL_EXITED,
		   .slot = slot,
		   .status = status,
		   .cpu_us = us,
		   .rss = (uint32_t)u->ru_maxrss},
	    -1);
}

static void
reap(void)
{
	struct rusage u;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &u)) > 0) {
		for (uint32_t slot = 0; slot < NELEM(children); slot++) {
			if (children[slot] == pid) {
				tell_exit(slot, status, &u);
				break;
			}
		}
	}
}

/* What later children copy. */
static void
learn(struct zygote *z, struct str text)
{
	static struct pages learned;

	if (!pages_decode(text, &learned))
		_exit(1);
	z->pages = learned;
	if (z->pinned)
		pages_take_out(&z->pages, &z->h->pages);
	else
		(void)pages_add(&z->pages, &z->h->pages);
}

static void
serve(struct zygote *z)
{
	struct pollfd p[2] = {{.fd = CTL_FD, .events = POLLIN},
	    {.fd = SIGNAL_FD, .events = POLLIN}};
	struct signalfd_siginfo info;
	struct ctl m;
	int sock;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0) {
			(void)!read(SIGNAL_FD, &info, sizeof(info));
			reap();
		}
		if (p[0].revents == 0 || !receive(&m, &sock))
			continue;
		if (m.type == CTL_PAGES) {
			learn(z, m.text);
			continue;
		}
		if (m.type != CTL_SPAWN)
			_exit(1);
		spawn(z, m.slot, sock);
		(void)close(sock);
	}
}

void
zygote_run(const struct heritage *h, int sock, bool checking)
{
	static const int signals[] = {SIGCHLD, 0};
	static struct zygote z;
	enum step step;
	struct ctl m;
	int fd;

	z.h = h;
	z.checking = checking;
	z.ruleset = -1;
	if (place(sock, CTL_FD) != 0 || quiet() != 0)
		_exit(1);
	if (close_range(3, CTL_FD - 1, 0) != 0 ||
	    close_range(CTL_FD + 1, ~0U, 0) != 0)
		_exit(1);
	fd = proc_signalfd(signals);
	if (fd < 0 || place(fd, SIGNAL_FD) != 0)
		_exit(1);
	if (!receive(&m, &fd) || m.type != CTL_GO)
		_exit(1);
	z.ids = (enum ctl_ids)m.arg;
	z.base = m.base;
	step = lockdown(&z);
	if (step != STEP_READY) {
		report(
		    (struct ctl){
			.type = CTL_FAILED, .arg = step, .status = errno},
		    -1);
		_exit(1);
	}
	/* Changing ids forgets it, so it comes last. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		_exit(1);
	report((struct ctl){.type = CTL_READY,
		   .arg = z.pinned ? CTL_FLAG_PINNED : 0},
	    -1);
	serve(&z);
	_exit(0);
}
