/*
 * watch.h: listeners that want to hear of tasks (taskIds of
 * subscriptions/listen).
 *
 * A notification says all of a task, so it is read when there is room for it:
 * who reads slowly hears of fewer states, and of the last one in any case.
 */
#ifndef MCPBOX_WATCH_H
#define MCPBOX_WATCH_H

#include "op/ctx.h"
#include "op/news.h"
#include "op/op.h"
#include "web/stream.h"

/* Tasks of one listener. */
#define WATCH_MAX 64

struct watch;

/*
 * On a request thread: those of `ids` that are tasks of ctx->caller, for a
 * stream whose notifications carry `subscription` (JSON text).  NULL in *out:
 * none is.  *honoured, in the arena, says which.
 */
enum fail_code watch_new(struct ctx *ctx, struct strs ids,
    struct str subscription, struct strs *honoured,
    struct watch **out) ATTR_NODISCARD;

/* On the loop's thread: the stream has begun; can take more; is over. */
void watch_begun(struct watch *w, struct stream *s);
void watch_drained(struct watch *w);
void watch_closed(struct watch *w);
void watch_hear(struct loop *l, const struct news *n);
/* What could not be read is tried again. */
void watch_beat(struct loop *l);
void watch_free(struct loop *l);

#endif
