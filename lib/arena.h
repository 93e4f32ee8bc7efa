/*
 * arena.h: memory that lives as long as one request.
 *
 * A bump allocator with a hard cap.  Nothing is freed one by one: reset or
 * free ends everything, after running the deferred clean-ups newest first.
 * Requests above 32 KiB get a block of their own.  Running out of the
 * machine's memory aborts; passing the cap returns NULL from the _try form
 * and aborts in the others (callers bound their input first).  Not
 * thread-safe: an arena has one owner at a time.  ASan builds poison what is
 * released; -DARENA_MALLOC gives every allocation its own malloc.
 */
#ifndef MCPBOX_ARENA_H
#define MCPBOX_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "attr.h"
#include "str.h"

struct arena;

struct arena_mark {
	void *block;
	size_t used;
	void *defer;
	size_t total;
};

/* A new arena; `cap` is the most bytes it will ever hand out. */
struct arena *arena_new(size_t cap) ATTR_RETURNS_NONNULL;

/* Runs clean-ups, keeps the first block for reuse. */
void arena_reset(struct arena *a);

/* Runs clean-ups and returns all memory.  NULL is allowed. */
void arena_free(struct arena *a);

/* n bytes, aligned for any type, not zeroed.  n may be 0. */
void *arena_alloc(struct arena *a, size_t n) ATTR_RETURNS_NONNULL;
void *arena_try(struct arena *a, size_t n);
/* Zeroed array of n elements of `size`; overflow aborts. */
void *arena_zalloc(struct arena *a, size_t n, size_t size) ATTR_RETURNS_NONNULL;

/* Copies.  A NULL s gives NULL from arena_strdup. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(
    struct arena *a, const char *s, size_t n) ATTR_RETURNS_NONNULL;
/* NUL-terminated copy of a view, as a view (n without the NUL). */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...)
    ATTR_PRINTF(2, 3) ATTR_RETURNS_NONNULL;
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    ATTR_PRINTF(2, 0) ATTR_RETURNS_NONNULL;

/* Calls fn(p) at reset, free or release; newest first. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

/* A point to go back to: release frees (and cleans up) all that came after. */
struct arena_mark arena_mark(struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
