/*
 * buf.c: bytes that grow up to a cap, and little-endian integers.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define CAP_MIN 256

void
buf_init(struct buf *b, size_t max)
{
	/* One byte is always kept for the NUL. */
	*b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Makes room for n more bytes and the NUL, or sets overflow. */
static bool
grow(struct buf *b, size_t n)
{
	size_t cap;
	char *p;

	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return false;
	}
	if (b->p != NULL && b->n + n < b->cap)
		return true;
	cap = b->cap < CAP_MIN ? CAP_MIN : b->cap;
	while (cap <= b->n + n)
		cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	p = realloc(b->p, cap);
	if (p == NULL)
		fail_abort("buf: out of memory");
	b->p = p;
	b->cap = cap;
	return true;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (!grow(b, n))
		return NULL;
	b->p[b->n + n] = '\0';
	return b->p + b->n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (!grow(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_putstr(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room = b->p != NULL ? b->cap - b->n : 0;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, ap);
	if (n < 0) {
		b->overflow = true;
	} else if (!grow(b, (size_t)n)) {
		if (room > 0)
			b->p[b->n] = '\0'; /* take the try back */
	} else {
		if ((size_t)n >= room)
			(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

static void
put_escape(struct buf *b, unsigned char c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char digits[] = "0123456789abcdef";
	char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
		if (c == (unsigned char)shorts[i]) {
			text[1] = shorts[i + 1];
			buf_put(b, text, 2);
			return;
		}
	}
	buf_put(b, text, sizeof(text));
}

void
buf_json(struct buf *b, struct str s)
{
	size_t start = b->n, run = 0;

	buf_putc(b, '"');
	for (size_t i = 0; i < s.n;) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c >= 0x20 && c != '"' && c != '\\';
		size_t n = plain ? str_utf8_seq(str_sub(s, i, 4)) : 0;

		if (n > 0) {
			i += n;
			continue;
		}
		buf_putstr(b, str_sub(s, run, i - run));
		if (plain)
			buf_puts(b, "\xef\xbf\xbd");
		else
			put_escape(b, c);
		run = ++i;
	}
	buf_putstr(b, str_sub(s, run, s.n));
	buf_putc(b, '"');
	if (b->overflow && b->p != NULL) {
		/* No half literal stays behind. */
		b->n = start;
		b->p[start] = '\0';
	}
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	if (n == 0)
		return;
	b->n -= n;
	memmove(b->p, b->p + n, b->n);
	b->p[b->n] = '\0';
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

char *
buf_detach(struct buf *b, size_t *n_out)
{
	char *p = b->p;

	if (p == NULL && (p = malloc(1)) == NULL)
		fail_abort("buf: out of memory");
	p[b->n] = '\0';
	if (n_out != NULL)
		*n_out = b->n;
	buf_init(b, b->max);
	return p;
}

static void
put_le(struct buf *b, uint64_t v, size_t n)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(v >> (8 * i) & 0xff);
	buf_put(b, bytes, n);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	put_le(b, v, 1);
}

void
buf_u16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
buf_lstr(struct buf *b, struct str s)
{
	if (s.n > UINT32_MAX) {
		b->overflow = true;
		return;
	}
	buf_u32(b, (uint32_t)s.n);
	buf_putstr(b, s);
}

struct rd
rd_from(struct str s)
{
	return (struct rd){(const unsigned char *)s.p, s.n, false};
}

/* The next n bytes, or NULL and bad. */
static const unsigned char *
take(struct rd *r, size_t n)
{
	const unsigned char *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = true;
		return NULL;
	}
	if (n > 0) { /* p may be NULL when nothing is there */
		r->p += n;
		r->n -= n;
	}
	return p;
}

static uint64_t
get_le(struct rd *r, size_t n)
{
	const unsigned char *p = take(r, n);
	uint64_t v = 0;

	if (p == NULL)
		return 0;
	for (size_t i = n; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return get_le(r, 8);
}

struct str
rd_lstr(struct rd *r, size_t max)
{
	size_t n = rd_u32(r);
	const unsigned char *p;

	if (n > max)
		r->bad = true;
	p = take(r, n);
	if (p == NULL)
		return STR_NONE;
	return (struct str){(const char *)p, n};
}

bool
rd_done(const struct rd *r)
{
	return !r->bad && r->n == 0;
}
