/*
 * fuzz_fetch.c: OPEN, FETCH, HEAD and DONE payloads.  Byte 0 chooses.
 *
 * What is accepted must encode to the very same bytes: one message, one form.
 */
#include <stdlib.h>
#include <string.h>

#include "fetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static bool
try_open(struct str payload, struct buf *again)
{
	struct fetch_open o;

	if (!fetch_open_decode(payload, &o))
		return false;
	require(str_is_uuid(o.env) && o.ngrants <= FETCH_GRANTS_MAX);
	for (size_t i = 0; i < o.ngrants; i++)
		require(o.grants[i].n <= FETCH_GRANT_MAX &&
		    !str_has_control(o.grants[i], ""));
	fetch_open_encode(again, &o);
	fetch_open_free(&o);
	return true;
}

static bool
try_request(struct str payload, struct buf *again)
{
	struct fetch_request r;
	size_t bytes = 0;

	if (!fetch_request_decode(payload, &r))
		return false;
	require(r.url.n <= FETCH_URL_MAX && r.body.n <= FETCH_BODY_MAX &&
	    r.nheaders <= FETCH_HEADERS_MAX);
	require(r.timeout_ms <= FETCH_TIMEOUT_MAX &&
	    r.connect_ms <= FETCH_TIMEOUT_MAX &&
	    r.read_ms <= FETCH_TIMEOUT_MAX && r.write_ms <= FETCH_TIMEOUT_MAX &&
	    r.pool_ms <= FETCH_TIMEOUT_MAX);
	require(r.has_body || r.body.n == 0);
	for (size_t i = 0; i < r.nheaders; i++)
		bytes += r.headers[i].name.n + r.headers[i].value.n;
	require(bytes <= FETCH_HEADER_BYTES);
	fetch_request_encode(again, &r);
	fetch_request_free(&r);
	return true;
}

static bool
try_head(struct str payload, struct buf *again)
{
	struct fetch_head h;

	if (!fetch_head_decode(payload, &h))
		return false;
	require(h.status >= 100 && h.status <= 599);
	fetch_head_encode(again, &h);
	fetch_head_free(&h);
	return true;
}

static bool
try_done(struct str payload, struct buf *again)
{
	struct fetch_done d;

	if (!fetch_done_decode(payload, &d))
		return false;
	require(strcmp(fetch_end_name(d.end), "unknown") != 0);
	fetch_done_encode(again, &d);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const tries[])(struct str, struct buf *) = {
	    try_open, try_request, try_head, try_done};
	struct buf again;
	struct str payload;
	char *copy;

	if (size < 1)
		return 0;
	/* A view of its own size: a read past it is seen. */
	copy = malloc(size);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	payload = (struct str){copy, size - 1};
	buf_init(&again, SIZE_MAX);
	if (tries[data[0] % 4](payload, &again))
		require(str_eq(buf_str(&again), payload));
	buf_free(&again);
	free(copy);
	return 0;
}
