/*
 * exchange.c: the free list of exchanges.
 */
#include "web/exchange.h"

#include <pthread.h>
#include <stdlib.h>

#include "log.h"

/*
 * What one request may take at most: its body, the rows it reads and the
 * text of its answer, several times over.  A runaway ends here and not in
 * the machine's memory.
 */
#define ARENA_MAX ((size_t)64 * 1024 * 1024)
/* As many as can be at work or waiting for a thread at once. */
#define KEEP_MAX 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct exchange *spare; /* under lock */
static size_t nspare;          /* under lock */

struct exchange *
exchange_new(void)
{
	struct exchange *x;
	struct arena *a;

	pthread_mutex_lock(&lock);
	x = spare;
	if (x != NULL) {
		spare = x->next;
		nspare--;
	}
	pthread_mutex_unlock(&lock);
	if (x == NULL) {
		x = calloc(1, sizeof(*x));
		if (x == NULL)
			log_panic("out of memory", "exchange");
		x->ctx.arena = arena_new(ARENA_MAX);
	}
	a = x->ctx.arena;
	*x = (struct exchange){.ctx.arena = a};
	return x;
}

static void
destroy(struct exchange *x)
{
	arena_free(x->ctx.arena);
	free(x);
}

void
exchange_free(struct exchange *x)
{
	bool keep;

	arena_reset(x->ctx.arena);
	pthread_mutex_lock(&lock);
	keep = nspare < KEEP_MAX;
	if (keep) {
		x->next = spare;
		spare = x;
		nspare++;
	}
	pthread_mutex_unlock(&lock);
	if (!keep)
		destroy(x);
}

void
exchange_free_all(void)
{
	struct exchange *x;

	while ((x = spare) != NULL) {
		spare = x->next;
		destroy(x);
	}
	nspare = 0;
}
