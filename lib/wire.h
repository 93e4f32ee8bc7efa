/*
 * wire.h: frames on a stream socket.
 *
 * Header, 16 bytes little-endian: u16 magic and version, u16 type, u32 payload
 * length, u32 id, u32 flags.  Encoded field by field, never by struct copy.
 * The length is checked against the cap of that type before anything is
 * allocated; an unknown type, direction or version is a protocol error and
 * the connection must be closed.
 */
#ifndef MCPBOX_WIRE_H
#define MCPBOX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

#define WIRE_MAGIC 0xb01dU /* low byte: version 0x1d */
#define WIRE_HEADER_LEN 16

enum wire_direction { WIRE_UP, WIRE_DOWN };

enum wire_type {
#define WIRE(name, number, dir, cap) WIRE_T_##name = (number),
#include "wire.def"
#undef WIRE
};

struct wire_frame {
	uint16_t type; /* one of enum wire_type, checked */
	uint32_t id;
	uint32_t flags;
	struct str payload; /* into the reader's buffer */
};

const char *wire_name(uint16_t type); /* "RUN"; "?" when unknown */
bool wire_known(uint16_t type, enum wire_direction dir, uint32_t *cap_out);

/* Appends one frame.  A payload over the type's cap aborts: our own bug. */
void wire_put(struct buf *b, enum wire_type type, uint32_t id, uint32_t flags,
    struct str payload);

/*
 * Incremental reader.  Feed bytes as they come (wire_reader_room and
 * wire_reader_added), then call wire_reader_next until it says MORE.
 */
struct wire_reader {
	enum wire_direction dir; /* what the peer may send */
	struct buf in;
	size_t taken; /* bytes in front of `in` that were handed out */
	size_t limit; /* payload limit, further below the type's cap */
};
enum wire_next { WIRE_NEXT_FRAME, WIRE_NEXT_MORE, WIRE_NEXT_BAD };

void wire_reader_init(
    struct wire_reader *r, enum wire_direction dir, size_t limit);
void wire_reader_free(struct wire_reader *r);
/* Where to read into, and how much (never 0 bytes unless BAD follows). */
char *wire_reader_room(struct wire_reader *r, size_t *n_out);
void wire_reader_added(struct wire_reader *r, size_t n);
/* What is there and was not handed out as a frame. */
struct str wire_reader_rest(const struct wire_reader *r);
/* The frame's payload is valid until the next call on this reader. */
enum wire_next wire_reader_next(
    struct wire_reader *r, struct wire_frame *frame_out) ATTR_NODISCARD;

#endif
