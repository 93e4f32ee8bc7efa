/*
 * secret.c: bytes that must not leak.
 *
 * One mapping a secret: a header, the bytes pushed against the end, and one
 * page without any access behind them, so that an overrun faults at once.
 */
#include "secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"

struct secret {
	size_t size; /* readable part of the mapping */
	size_t n;
	char *p;
};

static size_t
page_size(void)
{
	long n = sysconf(_SC_PAGESIZE);

	if (n <= 0)
		fail_abort("secret: no page size");
	return (size_t)n;
}

struct secret *
secret_new(const void *p, size_t n)
{
	size_t page = page_size();
	struct secret *s;
	size_t size;
	char *map;

	if (n > SECRET_MAX)
		fail_abort("secret: too long");
	size = (sizeof(*s) + n + 1 + page - 1) / page * page;
	map = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED || mprotect(map + size, page, PROT_NONE) != 0)
		fail_abort("secret: out of memory");
	/* Best effort: an old kernel, a small RLIMIT_MEMLOCK. */
	(void)madvise(map, size, MADV_DONTDUMP);
	(void)mlock(map, size);
	s = (struct secret *)(void *)map;
	s->size = size;
	s->n = n;
	s->p = map + size - n - 1;
	if (n > 0)
		memcpy(s->p, p, n);
	s->p[n] = '\0';
	return s;
}

void
secret_free(void *secret)
{
	struct secret *s = secret;
	size_t size;

	if (s == NULL)
		return;
	size = s->size;
	secret_wipe(s, size);
	if (munmap(s, size + page_size()) != 0)
		fail_abort("secret: munmap failed");
}

struct str
secret_view(const struct secret *s)
{
	return (struct str){s->p, s->n};
}

bool
secret_equal(struct str a, struct str b)
{
	volatile unsigned char diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < b.n; i++)
		diff = (unsigned char)(diff | (a.p[i] ^ b.p[i]));
	return diff == 0;
}

void
secret_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
