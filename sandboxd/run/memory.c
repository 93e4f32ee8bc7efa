/*
 * memory.c: where the program and the interpreter's objects lie.
 */
#include "memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE ((size_t)2 * 1024 * 1024)
#define PAGE ((uintptr_t)4096)
#define ROOM (32 * HUGE) /* the interpreter with all its modules, thrice */

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

static char *room, *room_next, *room_end; /* of the arenas */
static char *heap;                        /* first whole huge page of brk */
static unsigned arenas;
static char *last_arena;

static char *
up(const void *p)
{
	return (char *)(((uintptr_t)p + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
}

/* Fresh memory that begins with a huge page, at least n bytes; or NULL. */
static char *
map_aligned(size_t n)
{
	size_t all = n + HUGE;
	char *m = mmap(NULL, all, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = up(m);

	if (m == MAP_FAILED)
		return NULL;
	if (at > m)
		(void)munmap(m, (size_t)(at - m));
	if (at + n < m + all)
		(void)munmap(at + n, (size_t)(m + all - (at + n)));
	return at;
}

/* --- the program --------------------------------------------------------- */

/* Is [from, to) free?  It is then ours, without access. */
static bool
take(char *from, char *to)
{
	void *m;

	if (from == to)
		return true;
	m = mmap(from, (size_t)(to - from), PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (m == from)
		return true;
	if (m != MAP_FAILED)
		(void)munmap(m, (size_t)(to - from));
	return false;
}

/*
 * Puts a copy in huge pages in the place of a read-only segment, up to the
 * end of its last huge page.
 */
static void
move_segment(char *from, size_t n, int prot)
{
	size_t whole = (size_t)(up(from + n) - from);
	size_t mapped = (n + PAGE - 1) & ~(PAGE - 1);
	char *copy;

	if (up(from) != from || !take(from + mapped, from + whole))
		return;
	copy = map_aligned(whole);
	if (copy == NULL)
		return;
	(void)madvise(copy, whole, MADV_HUGEPAGE);
	memcpy(copy, from, n);
	/* Never writable and executable at once.  This very function may lie
	 * in what is replaced: by the same bytes. */
	if (mprotect(copy, whole, prot) != 0 ||
	    mremap(copy, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, from) ==
		MAP_FAILED)
		(void)munmap(copy, whole);
}

static int
move_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		/* The first of them is smaller than what it would take. */
		if (h->p_type != PT_LOAD || (h->p_flags & PF_W) != 0 ||
		    h->p_memsz < HUGE)
			continue;
		move_segment((char *)(uintptr_t)(info->dlpi_addr + h->p_vaddr),
		    h->p_memsz,
		    (h->p_flags & PF_X) != 0 ? PROT_READ | PROT_EXEC
					     : PROT_READ);
	}
	return 1; /* the program comes first, its libraries are small */
}

void
memory_text(void)
{
	(void)dl_iterate_phdr(move_program, NULL);
}

/* --- the heap --------------------------------------------------------------
 */

void
memory_reserve(void)
{
	char *now = sbrk(0);

	room = room_next = map_aligned(ROOM);
	room_end = room != NULL ? room + ROOM : NULL;
	/* malloc goes on behind the gap. */
	if (now != (void *)-1 && sbrk(up(now) - now) != (void *)-1)
		heap = up(now);
	(void)mallopt(M_TOP_PAD, (int)HUGE);
}

static void
collapse(char *from, char *to)
{
	for (char *p = from; p < to; p += HUGE)
		(void)madvise(p, HUGE, MADV_COLLAPSE);
}

void
memory_settle(void)
{
	if (room != NULL) {
		char *end = up(room_next);

		collapse(room, end);
		if (end < room_end)
			(void)munmap(end, (size_t)(room_end - end));
		/* A child's limit counts what is mapped from here on. */
		room_end = room_next;
	}
	if (heap != NULL) {
		char *now = sbrk(0);

		if (now != (void *)-1 && sbrk(up(now) - now) != (void *)-1)
			collapse(heap, up(now));
	}
}

void *
memory_arena(size_t n)
{
	void *p;

	if (room_next != NULL && n <= (size_t)(room_end - room_next)) {
		p = room_next;
		room_next += n;
	} else {
		p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
	}
	arenas++;
	last_arena = p;
	return p;
}

void
memory_arena_free(void *p, size_t n)
{
	/* What was inherited stays: it is not this process's to give. */
	if (room != NULL && (char *)p >= room && (char *)p < room_next)
		(void)madvise(p, n, MADV_DONTNEED);
	else
		(void)munmap(p, n);
}

unsigned
memory_arenas(const char **last_out)
{
	*last_out = last_arena;
	return arenas;
}
