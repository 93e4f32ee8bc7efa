/*
 * sse.h: server-sent events.
 */
#ifndef MCPBOX_SSE_H
#define MCPBOX_SSE_H

#include "buf.h"
#include "str.h"

/* When a client that lost its connection may come back, in milliseconds. */
#define SSE_RETRY_MS 1000

/*
 * One message as one event, its JSON on one "data:" line: raw line breaks can
 * only be between tokens, and become spaces.  id: NULL or an event id.
 */
void sse_event(struct buf *b, const char *id, struct str json);
/* An id to come back with, before there is anything to say. */
void sse_prime(struct buf *b, const char *id);

/* "name-12" into its parts. False if it is none. */
bool sse_id_read(struct str id, struct str *name_out, int64_t *seq_out);

#endif
