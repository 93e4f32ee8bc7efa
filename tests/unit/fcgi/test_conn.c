/*
 * A connection over a socket pair: reading, answering, leaving; and the
 * answers themselves.
 */
#include "core_test.h"

#include <signal.h>
#include <sys/socket.h>

#include "fdio.h"
#include "json.h"
#include "web/conn.h"

#define ID "00112233445566778899aabbccddeeff"

static const char *const pairs[] = {"REQUEST_METHOD", "POST", "DOCUMENT_URI",
    "/a", "REMOTE_ADDR", "192.0.2.1", "REQUEST_ID", ID, "HTTP_USER_AGENT",
    "test/1", NULL};

static char scratch[CONN_READ_SIZE];
static struct conn *conn;
static int peer; /* the web server's end */

static int
set_up(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fdio_nonblock(fds[0]), 0);
	conn = conn_new(fds[0]);
	peer = fds[1];
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	conn_free(conn);
	if (peer >= 0)
		(void)close(peer);
	exchange_free_all();
	return 0;
}

static void
say(const struct buf *b)
{
	assert_int_equal(send(peer, b->p, b->n, 0), (ssize_t)b->n);
}

static void
say_request(bool keep, struct str body)
{
	struct buf b;

	buf_init(&b, 1024 * 1024);
	put_request(&b, 3, keep, pairs, body);
	say(&b);
	buf_free(&b);
}

/* Reads exactly n bytes. */
static char *
hear(size_t n)
{
	static char got[512 * 1024];

	assert_true(n < sizeof(got));
	assert_int_equal(recv(peer, got, n, MSG_WAITALL), (ssize_t)n);
	got[n] = '\0';
	return got;
}

static void
expect_eof(void)
{
	char c;

	assert_int_equal(recv(peer, &c, 1, 0), 0);
}

static struct exchange *
open_request(struct str body, bool keep)
{
	struct exchange *x = exchange_new();

	say_request(keep, body);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_REQUEST);
	assert_int_equal(conn_open(conn, x), FAIL_NONE);
	return x;
}

static void
test_request(void **state)
{
	struct exchange *x = open_request(STR_LIT("{}"), true);

	(void)state;
	assert_true(str_eq_c(x->req.path, "/a"));
	assert_true(str_eq_c(x->req.body, "{}"));
	assert_string_equal(x->ctx.request_id, ID);
	assert_string_equal(x->ctx.client_ip, "192.0.2.1");
	assert_string_equal(x->ctx.user_agent, "test/1");
	assert_true(conn_busy(conn));
	exchange_free(x);
	conn_next(conn);
	assert_false(conn_busy(conn));
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_MORE);
	(void)close(peer);
	peer = -1;
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_CLOSED);
}

static void
test_answer(void **state)
{
	static const char head[] = "Status: 201 Created\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Length: 5\r\n"
				   "X-A: b\r\n"
				   "Cache-Control: no-store\r\n\r\nhello";
	struct exchange *x = open_request(STR_NONE, true);
	char *got;

	(void)state;
	response_text(x, 201, "text/plain", STR_LIT("hello"));
	response_header(x, "X-A", "b");
	assert_int_equal(conn_answer(conn, x, false), CONN_SENT);
	assert_false(conn->last);
	got = hear(8 + sizeof(head) - 1 + 24);
	assert_memory_equal(got, "\x01\x06\0\x03", 4);
	assert_memory_equal(got + 8, head, sizeof(head) - 1);
	assert_memory_equal(
	    got + 8 + sizeof(head) - 1 + 8, "\x01\x03\0\x03", 4);
	exchange_free(x);
	conn_next(conn);

	/* The connection goes on. */
	x = open_request(STR_NONE, true);
	response_empty(x, 204);
	assert_int_equal(conn_answer(conn, x, true), CONN_SENT);
	assert_true(conn->last);
	got = hear(8 +
	    sizeof("Status: 204 No Content\r\n"
		   "Cache-Control: no-store\r\n\r\n") -
	    1 + 40);
	assert_non_null(strstr(got + 8, "Status: 204"));
	assert_null(strstr(got + 8, "Content-"));
	exchange_free(x);
	conn->x = NULL;
}

/* Bigger than one record and than the socket's buffer. */
static void
test_large_answer(void **state)
{
	struct exchange *x = open_request(STR_NONE, false);
	size_t n = 300 * 1024, body = 0;
	char *text = arena_alloc(x->ctx.arena, n);
	enum conn_sent sent;
	unsigned char *head;

	(void)state;
	memset(text, 'x', n);
	response_text(x, 200, "text/plain", (struct str){text, n});
	sent = conn_answer(conn, x, false);
	assert_int_equal(sent, CONN_BLOCKED);
	for (;;) {
		size_t content;
		char *got;

		if (sent == CONN_BLOCKED)
			sent = conn_send(conn);
		head = (unsigned char *)hear(8);
		content = (size_t)head[4] << 8 | head[5];
		assert_int_equal(head[6], 0);
		if (head[1] == FCGI_END_REQUEST)
			break;
		for (size_t at = 0; at < content;) {
			size_t piece = content - at < 8192 ? content - at
							   : 8192;

			got = hear(piece);
			for (size_t i = 0; i < piece; i++)
				body += got[i] == 'x';
			at += piece;
			if (sent == CONN_BLOCKED)
				sent = conn_send(conn);
		}
	}
	assert_int_equal(sent, CONN_SENT);
	assert_int_equal(body, n + 1); /* and the x of "text/plain" */
	(void)hear(8);
	/* No keep-alive was asked for, so no marker follows. */
	assert_true(conn->last);
	exchange_free(x);
	conn_free(conn);
	conn = NULL;
	expect_eof();
}

static void
test_head(void **state)
{
	struct exchange *x = open_request(STR_NONE, true);
	char *got;

	(void)state;
	x->req.method = STR_LIT("HEAD");
	response_text(x, 200, "text/plain", STR_LIT("hello"));
	assert_int_equal(conn_answer(conn, x, false), CONN_SENT);
	got = hear(8 +
	    sizeof("Status: 200 OK\r\nContent-Type: text/plain\r\n"
		   "Content-Length: 5\r\n"
		   "Cache-Control: no-store\r\n\r\n") -
	    1 + 24);
	assert_non_null(strstr(got + 8, "Content-Length: 5"));
	exchange_free(x);
	conn->x = NULL;
}

static void
test_peer_left(void **state)
{
	struct exchange *x = open_request(STR_NONE, true);

	(void)state;
	(void)close(peer);
	peer = -1;
	response_text(x, 200, "text/plain", STR_LIT("hello"));
	assert_int_equal(conn_answer(conn, x, false), CONN_BROKEN);
	exchange_free(x);
	conn->x = NULL;
}

static void
test_pending(void **state)
{
	struct exchange *x;
	struct buf b;

	(void)state;
	buf_init(&b, 1024 * 1024);
	put_request(&b, 3, true, pairs, STR_LIT("one"));
	put_request(&b, 3, true, pairs, STR_LIT("two"));
	say(&b);
	buf_free(&b);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_REQUEST);
	assert_true(conn_pending(conn));
	conn_next(conn);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_REQUEST);
	assert_false(conn_pending(conn));
	x = exchange_new();
	assert_int_equal(conn_open(conn, x), FAIL_NONE);
	assert_true(str_eq_c(x->req.body, "two"));
	exchange_free(x);
	conn->x = NULL;
}

static void
test_malformed(void **state)
{
	(void)state;
	assert_int_equal(send(peer, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_CLOSED);
}

static void
test_odd_ids(void **state)
{
	static const char *const odd[] = {"REQUEST_METHOD", "GET",
	    "DOCUMENT_URI", "/", "REQUEST_ID", "\"},{\"evil\":1", NULL};
	struct exchange *x = exchange_new();
	struct buf b;

	(void)state;
	buf_init(&b, 1024 * 1024);
	put_request(&b, 1, true, odd, STR_NONE);
	say(&b);
	buf_free(&b);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_REQUEST);
	assert_int_equal(conn_open(conn, x), FAIL_NONE);
	assert_int_equal(strlen(x->ctx.request_id), 32);
	assert_null(strchr(x->ctx.request_id, '"'));
	assert_string_equal(x->ctx.client_ip, "");
	exchange_free(x);
	conn->x = NULL;
}

/* What cannot be taken is refused with an answer, not a closed connection. */
static void
test_refused_whole(void **state)
{
	const char *many[2 * FCGI_PAIRS_MAX + 9] = {
	    "REQUEST_METHOD", "GET", "DOCUMENT_URI", "/"};
	static char big[3 * 1024 * 1024];
	struct exchange *x = exchange_new();
	struct buf b;
	size_t at = 0;

	(void)state;
	for (size_t i = 4; i < NELEM(many) - 1; i++)
		many[i] = "HTTP_X";
	buf_init(&b, sizeof(big) + 65536);
	put_request(&b, 1, true, many, STR_NONE);
	say(&b);
	assert_int_equal(conn_read(conn, scratch), CONN_GOT_REQUEST);
	assert_int_equal(conn_open(conn, x), FAIL_REQUEST);
	assert_int_equal(strlen(x->ctx.request_id), 32);
	exchange_free(x);
	conn_next(conn);

	memset(big, 'x', sizeof(big) - 1);
	buf_reset(&b);
	put_request(&b, 1, true, pairs, str_from(big));
	do { /* both ends are ours: a piece in, a piece out */
		size_t n = b.n - at < 32768 ? b.n - at : 32768;

		assert_int_equal(send(peer, b.p + at, n, 0), (ssize_t)n);
		at += n;
	} while (conn_read(conn, scratch) == CONN_GOT_MORE);
	assert_int_equal(at, b.n);
	x = exchange_new();
	assert_int_equal(conn_open(conn, x), FAIL_TOO_LARGE);
	assert_string_equal(x->ctx.request_id, ID);
	exchange_free(x);
	conn->x = NULL;
	buf_free(&b);
}

static void
test_problem(void **state)
{
	struct exchange *x = exchange_new();
	json_t *o;

	(void)state;
	x->ctx.request_id = ID;
	(void)fail_field(&x->ctx.fail, "/name", "is too %s", "long");
	(void)fail(&x->ctx.fail, FAIL_INVALID, NULL);
	x->ctx.fail.retry_after = 7;
	response_problem(x);
	assert_int_equal(x->res.status, 422);
	assert_string_equal(x->res.content_type, "application/problem+json");
	assert_int_equal(
	    json_parse(x->ctx.arena, x->res.body, 10000, &o, NULL), FAIL_NONE);
	assert_string_equal(
	    json_get_str(o, "type"), "urn:mcpbox:problem:invalid");
	assert_int_equal(json_get_int(o, "status", 0), 422);
	assert_string_equal(json_get_str(o, "request_id"), ID);
	assert_string_equal(
	    json_get_str(
		json_array_get(json_get_arr(o, "errors"), 0), "pointer"),
	    "/name");
	assert_string_equal(x->res.headers->name, "Retry-After");
	assert_string_equal(x->res.headers->value, "7");
	exchange_free(x);
}

static void
split_header(void)
{
	struct exchange *x = exchange_new();

	response_header(x, "Set-Cookie", "a=1\r\nX-Evil: 1");
}

static void
test_header_injection(void **state)
{
	(void)state;
	assert_int_equal(WTERMSIG(run_child(split_header)), SIGABRT);
}

int
main(void)
{
#define WITH_CONN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WITH_CONN(test_request),
	    WITH_CONN(test_answer),
	    WITH_CONN(test_large_answer),
	    WITH_CONN(test_head),
	    WITH_CONN(test_peer_left),
	    WITH_CONN(test_pending),
	    WITH_CONN(test_malformed),
	    WITH_CONN(test_odd_ids),
	    WITH_CONN(test_refused_whole),
	    WITH_CONN(test_problem),
	    cmocka_unit_test(test_header_injection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
