/*
 * limit.c: resource limits of a child.
 */
#include "limit.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

#define MIB ((rlim_t)1024 * 1024)
#define CPU_MAX 900 /* seconds; a run lowers it */
#define MEMORY_MAX (UINT64_C(1) << 40)
#define SIBLINGS 1024 /* other processes of a shared user id */

struct row {
	__rlimit_resource_t what;
	rlim_t max;
};

/* clang-format off */
static const struct row zygote[] = {
	{RLIMIT_FSIZE,      0},
	{RLIMIT_CORE,       0},
	{RLIMIT_MEMLOCK,    0},
	{RLIMIT_MSGQUEUE,   0},
	{RLIMIT_SIGPENDING, 64},
	{RLIMIT_STACK,      8 * MIB},
	{RLIMIT_NICE,       0},
	{RLIMIT_RTPRIO,     0},
	{RLIMIT_LOCKS,      0},
};
static const struct row child[] = {
	{RLIMIT_CPU,        CPU_MAX},
	{RLIMIT_NOFILE,     16},
};
/* clang-format on */

/* Never above what we were given ourselves. */
static int
lower(__rlimit_resource_t what, rlim_t max)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < max)
		max = now.rlim_max;
	return setrlimit(what, &(struct rlimit){max, max});
}

static int
lower_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(rows[i].what, rows[i].max) != 0)
			return -1;
	}
	return 0;
}

int
limit_zygote(void)
{
	return lower_all(zygote, NELEM(zygote));
}

int
limit_child(void)
{
	return lower_all(child, NELEM(child));
}

static uint64_t
used_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0)
		return 0;
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int
limit_run(uint64_t base, uint64_t memory, uint32_t cpu_ms, uint32_t threads,
    bool shared_uid)
{
	uint64_t cpu = used_us() + (uint64_t)cpu_ms * 1000;
	rlim_t nproc = threads;

	if (threads > LIMIT_THREADS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* With 1, no clone succeeds, however many siblings there are. */
	if (shared_uid && threads > 1)
		nproc += SIBLINGS;
	if (lower(RLIMIT_NPROC, nproc) != 0)
		return -1;
	if (lower(RLIMIT_CPU, (rlim_t)((cpu + 999999) / 1000000)) != 0)
		return -1;
	if (memory > MEMORY_MAX)
		memory = MEMORY_MAX;
	return lower(RLIMIT_AS, (rlim_t)(base + memory));
}
