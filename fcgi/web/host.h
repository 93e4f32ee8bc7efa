/*
 * host.h: what the event loop does for parked exchanges and streams.
 *
 * Here, so that those who need it do not look up to the loop; loop_host.c has
 * the code.  All but host_worker: on the loop's thread only.
 */
#ifndef MCPBOX_HOST_H
#define MCPBOX_HOST_H

#include "web/exchange.h"

/* This process in the database: a UUID of its own. */
const char *host_worker(const struct loop *l);

/* From now on mcp_beat is called every HOST_BEAT_MS (code in loop.c). */
#define HOST_BEAT_MS 8000
void host_beat(struct loop *l);

/* Places of mcp/'s own in the loop; NULL at first. */
enum host_slot { HOST_SLOT_STANDING, HOST_SLOT_HOLD, HOST_SLOT_WATCH };
#define HOST_SLOTS 3
void **host_slot(struct loop *l, enum host_slot which);

/*
 * An exchange for work of our own: x->step runs on a request thread, with a
 * database, then x->landed (or NULL) on the loop's thread; then it is freed.
 */
struct exchange *host_work(struct loop *l, exchange_fn *step);
void host_do(struct exchange *x);
/* The same, in about so many milliseconds; not at all when the process leaves
 * before: then neither step nor landed is called, only `dropped`. */
void host_do_later(struct exchange *x, int64_t ms);

/* The parked exchange goes on now: ended() had said "not yet". */
void host_resume(struct exchange *x);
/* What was put on its connection is sent. */
void host_flush(struct exchange *x);
/* Bytes that its client has not taken. */
size_t host_unsent(const struct exchange *x);
/*
 * The parked exchange's answer, a stream, ends here for its connection; it
 * goes on without one.
 */
void host_detach(struct exchange *x);
/*
 * x->res is the answer of the parked exchange, all of it: it goes out, and the
 * exchange goes on without a connection.  Nothing when it has none.
 */
void host_answer(struct exchange *x);

#endif
