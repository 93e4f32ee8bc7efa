/*
 * Questions to a sandboxd of our own making.
 */
#include "core_test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "fdio.h"
#include "json.h"
#include "out/sandbox.h"
#include "settings.h"

static char folder[] = "/tmp/mcpbox-sandbox-XXXXXX";
static char path[64];
static struct settings settings = {.sandbox_socket = path};

/* --- the other side ------------------------------------------------------- */

static int listener;
static pthread_t thread;
static _Atomic bool stop;
static _Atomic int asked;

/* What it answers, set before it is asked. */
static enum wire_type answer_type;
static struct str answer;
static bool say_nothing;

/* What it was asked last. */
static struct box_kill seen;
static char seen_value[64], seen_why[64];

static void
note(const struct wire_frame *f)
{
	if (f->type != WIRE_T_KILL)
		return;
	assert_true(box_kill_decode(f->payload, &seen));
	(void)snprintf(
	    seen_value, sizeof(seen_value), "%.*s", STR_FMT(seen.value));
	(void)snprintf(seen_why, sizeof(seen_why), "%.*s", STR_FMT(seen.why));
}

static void
serve_one(int fd)
{
	struct wire_reader r;
	struct wire_frame f;
	struct buf out;

	wire_reader_init(&r, WIRE_UP, 65536);
	for (;;) {
		size_t room;
		char *p = wire_reader_room(&r, &room);
		ssize_t n = read(fd, p, room);

		if (n <= 0)
			break;
		wire_reader_added(&r, (size_t)n);
		if (wire_reader_next(&r, &f) == WIRE_NEXT_FRAME)
			break;
	}
	note(&f);
	atomic_fetch_add(&asked, 1);
	if (!say_nothing) {
		buf_init(&out, 1024 * 1024);
		wire_put(&out, answer_type, 0, 0, answer);
		/* In two pieces: a reader that expects one would fail. */
		(void)!write(fd, out.p, 3);
		(void)!write(fd, out.p + 3, out.n - 3);
		buf_free(&out);
	}
	wire_reader_free(&r);
}

static void *
serve(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		struct pollfd p = {.fd = listener, .events = POLLIN};
		int fd;

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		serve_one(fd);
		(void)close(fd);
	}
	return NULL;
}

static void
will_answer(enum wire_type type, struct str payload)
{
	answer_type = type;
	answer = payload;
	say_nothing = false;
}

static struct ctx *
ctx_with(struct settings *s)
{
	struct ctx *ctx = test_ctx();

	ctx->settings = s;
	return ctx;
}

/* --- tests ---------------------------------------------------------------- */

static void
test_kill(void **state)
{
	struct box_kill k = {BOX_KILL_TOOL, STR_LIT("a__b"), STR_LIT("why")};
	uint32_t n = 99;

	(void)state;
	will_answer(WIRE_T_KILLED, STR_LIT("\x03\x00\x00\x00"));
	assert_int_equal(sandbox_kill(ctx_with(&settings), &k, &n), FAIL_NONE);
	assert_int_equal(n, 3);
	assert_int_equal(seen.what, BOX_KILL_TOOL);
	assert_string_equal(seen_value, "a__b");
	assert_string_equal(seen_why, "why");
}

static void
test_odd_answers(void **state)
{
	struct box_kill k = {BOX_KILL_TRACE, STR_LIT("t"), STR_NONE};
	struct settings nobody = settings;
	struct ctx *ctx;
	uint32_t n;

	(void)state;
	will_answer(WIRE_T_REPORT, STR_LIT("{}"));
	assert_int_equal(
	    sandbox_kill(ctx_with(&settings), &k, &n), FAIL_UNAVAILABLE);
	will_answer(WIRE_T_KILLED, STR_LIT("\x03"));
	assert_int_equal(
	    sandbox_kill(ctx_with(&settings), &k, &n), FAIL_UNAVAILABLE);
	say_nothing = true;
	ctx = ctx_with(&settings);
	assert_int_equal(sandbox_kill(ctx, &k, &n), FAIL_UNAVAILABLE);
	assert_non_null(strstr(ctx->fail.detail, "sandboxd"));
	assert_null(strstr(ctx->fail.message, folder));
	nobody.sandbox_socket = folder;
	assert_int_equal(
	    sandbox_kill(ctx_with(&nobody), &k, &n), FAIL_UNAVAILABLE);
}

static void
wait_ms(int64_t ms)
{
	struct timespec pause = {.tv_nsec = 1000000};
	int64_t until = clock_mono_ms() + ms;

	while (clock_mono_ms() < until)
		(void)nanosleep(&pause, NULL);
}

static void
test_report_is_remembered(void **state)
{
	json_t *report;
	int before;

	(void)state;
	will_answer(WIRE_T_REPORT, STR_LIT("{\"n\":1}"));
	assert_int_equal(
	    sandbox_report(ctx_with(&settings), 0, &report), FAIL_NONE);
	assert_int_equal(json_get_int(report, "n", 0), 1);
	before = atomic_load(&asked);
	will_answer(WIRE_T_REPORT, STR_LIT("{\"n\":2}"));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    sandbox_report(ctx_with(&settings), 60000, &report),
		    FAIL_NONE);
		assert_int_equal(json_get_int(report, "n", 0), 1);
	}
	assert_int_equal(atomic_load(&asked), before);
	wait_ms(5);
	assert_int_equal(
	    sandbox_report(ctx_with(&settings), 1, &report), FAIL_NONE);
	assert_int_equal(json_get_int(report, "n", 0), 2);
}

/* Nor is it asked again and again while it does not answer. */
static void
test_silence_is_remembered(void **state)
{
	struct ctx *ctx;
	json_t *report;
	int before;

	(void)state;
	say_nothing = true;
	wait_ms(2);
	assert_int_equal(
	    sandbox_report(ctx_with(&settings), 0, &report), FAIL_UNAVAILABLE);
	before = atomic_load(&asked);
	ctx = ctx_with(&settings);
	assert_int_equal(sandbox_report(ctx, 60000, &report), FAIL_UNAVAILABLE);
	assert_string_not_equal(ctx->fail.detail, "");
	assert_int_equal(atomic_load(&asked), before);
	will_answer(WIRE_T_REPORT, STR_LIT("no JSON"));
	wait_ms(2);
	assert_int_equal(
	    sandbox_report(ctx_with(&settings), 0, &report), FAIL_UNAVAILABLE);
	will_answer(WIRE_T_REPORT, STR_LIT("{}"));
	wait_ms(2);
	assert_int_equal(
	    sandbox_report(ctx_with(&settings), 0, &report), FAIL_NONE);
}

static void *
ask(void *arg)
{
	struct ctx ctx = {
	    .arena = arena_new(1024 * 1024), .settings = &settings};
	json_t *report;
	enum fail_code rc = sandbox_report(&ctx, 1000, &report);

	(void)arg;
	arena_free(ctx.arena);
	return rc == FAIL_NONE ? NULL : &settings;
}

static void
test_many_ask_once(void **state)
{
	pthread_t threads[16];
	void *failed;
	int before;

	(void)state;
	wait_ms(1010); /* until what is remembered is too old */
	before = atomic_load(&asked);
	for (size_t i = 0; i < NELEM(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, ask, NULL), 0);
	for (size_t i = 0; i < NELEM(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(atomic_load(&asked), before + 1);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	listener = fdio_listen_unix(path, 0600, 32);
	return listener < 0 ? -1 : pthread_create(&thread, NULL, serve, NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	atomic_store(&stop, true);
	(void)pthread_join(thread, NULL);
	arena_free(test_ctx()->arena);
	(void)close(listener);
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kill),
	    cmocka_unit_test(test_odd_answers),
	    cmocka_unit_test(test_report_is_remembered),
	    cmocka_unit_test(test_silence_is_remembered),
	    cmocka_unit_test(test_many_ask_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
