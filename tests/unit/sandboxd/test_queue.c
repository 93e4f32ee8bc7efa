/* Unit tests of sandboxd/queue.c: who waits, and whose turn it is. */
#include "queue.h"

#include "box_test.h"

#define MANY 2000

static struct queue q;
static struct ticket tickets[MANY];
static unsigned used;
static int64_t now;
static enum box_outcome why;

static const struct queue_limits wide = {
    .runs = 4,
    .runs_server = 3,
    .away = 3,
    .waits = 1500,
    .waits_server = 1200,
    .checks = 2,
    .checks_wait = 3,
    .keep_ms = 120000,
};

static int
set_up(void **state)
{
	(void)state;
	memset(tickets, 0, sizeof(tickets));
	used = 0;
	now = 1000000;
	queue_init(&q, &wide);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < used; i++) {
		struct ticket *t = &tickets[i];

		if (t->queued)
			queue_remove(&q, t);
		else if (t->lane != NULL)
			queue_done(&q, t, now);
	}
	assert_int_equal(q.waiting, 0);
	assert_int_equal(q.running, 0);
	assert_int_equal(q.away, 0);
	assert_int_equal(q.checking, 0);
	assert_int_equal(q.unchecked, 0);
	assert_null(q.first);
	assert_null(q.last);
	queue_free(&q);
	assert_int_equal(q.lanes, 0);
	return 0;
}

static struct ticket *
make(const char *name, bool checking)
{
	struct ticket *t = &tickets[used++];

	assert_true(used <= MANY);
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	t->checking = checking;
	return t;
}

/* NULL when it was refused. */
static struct ticket *
add(const char *name)
{
	struct ticket *t = make(name, false);

	return queue_add(&q, t, now, &why) == NULL ? t : NULL;
}

static struct ticket *
add_check(void)
{
	struct ticket *t = make("check", true);

	return queue_add(&q, t, now, &why) == NULL ? t : NULL;
}

/* Serves whoever's turn it is; NULL: nobody's. */
static struct ticket *
serve(void)
{
	struct lane *l = queue_turn(&q, q.first);
	struct ticket *t = l != NULL ? l->first : NULL;

	if (t != NULL)
		queue_grant(&q, t, now);
	return t;
}

static const char *
served(void)
{
	const struct ticket *t = serve();

	return t != NULL ? t->name : "nobody";
}

static void
test_first_come_in_a_lane(void **state)
{
	struct ticket *a = add("x"), *b = add("x"), *c = add("x");

	(void)state;
	assert_int_equal(q.waiting, 3);
	assert_int_equal(queue_waiting_for(&q, "x", false), 3);
	assert_int_equal(queue_waiting_for(&q, "x", true), 0);
	assert_int_equal(queue_waiting_for(&q, "y", false), 0);
	assert_ptr_equal(serve(), a);
	assert_ptr_equal(serve(), b);
	assert_ptr_equal(serve(), c);
	assert_null(serve());
	assert_int_equal(q.running, 3);
}

/* One server's thousand calls delay another's single one by one. */
static void
test_lanes_take_turns(void **state)
{
	struct ticket *single, *t;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_non_null(add("busy"));
	single = add("other");
	assert_string_equal(served(), "busy");
	assert_ptr_equal(serve(), single);
	/* And again, and for many. */
	for (int i = 0; i < 10; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "s%d", i);
		assert_non_null(add(name));
		assert_non_null(add(name));
	}
	for (int round = 0; round < 2; round++) {
		unsigned busy = 0;

		for (int i = 0; i < 11; i++) {
			t = serve();
			assert_non_null(t);
			busy += strcmp(t->name, "busy") == 0;
			queue_done(&q, t, now);
		}
		assert_int_equal(busy, 1);
	}
}

static void
test_runs_at_once(void **state)
{
	struct ticket *a;

	(void)state;
	/* Three of one server, four of all. */
	a = add("x");
	for (int i = 0; i < 5; i++)
		assert_non_null(add("x"));
	for (int i = 0; i < 3; i++)
		assert_non_null(serve());
	assert_null(serve());
	assert_int_equal(queue_ready_for(&q, "x", false), 0);
	assert_non_null(add("y"));
	assert_non_null(add("z"));
	assert_int_equal(queue_ready_for(&q, "y", false), 1);
	assert_string_equal(served(), "y");
	assert_null(serve());
	assert_int_equal(queue_ready_for(&q, "z", false), 0);
	/* x has stood there for longer; z is next, whoever ends. */
	queue_done(&q, a, now);
	assert_string_equal(served(), "x");
	queue_done(&q, &tickets[1], now);
	assert_string_equal(served(), "z");
}

static void
test_own_concurrency(void **state)
{
	struct ticket *t[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		t[i] = make("x", false);
		t[i]->concurrency = i < 3 ? 1 : 2;
		assert_null(queue_add(&q, t[i], now, &why));
	}
	assert_int_equal(queue_ready_for(&q, "x", false), 1);
	assert_ptr_equal(serve(), t[0]);
	assert_null(serve());
	queue_done(&q, t[0], now);
	assert_ptr_equal(serve(), t[1]);
	assert_null(serve());
	queue_done(&q, t[1], now);
	assert_ptr_equal(serve(), t[2]);
	/* The last one may run beside another. */
	assert_ptr_equal(serve(), t[3]);
}

static void
test_lanes_pass_one_without_process(void **state)
{
	struct lane *l;

	(void)state;
	assert_non_null(add("no process yet"));
	assert_non_null(add("y"));
	l = queue_turn(&q, q.first);
	assert_string_equal(l->name, "no process yet");
	l = queue_turn(&q, l->next);
	assert_string_equal(l->name, "y");
	assert_null(queue_turn(&q, l->next));
}

static void
test_checks_have_places_of_their_own(void **state)
{
	struct ticket *c;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_non_null(add("x"));
	assert_non_null(add("y"));
	for (int i = 0; i < 4; i++)
		assert_non_null(serve());
	assert_non_null(add("y"));
	assert_null(serve());
	/* Two at once, three wait. */
	c = add_check();
	for (int i = 0; i < 4; i++)
		assert_non_null(add_check());
	assert_null(add_check());
	assert_int_equal(why, BOX_OUTCOME_BUSY);
	assert_int_equal(queue_ready_for(&q, "check", true), 2);
	assert_ptr_equal(serve(), c);
	assert_string_equal(served(), "check");
	assert_null(serve());
	queue_done(&q, c, now);
	assert_string_equal(served(), "check");
	/* And take none from calls. */
	for (int i = 0; i < 4; i++)
		queue_done(&q, &tickets[i], now);
	assert_string_equal(served(), "y");
}

static void
test_full(void **state)
{
	static const struct queue_limits k = {.runs = 2,
	    .runs_server = 2,
	    .waits = 3,
	    .waits_server = 2,
	    .keep_ms = 1};
	struct ticket *t;

	(void)state;
	queue_init(&q, &k);
	/* Those for which a process is made are as good as running. */
	for (int i = 0; i < 4; i++)
		assert_non_null(add("x"));
	t = make("x", false);
	assert_string_equal(queue_add(&q, t, now, &why),
	    "too many calls of this server wait already");
	assert_int_equal(why, BOX_OUTCOME_BUSY);
	assert_in_range(t->retry_ms, 100, 60000);
	assert_non_null(add("y"));
	t = make("z", false);
	assert_string_equal(queue_add(&q, t, now, &why), "the queue is full");
	assert_in_range(t->retry_ms, 100, 60000);
	assert_null(t->lane);
	assert_false(t->queued);
	assert_int_equal(q.total.full, 1);
	assert_int_equal(q.total.full_server, 1);
	/* One goes: there is room for one. */
	queue_remove(&q, &tickets[2]);
	assert_non_null(add("z"));
	assert_null(add("z"));
}

static void
test_rate(void **state)
{
	struct ticket *t = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		t = make("x", false);
		t->rate = 3;
		assert_null(queue_add(&q, t, now, &why));
	}
	t = make("x", false);
	t->rate = 3;
	assert_non_null(queue_add(&q, t, now, &why));
	assert_int_equal(why, BOX_OUTCOME_RATE);
	assert_int_equal(t->retry_ms, 20000);
	assert_int_equal(q.total.rate, 1);
	/* Another server's is another's. */
	t = make("y", false);
	t->rate = 3;
	assert_null(queue_add(&q, t, now, &why));
	/* One that was withdrawn has not begun. */
	queue_remove(&q, &tickets[0]);
	t = make("x", false);
	t->rate = 3;
	assert_null(queue_add(&q, t, now, &why));
	/* One that was refused for want of room neither. */
	now += 20000;
	t = make("x", false);
	t->rate = 3;
	assert_null(queue_add(&q, t, now, &why));
}

/* The hint is what the queue before it will take. */
static void
test_retry_hint(void **state)
{
	static const struct queue_limits k = {.runs = 10,
	    .runs_server = 2,
	    .waits = 100,
	    .waits_server = 4,
	    .keep_ms = 1};
	struct ticket *t;

	(void)state;
	queue_init(&q, &k);
	/* Runs of this server take two seconds. */
	t = add("x");
	assert_ptr_equal(serve(), t);
	now += 2000;
	queue_done(&q, t, now);
	for (int i = 0; i < 6; i++)
		assert_non_null(add("x"));
	assert_non_null(serve());
	assert_non_null(serve());
	t = make("x", false);
	assert_non_null(queue_add(&q, t, now, &why));
	/* Four wait; five, two at a time, each two seconds. */
	assert_int_equal(t->retry_ms, 5000);
}

/* Who would wait longer than anyone may hears it at once. */
static void
test_hopeless(void **state)
{
	struct ticket *t = add("x");

	(void)state;
	assert_ptr_equal(serve(), t);
	now += 8000;
	queue_done(&q, t, now);
	for (int i = 0; i < 3; i++) {
		assert_non_null(add("x"));
		assert_non_null(serve());
	}
	/* Three run: some may wait, in case these are faster. */
	for (int i = 0; i < 3; i++)
		assert_non_null(add("x"));
	t = make("x", false);
	assert_string_equal(queue_add(&q, t, now, &why),
	    "too many calls of this server wait already");
	assert_in_range(t->retry_ms, 10000, 11000);
	/* It is nobody else's trouble. */
	assert_non_null(add("y"));
}

static void
test_expiry(void **state)
{
	struct ticket *a = add("x"), *b, *c;

	(void)state;
	now += 5000;
	b = add("x");
	c = add("y");
	assert_null(queue_expired(&q, now));
	now += 4999;
	assert_null(queue_expired(&q, now));
	now += 1;
	assert_ptr_equal(queue_expired(&q, now), a);
	assert_in_range(a->retry_ms, 100, 60000);
	queue_remove(&q, a);
	assert_null(queue_expired(&q, now));
	now += 5000;
	assert_ptr_equal(queue_expired(&q, now), b);
	queue_remove(&q, b);
	assert_ptr_equal(queue_expired(&q, now), c);
	assert_int_equal(q.total.expired, 3);
}

static void
test_sweep(void **state)
{
	struct ticket *a = add("waits"), *b, *c;

	(void)state;
	b = make("rate", false);
	b->rate = 1;
	assert_null(queue_add(&q, b, now, &why));
	queue_grant(&q, b, now);
	queue_done(&q, b, now);
	c = add("plain");
	queue_grant(&q, c, now);
	queue_done(&q, c, now);
	assert_int_equal(q.lanes, 3);
	now += 50000;
	queue_sweep(&q, now);
	assert_int_equal(q.lanes, 3);
	now += 80000;
	queue_sweep(&q, now);
	assert_int_equal(q.lanes, 1);
	assert_non_null(queue_lane(&q, "waits", false));
	assert_null(queue_lane(&q, "rate", false));
	(void)a;
}

/* Names that nobody uses again cost a bounded amount of memory. */
static void
test_many_names(void **state)
{
	struct ticket *t = make("", false);

	(void)state;
	for (int i = 0; i < 40000; i++) {
		(void)snprintf(t->name, sizeof(t->name), "name-%d", i);
		assert_null(queue_add(&q, t, now, &why));
		queue_remove(&q, t);
		assert_true(q.lanes <= 16384);
	}
}

/* Whatever happens in whatever order, the counts agree with a recount. */
static void
check_counts(void)
{
	unsigned waiting = 0, running = 0, away = 0, lanes = 0;

	for (unsigned i = 0; i < QUEUE_TABLE; i++) {
		for (struct lane *l = q.table[i]; l != NULL; l = l->chain) {
			unsigned n = 0;

			for (struct ticket *t = l->first; t; t = t->next)
				n++;
			assert_int_equal(n, l->waiting);
			waiting += n;
			running += l->running;
			away += l->away;
		}
	}
	for (struct lane *l = q.first; l != NULL; l = l->next) {
		assert_true(l->waiting > 0);
		lanes++;
	}
	for (struct lane *l = q.last; l != NULL; l = l->prev)
		lanes--;
	assert_int_equal(lanes, 0);
	assert_int_equal(waiting, q.waiting);
	assert_int_equal(running, q.running);
	assert_int_equal(away, q.away);
}

static void
test_any_order(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct ticket *t = &tickets[rand_r(&seed) % 40];
		unsigned r = (unsigned)rand_r(&seed);

		used = 40;
		if (t->queued && r % 3 == 0) {
			queue_remove(&q, t);
		} else if (t->queued) {
			(void)serve();
		} else if (t->lane != NULL && r % 4 == 0) {
			queue_pause(&q, t, now);
		} else if (t->lane != NULL && r % 4 == 1) {
			queue_unpause(&q, t, now);
		} else if (t->lane != NULL) {
			queue_done(&q, t, now);
		} else {
			t->checking = r % 7 == 0;
			(void)snprintf(t->name, sizeof(t->name), "%u",
			    t->checking ? 0 : r / 7 % 9);
			t->concurrency = r / 64 % 4;
			t->rate = r / 256 % 3 == 0 ? 600 : 0;
			(void)!queue_add(&q, t, now, &why);
		}
		now += r % 50;
		if (r % 100 == 0)
			queue_sweep(&q, now);
		check_counts();
	}
}

/* A lease leaves a place in its lane and in all, and never overtakes. */
static void
test_room_for_a_lease(void **state)
{
	struct ticket ask = {.name = "x"};

	(void)state;
	assert_true(queue_has_room(&q, &ask));
	ask.concurrency = 1;
	assert_false(queue_has_room(&q, &ask));
	ask.concurrency = 2;
	assert_true(queue_has_room(&q, &ask));
	assert_non_null(add("x"));
	assert_false(queue_has_room(&q, &ask)); /* somebody waits */
	assert_non_null(serve());
	assert_false(queue_has_room(&q, &ask)); /* one of two runs */
	ask.concurrency = 0;
	assert_true(queue_has_room(&q, &ask));
	assert_non_null(add("x"));
	assert_non_null(serve());
	assert_false(queue_has_room(&q, &ask)); /* two of three */
	(void)snprintf(ask.name, sizeof(ask.name), "y");
	assert_true(queue_has_room(&q, &ask));
	assert_non_null(add("y"));
	assert_non_null(serve());
	(void)snprintf(ask.name, sizeof(ask.name), "z");
	assert_false(queue_has_room(&q, &ask)); /* three of four in all */
}

/* Who waits for a person makes room, up to a limit. */
static void
test_away(void **state)
{
	struct ticket *a[4];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_non_null(add("x"));
		a[i] = serve();
	}
	a[3] = add("x");
	assert_null(serve()); /* three of one server */
	queue_pause(&q, a[0], now);
	queue_pause(&q, a[0], now); /* once */
	assert_int_equal(q.running, 2);
	assert_int_equal(q.away, 1);
	assert_ptr_equal(serve(), a[3]);
	/* One server has half of what there is, at most. */
	queue_pause(&q, a[1], now);
	queue_pause(&q, a[2], now);
	assert_true(a[1]->away);
	assert_false(a[2]->away);
	assert_int_equal(q.away, 2);
	assert_int_equal(q.running, 2);
	assert_non_null(add("y"));
	queue_pause(&q, serve(), now);
	assert_int_equal(q.away, 3);
	assert_non_null(add("z"));
	queue_pause(&q, serve(), now);
	assert_int_equal(q.away, 3);
	/* The time does not count; there may be one more than the limit. */
	now += 5000;
	queue_unpause(&q, a[0], now);
	assert_int_equal(a[0]->since_ms, now);
	queue_unpause(&q, a[0], now);
	assert_int_equal(q.away, 2);
	queue_unpause(&q, a[2], now);
	/* An end while it is away. */
	queue_done(&q, a[1], now);
	assert_int_equal(q.away, 1);
	queue_sweep(&q, now + 1000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_first_come_in_a_lane),
	    TEST(test_lanes_take_turns),
	    TEST(test_runs_at_once),
	    TEST(test_own_concurrency),
	    TEST(test_lanes_pass_one_without_process),
	    TEST(test_checks_have_places_of_their_own),
	    TEST(test_full),
	    TEST(test_rate),
	    TEST(test_retry_hint),
	    TEST(test_hopeless),
	    TEST(test_expiry),
	    TEST(test_sweep),
	    TEST(test_many_names),
	    TEST(test_room_for_a_lease),
	    TEST(test_away),
	    TEST(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
