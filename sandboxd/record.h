/*
 * record.h: which pages of memory the calls of a server write.
 *
 * A child that has answered still exists for a moment: then its page table
 * says which pages it no longer shares.  The first calls of each tool are
 * looked at, and what most of them have in common is told to the zygote,
 * whose later children copy those pages before a call comes (wall/pages.h).
 *
 * Only root may look.  A plain user's zygotes know what a sample writes, and
 * no more.
 */
#ifndef MCPBOX_SANDBOXD_RECORD_H
#define MCPBOX_SANDBOXD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"

struct jail;
struct record;

struct record *record_new(void) ATTR_RETURNS_NONNULL;
void record_free(struct record *r); /* NULL is fine */

/* Tells one tool's code from another's; 0: not to be recorded. */
uint64_t record_code(const struct box_run *run);

/* Child `pid` of the jail has answered a run of `code` and is still there. */
void record_answered(struct jail *j, int pid, uint64_t code);

/* Pages that its zygote was told; what became of looking. */
unsigned record_pages(const struct record *r);
/* "on", "off" (NULL), "refused": we may not look. */
const char *record_state(const struct record *r);

#endif
