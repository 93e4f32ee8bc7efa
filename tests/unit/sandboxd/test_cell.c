/* Unit tests of sandboxd/cell.c: greeting, frames and end of a child. */
#include "cell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fdio.h"
#include "proc.h"
#include "step.h"

#include "box_test.h"

/* A real process stands in for the child: it sleeps until it is killed. */
struct stage {
	struct loop *loop;
	struct cell *cell;
	int peer; /* the child's end */
	pid_t pid;
	/* what was heard */
	int changed, frames, bad, rooms, ended;
	uint32_t step;
	int err;
	uint16_t types[8];
	char text[64];
	int status; /* of the report; -1 = none came */
};

static struct stage s;

static void
on_changed(struct cell *c, uint32_t step, int err)
{
	(void)c;
	s.changed++;
	s.step = step;
	s.err = err;
}

static void
on_frame(struct cell *c, const struct wire_frame *f)
{
	(void)c;
	s.types[s.frames++ % 8] = f->type;
	(void)snprintf(s.text, sizeof(s.text), "%.*s", STR_FMT(f->payload));
}

static void
on_bad(struct cell *c)
{
	s.bad++;
	cell_kill(c);
}

static void
on_room(struct cell *c)
{
	assert_false(cell_full(c));
	s.rooms++;
}

static void
on_ended(struct cell *c, const struct ctl *m)
{
	(void)c;
	s.ended++;
	s.status = m != NULL ? m->status : -1;
}

static const struct cell_user user = {on_frame, on_bad, on_room, on_ended};

static int
set_up(void **state)
{
	int pair[2];

	(void)state;
	memset(&s, 0, sizeof(s));
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fdio_nonblock(pair[0]), 0);
	s.peer = pair[1];
	s.loop = loop_new();
	s.pid = fork();
	if (s.pid == 0) {
		(void)pause();
		_exit(0);
	}
	s.cell = cell_new(s.loop, NULL, 3, pair[0], on_changed);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	cell_free(s.cell);
	loop_free(s.loop);
	(void)close(s.peer);
	(void)kill(s.pid, SIGKILL);
	(void)waitpid(s.pid, NULL, 0);
	return 0;
}

static void
say(const void *p, size_t n)
{
	assert_int_equal(write(s.peer, p, n), (ssize_t)n);
	loop_once(s.loop);
}

static void
say_frame(enum wire_type type, struct str payload)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	wire_put(&b, type, 0, 0, payload);
	say(b.p, b.n);
	buf_free(&b);
}

static void
greet(uint32_t step, int err)
{
	unsigned char b[CTL_HELLO];

	ctl_hello_encode(step, err, b);
	/* Torn, as a stream may be. */
	say(b, 3);
	say(b + 3, sizeof(b) - 3);
}

static void
make_ready(void)
{
	greet(STEP_READY, 0);
	cell_spawned(s.cell, proc_pidfd(s.pid));
	assert_int_equal(s.cell->state, CELL_READY);
}

static bool
is_dead(void)
{
	int status;

	if (waitpid(s.pid, &status, 0) != s.pid)
		return false;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void
test_ready_either_way_round(void **state)
{
	(void)state;
	greet(STEP_READY, 0);
	assert_int_equal(s.changed, 0); /* no pidfd yet */
	cell_spawned(s.cell, proc_pidfd(s.pid));
	assert_int_equal(s.changed, 1);
	assert_int_equal(s.step, STEP_READY);
	assert_int_equal(s.cell->state, CELL_READY);
	assert_int_equal(s.cell->pid, s.pid);
	assert_true(s.cell->cpu_us < 10000000);
}

static void
test_pidfd_first(void **state)
{
	(void)state;
	cell_spawned(s.cell, proc_pidfd(s.pid));
	assert_int_equal(s.changed, 0);
	greet(STEP_READY, 0);
	assert_int_equal(s.changed, 1);
	assert_int_equal(s.cell->state, CELL_READY);
}

static void
test_failed_step(void **state)
{
	(void)state;
	cell_spawned(s.cell, proc_pidfd(s.pid));
	greet(STEP_FILTER, EINVAL);
	assert_int_equal(s.step, STEP_FILTER);
	assert_int_equal(s.err, EINVAL);
	assert_int_equal(s.cell->state, CELL_WARMING);
}

static void
test_second_pidfd_is_closed(void **state)
{
	int first = proc_pidfd(s.pid), second = proc_pidfd(s.pid);

	(void)state;
	cell_spawned(s.cell, first);
	cell_spawned(s.cell, second);
	assert_int_equal(s.cell->pidfd, first);
	assert_int_equal(close(second), -1);
}

static void
test_spare_that_talks_is_killed(void **state)
{
	(void)state;
	make_ready();
	say("x", 1);
	assert_int_equal(s.cell->state, CELL_DYING);
	assert_true(is_dead());
}

static void
test_run_and_frames(void **state)
{
	struct wire_reader r;
	struct wire_frame f;
	size_t room;
	char *p;
	ssize_t n;

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT("payload"), 100, &user, NULL);
	wire_reader_init(&r, WIRE_UP, 1000);
	p = wire_reader_room(&r, &room);
	n = read(s.peer, p, room);
	assert_true(n > 0);
	wire_reader_added(&r, (size_t)n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.type, WIRE_T_RUN);
	assert_true(str_eq_c(f.payload, "payload"));
	wire_reader_free(&r);
	say_frame(WIRE_T_LOG, STR_LIT("{}"));
	say_frame(WIRE_T_RESULT, STR_LIT("42"));
	assert_int_equal(s.frames, 2);
	assert_int_equal(s.types[0], WIRE_T_LOG);
	assert_string_equal(s.text, "42");
}

static void
test_frame_over_the_limit(void **state)
{
	static const char big[101];

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	say_frame(WIRE_T_RESULT, (struct str){big, sizeof(big)});
	assert_int_equal(s.frames, 0);
	assert_int_equal(s.bad, 1);
	assert_true(is_dead());
}

static void
test_frames_of_the_other_side(void **state)
{
	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	say_frame(WIRE_T_RUN, STR_LIT(""));
	assert_int_equal(s.bad, 1);
}

static void
test_last_words_count(void **state)
{
	struct ctl m = {.type = CTL_EXITED, .status = 0x700};
	struct buf b;

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	buf_init(&b, 1000);
	wire_put(&b, WIRE_T_OUTPUT, 0, 0, STR_LIT("bye"));
	assert_int_equal(write(s.peer, b.p, b.n), (ssize_t)b.n);
	buf_free(&b);
	(void)close(s.peer);
	s.peer = -1;
	/* The zygote's report is seen before the socket. */
	cell_ended(s.cell, &m);
	assert_int_equal(s.frames, 1);
	assert_string_equal(s.text, "bye");
	assert_int_equal(s.ended, 1);
	assert_int_equal(s.status, 0x700);
}

static void
test_closed_socket_is_no_end(void **state)
{
	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	(void)shutdown(s.peer, SHUT_RDWR);
	loop_once(s.loop);
	assert_int_equal(s.cell->state, CELL_BUSY);
	assert_int_equal(s.cell->watch.fd, -1);
	assert_int_equal(s.ended, 0);
}

static void
test_release_silences(void **state)
{
	struct ctl m = {.type = CTL_EXITED};

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	cell_release(s.cell);
	assert_true(is_dead());
	cell_ended(s.cell, &m);
	assert_int_equal(s.ended, 0);
	/* Again is harmless. */
	cell_kill(s.cell);
}

static void
test_killed_before_its_pidfd_came(void **state)
{
	(void)state;
	cell_kill(s.cell);
	cell_spawned(s.cell, proc_pidfd(s.pid));
	assert_true(is_dead());
}

static void
test_pause(void **state)
{
	struct buf b;

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	cell_pause(s.cell, CELL_PAUSE_WORKER, true);
	cell_pause(s.cell, CELL_PAUSE_EGRESS, true);
	buf_init(&b, 1000);
	wire_put(&b, WIRE_T_OUTPUT, 0, 0, STR_LIT("x"));
	assert_int_equal(write(s.peer, b.p, b.n), (ssize_t)b.n);
	buf_free(&b);
	assert_int_equal(s.cell->watch.events, 0);
	/* Both must agree. */
	cell_pause(s.cell, CELL_PAUSE_WORKER, false);
	assert_int_equal(s.cell->watch.events, 0);
	cell_pause(s.cell, CELL_PAUSE_EGRESS, false);
	loop_once(s.loop);
	assert_int_equal(s.frames, 1);
}

/* What the child has been sent so far, taken frame by frame. */
static unsigned
take_frames(struct wire_reader *r, uint32_t *last_out)
{
	struct wire_frame f;
	unsigned n = 0;
	size_t room;
	char *p = wire_reader_room(r, &room);
	ssize_t got = recv(s.peer, p, room, MSG_DONTWAIT);

	if (got > 0)
		wire_reader_added(r, (size_t)got);
	while (wire_reader_next(r, &f) == WIRE_NEXT_FRAME) {
		*last_out = f.id;
		n++;
	}
	return n;
}

static void
test_send_and_back_pressure(void **state)
{
	static const char piece[60000];
	struct wire_reader r;
	uint32_t sent = 0, last = 0;
	unsigned got = 0;

	(void)state;
	make_ready();
	/* Not before it has a run. */
	cell_send(s.cell, WIRE_T_FETCH_DONE, 1, STR_LIT("x"));
	assert_int_equal(s.cell->out.n, 0);
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	while (!cell_full(s.cell)) {
		assert_true(sent < 1000);
		cell_send(s.cell, WIRE_T_FETCH_DATA, ++sent,
		    (struct str){piece, sizeof(piece)});
	}
	assert_int_equal(s.rooms, 0);
	wire_reader_init(&r, WIRE_UP, SIZE_MAX / 4);
	for (int i = 0; i < 10000 && got < sent + 1; i++) {
		got += take_frames(&r, &last);
		/* Else it would wait for us. */
		if (s.cell->out.n > 0 && fdio_poll(s.cell->fd, POLLOUT, 0) > 0)
			loop_once(s.loop);
	}
	wire_reader_free(&r);
	/* The run itself and all that followed, in order, once. */
	assert_int_equal(got, sent + 1);
	assert_int_equal(last, sent);
	assert_int_equal(s.rooms, 1);
	assert_false(cell_full(s.cell));
	assert_int_equal(s.cell->out.n, 0);
}

static void
test_send_to_the_dead(void **state)
{
	static const char piece[60000];

	(void)state;
	make_ready();
	cell_start(s.cell, STR_LIT(""), 100, &user, NULL);
	cell_kill(s.cell);
	for (int i = 0; i < 1000; i++)
		cell_send(s.cell, WIRE_T_FETCH_DATA, 1,
		    (struct str){piece, sizeof(piece)});
	assert_int_equal(s.cell->out.n, 0);
	assert_true(is_dead());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_ready_either_way_round),
	    TEST(test_pidfd_first),
	    TEST(test_failed_step),
	    TEST(test_second_pidfd_is_closed),
	    TEST(test_spare_that_talks_is_killed),
	    TEST(test_run_and_frames),
	    TEST(test_frame_over_the_limit),
	    TEST(test_frames_of_the_other_side),
	    TEST(test_last_words_count),
	    TEST(test_closed_socket_is_no_end),
	    TEST(test_release_silences),
	    TEST(test_killed_before_its_pidfd_came),
	    TEST(test_pause),
	    TEST(test_send_and_back_pressure),
	    TEST(test_send_to_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
