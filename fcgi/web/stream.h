/*
 * stream.h: connections that stay open and are told something now and then.
 *
 * A step makes one and returns STEP_STREAM; the exchange's x->res.body is the
 * first text on it.  From then on it belongs to the event loop, which holds
 * nothing else of the request: everything below is for the loop's thread.
 * The loop sends comments while it is silent, closes it when the peer has
 * left or does not read, and ends it when the process leaves.
 */
#ifndef MCPBOX_STREAM_H
#define MCPBOX_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "op/news.h"
#include "str.h"

struct conn;
struct loop;
struct stream;

/* All but heard and closed may be NULL. */
struct stream_ops {
	/* The loop has it. */
	void (*begun)(struct stream *s);
	/* Something happened; it may put, and end itself. */
	void (*heard)(struct stream *s, const struct news *n);
	/* Every STREAM_BEAT_MS. */
	void (*tick)(struct stream *s);
	/* The peer took all that was put.  Who has this is never closed for
	 * being behind: it puts more only now. */
	void (*drained)(struct stream *s);
	/* It ends in order: the last thing to put. */
	void (*ending)(struct stream *s);
	/* Over, one way or another: frees it. */
	void (*closed)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	struct loop *loop;
	struct conn *conn; /* NULL until the loop has it */
	struct stream *prev, *next;
	int64_t end_ms; /* monotonic; 0 = no end */
	uint64_t owner; /* stream_owner of the caller */
	bool over;      /* by stream_end */
	bool broken;    /* by stream_break */
	bool plain; /* no comments while it is silent: not server-sent events */
};

/* Of one process; of one caller in it. */
#define STREAMS_MAX 6000
#define STREAMS_MAX_OWNER 4500
/* Who is behind this reads nothing. */
#define STREAM_UNSENT_MAX ((size_t)64 * 1024)
#define STREAM_BEAT_MS 15000

/* Any thread: room for one more of this caller, which is given back when the
 * stream is closed. */
uint64_t stream_owner(struct str caller);
bool stream_reserve(struct loop *l, uint64_t owner);

/* Puts text on it; sent after the callback that puts it. */
void stream_put(struct stream *s, struct str text);
/* The same from elsewhere (the landing of some work): sends at once, after
 * which the stream may be gone. */
void stream_flush(struct stream *s);
/* It ends after what was put: without ops->ending. */
void stream_end(struct stream *s);
/* Its connection is closed in the middle, so that the peer knows that what it
 * has is not all. */
void stream_break(struct stream *s);

#endif
