/*
 * Streams and waiting exchanges in the event loop, with this test as web
 * server, request thread and source of news.
 */
#include "stream_test.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/signalfd.h>

#include "loop.h"
#include "loop_impl.h"
#include "settings.h"
#include "web/host.h"
#include "web/stream.h"

static const char *const pairs[] = {
    "REQUEST_METHOD", "POST", "DOCUMENT_URI", "/a", NULL};

static char folder[] = "/tmp/mcpbox-stream-XXXXXX";
static char path[64], box_path[64];
static struct settings settings;

static struct loop *loop;
static struct queue *queue;
static int listener, signals[2];
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
	listener = fdio_listen_unix(path, 0600, 1024);
	if (listener < 0 || pipe(signals) != 0 ||
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
	(void)close(signals[0]);
	(void)close(signals[1]);
	(void)unlink(path);
	return 0;
}

/* --- news, from another thread -------------------------------------------- */

/* The loop's own work on its own thread: a stand-in for PostgreSQL. */
static const char *payload;
static _Atomic unsigned told;

static enum step
nothing(struct exchange *x)
{
	(void)x;
	return STEP_DONE;
}

static void
tell_landed(struct exchange *x)
{
	loop_hear(x->loop, true, payload);
	atomic_fetch_add(&told, 1);
}

static struct exchange *
take(void)
{
	struct exchange *x = queue_take(queue);

	assert_non_null(x);
	if (x->step == NULL)
		assert_int_equal(conn_open(x->conn, x), FAIL_NONE);
	return x;
}

/* A request thread does the work that the loop has for it. */
static void
work(void)
{
	struct exchange *x = take();

	assert_null(x->conn);
	assert_int_equal(x->step(x), STEP_DONE);
	loop_answered(loop, x, CONN_SENT);
}

static void
tell(const char *text)
{
	unsigned before = atomic_load(&told);
	struct exchange *x = exchange_new();

	payload = text;
	x->step = nothing;
	x->landed = tell_landed;
	x->ctx.request_id = "news";
	loop_schedule(loop, x, 0);
	work();
	while (atomic_load(&told) == before)
		(void)sched_yield();
}

/* --- a stream ------------------------------------------------------------- */

struct said {
	struct stream stream;
	size_t size; /* of what it says */
};

static _Atomic unsigned begun, closed, drained;

static void
on_begun(struct stream *s)
{
	(void)s;
	atomic_fetch_add(&begun, 1);
}

static void
on_heard(struct stream *s, const struct news *n)
{
	const struct said *said = (const struct said *)(void *)s;
	char *text;

	if (n->kind == NEWS_END) {
		stream_put(s, STR_LIT("last;"));
		stream_end(s);
		stream_put(s, STR_LIT("never;"));
		return;
	}
	text = malloc(said->size);
	assert_non_null(text);
	memset(text, 'x', said->size);
	stream_put(s, (struct str){text, said->size});
	stream_put(s, STR_LIT("heard;"));
	free(text);
}

static void
on_ending(struct stream *s)
{
	stream_put(s, STR_LIT("in order;"));
}

static void
on_drained(struct stream *s)
{
	(void)s;
	atomic_fetch_add(&drained, 1);
}

static void
on_closed(struct stream *s)
{
	atomic_fetch_add(&closed, 1);
	free(s);
}

static const struct stream_ops ops = {
    .begun = on_begun,
    .heard = on_heard,
    .ending = on_ending,
    .closed = on_closed,
};
static const struct stream_ops patient = {
    .heard = on_heard,
    .drained = on_drained,
    .closed = on_closed,
};

static void
begin(struct client *c, const struct stream_ops *how, size_t size)
{
	struct exchange *x;
	struct said *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	client_ask(c, path, pairs, STR_NONE);
	x = take();
	s->stream.ops = how;
	s->stream.owner = stream_owner(STR_LIT("me"));
	s->size = size;
	assert_true(stream_reserve(loop, s->stream.owner));
	response_header(x, "X-Test", "yes");
	x->res.body = STR_LIT("first;");
	x->stream = &s->stream;
	loop_stream(loop, x);
	client_until(c, "first;");
	assert_true(client_has(c, "Status: 200 OK\r\n"));
	assert_true(client_has(c, "Content-Type: text/event-stream\r\n"));
	assert_true(client_has(c, "X-Accel-Buffering: no\r\n"));
	assert_true(client_has(c, "X-Test: yes\r\n"));
	assert_false(client_has(c, "Content-Length"));
}

static void
wait_for(_Atomic unsigned *counter, unsigned want)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;

	while (atomic_load(counter) != want) {
		if (clock_mono_ms() > deadline)
			fail_test("%u, not %u", atomic_load(counter), want);
		(void)sched_yield();
	}
}

static void
reset(void)
{
	atomic_store(&begun, 0);
	atomic_store(&closed, 0);
	atomic_store(&drained, 0);
}

static void
test_hears_and_ends(void **state)
{
	struct client a, b;

	(void)state;
	reset();
	begin(&a, &ops, 10);
	begin(&b, &ops, 10);
	wait_for(&begun, 2);
	tell("stream:1:x");
	client_until(&a, "xxxxxxxxxxheard;");
	client_until(&b, "xxxxxxxxxxheard;");
	tell("end:1");
	client_end(&a);
	assert_true(client_has(&a, "last;"));
	assert_false(client_has(&a, "never;"));
	assert_false(client_has(&a, "in order;"));
	client_end(&b);
	wait_for(&closed, 2);
	/* The connection is one like any other again. */
	{
		struct buf request;

		buf_init(&request, 4096);
		put_request(&request, 1, true, pairs, STR_NONE);
		assert_int_equal(
		    write(a.fd, request.p, request.n), (ssize_t)request.n);
		buf_free(&request);
		a.ended = false;
	}
	{
		struct exchange *x = take();

		response_text(x, 200, "text/plain", STR_LIT("plain"));
		loop_answered(loop, x, conn_answer(x->conn, x, false));
	}
	client_end(&a);
	assert_true(client_has(&a, "plain"));
	client_leave(&a);
	client_leave(&b);
}

static void
test_client_leaves(void **state)
{
	struct client c;

	(void)state;
	reset();
	begin(&c, &ops, 10);
	client_leave(&c);
	wait_for(&closed, 1);
	tell("stream:1:x"); /* and nobody is there to hear */
}

/* Who does not read is dropped at the limit; who is patient is not. */
static void
test_behind(void **state)
{
	struct client a, b;
	unsigned n = 0;

	(void)state;
	reset();
	begin(&a, &ops, 8000);
	begin(&b, &patient, 8000);
	while (atomic_load(&closed) == 0) {
		assert_true(++n < 1000);
		tell("stream:1:x");
	}
	/* What the socket took, the limit, and what it was closed for. */
	while (client_read(&a, WAIT_MS))
		;
	assert_true(a.closed && !a.ended);
	assert_true(a.text.n < 8100 * (size_t)n);
	assert_true(a.raw.n + a.text.n >= 8000);
	/* All of it, for the other. */
	while (client_count(&b, "heard;") < n)
		assert_true(client_read(&b, WAIT_MS));
	assert_true(atomic_load(&drained) > 0);
	assert_int_equal(atomic_load(&closed), 1);
	client_leave(&a);
	client_leave(&b);
	wait_for(&closed, 2);
}

static void
test_leaving(void **state)
{
	struct client a, b;

	(void)state;
	reset();
	begin(&a, &ops, 10);
	begin(&b, &patient, 10); /* has no last word */
	leave();
	client_end(&a);
	assert_true(client_has(&a, "in order;"));
	client_end(&b);
	wait_for(&closed, 2);
	client_leave(&a);
	client_leave(&b);
}

static void
test_limits(void **state)
{
	uint64_t me = stream_owner(STR_LIT("me")), you = 1;
	size_t n = 0;

	(void)state;
	while (you % OWNERS == me % OWNERS)
		you++;
	while (stream_reserve(loop, me))
		n++;
	assert_int_equal(n, STREAMS_MAX_OWNER);
	/* One cannot take it all from another. */
	while (stream_reserve(loop, you))
		n++;
	assert_int_equal(n, STREAMS_MAX);
}

/* --- an exchange that waits for news -------------------------------------- */

static _Atomic unsigned ticks, holds;
static _Atomic bool hold, stays;

static void
on_tick(struct exchange *x)
{
	(void)x;
	atomic_fetch_add(&ticks, 1);
}

static bool
on_news(struct exchange *x, const struct news *n)
{
	if (n->kind == NEWS_STREAM) {
		conn_stream_open(x->conn, x);
		conn_stream_put(x->conn, STR_LIT("piece;"));
	}
	if (n->kind == NEWS_LISTEN)
		host_detach(x);
	if (n->kind == NEWS_CANCEL && x->park != NULL && !atomic_load(&hold))
		host_resume(x);
	return n->kind == NEWS_END;
}

static bool
on_left(struct exchange *x)
{
	(void)x;
	return atomic_load(&stays);
}

static bool
on_ended(struct exchange *x)
{
	(void)x;
	if (atomic_load(&hold))
		atomic_fetch_add(&holds, 1);
	return !atomic_load(&hold);
}

static const struct park_hooks hooks = {
    .tick = on_tick,
    .heard = on_news,
    .left = on_left,
    .ended = on_ended,
};

static struct exchange *
park(struct client *c, int64_t wait_ms)
{
	unsigned before = atomic_load(&ticks);
	struct exchange *x;

	client_ask(c, path, pairs, STR_NONE);
	x = take();
	x->hooks = &hooks;
	x->step = nothing;
	x->wake_ms = clock_mono_ms() + wait_ms;
	loop_park(loop, x);
	wait_for(&ticks, before + 1);
	return x;
}

static void
done(struct exchange *x)
{
	enum conn_sent sent = CONN_SENT;

	if (x->conn != NULL) {
		response_text(x, 200, "text/plain", STR_LIT("done"));
		sent = conn_answer(x->conn, x, false);
	}
	loop_answered(loop, x, sent);
}

static void
test_waits_for_news(void **state)
{
	struct exchange *x;
	struct client c;

	(void)state;
	atomic_store(&hold, false);
	x = park(&c, WAIT_MS);
	tell("answer:1:x");
	tell("end:1");
	assert_ptr_equal(take(), x);
	done(x);
	client_end(&c);
	assert_true(client_has(&c, "done"));
	client_leave(&c);
	/* Or for its time. */
	x = park(&c, 20);
	assert_ptr_equal(take(), x);
	done(x);
	client_end(&c);
	client_leave(&c);
}

/* It has ended, but is not ready until it says so. */
static void
test_holds(void **state)
{
	struct exchange *x;
	struct client c;

	(void)state;
	atomic_store(&hold, true);
	atomic_store(&holds, 0);
	x = park(&c, WAIT_MS);
	tell("end:1");
	wait_for(&holds, 1);
	atomic_store(&hold, false);
	tell("cancel:1:x");
	assert_ptr_equal(take(), x);
	done(x);
	client_end(&c);
	client_leave(&c);
}

static void
test_pieces(void **state)
{
	struct exchange *x;
	struct client c;

	(void)state;
	atomic_store(&hold, false);
	x = park(&c, WAIT_MS);
	tell("stream:1:x");
	client_until(&c, "piece;");
	tell("end:1");
	assert_ptr_equal(take(), x);
	conn_stream_put(x->conn, STR_LIT("rest;"));
	loop_answered(loop, x, conn_answer(x->conn, x, false));
	client_end(&c);
	assert_true(client_has(&c, "piece;rest;"));
	assert_int_equal(client_count(&c, "Status:"), 1);
	client_leave(&c);
}

/* Without its connection: let go in order, or because it broke. */
static void
test_goes_on_alone(void **state)
{
	struct exchange *x;
	struct client c;

	(void)state;
	atomic_store(&hold, false);
	atomic_store(&stays, true);
	x = park(&c, WAIT_MS);
	tell("stream:1:x");
	tell("listen:1:1");
	client_end(&c);
	client_leave(&c);
	tell("end:1");
	assert_ptr_equal(take(), x);
	assert_null(x->conn);
	loop_park(loop, x); /* and waits again */
	tell("end:1");
	assert_ptr_equal(take(), x);
	done(x);

	x = park(&c, 200);
	client_leave(&c);
	assert_ptr_equal(take(), x);
	assert_null(x->conn);
	done(x);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/web", folder);
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
	    WITH_LOOP(test_hears_and_ends),
	    WITH_LOOP(test_client_leaves),
	    WITH_LOOP(test_behind),
	    WITH_LOOP(test_leaving),
	    WITH_LOOP(test_limits),
	    WITH_LOOP(test_waits_for_news),
	    WITH_LOOP(test_holds),
	    WITH_LOOP(test_pieces),
	    WITH_LOOP(test_goes_on_alone),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
