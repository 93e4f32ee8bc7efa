/*
 * buf.h: bytes that grow up to a cap.
 *
 * Appending past the cap sets `overflow` and changes nothing more; test it
 * once at the end (like ferror).  Memory is malloc'ed and belongs to the
 * buffer; running out aborts.
 */
#ifndef MCPBOX_BUF_H
#define MCPBOX_BUF_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "attr.h"
#include "str.h"

struct buf {
	char *p; /* NUL-terminated whenever not NULL */
	size_t n;
	size_t cap; /* allocated */
	size_t max; /* limit on n */
	bool overflow;
};

void buf_init(struct buf *b, size_t max); /* allocates nothing yet */
void buf_free(struct buf *b);             /* back to the state of buf_init */
void buf_reset(struct buf *b);            /* empties, keeps the memory */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_putstr(struct buf *b, struct str s);
void buf_printf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* A JSON string literal, quoted; bytes that are not UTF-8 become U+FFFD. */
void buf_json(struct buf *b, struct str s);
/* Room for n more bytes at b->p + b->n (then add to n); NULL past the cap. */
char *buf_reserve(struct buf *b, size_t n);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
struct str buf_str(const struct buf *b);
/* Hands the memory (NUL-terminated, free() it) to the caller. */
char *buf_detach(struct buf *b, size_t *n_out);

/* Little-endian integers, for wire formats. */
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
/* u32 length, then the bytes. */
void buf_lstr(struct buf *b, struct str s);

/* Reading them back; `bad` sticks, reads past the end give zeros. */
struct rd {
	const unsigned char *p;
	size_t n;
	bool bad;
};
struct rd rd_from(struct str s);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
/* A view into the input; longer than `max` is bad. */
struct str rd_lstr(struct rd *r, size_t max);
/* True if nothing went wrong and nothing is left. */
bool rd_done(const struct rd *r);

#endif
