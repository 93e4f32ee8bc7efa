/*
 * The timer heap against a plain sort.
 */
#include "core_test.h"

#include "loop_timer.h"

#define N 500

struct thing {
	struct timer timer;
	int fired;
};

static int64_t last_ms;
static int fired;

static void
fire(void *owner)
{
	struct thing *t = owner;

	assert_true(t->timer.at_ms >= last_ms); /* in order */
	assert_int_equal(t->timer.place, 0);
	last_ms = t->timer.at_ms;
	t->fired++;
	fired++;
}

static void
test_order(void **state)
{
	static struct thing things[N];
	struct timers timers = {.heap = NULL};
	unsigned seed = 1;

	(void)state;
	assert_int_equal(timers_wait(&timers, 5), -1);
	for (int i = 0; i < N; i++) {
		seed = seed * 1103515245 + 12345;
		things[i].timer = (struct timer){
		    .fire = fire, .owner = &things[i]};
		timer_set(&timers, &things[i].timer, seed >> 16 & 1023);
	}
	for (int i = 0; i < N; i += 3) { /* moved, both ways */
		seed = seed * 1103515245 + 12345;
		timer_set(&timers, &things[i].timer, seed >> 16 & 1023);
	}
	for (int i = 0; i < N; i += 5)
		timer_clear(&timers, &things[i].timer);
	timer_clear(&timers, &things[0].timer); /* twice is harmless */
	for (int64_t now = 0; now < 1024; now += 7)
		timers_fire(&timers, now);
	timers_fire(&timers, 1024);
	assert_int_equal(fired, N - N / 5);
	for (int i = 0; i < N; i++)
		assert_int_equal(things[i].fired, i % 5 == 0 ? 0 : 1);
	timers_free(&timers);
}

static struct timers again_timers;
static int again_count;

static void
fire_again(void *owner)
{
	if (++again_count < 3)
		timer_set(&again_timers, owner, 10);
}

static void
test_set_from_its_own_function(void **state)
{
	struct timer t = {.fire = fire_again};

	(void)state;
	t.owner = &t;
	timer_set(&again_timers, &t, 10);
	assert_int_equal(timers_wait(&again_timers, 4), 6);
	assert_int_equal(timers_wait(&again_timers, 40), 0);
	timers_fire(&again_timers, 10);
	assert_int_equal(again_count, 3);
	assert_int_equal(timers_wait(&again_timers, 40), -1);
	timers_free(&again_timers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_set_from_its_own_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
