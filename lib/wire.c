/*
 * wire.c: frames on a stream socket.
 */
#include "wire.h"

#include <string.h>

#include "fail.h"

/* How far a reader reads ahead of what it knows to be coming. */
#define AHEAD ((size_t)4 * 1024)
/* The most it asks for at once: a claimed length alone costs no memory. */
#define STEP ((size_t)64 * 1024)

static const struct kind {
	uint16_t type;
	enum wire_direction dir;
	uint32_t cap;
	const char *name;
} kinds[] = {
#define WIRE(name, number, dir, cap) {(number), WIRE_##dir, (cap), #name},
#include "wire.def"
#undef WIRE
};

static const struct kind *
find(uint16_t type)
{
	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

const char *
wire_name(uint16_t type)
{
	const struct kind *k = find(type);

	return k != NULL ? k->name : "?";
}

bool
wire_known(uint16_t type, enum wire_direction dir, uint32_t *cap_out)
{
	const struct kind *k = find(type);

	if (k == NULL || k->dir != dir)
		return false;
	if (cap_out != NULL)
		*cap_out = k->cap;
	return true;
}

void
wire_put(struct buf *b, enum wire_type type, uint32_t id, uint32_t flags,
    struct str payload)
{
	const struct kind *k = find((uint16_t)type);

	if (k == NULL || payload.n > k->cap)
		fail_abort("wire: a frame over its cap");
	/* At once: payloads hold secrets, and growing leaves copies behind. */
	if (buf_reserve(b, WIRE_HEADER_LEN + payload.n) == NULL)
		return;
	buf_u16(b, WIRE_MAGIC);
	buf_u16(b, k->type);
	buf_u32(b, (uint32_t)payload.n);
	buf_u32(b, id);
	buf_u32(b, flags);
	buf_putstr(b, payload);
}

static size_t
largest(enum wire_direction dir)
{
	size_t n = 0;

	for (size_t i = 0; i < NELEM(kinds); i++) {
		if (kinds[i].dir == dir && kinds[i].cap > n)
			n = kinds[i].cap;
	}
	return n;
}

void
wire_reader_init(struct wire_reader *r, enum wire_direction dir, size_t limit)
{
	size_t max = largest(dir);

	*r = (struct wire_reader){.dir = dir, .limit = limit};
	if (max > limit)
		max = limit;
	buf_init(&r->in, WIRE_HEADER_LEN + max + STEP);
}

void
wire_reader_free(struct wire_reader *r)
{
	if (r->in.p != NULL)
		explicit_bzero(r->in.p, r->in.cap);
	buf_free(&r->in);
	r->taken = 0;
}

/*
 * Looks at the frame in front.  BAD: its header is wrong.  MORE: *need_out
 * bytes are missing, as far as is known.  FRAME: it is complete.
 */
static enum wire_next
peek(const struct wire_reader *r, struct wire_frame *f, size_t *need_out)
{
	struct str s = str_sub(buf_str(&r->in), r->taken, r->in.n);
	struct rd rd = rd_from(s);
	uint16_t magic;
	uint32_t length, cap;

	if (s.n < WIRE_HEADER_LEN) {
		*need_out = WIRE_HEADER_LEN - s.n;
		return WIRE_NEXT_MORE;
	}
	magic = rd_u16(&rd);
	f->type = rd_u16(&rd);
	length = rd_u32(&rd);
	f->id = rd_u32(&rd);
	f->flags = rd_u32(&rd);
	*need_out = 0;
	if (magic != WIRE_MAGIC || !wire_known(f->type, r->dir, &cap) ||
	    length > cap || length > r->limit)
		return WIRE_NEXT_BAD;
	if (rd.n < length) {
		*need_out = length - rd.n;
		return WIRE_NEXT_MORE;
	}
	f->payload = str_sub(s, WIRE_HEADER_LEN, length);
	return WIRE_NEXT_FRAME;
}

char *
wire_reader_room(struct wire_reader *r, size_t *n_out)
{
	struct wire_frame f;
	size_t need;
	char *p;

	buf_consume(&r->in, r->taken);
	r->taken = 0;
	if (peek(r, &f, &need) == WIRE_NEXT_BAD) {
		*n_out = 0;
		return NULL;
	}
	/* FRAME: the caller has not asked for it yet, and may read on. */
	need = need < AHEAD ? AHEAD : need > STEP ? STEP : need;
	if (need > r->in.max - r->in.n)
		need = r->in.max - r->in.n;
	p = need > 0 ? buf_reserve(&r->in, need) : NULL;
	*n_out = need;
	return p;
}

void
wire_reader_added(struct wire_reader *r, size_t n)
{
	if (r->in.p == NULL || n >= r->in.cap - r->in.n)
		fail_abort("wire: more bytes than there was room for");
	r->in.n += n;
	r->in.p[r->in.n] = '\0';
}

enum wire_next
wire_reader_next(struct wire_reader *r, struct wire_frame *frame_out)
{
	enum wire_next next;
	size_t need;

	/*
	 * The bytes stay until room is asked for: moving the rest to the
	 * front for each of many small frames would be quadratic.
	 */
	next = peek(r, frame_out, &need);
	if (next == WIRE_NEXT_FRAME)
		r->taken += WIRE_HEADER_LEN + frame_out->payload.n;
	return next;
}

struct str
wire_reader_rest(const struct wire_reader *r)
{
	return str_sub(buf_str(&r->in), r->taken, r->in.n);
}
