/*
 * worker_queue.h: from the event loop to the request threads.
 */
#ifndef MCPBOX_WORKER_QUEUE_H
#define MCPBOX_WORKER_QUEUE_H

#include <stddef.h>

#include "web/exchange.h"

/* New requests that may wait for a thread.  Parked exchanges that go on are
 * never refused: their number is bounded where they are parked. */
#define QUEUE_MAX 512

struct queue;

struct queue *queue_new(void);
void queue_free(struct queue *q); /* empty, and nobody waits */

/*
 * Adds a list of exchanges (linked by ->next).  New ones (without a step)
 * beyond QUEUE_MAX are not taken: they come back, linked.
 */
struct exchange *queue_put(struct queue *q, struct exchange *list);
/* Waits for one; NULL after queue_close, once it is empty. */
struct exchange *queue_take(struct queue *q);
void queue_close(struct queue *q);

#endif
