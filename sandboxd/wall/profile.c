/*
 * profile.c: the system calls of a zygote and of a child.
 *
 * Five tables: `allowed` and `soft` hold for both; `child` adds soft refusals
 * of what its zygote needs; `zygote` adds what starting children takes.  The
 * zygote's filter stays in force in its children and the stricter one wins,
 * so whatever a child gets softly refused must not kill in the zygote.
 *
 * `narrow` takes back, in the child, what `zygote` allows: on top of the
 * zygote's filter it comes to the same as the child's own would, and a test
 * compares the two for every call.
 */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>

/* clang-format off */
#define ALLOW(call)           {call, FILTER_ALLOW, 0, {{0}}}
#define SOFT(call, err)       {call, FILTER_ERRNO, (err), {{0}}}
#define EQ(arg, value)        {(arg), FILTER_EQ, (uint64_t)(value), 0}
#define BITS(arg, mask, value) \
	{(arg), FILTER_MASKED, (uint64_t)(value), (uint64_t)(mask)}
#define ALLOW_IF(call, ...)   {call, FILTER_ALLOW, 0, {__VA_ARGS__}}
#define SOFT_IF(call, err, ...) {call, FILTER_ERRNO, (err), {__VA_ARGS__}}
#define KILL(call)            {call, FILTER_KILL, 0, {{0}}}
#define KILL_IF(call, ...)    {call, FILTER_KILL, 0, {__VA_ARGS__}}
#define NOT(arg, value)       {(arg), FILTER_NE, (uint64_t)(value), 0}
#define END                   {NULL, FILTER_KILL, 0, {{0}}}

/* Opening for anything but reading.  O_TMPFILE without its O_DIRECTORY bit,
 * which is harmless alone. */
#define TMPFILE   (O_TMPFILE & ~O_DIRECTORY)
#define OPEN_BAD  (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | \
	TMPFILE | O_PATH)
#define OPEN_ROWS(call, arg)                                       \
	ALLOW_IF(call, BITS(arg, OPEN_BAD, 0)),                    \
	SOFT_IF(call, EROFS, BITS(arg, O_WRONLY, O_WRONLY)),       \
	SOFT_IF(call, EROFS, BITS(arg, O_RDWR, O_RDWR)),           \
	SOFT_IF(call, EROFS, BITS(arg, O_CREAT, O_CREAT)),         \
	SOFT_IF(call, EROFS, BITS(arg, O_TRUNC, O_TRUNC)),         \
	SOFT_IF(call, EROFS, BITS(arg, O_APPEND, O_APPEND)),       \
	SOFT_IF(call, EROFS, BITS(arg, TMPFILE, TMPFILE)),         \
	SOFT_IF(call, EROFS, BITS(arg, O_PATH, O_PATH))

/* A thread and nothing else. */
#define THREAD     (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	CLONE_THREAD | CLONE_SYSVSEM)
#define CLONE_BAD  (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | \
	CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | \
	CLONE_VFORK | CLONE_PTRACE | CLONE_PARENT | CLONE_UNTRACED | \
	CLONE_PIDFD)

static const struct filter_rule allowed[] = {
	/* descriptors that are there already */
	ALLOW("read"), ALLOW("readv"), ALLOW("write"), ALLOW("writev"),
	ALLOW("close"), ALLOW("lseek"), ALLOW("pread64"), ALLOW("fstat"),
	ALLOW("poll"), ALLOW("ppoll"), ALLOW("select"), ALLOW("pselect6"),
	ALLOW("fadvise64"),
	/* files, read-only; the mounts and Landlock say which */
	OPEN_ROWS("open", 1), OPEN_ROWS("openat", 2),
	ALLOW("stat"), ALLOW("lstat"), ALLOW("newfstatat"),
	ALLOW("getdents64"), ALLOW("getcwd"),
	/* memory, never executable */
	ALLOW_IF("mmap", BITS(2, PROT_EXEC, 0)),
	SOFT_IF("mmap", EACCES, BITS(2, PROT_EXEC, PROT_EXEC)),
	ALLOW_IF("mprotect", BITS(2, PROT_EXEC, 0)),
	SOFT_IF("mprotect", EACCES, BITS(2, PROT_EXEC, PROT_EXEC)),
	ALLOW_IF("madvise", EQ(2, MADV_DONTNEED)),
	ALLOW_IF("madvise", EQ(2, MADV_FREE)),
	ALLOW_IF("madvise", EQ(2, MADV_HUGEPAGE)),
	ALLOW_IF("madvise", EQ(2, MADV_NOHUGEPAGE)),
	ALLOW("munmap"), ALLOW("mremap"), ALLOW("brk"),
	/* threads; RLIMIT_NPROC says how many */
	ALLOW_IF("clone", BITS(0, THREAD | CLONE_BAD, THREAD)),
	SOFT_IF("clone", EPERM, BITS(0, CLONE_THREAD, 0)),
	ALLOW("futex"), ALLOW("futex_wait"), ALLOW("futex_wake"),
	ALLOW("futex_requeue"), ALLOW("set_robust_list"), ALLOW("rseq"),
	ALLOW("sched_yield"), ALLOW("sched_getaffinity"),
	/* itself */
	ALLOW("getpid"), ALLOW("gettid"), ALLOW("getppid"), ALLOW("getuid"),
	ALLOW("geteuid"), ALLOW("getgid"), ALLOW("getegid"),
	ALLOW("getrlimit"), ALLOW("getrusage"), ALLOW("times"),
	ALLOW("uname"), ALLOW("sysinfo"), ALLOW("exit"), ALLOW("exit_group"),
	/* raise(3): both a zygote and a child are pid 1 */
	ALLOW_IF("tgkill", EQ(0, 1)),
	ALLOW("rt_sigaction"), ALLOW("rt_sigprocmask"), ALLOW("rt_sigreturn"),
	ALLOW("sigaltstack"), ALLOW("restart_syscall"),
	/* time and chance */
	ALLOW("clock_gettime"), ALLOW("clock_getres"),
	ALLOW("clock_nanosleep"), ALLOW("nanosleep"), ALLOW("gettimeofday"),
	ALLOW("time"), ALLOW("getrandom"),
	END
};

static const struct filter_rule soft[] = {
	/* newer ways that libraries try first and can do without */
	SOFT("statx", ENOSYS), SOFT("faccessat2", ENOSYS),
	SOFT("openat2", ENOSYS),
	/* questions without an answer here */
	SOFT("access", EACCES), SOFT("faccessat", EACCES),
	SOFT("readlink", EINVAL), SOFT("readlinkat", EINVAL),
	SOFT("ioctl", ENOTTY), SOFT("statfs", EACCES),
	SOFT("fstatfs", EACCES), SOFT("getpgrp", EPERM),
	SOFT("getpgid", EPERM), SOFT("getsid", EPERM),
	SOFT("getpriority", EPERM),
	/* no network, no programs, no processes */
	SOFT("socket", EACCES), SOFT("socketpair", EACCES),
	SOFT("connect", EACCES), SOFT("bind", EACCES),
	SOFT("execve", EACCES), SOFT("execveat", EACCES),
	SOFT("fork", EPERM), SOFT("vfork", EPERM),
	SOFT("kill", EPERM), SOFT("tkill", EPERM),
	/* nothing can be changed */
	SOFT("mkdir", EROFS), SOFT("mkdirat", EROFS), SOFT("rmdir", EROFS),
	SOFT("unlink", EROFS), SOFT("unlinkat", EROFS),
	SOFT("rename", EROFS), SOFT("renameat", EROFS),
	SOFT("renameat2", EROFS), SOFT("link", EROFS),
	SOFT("linkat", EROFS), SOFT("symlink", EROFS),
	SOFT("symlinkat", EROFS), SOFT("chmod", EROFS),
	SOFT("fchmod", EROFS), SOFT("fchmodat", EROFS),
	SOFT("utimensat", EROFS), SOFT("truncate", EROFS),
	SOFT("ftruncate", EROFS), SOFT("fsync", EROFS),
	SOFT("fdatasync", EROFS),
	SOFT("chdir", EACCES), SOFT("fchdir", EACCES), SOFT("umask", EPERM),
	/* no new descriptors */
	SOFT("pipe", EMFILE), SOFT("pipe2", EMFILE), SOFT("dup", EMFILE),
	SOFT("epoll_create1", EMFILE), SOFT("epoll_create", EMFILE),
	SOFT("eventfd", EMFILE), SOFT("eventfd2", EMFILE),
	SOFT("memfd_create", EPERM),
	ALLOW_IF("fcntl", EQ(1, F_GETFD)), ALLOW_IF("fcntl", EQ(1, F_SETFD)),
	ALLOW_IF("fcntl", EQ(1, F_GETFL)),
	SOFT_IF("fcntl", EPERM, EQ(1, F_SETFL)),
	SOFT_IF("fcntl", EMFILE, EQ(1, F_DUPFD)),
	SOFT_IF("fcntl", EMFILE, EQ(1, F_DUPFD_CLOEXEC)),
	SOFT_IF("fcntl", EMFILE, EQ(1, F_SETLK)),
	SOFT_IF("fcntl", EMFILE, EQ(1, F_SETLKW)),
	SOFT_IF("fcntl", EMFILE, EQ(1, F_GETLK)),
	/* its limits, its signals, its place on the CPUs */
	SOFT("setrlimit", EPERM), SOFT("setitimer", EPERM),
	SOFT("alarm", EPERM), SOFT("sched_setaffinity", EPERM),
	SOFT("mlock", EPERM), SOFT("flock", EPERM),
	END
};

static const struct filter_rule child[] = {
	/* its flags are behind a pointer, where a filter cannot look */
	SOFT("clone3", ENOSYS),
	SOFT("prctl", EPERM), SOFT("wait4", ECHILD), SOFT("waitid", ECHILD),
	SOFT("dup2", EMFILE), SOFT("dup3", EMFILE),
	/* its own limits: to read, and to lower before the tool runs */
	ALLOW_IF("prlimit64", EQ(0, 0)),
	END
};

static const struct filter_rule zygote[] = {
	/* a child's first act, before its own filter */
	ALLOW_IF("madvise", EQ(2, MADV_POPULATE_WRITE)),
	ALLOW("clone3"), ALLOW("wait4"), ALLOW("waitid"),
	ALLOW("sendmsg"), ALLOW("recvmsg"),
	/* the lockdown of a child */
	ALLOW("prctl"), ALLOW("prlimit64"), ALLOW("setresuid"),
	ALLOW("setresgid"), ALLOW("setgroups"), ALLOW("capget"),
	ALLOW("capset"), ALLOW("dup2"), ALLOW("dup3"), ALLOW("close_range"),
	ALLOW("landlock_restrict_self"), ALLOW("seccomp"),
	END
};

static const struct filter_rule narrow[] = {
	SOFT("clone3", ENOSYS),
	SOFT("prctl", EPERM), SOFT("wait4", ECHILD), SOFT("waitid", ECHILD),
	SOFT("dup2", EMFILE), SOFT("dup3", EMFILE),
	KILL_IF("prlimit64", NOT(0, 0)),
	KILL_IF("madvise", EQ(2, MADV_POPULATE_WRITE)),
	KILL("sendmsg"), KILL("recvmsg"), KILL("setresuid"),
	KILL("setresgid"), KILL("setgroups"), KILL("capget"),
	KILL("capset"), KILL("close_range"),
	KILL("landlock_restrict_self"), KILL("seccomp"),
	END
};
/* clang-format on */

struct filter *
profile_narrow(const char **why_out)
{
	const struct filter_rule *const tables[] = {narrow, NULL};

	return filter_build_narrow(tables, why_out);
}

struct filter *
profile_child(const char **why_out)
{
	const struct filter_rule *const tables[] = {allowed, soft, child, NULL};

	return filter_build(tables, why_out);
}

struct filter *
profile_zygote(const char **why_out)
{
	const struct filter_rule *const tables[] = {
	    allowed, soft, zygote, NULL};

	return filter_build(tables, why_out);
}
