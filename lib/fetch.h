/*
 * fetch.h: the messages of an outbound HTTP request: child, sandboxd, egress.
 *
 * A run's way out is one connection from sandboxd to mcpbox-egress, made when
 * the run asks first:
 *
 *   sandboxd -> egress   FETCH_OPEN once, then any number of FETCH and
 *                        FETCH_CANCEL, as the child sent them
 *   egress -> sandboxd   for each FETCH, by its frame id: FETCH_HEAD,
 *                        any number of FETCH_DATA, FETCH_DONE; a request
 *                        that is refused or fails has FETCH_DONE, perhaps
 *                        alone; and one FETCH_RECORD, after it
 *
 * HEAD, DATA and DONE go on to the child; a RECORD becomes REQUEST to the
 * worker.  Closing the connection ends all of the run's requests.  What is
 * granted is decided by FETCH_OPEN alone, never by what the child says.
 * DATA is the body after gzip or deflate was undone; HEAD has the headers as
 * they came.
 *
 * Frame ids are the child's: a new number for each FETCH, never 0, never one
 * that is in flight.
 *
 * A grant is one line:
 *
 *	[private ]HOST:PORT
 *
 * HOST is a DNS name (lower case, A-labels), an IPv4 address or an IPv6
 * address in brackets; PORT is 1..65535 or "*".  `private` lets the name
 * resolve to (or the address be) private and other special-purpose space.
 * Loopback, link-local, metadata services, this host's own addresses,
 * multicast and the unspecified address are refused whatever is granted.
 */
#ifndef MCPBOX_FETCH_H
#define MCPBOX_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

#define FETCH_URL_MAX 8192
#define FETCH_HEADERS_MAX 100                  /* of a request, of an answer */
#define FETCH_HEADER_BYTES ((size_t)64 * 1024) /* names and values together */
#define FETCH_BODY_MAX ((size_t)8 * 1024 * 1024) /* of a request */
#define FETCH_GRANTS_MAX 256
#define FETCH_GRANT_MAX 300      /* bytes of one */
#define FETCH_TIMEOUT_MAX 300000 /* ms */
#define FETCH_UNDER_WAY_MAX 32   /* requests of a run at the same time */

/* Why a request ended.  The names are stable: tools and logs see them. */
enum fetch_end {
	FETCH_END_OK = 0,          /* the whole answer came */
	FETCH_END_NOT_GRANTED = 1, /* "not_granted": host and port */
	FETCH_END_ADDRESS = 2,     /* "address_refused": where the name leads */
	FETCH_END_URL = 3,    /* "bad_url": cannot be parsed, userinfo, ... */
	FETCH_END_SCHEME = 4, /* "bad_scheme": neither http nor https */
	FETCH_END_HEADER =
	    5, /* "bad_header": not a tool's to set, or not a header */
	FETCH_END_METHOD = 6,     /* "bad_method" */
	FETCH_END_LIMIT = 7,      /* "limit": requests or bytes of the run */
	FETCH_END_DNS = 8,        /* "dns_failed" */
	FETCH_END_CONNECT = 9,    /* "connect_failed" */
	FETCH_END_TLS = 10,       /* "tls_failed" */
	FETCH_END_TIMEOUT = 11,   /* "timeout": of the answer */
	FETCH_END_PROTOCOL = 12,  /* "protocol_error": the answer is not HTTP,
				     broke off, is too large */
	FETCH_END_CANCELLED = 13, /* "cancelled" */
	FETCH_END_UNAVAILABLE =
	    14, /* "egress_unavailable": mcpbox-egress is not there */
	FETCH_END_CONNECT_TIMEOUT =
	    15, /* "connect_timeout": nothing was sent yet */
	FETCH_END_WRITE_TIMEOUT = 16, /* "write_timeout": not sent in time */
	FETCH_END_POOL_TIMEOUT = 17   /* "pool_timeout": not its turn in time */
};
#define FETCH_END__MAX 18

const char *fetch_end_name(enum fetch_end e);

/*
 * The text of a URL that may not be one, for a record: without userinfo, and
 * at most `max` bytes.  Into `b`.
 */
void fetch_url_show(struct buf *b, struct str text, size_t max);

struct fetch_pair {
	struct str name;
	struct str value;
};

/* Views: encode copies, decode points into the frame. */
struct fetch_open {
	struct str env;    /* the server's id: connections are never shared */
	struct str tool;   /* full name, for the log and for advice */
	struct str trace;  /* the run's id */
	uint32_t requests; /* as in box_limits */
	uint64_t transfer;
	bool debug; /* RECORDs tell headers (masked) and a preview */
	struct str
	    *grants; /* see above; those that cannot be read grant nothing */
	size_t ngrants;
};

struct fetch_request {
	struct str method; /* one of the eight, upper case; or a token */
	struct str url;    /* absolute */
	struct fetch_pair *headers; /* as the tool gave them, in order */
	size_t nheaders;
	struct str body;
	bool has_body;       /* an empty one is not none */
	uint32_t timeout_ms; /* of the whole exchange; 0 = the default */
	uint32_t connect_ms; /* 0 = the default */
	/* Each 0 = no limit of its own: */
	uint32_t read_ms;  /* without a piece of the answer */
	uint32_t write_ms; /* without a piece of the body being taken */
	uint32_t pool_ms;  /* until it is its turn */
};

struct fetch_head {
	uint32_t status;            /* 100 .. 599 */
	struct str version;         /* "HTTP/1.1", "HTTP/2" */
	struct fetch_pair *headers; /* in the order they came */
	size_t nheaders;
};

struct fetch_done {
	enum fetch_end end;
	uint64_t received; /* bytes of body */
	uint64_t elapsed_us;
	struct str
	    message; /* a sentence for the tool's author; empty when OK */
};

/* Lists are malloc'ed: *_free.  Decoding is false on anything odd. */
void fetch_open_encode(struct buf *b, const struct fetch_open *o);
bool fetch_open_decode(
    struct str payload, struct fetch_open *out) ATTR_NODISCARD;
void fetch_open_free(struct fetch_open *o);

void fetch_request_encode(struct buf *b, const struct fetch_request *r);
bool fetch_request_decode(
    struct str payload, struct fetch_request *out) ATTR_NODISCARD;
void fetch_request_free(struct fetch_request *r);

void fetch_head_encode(struct buf *b, const struct fetch_head *h);
bool fetch_head_decode(
    struct str payload, struct fetch_head *out) ATTR_NODISCARD;
void fetch_head_free(struct fetch_head *h);

void fetch_done_encode(struct buf *b, const struct fetch_done *d);
bool fetch_done_decode(
    struct str payload, struct fetch_done *out) ATTR_NODISCARD;

#endif
