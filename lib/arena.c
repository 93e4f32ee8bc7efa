/*
 * arena.c: memory that lives as long as one request.
 *
 * Two lists of blocks: `blocks` are bumped, newest first, the oldest is kept
 * by reset; `large` holds one allocation each.  Every block remembers how
 * much the arena had handed out when it was born, which is how release tells
 * the large ones before a mark from those after it.
 */
#include "arena.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define RED_ZONE 16 /* between neighbours, so that an overrun is seen */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

#define ALIGN _Alignof(max_align_t)
#define BLOCK_SIZE ((size_t)64 * 1024)
#ifdef ARENA_MALLOC
#define LARGE 0
#else
#define LARGE ((size_t)32 * 1024)
#endif

struct block {
	struct block *next; /* older */
	size_t size;        /* of data */
	size_t used;
	size_t born; /* arena's total when it was made */
	_Alignas(max_align_t) unsigned char data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct block *blocks; /* never empty */
	struct block *large;
	struct defer *defers;
	size_t total; /* bytes handed out, rounded up */
	size_t cap;
};

static struct block *
block_new(size_t size, size_t born, struct block *next)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b))
		fail_abort("arena: size overflow");
	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		fail_abort("arena: out of memory");
	b->next = next;
	b->size = size;
	b->used = 0;
	b->born = born;
	POISON(b->data, size);
	return b;
}

static void
block_free(struct block *b)
{
	UNPOISON(b->data, b->size);
	free(b);
}

struct arena *
arena_new(size_t cap)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		fail_abort("arena: out of memory");
	*a = (struct arena){.cap = cap};
	a->blocks = block_new(BLOCK_SIZE, 0, NULL);
	return a;
}

void
arena_reset(struct arena *a)
{
	struct block *first = a->blocks;

	while (first->next != NULL)
		first = first->next;
	arena_release(a, (struct arena_mark){.block = first});
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	block_free(a->blocks);
	free(a);
}

void *
arena_try(struct arena *a, size_t n)
{
	struct block *b;
	size_t size;
	void *p;

	/* An empty allocation still gets an address of its own. */
	if (n > SIZE_MAX - ALIGN)
		return NULL;
	size = n == 0 ? ALIGN : (n + ALIGN - 1) / ALIGN * ALIGN;
	if (size > a->cap - a->total)
		return NULL;
	if (size > LARGE) {
		b = a->large = block_new(size, a->total, a->large);
	} else {
		b = a->blocks;
		if (size + RED_ZONE > b->size - b->used)
			b = a->blocks = block_new(BLOCK_SIZE, a->total, b);
	}
	p = b->data + b->used;
	b->used += size;
	if (b->used < b->size)
		b->used += RED_ZONE;
	a->total += size;
	UNPOISON(p, n);
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n);

	if (p == NULL)
		fail_abort("arena: over its cap");
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n, size_t size)
{
	void *p;

	if (size > 0 && n > SIZE_MAX / size)
		fail_abort("arena: size overflow");
	p = arena_alloc(a, n * size);
	memset(p, 0, n * size);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (n == SIZE_MAX)
		fail_abort("arena: size overflow");
	p = arena_alloc(a, n + 1);
	if (n > 0)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){arena_strndup(a, s.p, s.n), s.n};
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		fail_abort("arena: bad format");
	p = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	*d = (struct defer){a->defers, fn, p};
	a->defers = d;
}

struct arena_mark
arena_mark(struct arena *a)
{
	return (struct arena_mark){
	    a->blocks, a->blocks->used, a->defers, a->total};
}

void
arena_release(struct arena *a, struct arena_mark m)
{
	struct block *b;

	/* All clean-ups run while all memory is still there. */
	while (a->defers != m.defer) {
		struct defer *d = a->defers;

		a->defers = d->next;
		d->fn(d->p);
	}
	while ((b = a->large) != NULL && b->born >= m.total) {
		a->large = b->next;
		block_free(b);
	}
	while ((b = a->blocks) != m.block) {
		a->blocks = b->next;
		block_free(b);
	}
	b->used = m.used;
	a->total = m.total;
	POISON(b->data + b->used, b->size - b->used);
}

size_t
arena_used(const struct arena *a)
{
	return a->total;
}
