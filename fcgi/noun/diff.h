/*
 * diff.h: two texts, line by line, as a unified diff.
 *
 * Myers' algorithm in its linear-space form (E. W. Myers, "An O(ND)
 * Difference Algorithm and Its Variations", 1986, section 4b), without
 * recursion.  The work is bounded: a stretch whose differences pass
 * DIFF_COST_MAX, and all of a text over DIFF_LINES_MAX lines, is shown as
 * replaced.  So the result is always right, and short when it can be.
 */
#ifndef MCPBOX_DIFF_H
#define MCPBOX_DIFF_H

#include "arena.h"
#include "str.h"

#define DIFF_LINES_MAX 5000
#define DIFF_COST_MAX 512
#define DIFF_CONTEXT 3

/*
 * "--- old_name", "+++ new_name", then hunks with DIFF_CONTEXT lines around
 * each change, as diff -u writes them (with "\ No newline at end of file").
 * Empty when the texts are the same.  In the arena.
 */
struct str diff_unified(struct arena *a, const char *old_name,
    const char *new_name, struct str old_text, struct str new_text);

#endif
