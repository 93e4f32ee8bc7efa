/*
 * source.h: an answer that comes piece by piece: a download, or news.
 *
 * An operation with `media` (op/op.h) fills one of these instead of a result.
 * The piece-maker is called on a request thread, with a database and an arena
 * of its own each time, and never before the client took what was made before:
 * who reads slowly is asked for less, and nothing piles up.
 */
#ifndef MCPBOX_SOURCE_H
#define MCPBOX_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "op/ctx.h"

/* Most bytes of one piece. */
#define SOURCE_PIECE_MAX ((size_t)24 * 1024 * 1024)

/*
 * Appends to `out`; true in *done_out: that was the last.  A failure breaks
 * the connection, so that half an answer does not look like a whole one; ctx
 * has the caller as it was when the request came.
 */
typedef enum fail_code source_fn(
    struct ctx *ctx, void *state, struct buf *out, bool *done_out);

struct source {
	source_fn *more;
	/* malloc'ed; free_state gives it back, whatever happens. */
	void *state;
	void (*free_state)(void *state);
	const char *media;    /* Content-Type */
	const char *filename; /* NULL: not to be saved; else its plain name */
	const char *start;    /* what is sent at once, or NULL */
	/* From one piece to the next; 0: as soon as the last was taken. */
	int every_ms;
};

#endif
