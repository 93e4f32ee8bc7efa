/*
 * fcgi.h: the FastCGI 1.0 records of one connection, without any I/O.
 *
 * Source: FastCGI Specification 1.0 (Mark R. Brown, 1996), sections 3 to 5.
 * We are the application: role responder, one request at a time on a
 * connection, connections kept when the web server asks for it.
 *
 * Reading is incremental: feed bytes as they come, in pieces of any size.
 * No length that the peer announces is trusted or allocated: contents grow
 * with the bytes that really arrive, up to the caps below.  What exceeds a cap
 * is skipped and remembered, so that the client gets an answer (400, 413)
 * and not a broken connection; what breaks the protocol ends the connection.
 */
#ifndef MCPBOX_FCGI_H
#define MCPBOX_FCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

#define FCGI_HEADER_LEN 8
#define FCGI_CONTENT_MAX 65535
#define FCGI_PARAMS_MAX (64 * 1024) /* bytes of name-value pairs */
#define FCGI_PAIRS_MAX 200          /* number of them */

enum fcgi_type {
	FCGI_BEGIN_REQUEST = 1,
	FCGI_ABORT_REQUEST = 2,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7,
	FCGI_DATA = 8,
	FCGI_GET_VALUES = 9,
	FCGI_GET_VALUES_RESULT = 10,
	FCGI_UNKNOWN_TYPE = 11
};

enum fcgi_status {
	FCGI_REQUEST_COMPLETE = 0,
	FCGI_CANT_MPX_CONN = 1,
	FCGI_OVERLOADED = 2,
	FCGI_UNKNOWN_ROLE = 3
};

enum fcgi_phase {
	FCGI_PHASE_IDLE,   /* no request */
	FCGI_PHASE_PARAMS, /* between BEGIN and the empty PARAMS */
	FCGI_PHASE_STDIN,  /* between that and the empty STDIN */
	FCGI_PHASE_ACTIVE  /* complete; until fcgi_next */
};

struct fcgi_in {
	enum fcgi_phase phase;
	uint16_t id;       /* of the request at hand */
	bool keep;         /* FCGI_KEEP_CONN of that request */
	struct buf params; /* name-value pairs; .overflow: over the cap */
	struct buf body;   /* .overflow: over the cap */
	struct buf out;    /* our answers to management records and refusals */
	bool hangup;       /* close once `out` is sent */

	/* the record at hand */
	unsigned char head[FCGI_HEADER_LEN];
	size_t nhead;
	size_t left;              /* content bytes still to come */
	size_t pad;               /* padding bytes still to come */
	unsigned char small[256]; /* content of BEGIN and GET_VALUES */
	size_t nsmall;
};

enum fcgi_got {
	FCGI_GOT_MORE,    /* all bytes used, nothing complete yet */
	FCGI_GOT_REQUEST, /* params and body are complete */
	FCGI_GOT_ABORT,   /* the active request is no longer wanted */
	FCGI_GOT_BAD      /* the peer does not speak FastCGI: close */
};

/* `body_max` caps the request body. Nothing is allocated yet. */
void fcgi_in_init(struct fcgi_in *in, size_t body_max);
void fcgi_in_free(struct fcgi_in *in);
/*
 * Takes bytes from the front of *bytes (and moves it on) until something is
 * complete or they are used up.  While a request is active only its abort and
 * management records are acceptable; another request on the same connection
 * is refused with CANT_MPX_CONN.
 */
enum fcgi_got fcgi_feed(struct fcgi_in *in, struct str *bytes) ATTR_NODISCARD;
/* The active request was answered: ready for another one.  Large buffers are
 * given back. */
void fcgi_next(struct fcgi_in *in);

/*
 * Takes one name-value pair from the front of *rest.  False at the end, and
 * with *bad_out set when the rest is malformed.
 */
bool fcgi_pair(struct str *rest, struct str *name_out, struct str *value_out,
    bool *bad_out);

/* Writes a record header. */
void fcgi_header(unsigned char out[FCGI_HEADER_LEN], enum fcgi_type type,
    uint16_t id, size_t content, size_t pad);
/* Appends a whole END_REQUEST record. */
void fcgi_put_end(struct buf *b, uint16_t id, enum fcgi_status status);

/*
 * What follows the last STDOUT content: the empty STDOUT and END_REQUEST.
 * With `last` one management record more: nginx
 * keeps a connection only when nothing follows END_REQUEST, so that this
 * makes it drop the connection by itself and never put another request on one
 * that we are about to close.
 */
#define FCGI_TAIL_MAX 40
size_t fcgi_tail(unsigned char out[FCGI_TAIL_MAX], uint16_t id, bool last);

#endif
