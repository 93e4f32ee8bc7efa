/*
 * root.c: the root zygote.
 *
 * Boots the interpreter once and clones a zygote per server from it.  It
 * knows nothing of any server: its messages carry numbers only.
 */
#include "root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "child.h"
#include "clock.h"
#include "ctl.h"
#include "fdio.h"
#include "log.h"
#include "memory.h"
#include "ns.h"
#include "proc.h"
#include "profile.h"
#include "py.h"
#include "step.h"
#include "zygote.h"

/* Out of the way of a child's descriptor 3, where ROOT_CTL came. */
#define CTL_FD 53
#define ZYGOTES_MAX 1024
#define PRACTICE 16 /* bytecode has settled after eight */
#define LEARN_MS 10000
#define SIZE_UNKNOWN ((uint64_t)128 * 1024 * 1024)

static pid_t zygotes[ZYGOTES_MAX]; /* by index; 0 = free */

/* --- booting ---------------------------------------------------------------
 */

/* Address space that the interpreter takes already. */
static uint64_t
own_size(void)
{
	size_t n;
	char *text = fdio_read_file("/proc/self/statm", 256, &n);
	struct str rest = str_from(text);
	int64_t pages = 0;

	if (text == NULL || !str_to_i64(str_split(&rest, ' '), &pages) ||
	    pages <= 0) {
		free(text);
		return SIZE_UNKNOWN;
	}
	free(text);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A fork copies only the thread that calls it. */
static bool
is_alone(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	if (d == NULL)
		return false; /* not seen is not known */
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n == 1;
}

/* Which pages does a call write?  One child makes a call and is looked at. */
static void
learn(struct heritage *h)
{
	static struct pages mapped;
	unsigned char hi[CTL_HELLO];
	int pair[2], pidfd = -1;
	bool known = false;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		log_fatal("cannot make a socket", strerror(errno));
	pid = ns_clone(0, &pidfd);
	if (pid == 0)
		child_train(pair[1]);
	(void)close(pair[1]);
	if (pid > 0 &&
	    fdio_read_full(
		pair[0], hi, sizeof(hi), clock_mono_ms() + LEARN_MS) == 0)
		known = pages_mapped((int)getpid(), &mapped) &&
		    pages_written((int)pid, &mapped, &h->pages);
	if (pid > 0) {
		(void)proc_pidfd_kill(pidfd, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)close(pidfd);
	}
	(void)close(pair[0]);
	if (!known)
		log_warning("cannot learn which pages a call writes",
		    LOG_STR("error", strerror(errno)));
}

/* So that what is made at its first use is made here, for all. */
static void
practise(const struct heritage *h)
{
	for (int i = 0; i < PRACTICE && h->options.pack; i++)
		child_rehearse(false);
}

static void
boot(struct heritage *h)
{
	struct ctl m = {.type = CTL_BOOTED};
	const char *why = "";
	struct buf about;

	buf_init(&about, CTL_TEXT_MAX);
	h->narrow = profile_narrow(&why);
	if (h->narrow == NULL)
		log_fatal("cannot build the child's filter", why);
	h->zygote = profile_zygote(&why);
	if (h->zygote == NULL)
		log_fatal("cannot build the zygote's filter", why);
	if (h->options.huge_text)
		memory_text();
	if (h->options.huge_heap)
		memory_reserve();
	if (!py_boot(&h->options, &about) || about.overflow)
		log_fatal("cannot start Python", "its message is above");
	if (!is_alone())
		log_fatal("cannot fork",
		    "Python started a thread, or /proc/self/task is not "
		    "readable");
	practise(h);
	py_freeze(&h->options);
	if (h->options.huge_heap)
		memory_settle();
	if (h->options.populate)
		learn(h);
	h->size = own_size();
	m.text = buf_str(&about);
	if (ctl_send(CTL_FD, &m, NULL, 0) != 0)
		log_fatal("cannot report to sandboxd", strerror(errno));
	buf_free(&about);
}

/* --- serving ----------------------------------------------------------------
 */

static void
report(struct ctl m, int fd)
{
	if (ctl_send(CTL_FD, &m, &fd, fd >= 0 ? 1 : 0) != 0)
		log_fatal("cannot report to sandboxd", strerror(errno));
}

static void
start_zygote(const struct heritage *h, const struct ctl *m, int sock)
{
	int pidfd = -1;
	pid_t pid;

	if (m->slot >= ZYGOTES_MAX || zygotes[m->slot] != 0)
		log_fatal("sandboxd asks for a zygote twice", "");
	if (!h->options.lean)
		py_before_clone();
	pid = ns_clone(ns_zygote_flags(h->options.userns), &pidfd);
	if (pid == 0) {
		if (!h->options.lean)
			py_after_clone_child();
		zygote_run(h, sock, (m->arg & CTL_FLAG_CHECK) != 0);
	}
	if (!h->options.lean)
		py_after_clone_parent();
	if (pid < 0) {
		report((struct ctl){.type = CTL_REFUSED,
			   .slot = m->slot,
			   .arg = STEP_CLONE,
			   .status = errno},
		    -1);
		return;
	}
	zygotes[m->slot] = pid;
	report(
	    (struct ctl){
		.type = CTL_STARTED, .slot = m->slot, .base = (uint32_t)pid},
	    pidfd);
	(void)close(pidfd);
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (uint32_t i = 0; i < ZYGOTES_MAX; i++) {
			if (zygotes[i] != pid)
				continue;
			zygotes[i] = 0;
			report(
			    (struct ctl){
				.type = CTL_GONE, .slot = i, .status = status},
			    -1);
			break;
		}
	}
}

static void
receive(const struct heritage *h)
{
	static char room[CTL_PACKET_MAX];
	struct ctl m;
	int sock;

	switch (ctl_recv(CTL_FD, CTL_FROM_SUPERVISOR, room, &m, &sock)) {
	case 1:
		break;
	case 0:
		_exit(0); /* sandboxd is gone, and the zygotes with us */
	default:
		if (errno == EAGAIN || errno == EINTR)
			return;
		log_fatal("a bad message from sandboxd", strerror(errno));
	}
	if (m.type != CTL_START)
		log_fatal("a bad message from sandboxd", ctl_name(m.type));
	start_zygote(h, &m, sock);
	(void)close(sock);
}

/* What a rehearsal writes goes nowhere. */
static void
arrange(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup3(ROOT_CTL, CTL_FD, O_CLOEXEC) < 0 ||
	    dup3(null, ROOT_CTL, O_CLOEXEC) < 0)
		log_fatal("cannot arrange descriptors", strerror(errno));
	(void)close(null);
}

void
root_run(const struct options *options, pid_t parent)
{
	static struct heritage h;
	static const int signals[] = {SIGCHLD, 0};
	struct pollfd p[2] = {
	    {.fd = CTL_FD, .events = POLLIN}, {.events = POLLIN}};
	struct signalfd_siginfo info;

	h.options = *options;
	h.options.lean = options->lean && py_lean_ok();
	proc_die_with(parent);
	arrange();
	/* What zygotes pin; each child's limit is 0.  Only root may. */
	(void)setrlimit(
	    RLIMIT_MEMLOCK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	/* Root keeps what cloning needs; a plain user has nothing to lose. */
	if (geteuid() == 0 && caps_keep_spawning() != 0)
		log_fatal("cannot drop capabilities", strerror(errno));
	proc_die_with(parent); /* changing them forgets it */
	(void)signal(SIGXFSZ, SIG_IGN);
	/* An arena for each thread would eat a call's address space. */
	(void)mallopt(M_ARENA_MAX, 1);
	p[1].fd = proc_signalfd(signals);
	if (p[1].fd < 0)
		log_fatal("cannot watch signals", strerror(errno));
	boot(&h);
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0) {
			while (read(p[1].fd, &info, sizeof(info)) > 0)
				;
			reap();
		}
		if (p[0].revents != 0)
			receive(&h);
	}
}
