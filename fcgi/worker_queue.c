/*
 * worker_queue.c: a bounded queue under one lock.
 */
#include "worker_queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "log.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct exchange *first, **end; /* under lock, as all below */
	size_t n;
	size_t waiting; /* threads in queue_take */
	bool closed;
};

struct queue *
queue_new(void)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL || pthread_mutex_init(&q->lock, NULL) != 0 ||
	    pthread_cond_init(&q->more, NULL) != 0)
		log_panic("out of memory", "queue");
	q->end = &q->first;
	return q;
}

void
queue_free(struct queue *q)
{
	pthread_cond_destroy(&q->more);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

struct exchange *
queue_put(struct queue *q, struct exchange *list)
{
	struct exchange *refused = NULL, *x;
	size_t wake = 0;

	pthread_mutex_lock(&q->lock);
	while ((x = list) != NULL) {
		list = x->next;
		if (x->step == NULL && q->n >= QUEUE_MAX) {
			x->next = refused;
			refused = x;
			continue;
		}
		x->next = NULL;
		*q->end = x;
		q->end = &x->next;
		q->n++;
		wake++;
	}
	if (wake > q->waiting)
		wake = q->waiting;
	while (wake-- > 0)
		pthread_cond_signal(&q->more);
	pthread_mutex_unlock(&q->lock);
	return refused;
}

struct exchange *
queue_take(struct queue *q)
{
	struct exchange *x;

	pthread_mutex_lock(&q->lock);
	while (q->first == NULL && !q->closed) {
		q->waiting++;
		pthread_cond_wait(&q->more, &q->lock);
		q->waiting--;
	}
	x = q->first;
	if (x != NULL) {
		q->first = x->next;
		if (q->first == NULL)
			q->end = &q->first;
		x->next = NULL;
		q->n--;
	}
	pthread_mutex_unlock(&q->lock);
	return x;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->more);
	pthread_mutex_unlock(&q->lock);
}
