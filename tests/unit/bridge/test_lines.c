/*
 * test_lines.c: lines in (in.h) and out (out.h), and messages (msg.h).
 */
#include "in.h"
#include "json.h"
#include "msg.h"
#include "out.h"
#include "../lib/lib_test.h"

#include <sys/socket.h>

/* --- in ------------------------------------------------------------------- */

static void
on_line(void *arg, struct str line)
{
	buf_putstr(arg, line);
	buf_putc(arg, '|');
}

static void
on_long(void *arg, const struct peek *p)
{
	buf_printf(arg, "<%s %s>", peek_whole(p) ? "whole" : "part", p->id);
}

static void
test_in(void **state)
{
	static const char text[] = "one\ntwo\r\n\nthree";
	struct in in;
	struct buf got;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	in_init(&in, fds[0]);
	buf_init(&got, 256);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(write(fds[1], text + i, 1), 1);
		in_read(&in, on_line, on_long, &got);
	}
	assert_str_is(buf_str(&got), "one|two||");
	close(fds[1]);
	in_read(&in, on_line, on_long, &got);
	assert_true(in.ended);
	assert_str_is(buf_str(&got), "one|two||three|");
	close(fds[0]);
	in_free(&in);
	buf_free(&got);
}

/* A line of n bytes and a short one behind it. */
static void
feed_long(size_t n, struct buf *got)
{
	int fds[2];
	struct in in;
	size_t left = n, at = 0;
	char chunk[32768];

	assert_int_equal(pipe(fds), 0);
	in_init(&in, fds[0]);
	memset(chunk, 'x', sizeof(chunk));
	while (left > 0) {
		static const char head[] = "{\"id\":5,\"a\":\"", tail[] = "\"}";
		size_t k = left < sizeof(chunk) ? left : sizeof(chunk);

		k -= left - k == 1; /* the end is two bytes */
		memset(chunk, 'x', sizeof(chunk));
		if (at == 0)
			memcpy(chunk, head, sizeof(head) - 1);
		if (k == left)
			memcpy(chunk + k - 2, tail, 2);
		assert_int_equal(write(fds[1], chunk, k), (ssize_t)k);
		in_read(&in, on_line, on_long, got);
		left -= k;
		at += k;
	}
	assert_int_equal(write(fds[1], "\nnext\n", 6), 6);
	in_read(&in, on_line, on_long, got);
	close(fds[0]);
	close(fds[1]);
	in_free(&in);
}

static void
test_in_long(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, IN_LINE_MAX * 2);
	feed_long(IN_LINE_MAX, &got);
	assert_int_equal(got.n, IN_LINE_MAX + 1 + 5);
	buf_reset(&got);
	feed_long(IN_LINE_MAX + 1, &got);
	assert_str_is(buf_str(&got), "<whole 5>next|");
	buf_reset(&got);
	feed_long(IN_LINE_MAX + 1000000, &got);
	assert_str_is(buf_str(&got), "<whole 5>next|");
	buf_free(&got);
}

/* --- out ------------------------------------------------------------------ */

static void
drain(struct out *o, int fd, struct buf *got, size_t n)
{
	char chunk[65536];
	ssize_t more;

	while (got->n < n) {
		out_write(o);
		more = read(fd, chunk, sizeof(chunk));
		assert_true(more > 0);
		buf_put(got, chunk, (size_t)more);
	}
	assert_true(out_empty(o));
}

static void
check_out(const int fds[2])
{
	struct out o;
	struct buf got, big;

	out_init(&o, fds[1]);
	buf_init(&got, 4 << 20);
	buf_init(&big, 2 << 20);
	while (big.n < (1 << 20))
		buf_puts(&big, "0123456789abcde\n");
	out_put(&o, STR_LIT("{\"a\":\r\n1}"));
	out_put(&o, STR_NONE);
	out_put(&o, buf_str(&big));
	assert_false(out_full(&o));
	drain(&o, fds[0], &got, o.bytes);
	assert_int_equal(o.bytes, 0);
	assert_int_equal(got.n, 10 + 1 + big.n + 1);
	assert_memory_equal(got.p, "{\"a\":  1}\n\n0123456789abcde 0", 28);
	buf_free(&got);
	buf_free(&big);
	out_free(&o);
}

static void
test_out(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	check_out(fds);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	check_out(fds);
	close(fds[0]);
	close(fds[1]);
}

static void
test_out_gone(void **state)
{
	struct out o;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[0]);
	out_init(&o, fds[1]);
	out_put(&o, STR_LIT("a"));
	out_put(&o, STR_LIT("b"));
	out_write(&o);
	assert_true(o.broken);
	assert_true(out_empty(&o));
	out_put(&o, STR_LIT("c"));
	assert_true(out_empty(&o));
	close(fds[1]);
}

/* --- messages ------------------------------------------------------------- */

#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"V\"}"

/* clang-format off */
static const struct {
	const char *line;
	enum fail_code rc;
	enum msg_kind kind;
	bool modern;
	const char *name;
} messages[] = {
	{"{\"id\":1,\"method\":\"ping\"}", FAIL_NONE, MSG_REQUEST, false, NULL},
	{"{\"method\":\"n\"}", FAIL_NONE, MSG_NOTIFICATION, false, NULL},
	{"{\"id\":\"a\",\"result\":{}}", FAIL_NONE, MSG_RESPONSE, false, NULL},
	{"{\"id\":\"a\",\"error\":{}}", FAIL_NONE, MSG_RESPONSE, false, NULL},
	{"{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\"," META "}}",
	    FAIL_NONE, MSG_REQUEST, true, "t"},
	{"{\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"u\"," META "}}",
	    FAIL_NONE, MSG_REQUEST, true, "u"},
	{"{\"id\":1,\"method\":\"tasks/cancel\",\"params\":{\"taskId\":\"k\"," META "}}",
	    FAIL_NONE, MSG_REQUEST, true, "k"},
	{"{\"id\":1,\"method\":\"other\",\"params\":{\"name\":\"t\"," META "}}",
	    FAIL_NONE, MSG_REQUEST, true, NULL},
	{"{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\"}}",
	    FAIL_NONE, MSG_REQUEST, false, NULL},
	{"{\"id\":1,\"method\":\"x\",\"params\":[1]}",
	    FAIL_NONE, MSG_REQUEST, false, NULL},
	{"{\"id\":null,\"method\":\"x\"}", FAIL_REQUEST, 0, false, NULL},
	{"{\"id\":1.5,\"method\":\"x\"}", FAIL_REQUEST, 0, false, NULL},
	{"{\"id\":1,\"method\":7}", FAIL_REQUEST, 0, false, NULL},
	{"{\"id\":1}", FAIL_REQUEST, 0, false, NULL},
	{"{\"result\":{}}", FAIL_REQUEST, 0, false, NULL},
	{"[]", FAIL_REQUEST, 0, false, NULL},
	{"7", FAIL_REQUEST, 0, false, NULL},
	{"{", FAIL_SYNTAX, 0, false, NULL},
};
/* clang-format on */

static void
check_message(size_t i)
{
	struct str line = str_from(messages[i].line);
	struct fail f = {0};
	json_t *batch;
	struct msg *m;

	if (msg_read(line, 4096, &m, &batch, &f) != messages[i].rc)
		fail_test("%s: %s", messages[i].line, f.message);
	assert_int_equal(batch != NULL, line.p[0] == '[');
	json_decref(batch);
	if (messages[i].rc != FAIL_NONE) {
		assert_null(m);
		assert_true(f.message[0] != '\0');
		return;
	}
	assert_int_equal(m->kind, messages[i].kind);
	assert_int_equal(m->modern, messages[i].modern);
	if (messages[i].name == NULL)
		assert_null(m->name);
	else
		assert_string_equal(m->name, messages[i].name);
	assert_str_is(((struct str){m->text, m->n}), messages[i].line);
	msg_free(m);
}

static void
test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(messages); i++)
		check_message(i);
}

static void
test_cancellation(void **state)
{
	json_t *batch;
	struct msg *m;

	(void)state;
	assert_int_equal(
	    msg_read(STR_LIT("{\"method\":\"notifications/cancelled\","
			     "\"params\":{\"requestId\":\"r\"}}"),
		4096, &m, &batch, NULL),
	    FAIL_NONE);
	assert_string_equal(json_string_value(m->cancels), "r");
	msg_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_in),
	    cmocka_unit_test(test_in_long),
	    cmocka_unit_test(test_out),
	    cmocka_unit_test(test_out_gone),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_cancellation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
