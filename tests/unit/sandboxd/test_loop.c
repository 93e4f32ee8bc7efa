/* Unit tests of sandboxd/loop.c. */
#include "sandboxd/loop.h"

#include <sys/epoll.h>

#include "clock.h"

#include "box_test.h"

struct part {
	struct watch watch;
	struct timer timer;
	struct loop *loop;
	struct part *other;
	int fd[2];
	int calls, rings;
};

static void
on_ring(struct timer *t)
{
	LOOP_OWNER(struct part, timer, t)->rings++;
}

static void
on_byte(struct watch *w, uint32_t events)
{
	struct part *p = LOOP_OWNER(struct part, watch, w);
	char c;

	assert_true((events & EPOLLIN) != 0);
	assert_int_equal(read(w->fd, &c, 1), 1);
	p->calls++;
	if (p->other != NULL)
		loop_unwatch(p->loop, &p->other->watch);
}

static void
make(struct part *p, struct loop *l)
{
	memset(p, 0, sizeof(*p));
	p->loop = l;
	assert_int_equal(pipe(p->fd), 0);
	loop_watch(l, &p->watch, p->fd[0], EPOLLIN, on_byte);
}

static void
drop(struct part *p)
{
	loop_unwatch(p->loop, &p->watch);
	(void)close(p->fd[0]);
	(void)close(p->fd[1]);
}

static void
test_removed_in_the_same_round(void **state)
{
	struct loop *l = loop_new();
	struct part a, b;

	(void)state;
	make(&a, l);
	make(&b, l);
	a.other = &b;
	b.other = &a;
	assert_int_equal(write(a.fd[1], "x", 1), 1);
	assert_int_equal(write(b.fd[1], "x", 1), 1);
	loop_once(l);
	/* Whoever came first removed the other. */
	assert_int_equal(a.calls + b.calls, 1);
	drop(&a);
	drop(&b);
	loop_free(l);
}

static void
test_events_off_and_on(void **state)
{
	struct loop *l = loop_new();
	struct part a;

	(void)state;
	make(&a, l);
	assert_int_equal(write(a.fd[1], "xy", 2), 2);
	loop_events(l, &a.watch, 0);
	loop_timer(l, &a.timer, clock_mono_ms() + 1, on_ring);
	while (a.rings == 0)
		loop_once(l);
	assert_int_equal(a.calls, 0);
	loop_events(l, &a.watch, EPOLLIN);
	loop_once(l);
	assert_int_equal(a.calls, 1);
	drop(&a);
	/* Twice is harmless. */
	loop_unwatch(l, &a.watch);
	loop_free(l);
}

static void
test_timers_in_order_and_moved(void **state)
{
	struct loop *l = loop_new();
	struct part a = {.rings = 0}, b = {.rings = 0}, c = {.rings = 0};
	int64_t now = clock_mono_ms();

	(void)state;
	loop_timer(l, &a.timer, now + 60000, on_ring);
	loop_timer(l, &b.timer, now + 1, on_ring);
	loop_timer(l, &c.timer, now + 1, on_ring);
	loop_timer_off(&c.timer);
	loop_timer(l, &a.timer, now + 2, on_ring); /* earlier than before */
	while (a.rings == 0)
		loop_once(l);
	assert_int_equal(a.rings, 1);
	assert_int_equal(b.rings, 1);
	assert_int_equal(c.rings, 0);
	assert_true(clock_mono_ms() - now >= 2);
	loop_timer_off(&a.timer);
	loop_free(l);
}

/* Somebody else closed the descriptor; its number comes back as another. */
static void
test_forgotten(void **state)
{
	struct loop *l = loop_new();
	struct part a, b;
	int number;

	(void)state;
	make(&a, l);
	number = a.fd[0];
	(void)close(a.fd[0]);
	loop_forget(l, &a.watch);
	/* Harmless by now. */
	loop_unwatch(l, &a.watch);
	make(&b, l);
	assert_int_equal(b.fd[0], number);
	assert_int_equal(write(b.fd[1], "x", 1), 1);
	loop_once(l);
	assert_int_equal(a.calls, 0);
	assert_int_equal(b.calls, 1);
	(void)close(a.fd[1]);
	drop(&b);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_removed_in_the_same_round),
	    cmocka_unit_test(test_events_off_and_on),
	    cmocka_unit_test(test_timers_in_order_and_moved),
	    cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
