/*
 * fetch.c: the messages of an outbound HTTP request.
 *
 * Each reader of these trusts nothing: the child is hostile, and egress talks
 * to the outside.  What is checked here is form; what it means is egress'.
 */
#include "fetch.h"

#include <stdlib.h>

#include "fail.h"

#define TOOL_MAX 256
#define METHOD_MAX 32
#define VERSION_MAX 16
#define MESSAGE_MAX 2048
#define TRACE_MAX 64

static const char *const end_names[FETCH_END__MAX] = {
    [FETCH_END_OK] = "ok",
    [FETCH_END_NOT_GRANTED] = "not_granted",
    [FETCH_END_ADDRESS] = "address_refused",
    [FETCH_END_URL] = "bad_url",
    [FETCH_END_SCHEME] = "bad_scheme",
    [FETCH_END_HEADER] = "bad_header",
    [FETCH_END_METHOD] = "bad_method",
    [FETCH_END_LIMIT] = "limit",
    [FETCH_END_DNS] = "dns_failed",
    [FETCH_END_CONNECT] = "connect_failed",
    [FETCH_END_TLS] = "tls_failed",
    [FETCH_END_TIMEOUT] = "timeout",
    [FETCH_END_PROTOCOL] = "protocol_error",
    [FETCH_END_CANCELLED] = "cancelled",
    [FETCH_END_UNAVAILABLE] = "egress_unavailable",
    [FETCH_END_CONNECT_TIMEOUT] = "connect_timeout",
    [FETCH_END_WRITE_TIMEOUT] = "write_timeout",
    [FETCH_END_POOL_TIMEOUT] = "pool_timeout",
};

const char *
fetch_end_name(enum fetch_end e)
{
	return (unsigned)e < FETCH_END__MAX ? end_names[e] : "unknown";
}

/* --- pieces ----------------------------------------------------------------
 */

static bool
is_line(struct str s)
{
	return str_utf8_valid(s) && !str_has_control(s, "");
}

static bool
get_flag(struct rd *r, bool *out)
{
	uint8_t v = rd_u8(r);

	*out = v == 1;
	return v <= 1;
}

/* Entries that cannot be there cost no memory. */
static bool
get_count(struct rd *r, size_t max, size_t least, size_t *n_out)
{
	*n_out = rd_u16(r);
	return !r->bad && *n_out <= max && *n_out <= r->n / least;
}

static void *
allocate(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		fail_abort("fetch: out of memory");
	return p;
}

static void
put_pairs(struct buf *b, const struct fetch_pair *list, size_t n)
{
	if (n > FETCH_HEADERS_MAX)
		fail_abort("fetch: too many headers");
	buf_u16(b, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_lstr(b, list[i].name);
		buf_lstr(b, list[i].value);
	}
}

static bool
get_pairs(struct rd *r, struct fetch_pair **list, size_t *count)
{
	size_t n, bytes = 0;

	if (!get_count(r, FETCH_HEADERS_MAX, 8, &n))
		return false;
	if (n == 0)
		return true;
	*list = allocate(n, sizeof(**list));
	*count = n;
	for (size_t i = 0; i < n; i++) {
		(*list)[i].name = rd_lstr(r, FETCH_HEADER_BYTES);
		(*list)[i].value = rd_lstr(r, FETCH_HEADER_BYTES);
		bytes += (*list)[i].name.n + (*list)[i].value.n;
		if (r->bad || bytes > FETCH_HEADER_BYTES)
			return false;
	}
	return true;
}

/* --- OPEN ------------------------------------------------------------------
 */

void
fetch_open_encode(struct buf *b, const struct fetch_open *o)
{
	if (o->ngrants > FETCH_GRANTS_MAX)
		fail_abort("fetch: too many grants");
	buf_lstr(b, o->env);
	buf_lstr(b, o->tool);
	buf_lstr(b, o->trace);
	buf_u32(b, o->requests);
	buf_u64(b, o->transfer);
	buf_u8(b, o->debug ? 1 : 0);
	buf_u16(b, (uint16_t)o->ngrants);
	for (size_t i = 0; i < o->ngrants; i++)
		buf_lstr(b, o->grants[i]);
}

static bool
get_open(struct rd *r, struct fetch_open *o)
{
	size_t n;

	o->env = rd_lstr(r, 36);
	o->tool = rd_lstr(r, TOOL_MAX);
	o->trace = rd_lstr(r, TRACE_MAX);
	o->requests = rd_u32(r);
	o->transfer = rd_u64(r);
	if (!get_flag(r, &o->debug) || r->bad || !str_is_uuid(o->env) ||
	    !is_line(o->tool) || !is_line(o->trace) ||
	    !get_count(r, FETCH_GRANTS_MAX, 4, &n))
		return false;
	if (n == 0)
		return rd_done(r);
	o->grants = allocate(n, sizeof(*o->grants));
	o->ngrants = n;
	for (size_t i = 0; i < n; i++) {
		o->grants[i] = rd_lstr(r, FETCH_GRANT_MAX);
		if (r->bad || !is_line(o->grants[i]))
			return false;
	}
	return rd_done(r);
}

bool
fetch_open_decode(struct str payload, struct fetch_open *out)
{
	struct rd r = rd_from(payload);

	*out = (struct fetch_open){.requests = 0};
	if (get_open(&r, out))
		return true;
	fetch_open_free(out);
	return false;
}

void
fetch_open_free(struct fetch_open *o)
{
	free(o->grants);
	*o = (struct fetch_open){.requests = 0};
}

/* --- FETCH -----------------------------------------------------------------
 */

void
fetch_request_encode(struct buf *b, const struct fetch_request *r)
{
	buf_lstr(b, r->method);
	buf_lstr(b, r->url);
	put_pairs(b, r->headers, r->nheaders);
	buf_u8(b, r->has_body ? 1 : 0);
	buf_lstr(b, r->body);
	buf_u32(b, r->timeout_ms);
	buf_u32(b, r->connect_ms);
	buf_u32(b, r->read_ms);
	buf_u32(b, r->write_ms);
	buf_u32(b, r->pool_ms);
}

static bool
get_request(struct rd *r, struct fetch_request *q)
{
	q->method = rd_lstr(r, METHOD_MAX);
	q->url = rd_lstr(r, FETCH_URL_MAX);
	if (r->bad || !get_pairs(r, &q->headers, &q->nheaders) ||
	    !get_flag(r, &q->has_body))
		return false;
	q->body = rd_lstr(r, FETCH_BODY_MAX);
	q->timeout_ms = rd_u32(r);
	q->connect_ms = rd_u32(r);
	q->read_ms = rd_u32(r);
	q->write_ms = rd_u32(r);
	q->pool_ms = rd_u32(r);
	return rd_done(r) && (q->has_body || q->body.n == 0) &&
	    q->timeout_ms <= FETCH_TIMEOUT_MAX &&
	    q->connect_ms <= FETCH_TIMEOUT_MAX &&
	    q->read_ms <= FETCH_TIMEOUT_MAX &&
	    q->write_ms <= FETCH_TIMEOUT_MAX && q->pool_ms <= FETCH_TIMEOUT_MAX;
}

bool
fetch_request_decode(struct str payload, struct fetch_request *out)
{
	struct rd r = rd_from(payload);

	*out = (struct fetch_request){.has_body = false};
	if (get_request(&r, out))
		return true;
	fetch_request_free(out);
	return false;
}

void
fetch_request_free(struct fetch_request *r)
{
	free(r->headers);
	*r = (struct fetch_request){.has_body = false};
}

void
fetch_url_show(struct buf *b, struct str text, size_t max)
{
	size_t at = text.n;

	/* Rather too much than a password: all before the last "@" goes. */
	while (at > 0 && text.p[at - 1] != '@')
		at--;
	if (at > 0) {
		if (str_starts(text, "https://"))
			buf_puts(b, "https://");
		else if (str_starts(text, "http://"))
			buf_puts(b, "http://");
	}
	buf_putstr(b, str_utf8_cut(str_sub(text, at, text.n), max));
}

/* --- HEAD ------------------------------------------------------------------
 */

void
fetch_head_encode(struct buf *b, const struct fetch_head *h)
{
	buf_u32(b, h->status);
	buf_lstr(b, h->version);
	put_pairs(b, h->headers, h->nheaders);
}

static bool
get_head(struct rd *r, struct fetch_head *h)
{
	h->status = rd_u32(r);
	h->version = rd_lstr(r, VERSION_MAX);
	return !r->bad && h->status >= 100 && h->status <= 599 &&
	    is_line(h->version) && get_pairs(r, &h->headers, &h->nheaders) &&
	    rd_done(r);
}

bool
fetch_head_decode(struct str payload, struct fetch_head *out)
{
	struct rd r = rd_from(payload);

	*out = (struct fetch_head){.status = 0};
	if (get_head(&r, out))
		return true;
	fetch_head_free(out);
	return false;
}

void
fetch_head_free(struct fetch_head *h)
{
	free(h->headers);
	*h = (struct fetch_head){.status = 0};
}

/* --- DONE ------------------------------------------------------------------
 */

void
fetch_done_encode(struct buf *b, const struct fetch_done *d)
{
	buf_u8(b, (uint8_t)d->end);
	buf_u64(b, d->received);
	buf_u64(b, d->elapsed_us);
	buf_lstr(b, str_utf8_cut(d->message, MESSAGE_MAX));
}

bool
fetch_done_decode(struct str payload, struct fetch_done *out)
{
	struct rd r = rd_from(payload);
	uint8_t end = rd_u8(&r);

	*out = (struct fetch_done){.end = FETCH_END_PROTOCOL};
	out->received = rd_u64(&r);
	out->elapsed_us = rd_u64(&r);
	out->message = rd_lstr(&r, MESSAGE_MAX);
	if (!rd_done(&r) || end >= FETCH_END__MAX || !is_line(out->message))
		return false;
	out->end = (enum fetch_end)end;
	return true;
}
