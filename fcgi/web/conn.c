/*
 * conn.c: one connection from the web server.
 */
#include "web/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "rnd.h"
#include "web/request.h"

/* Descriptors that one sendmsg(2) takes. */
#define IOV_ONCE 1024
#define USER_AGENT_MAX 256
#define REQUEST_ID_LEN 32
#define TRACE_ID_LEN 32

struct conn *
conn_new(int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		log_panic("out of memory", "connection");
	c->fd = fd;
	fcgi_in_init(&c->in, REQ_BODY_MAX);
	buf_init(&c->rest, CONN_READ_SIZE);
	buf_init(&c->out, CONN_OUT_MAX);
	return c;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	(void)close(c->fd);
	fcgi_in_free(&c->in);
	buf_free(&c->rest);
	buf_free(&c->out);
	free(c);
}

/* --- reading -------------------------------------------------------------- */

/* The small answers of the codec; a peer that does not take them is lost. */
static bool
flush(struct conn *c)
{
	struct buf *b = &c->in.out;
	ssize_t n;

	if (b->n == 0)
		return !c->in.hangup;
	n = send(c->fd, b->p, b->n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 || (size_t)n != b->n)
		return false;
	buf_reset(b);
	return !c->in.hangup;
}

/* What the codec makes of some bytes; those it leaves go to c->rest. */
static enum conn_got
feed(struct conn *c, struct str bytes)
{
	enum fcgi_got got = fcgi_feed(&c->in, &bytes);

	if (got == FCGI_GOT_BAD)
		log_debug("malformed FastCGI record");
	if (got == FCGI_GOT_BAD || !flush(c))
		return CONN_GOT_CLOSED;
	buf_putstr(&c->rest, bytes);
	if (got == FCGI_GOT_REQUEST)
		return CONN_GOT_REQUEST;
	return got == FCGI_GOT_ABORT ? CONN_GOT_ABORT : CONN_GOT_MORE;
}

/* Bytes that came together with the end of an earlier request. */
static enum conn_got
feed_rest(struct conn *c)
{
	struct buf rest = c->rest;
	enum conn_got got;

	buf_init(&c->rest, CONN_READ_SIZE);
	got = feed(c, buf_str(&rest));
	buf_free(&rest);
	return got;
}

enum conn_got
conn_read(struct conn *c, char *scratch)
{
	enum conn_got got;
	ssize_t n;

	if (c->rest.n > 0 && (got = feed_rest(c)) != CONN_GOT_MORE)
		return got;
	do {
		n = read(c->fd, scratch, CONN_READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		c->more = n == CONN_READ_SIZE;
		if (n < 0)
			return errno == EAGAIN ? CONN_GOT_MORE
					       : CONN_GOT_CLOSED;
		if (n == 0)
			return CONN_GOT_CLOSED;
		got = feed(c, (struct str){scratch, (size_t)n});
		if (got != CONN_GOT_MORE)
			return got;
	} while (n < 0 || n == CONN_READ_SIZE);
	return CONN_GOT_MORE;
}

bool
conn_pending(const struct conn *c)
{
	return c->rest.n > 0 || c->more;
}

bool
conn_busy(const struct conn *c)
{
	return c->in.phase != FCGI_PHASE_IDLE || c->in.nhead > 0;
}

/* nginx's $request_id; an id of our own when it is missing or odd, since it
 * goes into logs and answers. */
static const char *
request_id(struct arena *a, const struct req *r)
{
	struct str id = req_param(r, "REQUEST_ID");
	unsigned char bytes[REQUEST_ID_LEN / 2];
	char *out;

	if (id.n == REQUEST_ID_LEN && str_unhex(id, bytes, sizeof(bytes)))
		return id.p;
	rnd_bytes(bytes, sizeof(bytes));
	out = arena_alloc(a, REQUEST_ID_LEN + 1);
	str_hex(bytes, sizeof(bytes), out);
	return out;
}

/*
 * The trace id of W3C's traceparent ("00-<32 hex>-<16 hex>-01"), or NULL.
 * https://www.w3.org/TR/trace-context/ section 3.2
 */
static const char *
trace_id(struct arena *a, const struct req *r)
{
	struct str rest = req_header(r, "Traceparent");
	struct str version = str_split(&rest, '-');
	struct str id = str_split(&rest, '-');
	struct str parent = str_split(&rest, '-');
	unsigned char bytes[TRACE_ID_LEN / 2], any = 0;

	if (!str_unhex(version, bytes, 1) || bytes[0] == 0xff ||
	    !str_unhex(parent, bytes, TRACE_ID_LEN / 4) ||
	    !str_unhex(id, bytes, sizeof(bytes)))
		return NULL;
	for (size_t i = 0; i < sizeof(bytes); i++)
		any |= bytes[i];
	return any != 0 ? arena_str(a, id).p : NULL;
}

enum fail_code
conn_open(struct conn *c, struct exchange *x)
{
	struct ctx *ctx = &x->ctx;
	struct str agent, ip;
	enum fail_code rc;

	x->conn = c;
	c->x = x;
	ctx->caller = (struct caller){.perms = PERM_ANYONE};
	ctx->client_ip = ctx->user_agent = "";
	if (c->in.params.overflow) {
		x->req = (struct req){.method = STR_LIT("GET")};
		ctx->request_id = request_id(ctx->arena, &x->req);
		return fail(
		    &ctx->fail, FAIL_REQUEST, "The headers are too large.");
	}
	rc = req_parse(&x->req, ctx->arena, buf_str(&c->in.params),
	    buf_str(&c->in.body), &ctx->fail);
	ctx->request_id = request_id(ctx->arena, &x->req);
	ctx->trace_id = trace_id(ctx->arena, &x->req);
	agent = str_utf8_cut(req_header(&x->req, "User-Agent"), USER_AGENT_MAX);
	if (str_utf8_valid(agent))
		ctx->user_agent = arena_str(ctx->arena, agent).p;
	ip = req_param(&x->req, "REMOTE_ADDR");
	if (ip.p != NULL && str_utf8_valid(ip))
		ctx->client_ip = ip.p;
	ctx->https = x->req.https;
	if (c->in.body.overflow)
		return fail(&ctx->fail, FAIL_TOO_LARGE, NULL);
	return rc;
}

/* --- sending -------------------------------------------------------------- */

/* "Name: value\r\n" once to count, once to write. */
static size_t
put_line(char *out, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);

	if (out != NULL) {
		memcpy(out, name, n);
		memcpy(out + n, ": ", 2);
		memcpy(out + n + 2, value, v);
		memcpy(out + n + 2 + v, "\r\n", 2);
	}
	return n + v + 4;
}

static size_t
put_lines(char *out, const struct response *res, const char *status,
    const char *length)
{
	const char *cache = "no-store";
	size_t n = 0;

#define LINE(name, value)                                                      \
	n += put_line(out != NULL ? out + n : NULL, (name), (value))
	LINE("Status", status);
	if (res->content_type != NULL) {
		LINE("Content-Type", res->content_type);
		if (length != NULL)
			LINE("Content-Length", length);
	}
	for (const struct response_header *h = res->headers; h != NULL;
	     h = h->next) {
		LINE(h->name, h->value);
		if (strcmp(h->name, "Cache-Control") == 0)
			cache = NULL;
	}
	if (cache != NULL)
		LINE("Cache-Control", cache);
#undef LINE
	if (out != NULL)
		memcpy(out + n, "\r\n", 2);
	return n + 2;
}

/* RFC 9110 section 15; for people, so that a missing one does no harm. */
static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} table[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {409, "Conflict"},
	    {413, "Content Too Large"},
	    {415, "Unsupported Media Type"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {500, "Internal Server Error"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < NELEM(table); i++) {
		if (table[i].status == status)
			return table[i].phrase;
	}
	return "";
}

struct str
conn_head(struct arena *a, const struct response *res, const char *length)
{
	char status[64];
	struct str head;
	char *p;

	(void)snprintf(
	    status, sizeof(status), "%d %s", res->status, reason(res->status));
	head.n = put_lines(NULL, res, status, length);
	if (head.n > CONN_RECORD_MAX)
		log_panic("answer headers are too large", NULL);
	head.p = p = arena_alloc(a, head.n);
	(void)put_lines(p, res, status, length);
	return head;
}

static void
add(struct conn *c, const void *p, size_t n)
{
	struct iovec *v = &c->iov[c->niov];

	if (n == 0)
		return;
	/* sendmsg only reads; struct iovec has no const. */
	memcpy(&v->iov_base, &p, sizeof(p));
	v->iov_len = n;
	c->niov++;
}

/* The whole answer as records, without copying the body. */
static void
build(struct conn *c, struct exchange *x)
{
	struct arena *a = x->ctx.arena;
	struct str body = x->res.body;
	struct str head = conn_head(a, &x->res, arena_printf(a, "%zu", body.n));
	unsigned char *tail = arena_alloc(a, FCGI_TAIL_MAX), *record;
	size_t records;

	/* HEAD tells the length of what it leaves out. */
	if (x->res.content_type == NULL || str_eq_c(x->req.method, "HEAD"))
		body = STR_NONE;
	records = (head.n + body.n) / CONN_RECORD_MAX + 1;
	record = arena_alloc(a, records * FCGI_HEADER_LEN);
	c->iov = arena_zalloc(a, 2 * records + 3, sizeof(*c->iov));
	c->niov = 0;
	for (size_t i = 0; head.n + body.n > 0; i++) {
		size_t n = head.n + body.n, from_body;
		unsigned char *h = record + i * FCGI_HEADER_LEN;

		n = n < CONN_RECORD_MAX ? n : CONN_RECORD_MAX;
		from_body = n - head.n; /* conn_head made sure it fits */
		fcgi_header(h, FCGI_STDOUT, c->in.id, n, 0);
		add(c, h, FCGI_HEADER_LEN);
		add(c, head.p, head.n);
		add(c, body.p, from_body);
		head.n = 0;
		body = str_sub(body, from_body, body.n);
	}
	add(c, tail, fcgi_tail(tail, c->in.id, c->in.keep && c->last));
}

enum conn_sent
conn_answer(struct conn *c, struct exchange *x, bool close)
{
	if (c->streaming) {
		conn_stream_end(c, close);
		return conn_send(c);
	}
	c->last = close || !c->in.keep;
	build(c, x);
	return conn_send(c);
}

/* Drops what was sent from the front. */
static void
sent(struct conn *c, size_t n)
{
	while (c->niov > 0 && n >= c->iov->iov_len) {
		n -= c->iov->iov_len;
		c->iov++;
		c->niov--;
	}
	if (c->niov > 0) {
		c->iov->iov_base = (char *)c->iov->iov_base + n;
		c->iov->iov_len -= n;
	}
}

bool
conn_sending(const struct conn *c)
{
	return c->niov > 0 || conn_unsent(c) > 0;
}

enum conn_sent
conn_send(struct conn *c)
{
	enum conn_sent out = conn_send_out(c);

	if (out != CONN_SENT)
		return out;
	while (c->niov > 0) {
		struct msghdr msg = {
		    .msg_iov = c->iov,
		    .msg_iovlen = c->niov < IOV_ONCE ? c->niov : IOV_ONCE,
		};
		ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			sent(c, (size_t)n);
		else if (errno == EAGAIN)
			return CONN_BLOCKED;
		else if (errno != EINTR)
			return CONN_BROKEN;
	}
	return CONN_SENT;
}

void
conn_next(struct conn *c)
{
	c->x = NULL;
	c->iov = NULL;
	c->streaming = false;
	fcgi_next(&c->in);
}
