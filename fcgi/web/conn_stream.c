/*
 * conn_stream.c: an answer in pieces.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "web/conn.h"
#include "web/request.h"

/* What was sent is cut off when it is so much, and most of it. */
#define CUT_MIN ((size_t)64 * 1024)

void
conn_stream_open(struct conn *c, struct exchange *x)
{
	x->res.status = 200;
	if (x->res.content_type == NULL)
		x->res.content_type = "text/event-stream";
	response_header(x, "X-Accel-Buffering", "no");
	c->streaming = true;
	conn_stream_put(c, conn_head(x->ctx.arena, &x->res, NULL));
}

void
conn_stream_put(struct conn *c, struct str text)
{
	while (text.n > 0) {
		struct str part = str_sub(text, 0, CONN_RECORD_MAX);
		unsigned char head[FCGI_HEADER_LEN];

		fcgi_header(head, FCGI_STDOUT, c->in.id, part.n, 0);
		buf_put(&c->out, head, sizeof(head));
		buf_putstr(&c->out, part);
		text = str_sub(text, part.n, text.n);
	}
}

void
conn_put_answer(struct conn *c, struct exchange *x)
{
	struct arena *a = x->ctx.arena;

	conn_stream_put(
	    c, conn_head(a, &x->res, arena_printf(a, "%zu", x->res.body.n)));
	conn_stream_put(c, x->res.body);
}

void
conn_stream_end(struct conn *c, bool close)
{
	unsigned char tail[FCGI_TAIL_MAX];

	c->last = close || !c->in.keep;
	buf_put(
	    &c->out, tail, fcgi_tail(tail, c->in.id, c->in.keep && c->last));
}

size_t
conn_unsent(const struct conn *c)
{
	return c->out.n - c->nout;
}

enum conn_sent
conn_send_out(struct conn *c)
{
	struct buf *b = &c->out;

	/* Half a record would be worse than none. */
	if (b->overflow)
		return CONN_BROKEN;
	while (c->nout < b->n) {
		ssize_t n = send(c->fd, b->p + c->nout, b->n - c->nout,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			c->nout += (size_t)n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			return CONN_BROKEN;
	}
	if (c->nout == b->n) {
		buf_free(b);
		c->nout = 0;
		return CONN_SENT;
	}
	if (c->nout >= CUT_MIN && c->nout >= b->n / 2) {
		buf_consume(b, c->nout);
		c->nout = 0;
	}
	return CONN_BLOCKED;
}

void
conn_slim(struct conn *c)
{
	buf_free(&c->in.params);
	buf_free(&c->in.body);
	buf_free(&c->in.out);
	if (c->rest.n == 0)
		buf_free(&c->rest);
}
