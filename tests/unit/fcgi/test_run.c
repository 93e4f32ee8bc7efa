/*
 * A run against a sandboxd of our own making.
 */
#include "core_test.h"

#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "fdio.h"
#include "out/run.h"

static char folder[] = "/tmp/mcpbox-run-XXXXXX";
static char path[64];
static int listener;

static struct box_run
box(void)
{
	return (struct box_run){
	    .kind = BOX_KIND_CALL,
	    .env = STR_LIT("0f8fad5b-d9cb-469f-a165-70867728950e"),
	    .tool = STR_LIT("a__b"),
	    .trace = STR_LIT("t"),
	    .code = STR_LIT("async def main(): pass"),
	    .args = STR_LIT("{}"),
	    .limits = {.wall_ms = 5000,
		.cpu_ms = 1000,
		.memory = 1 << 26,
		.result = 1000,
		.output = 1000,
		.threads = 1},
	};
}

/* A run that is connected and sent; the supervisor's end of it. */
static int
start_asking(struct ctx *ctx, enum box_ask ask, struct run **run)
{
	struct box_run b = box();
	char bytes[4096];
	int fd;

	b.ask = ask;
	b.patience_ms = ask == BOX_ASK_WAIT ? 60000 : 0;
	assert_int_equal(run_start(ctx, &b), FAIL_NONE);
	*run = ctx->run;
	assert_false(run_is_on(*run));
	assert_int_equal(run_connect(*run, path), 0);
	assert_int_equal(run_send(*run), 1);
	assert_int_equal(run_read(*run), 0);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes)) > WIRE_HEADER_LEN);
	assert_true(run_is_on(*run));
	return fd;
}

static int
start(struct ctx *ctx, struct run **run)
{
	return start_asking(ctx, BOX_ASK_NONE, run);
}

static uint32_t next_id; /* of the next frame */

static void
send_frame(int fd, enum wire_type type, struct str payload)
{
	struct buf b;

	buf_init(&b, 1024 * 1024);
	wire_put(&b, type, next_id, 0, payload);
	next_id = 0;
	assert_int_equal(
	    fdio_write_full(fd, b.p, b.n, clock_mono_ms() + 5000), 0);
	buf_free(&b);
}

static void
send_exit(int fd, enum box_outcome outcome, const char *message)
{
	struct box_exit e = {
	    .outcome = outcome, .wall_us = 12, .message = str_from(message)};
	struct buf b;

	buf_init(&b, 4096);
	box_exit_encode(&b, &e);
	send_frame(fd, WIRE_T_EXIT, buf_str(&b));
	buf_free(&b);
}

static void
test_result(void **state)
{
	struct ctx *ctx = test_ctx();
	struct run *run;
	int fd = start(ctx, &run);

	(void)state;
	send_frame(fd, WIRE_T_OUTPUT, STR_LIT("hel"));
	send_frame(fd, WIRE_T_PROGRESS, STR_LIT("{}"));
	assert_int_equal(run_read(run), 0);
	send_frame(fd, WIRE_T_OUTPUT, STR_LIT("lo"));
	send_frame(fd, WIRE_T_RESULT, STR_LIT("{\"x\":1}"));
	send_exit(fd, BOX_OUTCOME_RESULT, "");
	assert_int_equal(run_read(run), 1);
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_RESULT);
	assert_true(run->have_result && !run->have_error);
	assert_string_equal(run->result.p, "{\"x\":1}");
	assert_string_equal(run->output.p, "hello");
	assert_int_equal(run->exit.wall_us, 12);
	assert_int_equal(run->fd, -1);
	(void)close(fd);
}

static void
failed_with(struct run *run, const char *part)
{
	assert_int_equal(run_read(run), 1);
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_FAILED);
	assert_non_null(strstr(run->exit.message.p, part));
	assert_int_equal(run->fd, -1);
}

static void
test_broken(void **state)
{
	struct run *run;
	int fd = start(test_ctx(), &run);

	(void)state;
	(void)close(fd);
	failed_with(run, "ended while");

	/* Claims a result that never came. */
	fd = start(test_ctx(), &run);
	send_exit(fd, BOX_OUTCOME_RESULT, "");
	failed_with(run, "unexpected");
	(void)close(fd);

	/* Two answers. */
	fd = start(test_ctx(), &run);
	send_frame(fd, WIRE_T_RESULT, STR_LIT("1"));
	send_frame(fd, WIRE_T_ERROR, STR_LIT("{}"));
	failed_with(run, "unexpected");
	(void)close(fd);

	/* A report that nobody asked for. */
	fd = start(test_ctx(), &run);
	send_frame(fd, WIRE_T_REPORT, STR_LIT("{}"));
	failed_with(run, "unexpected");
	(void)close(fd);

	/* Not frames at all. */
	fd = start(test_ctx(), &run);
	assert_int_equal(write(fd, "HTTP/1.1 200 OK\r\n\r\n", 19), 19);
	failed_with(run, "unexpected");
	(void)close(fd);

	fd = start(test_ctx(), &run);
	send_frame(fd, WIRE_T_EXIT, STR_LIT("x"));
	failed_with(run, "unexpected");
	(void)close(fd);
}

/* Kept while there is room, counted always. */
static void
test_requests(void **state)
{
	struct run *run;
	int fd = start(test_ctx(), &run);
	char record[30000];
	struct rd rd;
	int kept = 0;

	(void)state;
	memset(record, 'x', sizeof(record));
	send_frame(fd, WIRE_T_REQUEST, STR_LIT("{\"a\":1}"));
	for (int i = 0; i < 12; i++) {
		send_frame(
		    fd, WIRE_T_REQUEST, (struct str){record, sizeof(record)});
		assert_int_equal(run_read(run), 0);
	}
	send_frame(fd, WIRE_T_REQUEST, STR_LIT("{\"a\":2}"));
	send_frame(fd, WIRE_T_RESULT, STR_LIT("1"));
	send_exit(fd, BOX_OUTCOME_RESULT, "");
	assert_int_equal(run_read(run), 1);
	assert_int_equal(run->nrequests, 14);
	rd = rd_from(buf_str(&run->requests));
	assert_true(str_eq_c(rd_lstr(&rd, 100), "{\"a\":1}"));
	for (; rd.n > 0; kept++)
		assert_int_equal(
		    rd_lstr(&rd, sizeof(record)).n, sizeof(record));
	assert_true(rd_done(&rd));
	assert_int_equal(kept, 8); /* 256 KiB, and none after the ninth */
	(void)close(fd);
}

static void
test_refused(void **state)
{
	struct run *run;
	int fd = start(test_ctx(), &run);

	(void)state;
	send_exit(fd, BOX_OUTCOME_BUSY, "no slot");
	assert_int_equal(run_read(run), 1);
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_BUSY);
	assert_true(str_eq_c(run->exit.message, "no slot"));
	(void)close(fd);
}

static void
test_nobody_there(void **state)
{
	struct ctx *ctx = test_ctx();
	struct box_run b = box();

	(void)state;
	assert_int_equal(run_start(ctx, &b), FAIL_NONE);
	assert_int_equal(run_connect(ctx->run, "/tmp/no/such/socket"), -1);
	assert_int_equal(ctx->run->exit.outcome, BOX_OUTCOME_FAILED);
}

static void
test_abandon(void **state)
{
	struct run *run;
	int fd = start(test_ctx(), &run);
	char c;

	(void)state;
	run_abandon(run, BOX_OUTCOME_CANCELLED, "the client left");
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_CANCELLED);
	assert_int_equal(read(fd, &c, 1), 0); /* which kills it there */
	(void)close(fd);
}

static void
test_too_large(void **state)
{
	struct ctx *ctx = test_ctx();
	struct box_run b = box();
	char *code = calloc(1, BOX_CODE_MAX + 1);

	(void)state;
	b.code = (struct str){code, BOX_CODE_MAX + 1};
	assert_int_equal(run_start(ctx, &b), FAIL_TOO_LARGE);
	assert_null(ctx->run);
	free(code);
}

/* Answers one HEALTH with `text`, or says nothing. */
static pid_t
health_server(const char *text)
{
	pid_t pid = fork();
	char bytes[WIRE_HEADER_LEN];
	int fd;

	if (pid != 0)
		return pid;
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || read(fd, bytes, sizeof(bytes)) != WIRE_HEADER_LEN)
		_exit(1);
	if (text != NULL)
		send_frame(fd, WIRE_T_REPORT, str_from(text));
	(void)!read(fd, bytes, 1); /* until the other side is done */
	_exit(0);
}

static void
test_health(void **state)
{
	struct fail f;
	struct buf out;
	pid_t pid = health_server("{\"healthy\":true}");

	(void)state;
	fail_clear(&f);
	buf_init(&out, 4096);
	assert_int_equal(run_health(&f, path, 5000, &out), FAIL_NONE);
	assert_string_equal(out.p, "{\"healthy\":true}");
	buf_reset(&out);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	pid = health_server(NULL);
	assert_int_equal(run_health(&f, path, 50, &out), FAIL_UNAVAILABLE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(
	    run_health(&f, "/tmp/no/such/socket", 50, &out), FAIL_UNAVAILABLE);
	buf_free(&out);
}

/* --- questions ------------------------------------------------------------ */

static void
send_ask(int fd, uint32_t id, const char *json)
{
	next_id = id;
	send_frame(fd, WIRE_T_ASK, str_from(json));
}

static void
test_last_question(void **state)
{
	struct run *run;
	int fd = start_asking(test_ctx(), BOX_ASK_END, &run);

	(void)state;
	send_ask(fd, 0, "{\"requests\":{}}");
	send_exit(fd, BOX_OUTCOME_INPUT, "");
	assert_int_equal(run_read(run), RUN_ENDED);
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_INPUT);
	assert_string_equal(run->asked.p, "{\"requests\":{}}");
	assert_int_equal(run->asking, 0);
	assert_false(run_is_on(run));
	(void)close(fd);

	/* It never came; it came twice; it came after a result. */
	fd = start_asking(test_ctx(), BOX_ASK_END, &run);
	send_exit(fd, BOX_OUTCOME_INPUT, "");
	failed_with(run, "unexpected");
	(void)close(fd);
	fd = start_asking(test_ctx(), BOX_ASK_END, &run);
	send_ask(fd, 0, "{}");
	send_ask(fd, 0, "{}");
	failed_with(run, "unexpected");
	(void)close(fd);
	fd = start_asking(test_ctx(), BOX_ASK_END, &run);
	send_ask(fd, 0, "{}");
	send_frame(fd, WIRE_T_RESULT, STR_LIT("1"));
	failed_with(run, "unexpected");
	(void)close(fd);
	/* Nobody waits there; nobody asks here. */
	fd = start_asking(test_ctx(), BOX_ASK_END, &run);
	send_ask(fd, 3, "{}");
	failed_with(run, "unexpected");
	(void)close(fd);
	fd = start(test_ctx(), &run);
	send_ask(fd, 0, "{}");
	failed_with(run, "unexpected");
	(void)close(fd);
}

/* The frame that came. */
static void
hear_answer(int fd, uint32_t id, const char *json)
{
	struct wire_reader r;
	struct wire_frame f;
	size_t room;
	char *p;
	ssize_t n;

	wire_reader_init(&r, WIRE_UP, 1 << 20);
	p = wire_reader_room(&r, &room);
	n = read(fd, p, room);
	assert_true(n > 0);
	wire_reader_added(&r, (size_t)n);
	assert_int_equal(wire_reader_next(&r, &f), WIRE_NEXT_FRAME);
	assert_int_equal(f.type, WIRE_T_ANSWER);
	assert_int_equal(f.id, id);
	assert_true(str_eq_c(f.payload, json));
	wire_reader_free(&r);
}

static void
test_question_and_answer(void **state)
{
	struct ctx *ctx = test_ctx();
	struct run *run;
	int fd = start_asking(ctx, BOX_ASK_WAIT, &run);
	int64_t before = run->deadline_ms;
	char *large = arena_zalloc(ctx->arena, 1, (1 << 20) + 1);

	(void)state;
	send_ask(fd, 9, "{\"requests\":1}");
	/* What comes with it is heard later. */
	send_frame(fd, WIRE_T_OUTPUT, STR_LIT("more"));
	assert_int_equal(run_read(run), RUN_ASKS);
	assert_int_equal(run->asking, 9);
	assert_string_equal(run->asked.p, "{\"requests\":1}");
	assert_true(run->deadline_ms > before + 50000);
	assert_int_equal(run->output.n, 0);
	assert_int_equal(run_read(run), RUN_MORE);
	assert_string_equal(run->output.p, "more");
	/* Over the cap: it still waits. */
	assert_int_equal(
	    run_answer(run, &ctx->fail, (struct str){large, (1 << 20) + 1}),
	    FAIL_TOO_LARGE);
	fail_clear(&ctx->fail);
	assert_int_equal(run->asking, 9);
	assert_int_equal(
	    run_answer(run, &ctx->fail, STR_LIT("{\"answers\":{}}")),
	    FAIL_NONE);
	assert_int_equal(run->asking, 0);
	assert_true(run->deadline_ms < before + 50000);
	assert_int_equal(run_send(run), 1);
	hear_answer(fd, 9, "{\"answers\":{}}");
	/* Once. */
	assert_int_equal(run_answer(run, &ctx->fail, STR_LIT("{}")), FAIL_NONE);
	assert_null(run->frame.p);
	send_ask(fd, 10, "2");
	send_frame(fd, WIRE_T_RESULT, STR_LIT("3"));
	send_exit(fd, BOX_OUTCOME_RESULT, "");
	(void)close(fd);
	assert_int_equal(run_read(run), RUN_ASKS);
	assert_string_equal(run->asked.p, "2");
	/* It did not wait for the answer. */
	assert_int_equal(run_read(run), RUN_ENDED);
	assert_int_equal(run->exit.outcome, BOX_OUTCOME_RESULT);
	assert_int_equal(run->asking, 0);
	assert_int_equal(run_answer(run, &ctx->fail, STR_LIT("{}")), FAIL_NONE);
}

static void
test_odd_questions(void **state)
{
	struct run *run;
	int fd = start_asking(test_ctx(), BOX_ASK_WAIT, &run);

	(void)state;
	send_ask(fd, 0, "{}");
	failed_with(run, "unexpected");
	(void)close(fd);
	fd = start_asking(test_ctx(), BOX_ASK_WAIT, &run);
	send_ask(fd, 1, "{}");
	assert_int_equal(run_read(run), RUN_ASKS);
	send_ask(fd, 2, "{}");
	failed_with(run, "unexpected");
	assert_int_equal(run->asking, 0);
	(void)close(fd);
	fd = start_asking(test_ctx(), BOX_ASK_WAIT, &run);
	send_ask(fd, 1, "{}");
	assert_int_equal(run_read(run), RUN_ASKS);
	run_abandon(run, BOX_OUTCOME_CANCELLED, "enough");
	assert_int_equal(run->asking, 0);
	(void)close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	listener = fdio_listen_unix(path, 0600, 16);
	if (listener < 0)
		return -1;
	/* accept may wait in this test. */
	return fcntl(listener, F_SETFL, 0);
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(test_ctx()->arena);
	(void)close(listener);
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_result),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_nobody_there),
	    cmocka_unit_test(test_abandon),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_health),
	    cmocka_unit_test(test_last_question),
	    cmocka_unit_test(test_question_and_answer),
	    cmocka_unit_test(test_odd_questions),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
