/*
 * sse.h: a stream of server-sent events (the HTML standard, section 9.2),
 * in pieces as they come.
 *
 * Lines end with CR, LF or both; comments are skipped; an event that has no
 * data only sets the id; what comes after the last blank line is thrown away.
 */
#ifndef MCPBOX_BRIDGE_SSE_H
#define MCPBOX_BRIDGE_SSE_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

#define SSE_ID_MAX 1024
#define SSE_RETRY_MAX_MS 3600000

struct sse {
	struct buf line;
	struct buf data;
	bool has_data;
	bool other_type; /* the event at hand is no "message" */
	bool after_cr;
	bool begun; /* a byte order mark is only one at the start */
	char next_id[SSE_ID_MAX + 1];
	char id[SSE_ID_MAX + 1]; /* of the last event, "" for none */
	int64_t retry_ms;        /* what the server asked for, or -1 */
	bool too_large;          /* an event had more than `max` bytes */
};

/* The data of one event, lines joined by '\n'. Valid during the call. */
typedef void sse_fn(void *arg, struct str data);

/* `max`: bytes of one line and of the data of one event. */
void sse_init(struct sse *s, size_t max);
void sse_free(struct sse *s);
/*
 * Calls fn for each event of type "message" that these bytes complete.  False
 * once an event was too large: the stream is of no further use.
 */
bool sse_feed(
    struct sse *s, struct str bytes, sse_fn *fn, void *arg) ATTR_NODISCARD;

#endif
