/*
 * Unit tests of lib/lease.c: the worker's side of a lease, against a peer
 * that does what each test says.
 */
#include "lease.h"

#include "lib_test.h"

#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "fdio.h"

#define ROOM 65536

static char path[64];
static int listener;
static enum box_ask asks; /* of the next run */
static struct lease l;
static int above, below; /* the peer's ends: sandboxd, child */
static struct wire_reader up;
static struct wire_frame got;

static const struct box_limits limits = {
    .wall_ms = 1000,
    .cpu_ms = 1000,
    .memory = 1 << 20,
    .result = 1000,
    .output = 10,
    .threads = 1,
};

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/test_lease.%d", (int)getpid());
	listener = fdio_listen_unix(path, 0600, 4);
	above = below = -1;
	asks = BOX_ASK_NONE;
	wire_reader_init(&up, WIRE_UP, SIZE_MAX / 4);
	l = (struct lease){.state = LEASE_NONE};
	return listener >= 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	lease_close(&l);
	lease_close(&l);
	for (int i = 0; i < 3; i++) {
		int fd = i == 0 ? listener : i == 1 ? above : below;

		if (fd >= 0)
			(void)close(fd);
	}
	wire_reader_free(&up);
	(void)unlink(path);
	return 0;
}

/* The next frame that sandboxd gets. */
static void
hear(enum wire_type type)
{
	while (wire_reader_next(&up, &got) != WIRE_NEXT_FRAME) {
		size_t room;
		char *p = wire_reader_room(&up, &room);
		ssize_t n;

		assert_non_null(p);
		n = recv(above, p, room, MSG_DONTWAIT);
		if (n <= 0)
			fail_test("no %s came", wire_name((uint16_t)type));
		wire_reader_added(&up, (size_t)n);
	}
	assert_int_equal(got.type, type);
}

static void
say(int fd, enum wire_type type, uint32_t flags, struct str payload)
{
	struct buf b;

	buf_init(&b, ROOM);
	wire_put(&b, type, 0, flags, payload);
	assert_int_equal(send(fd, b.p, b.n, MSG_NOSIGNAL), b.n);
	buf_free(&b);
}

static void
ask(void)
{
	struct box_lease a = {
	    STR_LIT("11111111-1111-4111-8111-111111111111"), 3};

	assert_int_equal(lease_ask(&l, path, &a), 0);
	above = accept(listener, NULL, NULL);
	assert_true(above >= 0);
	hear(WIRE_T_LEASE);
	assert_true(lease_look(&l));
	assert_int_equal(l.state, LEASE_ASKED);
}

static void
give(void)
{
	struct box_leased terms = {1000, (uint32_t)getpid()};
	struct buf payload, frame;
	int pair[2];

	ask();
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	below = pair[0];
	buf_init(&payload, ROOM);
	buf_init(&frame, ROOM);
	box_leased_encode(&payload, &terms);
	wire_put(&frame, WIRE_T_LEASED, 0, 0, buf_str(&payload));
	assert_int_equal(
	    fdio_send_fds(above, frame.p, frame.n, &pair[1], 1), frame.n);
	(void)close(pair[1]);
	buf_free(&payload);
	buf_free(&frame);
	assert_true(lease_look(&l));
	assert_true(lease_usable(&l, clock_mono_ms()));
}

/* A run is on; the child has its RUN. */
static void
begin(void)
{
	struct buf frame;
	char room[64];

	give();
	buf_init(&frame, ROOM);
	wire_put(&frame, WIRE_T_RUN, 0, 0, STR_LIT("the run"));
	lease_begin(
	    &l, &limits, asks, STR_LIT("the beginning"), buf_str(&frame));
	assert_true(lease_flush(&l));
	hear(WIRE_T_BEGIN);
	assert_true(str_eq_c(got.payload, "the beginning"));
	assert_int_equal(
	    recv(below, room, sizeof(room), MSG_DONTWAIT), frame.n);
	assert_memory_equal(room, frame.p, frame.n);
	buf_free(&frame);
}

static void
expect_frame(enum wire_type type, const char *payload)
{
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_FRAME);
	assert_int_equal(got.type, type);
	if (payload != NULL)
		assert_true(str_eq_c(got.payload, payload));
}

static void
expect_exit(enum box_outcome outcome)
{
	struct box_exit e;

	expect_frame(WIRE_T_EXIT, NULL);
	assert_true(box_exit_decode(got.payload, &e));
	assert_int_equal(e.outcome, outcome);
	assert_int_equal(l.state, LEASE_OVER);
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_LOST);
}

static void
say_exit(enum box_outcome outcome)
{
	struct box_exit e = {.outcome = outcome};
	struct buf b;

	buf_init(&b, ROOM);
	box_exit_encode(&b, &e);
	say(above, WIRE_T_EXIT, 0, buf_str(&b));
	buf_free(&b);
}

static void
hear_done(enum box_outcome outcome)
{
	struct box_done d;

	hear(WIRE_T_DONE);
	assert_true(box_done_decode(got.payload, &d));
	assert_int_equal(d.outcome, outcome);
}

/* --- the lease -------------------------------------------------------------
 */

static void
test_nobody_there(void **state)
{
	struct box_lease a = {STR_NONE, 0};

	(void)state;
	assert_int_equal(lease_ask(&l, "/nonexistent/socket", &a), -1);
	assert_int_equal(l.state, LEASE_NONE);
}

static void
test_refused(void **state)
{
	(void)state;
	ask();
	say_exit(BOX_OUTCOME_BUSY);
	assert_false(lease_look(&l));
}

static void
test_gone_while_asking(void **state)
{
	(void)state;
	ask();
	(void)close(above);
	above = -1;
	assert_false(lease_look(&l));
}

static void
test_without_a_descriptor(void **state)
{
	(void)state;
	ask();
	say(above, WIRE_T_LEASED, 0, STR_LIT("12345678"));
	assert_false(lease_look(&l));
}

static void
test_called_back(void **state)
{
	(void)state;
	give();
	assert_true(lease_look(&l));
	say(above, WIRE_T_RECLAIM, 0, STR_NONE);
	assert_false(lease_look(&l));
}

static void
test_too_old(void **state)
{
	(void)state;
	give();
	assert_false(lease_usable(&l, clock_mono_ms() + 1000));
	assert_true(lease_look(&l));
}

/* --- a run -------------------------------------------------------------------
 */

static void
test_result(void **state)
{
	(void)state;
	begin();
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	say(below, WIRE_T_OUTPUT, 0, STR_LIT("out"));
	say(below, WIRE_T_RESULT, 0, STR_LIT("{}"));
	expect_frame(WIRE_T_OUTPUT, "out");
	expect_frame(WIRE_T_RESULT, "{}");
	hear_done(BOX_OUTCOME_RESULT);
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	assert_int_equal(l.data, -1);
	say_exit(BOX_OUTCOME_RESULT);
	expect_exit(BOX_OUTCOME_RESULT);
}

/* sandboxd had killed it before it heard of the answer. */
static void
test_killed_meanwhile(void **state)
{
	(void)state;
	begin();
	say(below, WIRE_T_RESULT, 0, STR_LIT("{}"));
	expect_frame(WIRE_T_RESULT, "{}");
	say_exit(BOX_OUTCOME_CANCELLED);
	expect_exit(BOX_OUTCOME_CANCELLED);
}

static void
test_error_kinds(void **state)
{
	static const struct {
		uint32_t flags;
		enum box_outcome outcome;
	} rows[] = {{0, BOX_OUTCOME_ERROR}, {1, BOX_OUTCOME_MEMORY},
	    {2, BOX_OUTCOME_OUTPUT}};

	for (size_t i = 0; i < NELEM(rows); i++) {
		begin();
		say(below, WIRE_T_ERROR, rows[i].flags, STR_LIT("{}"));
		expect_frame(WIRE_T_ERROR, "{}");
		hear_done(rows[i].outcome);
		say_exit(rows[i].outcome);
		expect_exit(rows[i].outcome);
		(void)tear_down(state);
		assert_int_equal(set_up(state), 0);
	}
}

static void
test_output_is_cut(void **state)
{
	struct box_done d;

	(void)state;
	begin();
	say(below, WIRE_T_OUTPUT, 0, STR_LIT("0123456789abc"));
	say(below, WIRE_T_OUTPUT, 0, STR_LIT("more"));
	say(below, WIRE_T_RESULT, 0, STR_LIT("1"));
	expect_frame(WIRE_T_OUTPUT, "0123456789");
	expect_frame(WIRE_T_RESULT, "1");
	hear(WIRE_T_DONE);
	assert_true(box_done_decode(got.payload, &d));
	assert_int_equal(d.cut, 7);
}

/* What the monitor refuses ends the child; sandboxd says that it did. */
static void
test_bad_frames(void **state)
{
	static const char garbage[] = "GET / HTTP/1.1\r\n\r\n";

	for (int i = 0; i < 3; i++) {
		begin();
		if (i == 0)
			say(below, WIRE_T_LOG, 0, STR_LIT("\xff"));
		else if (i == 1)
			say(below, WIRE_T_EXIT, 0, STR_LIT("x"));
		else
			assert_true(write(below, garbage, sizeof(garbage)) > 0);
		assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
		assert_int_equal(l.data, -1);
		hear_done(BOX_OUTCOME_OUTPUT);
		say_exit(BOX_OUTCOME_OUTPUT);
		expect_exit(BOX_OUTCOME_OUTPUT);
		(void)tear_down(state);
		assert_int_equal(set_up(state), 0);
	}
}

static void
test_child_ends(void **state)
{
	(void)state;
	begin();
	/* RECLAIM crossed our BEGIN: no news. */
	say(above, WIRE_T_RECLAIM, 0, STR_NONE);
	say(below, WIRE_T_LOG, 0, STR_LIT("{}"));
	(void)close(below);
	below = -1;
	expect_frame(WIRE_T_LOG, "{}");
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	assert_int_equal(l.state, LEASE_ENDING);
	say_exit(BOX_OUTCOME_TIMEOUT);
	expect_exit(BOX_OUTCOME_TIMEOUT);
}

static void
test_all_end(void **state)
{
	(void)state;
	begin();
	(void)close(below);
	(void)close(above);
	above = below = -1;
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_LOST);
}

/* The frame in hand and what was read behind it go along, whole. */
static void
test_hand_over(void **state)
{
	struct box_handover h;
	struct wire_reader again;
	struct wire_frame f;
	size_t room;
	char *p;

	(void)state;
	begin();
	say(below, WIRE_T_OUTPUT, 0, STR_LIT("1234"));
	say(below, WIRE_T_FETCH, 0, STR_LIT("a request"));
	say(below, WIRE_T_LOG, 0, STR_LIT("{}"));
	assert_int_equal(send(below, "\x1d\xb0\x13", 3, 0), 3);
	expect_frame(WIRE_T_OUTPUT, "1234");
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	assert_int_equal(l.state, LEASE_THROUGH);
	assert_int_equal(l.data, -1);
	hear(WIRE_T_HANDOVER);
	assert_true(box_handover_decode(got.payload, &h));
	assert_int_equal(h.output, 6);
	wire_reader_init(&again, WIRE_DOWN, ROOM);
	p = wire_reader_room(&again, &room);
	assert_true(room >= h.rest.n);
	memcpy(p, h.rest.p, h.rest.n);
	wire_reader_added(&again, h.rest.n);
	assert_int_equal(wire_reader_next(&again, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.type, WIRE_T_FETCH);
	assert_true(str_eq_c(f.payload, "a request"));
	assert_int_equal(wire_reader_next(&again, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.type, WIRE_T_LOG);
	assert_int_equal(wire_reader_next(&again, &f), WIRE_NEXT_MORE);
	assert_true(str_eq_c(wire_reader_rest(&again), "\x1d\xb0\x13"));
	wire_reader_free(&again);
	/* From there it is sandboxd that speaks. */
	say(above, WIRE_T_REQUEST, 0, STR_LIT("{}"));
	say(above, WIRE_T_RESULT, 0, STR_LIT("2"));
	say_exit(BOX_OUTCOME_RESULT);
	expect_frame(WIRE_T_REQUEST, "{}");
	expect_frame(WIRE_T_RESULT, "2");
	expect_exit(BOX_OUTCOME_RESULT);
}

/* A question that ends the run is an answer like others. */
static void
test_last_question(void **state)
{
	(void)state;
	asks = BOX_ASK_END;
	begin();
	say(below, WIRE_T_ASK, 0, STR_LIT("{}"));
	expect_frame(WIRE_T_ASK, "{}");
	assert_int_equal(got.id, 0);
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	hear_done(BOX_OUTCOME_INPUT);
	say_exit(BOX_OUTCOME_INPUT);
	expect_exit(BOX_OUTCOME_INPUT);
}

static void
test_nobody_to_ask(void **state)
{
	(void)state;
	begin();
	say(below, WIRE_T_ASK, 0, STR_LIT("{}"));
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	hear_done(BOX_OUTCOME_OUTPUT);
}

/* Who waits for an answer is sandboxd's: it stops the clock. */
static void
test_question_goes_above(void **state)
{
	struct buf b;

	(void)state;
	asks = BOX_ASK_WAIT;
	begin();
	say(below, WIRE_T_ASK, 0, STR_LIT("{}"));
	assert_int_equal(lease_next(&l, &got), LEASE_NEXT_MORE);
	assert_int_equal(l.state, LEASE_THROUGH);
	hear(WIRE_T_HANDOVER);
	say(above, WIRE_T_ASK, 0, STR_LIT("{}"));
	expect_frame(WIRE_T_ASK, "{}");
	buf_init(&b, ROOM);
	wire_put(&b, WIRE_T_ANSWER, 7, 0, STR_LIT("yes"));
	lease_answer(&l, buf_str(&b));
	buf_free(&b);
	assert_true(lease_flush(&l));
	hear(WIRE_T_ANSWER);
	assert_int_equal(got.id, 7);
	assert_true(str_eq_c(got.payload, "yes"));
	say(above, WIRE_T_RESULT, 0, STR_LIT("2"));
	say_exit(BOX_OUTCOME_RESULT);
	expect_frame(WIRE_T_RESULT, "2");
	expect_exit(BOX_OUTCOME_RESULT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nobody_there),
	    TEST(test_refused),
	    TEST(test_gone_while_asking),
	    TEST(test_without_a_descriptor),
	    TEST(test_called_back),
	    TEST(test_too_old),
	    TEST(test_last_question),
	    TEST(test_nobody_to_ask),
	    TEST(test_question_goes_above),
	    TEST(test_result),
	    TEST(test_killed_meanwhile),
	    TEST(test_error_kinds),
	    TEST(test_output_is_cut),
	    TEST(test_bad_frames),
	    TEST(test_child_ends),
	    TEST(test_all_end),
	    TEST(test_hand_over),
	};

	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
