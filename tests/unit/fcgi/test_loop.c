/*
 * The event loop, with this test as web server, request thread and sandboxd.
 */
#include "core_test.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "box.h"
#include "clock.h"
#include "fdio.h"
#include "loop.h"
#include "web/host.h"
#include "out/run.h"
#include "settings.h"
#include "wire.h"

#define WAIT_MS 5000

static const char *const pairs[] = {
    "REQUEST_METHOD", "POST", "DOCUMENT_URI", "/a", NULL};

static char folder[] = "/tmp/mcpbox-loop-XXXXXX";
static char web_path[64], box_path[64];
static struct settings settings;

static struct loop *loop;
static struct queue *queue;
static int listener, box_listener, signals[2];
static pthread_t thread;
static bool run_result;

static void *
run_loop(void *arg)
{
	(void)arg;
	run_result = loop_run(loop);
	return NULL;
}

static int
set_up(void **state)
{
	(void)state;
	listener = fdio_listen_unix(web_path, 0600, 1024);
	box_listener = fdio_listen_unix(box_path, 0600, 16);
	if (listener < 0 || box_listener < 0 || pipe(signals) != 0 ||
	    fdio_nonblock(signals[0]) != 0)
		return -1;
	queue = queue_new();
	loop = loop_new(&(struct loop_setup){
	    .settings = &settings,
	    .pool = POOL_ADMIN,
	    .listener = listener,
	    .signal_fd = signals[0],
	    .queue = queue,
	});
	return pthread_create(&thread, NULL, run_loop, NULL);
}

static void
leave(void)
{
	static const struct signalfd_siginfo info;

	assert_int_equal(write(signals[1], &info, sizeof(info)), sizeof(info));
}

static int
tear_down(void **state)
{
	(void)state;
	if (!loop_leaving(loop))
		leave();
	if (pthread_join(thread, NULL) != 0 || !run_result)
		return -1;
	queue_close(queue);
	loop_free(loop);
	queue_free(queue);
	exchange_free_all();
	(void)close(listener);
	(void)close(box_listener);
	(void)close(signals[0]);
	(void)close(signals[1]);
	(void)unlink(web_path);
	(void)unlink(box_path);
	return 0;
}

/* --- the web server's side ------------------------------------------------ */

static int
ask(int fd, bool keep)
{
	struct buf b;

	if (fd < 0)
		fd = fdio_connect_unix(web_path, false);
	assert_true(fd >= 0);
	buf_init(&b, 4096);
	put_request(&b, 1, keep, pairs, STR_NONE);
	assert_int_equal(
	    fdio_write_full(fd, b.p, b.n, clock_mono_ms() + WAIT_MS), 0);
	buf_free(&b);
	return fd;
}

/* One whole answer: its text, and whether a marker record followed. */
static bool
answer_has(int fd, const char *text, bool *marked)
{
	static char got[65536];
	size_t n = 0;

	*marked = false;
	for (;;) {
		unsigned char head[8];
		size_t content;

		assert_int_equal(fdio_read_full(fd, head, sizeof(head),
				     clock_mono_ms() + WAIT_MS),
		    0);
		content = (size_t)head[4] << 8 | head[5];
		assert_true(n + content < sizeof(got));
		assert_int_equal(fdio_read_full(fd, got + n, content,
				     clock_mono_ms() + WAIT_MS),
		    0);
		if (head[1] == FCGI_STDOUT)
			n += content;
		if (head[1] == FCGI_END_REQUEST)
			break;
	}
	got[n] = '\0';
	/* Sent together with it, or never. */
	if (recv(fd, got + n + 1, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
		*marked = true;
	return strstr(got, text) != NULL;
}

static void
expect_answer(int fd, const char *text)
{
	bool marked;

	assert_true(answer_has(fd, text, &marked));
	assert_false(marked);
}

static void
expect_eof(int fd)
{
	char c;

	assert_true(fdio_poll(fd, POLLIN, clock_mono_ms() + WAIT_MS) > 0);
	assert_int_equal(recv(fd, &c, 1, 0), 0);
	(void)close(fd);
}

/* --- the request thread's side -------------------------------------------- */

static struct exchange *
take(void)
{
	struct exchange *x = queue_take(queue);

	assert_non_null(x);
	if (x->step == NULL)
		assert_int_equal(conn_open(x->conn, x), FAIL_NONE);
	return x;
}

static void
answer(struct exchange *x, const char *text)
{
	response_text(x, 200, "text/plain", str_from(text));
	loop_answered(loop, x, conn_answer(x->conn, x, loop_leaving(loop)));
}

static enum step
resumed(struct exchange *x)
{
	(void)x;
	return STEP_DONE;
}

static void
park(struct exchange *x, bool cancel_on_leave, int64_t wait_ms)
{
	struct box_run box = {
	    .kind = BOX_KIND_CALL,
	    .env = STR_LIT("0f8fad5b-d9cb-469f-a165-70867728950e"),
	    .args = STR_LIT("{}"),
	    .limits = {.wall_ms = 1000},
	};

	assert_int_equal(run_start(&x->ctx, &box), FAIL_NONE);
	x->ctx.run->cancel_on_leave = cancel_on_leave;
	x->ctx.run->deadline_ms = clock_mono_ms() + wait_ms;
	x->step = resumed;
	loop_park(loop, x);
}

/* --- sandboxd's side ------------------------------------------------------ */

static int
box_accept(void)
{
	unsigned char head[WIRE_HEADER_LEN], payload[4096];
	size_t n;
	int fd;

	assert_true(
	    fdio_poll(box_listener, POLLIN, clock_mono_ms() + WAIT_MS) > 0);
	fd = accept(box_listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(
	    fdio_read_full(fd, head, sizeof(head), clock_mono_ms() + WAIT_MS),
	    0);
	n = (size_t)head[4] | (size_t)head[5] << 8;
	assert_true(n <= sizeof(payload));
	assert_int_equal(
	    fdio_read_full(fd, payload, n, clock_mono_ms() + WAIT_MS), 0);
	return fd;
}

static void
box_answer(int fd)
{
	struct box_exit e = {.outcome = BOX_OUTCOME_RESULT};
	struct buf b, payload;

	buf_init(&b, 4096);
	buf_init(&payload, 4096);
	box_exit_encode(&payload, &e);
	wire_put(&b, WIRE_T_RESULT, 0, 0, STR_LIT("1"));
	wire_put(&b, WIRE_T_EXIT, 0, 0, buf_str(&payload));
	assert_int_equal(
	    fdio_write_full(fd, b.p, b.n, clock_mono_ms() + WAIT_MS), 0);
	buf_free(&b);
	buf_free(&payload);
	(void)close(fd);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_keeps_and_closes(void **state)
{
	int fd = ask(-1, true);

	(void)state;
	answer(take(), "one");
	expect_answer(fd, "one");
	(void)ask(fd, true);
	answer(take(), "two");
	expect_answer(fd, "two");
	(void)ask(fd, false);
	answer(take(), "three");
	expect_answer(fd, "three");
	expect_eof(fd);
}

static void
test_malformed(void **state)
{
	int fd = fdio_connect_unix(web_path, false), other = ask(-1, true);

	(void)state;
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	expect_eof(fd);
	answer(take(), "fine");
	expect_answer(other, "fine");
	(void)close(other);
}

/* Both requests are there before the first is answered. */
static void
test_pipelined(void **state)
{
	int fd = ask(ask(-1, true), true);
	bool more;

	(void)state;
	answer(take(), "one");
	answer(take(), "two");
	assert_true(answer_has(fd, "one", &more));
	expect_answer(fd, "two");
	(void)close(fd);
}

static void
test_slow_peer(void **state)
{
	int fd = ask(-1, true);
	struct exchange *x = take();
	size_t n = (size_t)4 * 1024 * 1024, heard = 0;
	char *text = arena_alloc(x->ctx.arena, n), buf[65536];

	(void)state;
	memset(text, 'x', n);
	response_text(x, 200, "text/plain", (struct str){text, n});
	loop_answered(loop, x, conn_answer(x->conn, x, false));
	while (heard < n) {
		ssize_t got;

		assert_true(
		    fdio_poll(fd, POLLIN, clock_mono_ms() + WAIT_MS) > 0);
		got = recv(fd, buf, sizeof(buf), 0);
		assert_true(got > 0);
		heard += (size_t)got;
	}
	(void)close(fd);
}

static void
test_park(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();

	(void)state;
	park(x, true, WAIT_MS);
	box = box_accept();
	/* Meanwhile others are served. */
	{
		int other = ask(-1, true);

		answer(take(), "meanwhile");
		expect_answer(other, "meanwhile");
		(void)close(other);
	}
	box_answer(box);
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_RESULT);
	assert_false(x->ctx.run->client_gone);
	answer(x, "done");
	expect_answer(fd, "done");
	(void)ask(fd, true); /* and the connection lives on */
	answer(take(), "again");
	expect_answer(fd, "again");
	(void)close(fd);
}

static void
test_client_leaves(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();
	char c;

	(void)state;
	park(x, true, WAIT_MS);
	box = box_accept();
	(void)close(fd);
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_CANCELLED);
	assert_true(x->ctx.run->client_gone);
	assert_int_equal(read(box, &c, 1), 0); /* the run is killed */
	(void)close(box);
	answer(x, "for nobody");
}

static void
test_client_leaves_run_stays(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();

	(void)state;
	park(x, false, WAIT_MS);
	box = box_accept();
	(void)close(fd);
	box_answer(box);
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_RESULT);
	answer(x, "for nobody");
}

static void
test_abort_record(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();
	struct buf b;

	(void)state;
	park(x, true, WAIT_MS);
	box = box_accept();
	buf_init(&b, 100);
	put_record(&b, FCGI_ABORT_REQUEST, 1, STR_NONE, 0);
	assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
	buf_free(&b);
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_CANCELLED);
	answer(x, "aborted");
	expect_answer(fd, "aborted");
	(void)close(fd);
	(void)close(box);
}

static void
test_deadline(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();

	(void)state;
	park(x, true, 30);
	box = box_accept();
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_TIMEOUT);
	answer(x, "late");
	expect_answer(fd, "late");
	(void)close(fd);
	(void)close(box);
}

static void
test_no_sandbox(void **state)
{
	int fd = ask(-1, true);
	struct exchange *x = take();

	(void)state;
	(void)unlink(box_path);
	park(x, true, WAIT_MS);
	assert_ptr_equal(take(), x);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_FAILED);
	answer(x, "no");
	expect_answer(fd, "no");
	(void)close(fd);
}

/* --- an answer that does not end its exchange ----------------------------- */

static void
answer_on_tick(struct exchange *x)
{
	host_answer(x);
}

static bool
hear_nothing(struct exchange *x, const struct news *n)
{
	(void)x;
	(void)n;
	return false;
}

static bool
always(struct exchange *x)
{
	(void)x;
	return true;
}

static const struct park_hooks going_on = {
    .tick = answer_on_tick,
    .heard = hear_nothing,
    .left = always,
    .ended = always,
};

/* The client has its answer, and its connection another request, while the
 * run goes on; leaving waits for it. */
static void
test_goes_on(void **state)
{
	int fd = ask(-1, true), box;
	struct exchange *x = take();

	(void)state;
	response_text(x, 200, "text/plain", STR_LIT("begun"));
	x->hooks = &going_on;
	park(x, true, WAIT_MS);
	expect_answer(fd, "begun");
	box = box_accept();
	(void)ask(fd, true);
	answer(take(), "another");
	expect_answer(fd, "another");
	leave();
	(void)close(fd);
	box_answer(box);
	assert_ptr_equal(take(), x);
	assert_null(x->conn);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_RESULT);
	loop_answered(loop, x, CONN_SENT);
}

/* Its client leaves, and nobody minds. */
static void
test_goes_on_alone(void **state)
{
	int fd = ask(-1, false), box;
	struct exchange *x = take();

	(void)state;
	response_text(x, 200, "text/plain", STR_LIT("begun"));
	x->hooks = &going_on;
	(void)close(fd);
	park(x, true, WAIT_MS);
	box = box_accept();
	box_answer(box);
	assert_ptr_equal(take(), x);
	assert_null(x->conn);
	assert_int_equal(x->ctx.run->exit.outcome, BOX_OUTCOME_RESULT);
	loop_answered(loop, x, CONN_SENT);
}

/* No thread takes anything: beyond the bound the answer is 503, at once. */
static void
test_overload(void **state)
{
	static int fds[QUEUE_MAX + 20];
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(fds); i++)
		fds[i] = ask(-1, true);
	for (size_t i = QUEUE_MAX; i < NELEM(fds); i++) {
		bool marked;

		assert_true(answer_has(fds[i], "Retry-After: 1\r\n", &marked));
		refused++;
	}
	assert_int_equal(refused, 20);
	for (size_t i = 0; i < QUEUE_MAX; i++)
		answer(take(), "at last");
	for (size_t i = 0; i < NELEM(fds); i++) {
		if (i < QUEUE_MAX)
			expect_answer(fds[i], "at last");
		(void)close(fds[i]);
	}
}

/*
 * On its way out: what is parked ends in peace; a kept connection is served
 * once more, marked so that the web server drops it; an idle one is closed.
 */
static void
test_leaving(void **state)
{
	int idle = ask(-1, true), parked = ask(-1, true), busy, box;
	struct exchange *x;
	bool marked;

	(void)state;
	answer(take(), "kept");
	x = take();
	expect_answer(idle, "kept");
	busy = ask(-1, true);
	park(x, true, WAIT_MS);
	box = box_accept();
	x = take();
	leave();
	while (!loop_leaving(loop))
		(void)sched_yield();
	answer(x, "last");
	assert_true(answer_has(busy, "last", &marked));
	assert_true(marked);
	(void)close(busy);
	expect_eof(idle);
	box_answer(box);
	answer(take(), "in peace");
	assert_true(answer_has(parked, "in peace", &marked));
	assert_true(marked);
	(void)close(parked);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(web_path, sizeof(web_path), "%s/web", folder);
	(void)snprintf(box_path, sizeof(box_path), "%s/box", folder);
	settings.home = folder;
	settings.sandbox_socket = box_path;
	settings.db_user = "nobody";
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
#define WITH_LOOP(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WITH_LOOP(test_keeps_and_closes),
	    WITH_LOOP(test_malformed),
	    WITH_LOOP(test_pipelined),
	    WITH_LOOP(test_slow_peer),
	    WITH_LOOP(test_park),
	    WITH_LOOP(test_client_leaves),
	    WITH_LOOP(test_client_leaves_run_stays),
	    WITH_LOOP(test_abort_record),
	    WITH_LOOP(test_deadline),
	    WITH_LOOP(test_no_sandbox),
	    WITH_LOOP(test_overload),
	    WITH_LOOP(test_goes_on),
	    WITH_LOOP(test_goes_on_alone),
	    WITH_LOOP(test_leaving),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
