/*
 * fuzz_sse.c: a stream of events gives the same however it is cut up.
 */
#include <stdlib.h>
#include <string.h>

#include "sse.h"

#define MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
collect(void *arg, struct str data)
{
	struct buf *b = arg;

	require(data.n > 0 && data.n <= MAX);
	buf_u32(b, (uint32_t)data.n);
	buf_putstr(b, data);
}

/* Pieces of `step` bytes; where it ends early, so must the other way. */
static bool
feed(struct sse *s, struct str text, size_t step, struct buf *got)
{
	bool ok = true;

	sse_init(s, MAX);
	buf_init(got, (size_t)1 << 24);
	while (text.n > 0 && ok) {
		ok = sse_feed(s, str_sub(text, 0, step), collect, got);
		text = str_sub(text, step, text.n);
	}
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct sse whole, pieces;
	struct buf a, b;
	bool ok;

	if (size < 1)
		return 0;
	text = str_sub(text, 1, text.n);
	ok = feed(&whole, text, text.n + 1, &a);
	require(feed(&pieces, text, (size_t)data[0] % 9 + 1, &b) == ok);
	require(str_eq(buf_str(&a), buf_str(&b)));
	if (ok) {
		require(strcmp(whole.id, pieces.id) == 0);
		require(whole.retry_ms == pieces.retry_ms);
		require(whole.retry_ms <= SSE_RETRY_MAX_MS);
	}
	sse_free(&whole);
	sse_free(&pieces);
	buf_free(&a);
	buf_free(&b);
	return 0;
}
