/*
 * out.h: lines to the client.
 *
 * They wait in memory until the client takes them; who produces them looks at
 * out_full() and stops for a while.
 */
#ifndef MCPBOX_BRIDGE_OUT_H
#define MCPBOX_BRIDGE_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

#define OUT_HIGH ((size_t)8 * 1024 * 1024)

struct out_line;

struct out {
	int fd;
	bool broken; /* the client reads no more: the rest is thrown away */
	size_t bytes;
	struct out_line *first;
	struct out_line *last;
};

void out_init(struct out *o, int fd);
void out_free(struct out *o);
/* Copies a message and ends the line. Line breaks, which in JSON are white
 * space, become spaces. */
void out_put(struct out *o, struct str message);
bool out_empty(const struct out *o);
bool out_full(const struct out *o);
/* Writes what goes without waiting, whether or not the descriptor blocks. */
void out_write(struct out *o);

#endif
