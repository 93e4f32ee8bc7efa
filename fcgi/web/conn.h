/*
 * conn.h: one connection from the web server: reading requests, sending
 * answers.  Never blocks, knows no event loop and no thread.
 *
 * A connection has one owner at a time, and only the owner touches it:
 *
 *	the event loop	while it waits for a request, while its exchange is
 *			parked, and while an answer is stuck half-way;
 *	a request thread from the complete request to the sent answer.
 *
 * The params and the body of a request stay in the connection's buffers and
 * are borrowed by its exchange: a connection lives longer than its exchange.
 */
#ifndef MCPBOX_CONN_H
#define MCPBOX_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "attr.h"
#include "buf.h"
#include "web/exchange.h"
#include "web/fcgi.h"

/* One read(2) at most; also the most that can follow a complete request. */
#define CONN_READ_SIZE (64 * 1024)
/* Content of one STDOUT record: the largest multiple of 8. */
#define CONN_RECORD_MAX ((size_t)65528)
/* Of an answer in pieces, at once: the largest answer, and room. */
#define CONN_OUT_MAX ((size_t)64 * 1024 * 1024)

struct conn {
	int fd;
	struct fcgi_in in;
	struct buf rest; /* bytes behind a complete request: not used yet */
	bool more;       /* the last read may have left bytes in the socket */
	struct exchange *x; /* whose answer is being sent, or parked */
	bool last;          /* closed after this answer */
	void *user;         /* the event loop's */

	/* what is left of the answer; the array is in x's arena */
	struct iovec *iov;
	size_t niov;

	/* an answer in pieces: records, of which `nout` bytes are sent */
	bool streaming; /* its head is among them, or was */
	struct buf out;
	size_t nout;
};

/* Takes the descriptor over (non-blocking, close-on-exec). */
struct conn *conn_new(int fd) ATTR_RETURNS_NONNULL;
/* Closes it. Its exchange, if any, has been freed before. */
void conn_free(struct conn *c);

enum conn_got {
	CONN_GOT_MORE,    /* wait until it is readable again */
	CONN_GOT_REQUEST, /* complete: conn_open, then answer it */
	CONN_GOT_ABORT,   /* the active request is no longer wanted */
	CONN_GOT_CLOSED   /* the peer left, or does not speak FastCGI */
};
/* Reads what is there, through `scratch` (CONN_READ_SIZE bytes). */
enum conn_got conn_read(struct conn *c, char *scratch) ATTR_NODISCARD;
/* May there be something to read without a new event? */
bool conn_pending(const struct conn *c);
/* Is a request under way (begun and not answered)? */
bool conn_busy(const struct conn *c);

/* The complete request as x->req, with the context filled from it.  The
 * failure, if any, is in x->ctx.fail too. */
enum fail_code conn_open(struct conn *c, struct exchange *x) ATTR_NODISCARD;

enum conn_sent {
	CONN_SENT,    /* all of it: conn_next or conn_free */
	CONN_BLOCKED, /* conn_send again when it is writable */
	CONN_BROKEN   /* the peer left: conn_free */
};
/* Starts to send x->res.  `close` makes it the last answer here.  After
 * conn_stream_open it only ends what was put. */
enum conn_sent conn_answer(
    struct conn *c, struct exchange *x, bool close) ATTR_NODISCARD;
enum conn_sent conn_send(struct conn *c) ATTR_NODISCARD;
/* Is there anything left to send? */
bool conn_sending(const struct conn *c);
/* After CONN_SENT and exchange_free: ready for the next request. */
void conn_next(struct conn *c);

/* --- an answer in pieces (conn_stream.c) ---------------------------------- */

/*
 * Queues the head: status 200, x->res.content_type (NULL: text/event-stream)
 * and x->res.headers.  From now on
 * conn_stream_put and then conn_answer, or conn_stream_end when the exchange
 * is no more.  conn_send sends.
 */
void conn_stream_open(struct conn *c, struct exchange *x);
/* Queues all of x->res, copied: then conn_stream_end, when the exchange goes on
 * without the connection. */
void conn_put_answer(struct conn *c, struct exchange *x);
void conn_stream_put(struct conn *c, struct str text);
void conn_stream_end(struct conn *c, bool close);
/* Bytes that were queued and not taken. */
size_t conn_unsent(const struct conn *c);
/* Gives back all memory that a request in front of a stream needed. */
void conn_slim(struct conn *c);

/* conn.c and conn_stream.c between themselves. */
struct str conn_head(
    struct arena *a, const struct response *res, const char *length);
enum conn_sent conn_send_out(struct conn *c) ATTR_NODISCARD;

#endif
