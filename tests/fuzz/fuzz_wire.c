/*
 * fuzz_wire.c: bytes from a child or a worker, cut anywhere.
 *
 * Byte 0: whose direction, and the size of the pieces; byte 1: the limit.
 */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
check(const struct wire_reader *r, const struct wire_frame *f)
{
	uint32_t cap;

	require(wire_known(f->type, r->dir, &cap));
	require(f->payload.n <= cap && f->payload.n <= r->limit);
	require(strcmp(wire_name(f->type), "?") != 0);
}

/* Takes all whole frames, and writes each again into `out`. */
static enum wire_next
drain(struct wire_reader *r, struct buf *out)
{
	struct wire_frame f;
	enum wire_next next;

	while ((next = wire_reader_next(r, &f)) == WIRE_NEXT_FRAME) {
		check(r, &f);
		wire_put(out, (enum wire_type)f.type, f.id, f.flags, f.payload);
	}
	return next;
}

/* Frames that were read are the bytes that came, up to what is missing. */
static enum wire_next
run(enum wire_direction dir, size_t limit, size_t step, const uint8_t *data,
    size_t size, struct buf *out)
{
	enum wire_next next = WIRE_NEXT_MORE;
	struct wire_reader r;
	size_t at = 0;

	wire_reader_init(&r, dir, limit);
	while (at < size && next == WIRE_NEXT_MORE) {
		size_t n;
		char *room = wire_reader_room(&r, &n);

		require(room != NULL && n > 0);
		n = n < step ? n : step;
		n = n < size - at ? n : size - at;
		memcpy(room, data + at, n);
		wire_reader_added(&r, n);
		at += n;
		next = drain(&r, out);
	}
	require(out->n <= size &&
	    memcmp(out->n > 0 ? out->p : "", data, out->n) == 0);
	wire_reader_free(&r);
	return next;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum wire_direction dir;
	enum wire_next whole, cut;
	struct buf a, b;
	size_t limit;

	if (size < 2)
		return 0;
	dir = (data[0] & 1) != 0 ? WIRE_UP : WIRE_DOWN;
	limit = (size_t)data[1] * 64;
	buf_init(&a, SIZE_MAX);
	buf_init(&b, SIZE_MAX);
	whole = run(dir, limit, SIZE_MAX, data + 2, size - 2, &a);
	cut = run(dir, limit, 1 + (data[0] >> 1), data + 2, size - 2, &b);
	require(whole == cut && str_eq(buf_str(&a), buf_str(&b)));
	buf_free(&a);
	buf_free(&b);
	return 0;
}
