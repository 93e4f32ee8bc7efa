/*
 * cage.c: what mcpbox-egress gives up before it serves.
 */
#include "egress/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "privs.h"
#include "proc.h"
#include "wall/landlock.h"

/* Address space: libraries, bodies and connections; a frame for each peer. */
#define MEMORY ((rlim_t)2 * 1024 * 1024 * 1024)
#define MEMORY_PER_CLIENT ((rlim_t)12 * 1024 * 1024)
#define PER_CLIENT 20    /* descriptors: itself, 16 requests, lookups */
#define SPARE_FILES 2048 /* unused connections and our own */

/*
 * A sanitizer opens, maps, clones and traces at the end; such builds are for
 * tests, and their walls are those of the user id.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* clang-format off */
#define ALLOW(call)             {call, FILTER_ALLOW, 0, {{0}}}
#define SOFT(call, err)         {call, FILTER_ERRNO, (err), {{0}}}
#define EQ(arg, value)          {(arg), FILTER_EQ, (uint64_t)(value), 0}
#define BITS(arg, mask, value) \
	{(arg), FILTER_MASKED, (uint64_t)(value), (uint64_t)(mask)}
#define ALLOW_IF(call, ...)     {call, FILTER_ALLOW, 0, {__VA_ARGS__}}
#define SOFT_IF(call, err, ...) {call, FILTER_ERRNO, (err), {__VA_ARGS__}}
#define END                     {NULL, FILTER_KILL, 0, {{0}}}

/* O_TMPFILE without its O_DIRECTORY bit, which is harmless alone. */
#define TMPFILE  (O_TMPFILE & ~O_DIRECTORY)
#define OPEN_BAD (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | \
	TMPFILE | O_PATH)

static const struct filter_rule table[] = {
	/* descriptors that are there */
	ALLOW("read"), ALLOW("readv"), ALLOW("write"), ALLOW("writev"),
	ALLOW("close"), ALLOW("lseek"), ALLOW("pread64"), ALLOW("fstat"),
	ALLOW("poll"), ALLOW("ppoll"), ALLOW("select"), ALLOW("pselect6"),
	ALLOW("epoll_create1"), ALLOW("epoll_ctl"), ALLOW("epoll_wait"),
	ALLOW("epoll_pwait"), ALLOW("shutdown"),
	ALLOW_IF("fcntl", EQ(1, F_GETFD)), ALLOW_IF("fcntl", EQ(1, F_SETFD)),
	ALLOW_IF("fcntl", EQ(1, F_GETFL)), ALLOW_IF("fcntl", EQ(1, F_SETFL)),
	ALLOW_IF("ioctl", EQ(1, 0x5421 /* FIONBIO */)),
	ALLOW_IF("ioctl", EQ(1, 0x541b /* FIONREAD */)),
	SOFT_IF("ioctl", ENOTTY, EQ(1, 0x5401 /* TCGETS */)),
	/* the network, and questions to the kernel about it; nobody listens */
	ALLOW_IF("socket", EQ(0, AF_INET), BITS(1, 0xf, SOCK_STREAM)),
	ALLOW_IF("socket", EQ(0, AF_INET), BITS(1, 0xf, SOCK_DGRAM)),
	ALLOW_IF("socket", EQ(0, AF_INET6), BITS(1, 0xf, SOCK_STREAM)),
	ALLOW_IF("socket", EQ(0, AF_INET6), BITS(1, 0xf, SOCK_DGRAM)),
	ALLOW_IF("socket", EQ(0, AF_NETLINK), EQ(2, NETLINK_ROUTE)),
	SOFT_IF("socket", EACCES, EQ(0, AF_UNIX)),
	ALLOW_IF("socketpair", EQ(0, AF_UNIX)),
	ALLOW("connect"), ALLOW("bind"), ALLOW("accept4"),
	ALLOW("getsockname"), ALLOW("getpeername"), ALLOW("getsockopt"),
	ALLOW("setsockopt"), ALLOW("sendto"), ALLOW("recvfrom"),
	ALLOW("sendmsg"), ALLOW("recvmsg"), ALLOW("sendmmsg"),
	ALLOW("recvmmsg"),
	/* how libcurl wakes itself up */
	ALLOW("pipe2"), ALLOW("eventfd2"),
	/* files, for reading; Landlock says which */
	ALLOW_IF("open", BITS(1, OPEN_BAD, 0)),
	ALLOW_IF("openat", BITS(2, OPEN_BAD, 0)),
	SOFT_IF("openat", EROFS, BITS(2, O_CREAT, O_CREAT)),
	ALLOW("stat"), ALLOW("lstat"), ALLOW("newfstatat"), ALLOW("statx"),
	ALLOW("access"), ALLOW("faccessat"), ALLOW("faccessat2"),
	ALLOW("readlink"), ALLOW("getdents64"),
	/* memory, never executable */
	ALLOW_IF("mmap", BITS(2, PROT_EXEC, 0)),
	SOFT_IF("mmap", EACCES, BITS(2, PROT_EXEC, PROT_EXEC)),
	ALLOW_IF("mprotect", BITS(2, PROT_EXEC, 0)),
	ALLOW("munmap"), ALLOW("mremap"), ALLOW("brk"), ALLOW("madvise"),
	/* itself; libcurl would look a name up in a thread */
	SOFT("clone", EAGAIN), SOFT("clone3", EAGAIN),
	ALLOW("futex"), ALLOW("set_robust_list"), ALLOW("rseq"),
	ALLOW("sched_yield"), ALLOW("getpid"), ALLOW("gettid"),
	ALLOW("getuid"), ALLOW("geteuid"), ALLOW("getgid"), ALLOW("getegid"),
	ALLOW("getrusage"), ALLOW("uname"), ALLOW("sysinfo"),
	ALLOW("rt_sigaction"), ALLOW("rt_sigprocmask"), ALLOW("rt_sigreturn"),
	ALLOW("sigaltstack"), ALLOW("restart_syscall"),
	ALLOW("exit"), ALLOW("exit_group"),
	ALLOW_IF("tgkill", EQ(2, SIGABRT)), /* abort(3) */
	ALLOW("sched_getaffinity"), SOFT("prlimit64", EPERM),
	/* time and chance */
	ALLOW("clock_gettime"), ALLOW("clock_getres"),
	ALLOW("clock_nanosleep"), ALLOW("nanosleep"), ALLOW("gettimeofday"),
	ALLOW("time"), ALLOW("getrandom"),
	END
};
/* clang-format on */

static void die(const char *step) ATTR_NORETURN;

static void
die(const char *step)
{
	log_error("cannot shut itself in", LOG_STR("step", step),
	    LOG_STR("error", strerror(errno)));
	_exit(1);
}

void
cage_user(const struct settings *s, uid_t *uid_out, gid_t *gid_out)
{
	*uid_out = getuid();
	*gid_out = getgid();
	if (geteuid() == 0 && !privs_user_or_id(s->user, uid_out, gid_out))
		log_fatal("MCPBOX_EGRESS_USER: no such user", s->user);
}

static void
limit(int what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)what, &now) != 0)
		die("getrlimit");
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		most = now.rlim_max;
	now.rlim_cur = now.rlim_max = most;
	if (setrlimit((__rlimit_resource_t)what, &now) != 0)
		die("setrlimit");
}

/* Raising the number of files takes root; the rest only goes down. */
static void
limit_files(const struct settings *s)
{
	rlim_t want = (rlim_t)s->max_clients * PER_CLIENT + SPARE_FILES;
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		die("getrlimit");
	if (geteuid() != 0 && now.rlim_max < want)
		want = now.rlim_max;
	now.rlim_cur = now.rlim_max = want;
	if (setrlimit(RLIMIT_NOFILE, &now) != 0)
		die("setrlimit");
}

static void
limit_rest(const struct settings *s)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_MSGQUEUE, 0);
	if (SANITIZED)
		return;
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_AS, MEMORY + (rlim_t)s->max_clients * MEMORY_PER_CLIENT);
}

/* Names and certificates; the latter are often links to elsewhere. */
static void
lock_files(const struct settings *s)
{
	const char *const paths[] = {
	    "/etc",
	    "/run/systemd/resolve",
	    "/run/resolvconf",
	    "/run/NetworkManager",
	    "/usr/share/ca-certificates",
	    "/usr/local/share/ca-certificates",
	    "/usr/lib/ssl",
	    "/dev/urandom",
	    s->ca_bundle,
	    NULL,
	};
	int ruleset;

	if (landlock_abi() == 0) {
		log_info("this kernel has no Landlock");
		return;
	}
	ruleset = landlock_ruleset_files(paths);
	if (ruleset < 0)
		die("landlock ruleset");
	if (landlock_enter(ruleset) != 0)
		die("landlock");
	(void)close(ruleset);
}

struct filter *
cage_filter(const char **why_out)
{
	static const struct filter_rule *const tables[] = {table, NULL};

	return filter_build(tables, why_out);
}

static void
lock_calls(void)
{
	const char *why = NULL;
	struct filter *f = cage_filter(&why);

	if (f == NULL)
		log_fatal("cannot build the system call filter", why);
	if (filter_load(f) != 0)
		die("seccomp");
	filter_free(f);
}

void
cage_enter(const struct settings *s, uid_t uid, gid_t gid, pid_t parent)
{
	limit_files(s);
	privs_drop(uid, gid);
	/* After the change of user, which clears it. */
	proc_die_with(parent);
	if (prctl(PR_SET_DUMPABLE, SANITIZED) != 0)
		die("not dumpable");
	limit_rest(s);
	if (access(s->ca_bundle, R_OK) != 0)
		log_fatal(
		    "MCPBOX_EGRESS_CA_BUNDLE: cannot be read", strerror(errno));
	if (SANITIZED)
		return;
	lock_files(s);
	lock_calls();
}
