/*
 * The queue between loop and threads.
 */
#include "core_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "worker_queue.h"

static enum step
step(struct exchange *x)
{
	(void)x;
	return STEP_DONE;
}

static void
test_order_and_bound(void **state)
{
	static struct exchange fresh[QUEUE_MAX + 2], resumed;
	struct queue *q = queue_new();
	struct exchange *x;

	(void)state;
	for (size_t i = 0; i < QUEUE_MAX; i++)
		assert_null(queue_put(q, &fresh[i]));
	/* Full for new ones, in a list too ... */
	fresh[QUEUE_MAX].next = &fresh[QUEUE_MAX + 1];
	x = queue_put(q, &fresh[QUEUE_MAX]);
	assert_non_null(x);
	assert_non_null(x->next);
	assert_null(x->next->next);
	/* ... but never for one that goes on. */
	resumed.step = step;
	assert_null(queue_put(q, &resumed));
	for (size_t i = 0; i < QUEUE_MAX; i++)
		assert_ptr_equal(queue_take(q), &fresh[i]);
	assert_ptr_equal(queue_take(q), &resumed);
	queue_close(q);
	assert_null(queue_take(q));
	queue_free(q);
}

static void
test_close_lets_the_rest_out(void **state)
{
	static struct exchange one;
	struct queue *q = queue_new();

	(void)state;
	assert_null(queue_put(q, &one));
	queue_close(q);
	assert_ptr_equal(queue_take(q), &one);
	assert_null(queue_take(q));
	queue_free(q);
}

#define THREADS 4
#define ITEMS 5000
static _Atomic int taken;

static void *
taker(void *q)
{
	while (queue_take(q) != NULL)
		atomic_fetch_add(&taken, 1);
	return NULL;
}

static void
test_threads(void **state)
{
	static struct exchange items[ITEMS];
	struct queue *q = queue_new();
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, taker, q), 0);
	for (size_t i = 0; i < ITEMS; i++) {
		items[i].step = step;
		assert_null(queue_put(q, &items[i]));
	}
	queue_close(q);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(taken, ITEMS);
	queue_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_and_bound),
	    cmocka_unit_test(test_close_lets_the_rest_out),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
