/*
 * pages.h: the memory pages that a call writes.
 *
 * A child shares all pages with its zygote until it writes to them; each
 * first write is a page fault while somebody waits.  So the pages that one
 * child wrote are noted and those that come after it copy them at once,
 * before they have anything to do.  Only addresses are learned, nothing of
 * what is in them.
 *
 * The supervisor learns from a child that ran a tool, whose memory is the
 * tool's: whatever a set says is bounded here, and to copy a page more or
 * less changes nothing but time.
 */
#ifndef MCPBOX_SANDBOXD_WALL_PAGES_H
#define MCPBOX_SANDBOXD_WALL_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

#define PAGES_RANGES_MAX 1024
#define PAGES_MAX 512 /* of a set: 2 MiB that a child has of its own */

/* Sorted, no two overlap or touch. */
struct pages {
	size_t n;
	struct pages_range {
		uint64_t first; /* address / page size */
		uint64_t n;
	} v[PAGES_RANGES_MAX];
};

/*
 * All private, writable memory of process `pid`, however much it is.  False
 * with errno when it may not be looked at.
 */
bool pages_mapped(int pid, struct pages *out) ATTR_NODISCARD;

/*
 * The pages of `within` that process `pid` does not share with another: its
 * own copies.  False with errno when it may not be looked at; what does not
 * fit is left out.
 */
bool pages_written(
    int pid, const struct pages *within, struct pages *out) ATTR_NODISCARD;

/* Adds those of `more`, as far as they fit.  True if any was new. */
bool pages_add(struct pages *to, const struct pages *more);

/* Takes out those of `less`. */
void pages_take_out(struct pages *from, const struct pages *less);

size_t pages_count(const struct pages *p);

/* At the end of a set, behind all of it; what does not fit is left out. */
void pages_append(struct pages *p, uint64_t page);

/* For a message: appended to b; decode refuses what is not such a set. */
void pages_encode(struct buf *b, const struct pages *p);
bool pages_decode(struct str payload, struct pages *out) ATTR_NODISCARD;

/* Where a range lies. */
struct iovec pages_bytes(const struct pages_range *r);

/* In a child: makes them its own.  What is not mapped is passed over. */
void pages_populate(const struct pages *p);

#endif
