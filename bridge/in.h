/*
 * in.h: lines from the client.
 */
#ifndef MCPBOX_BRIDGE_IN_H
#define MCPBOX_BRIDGE_IN_H

#include <stdbool.h>

#include "attr.h"
#include "buf.h"
#include "peek.h"
#include "str.h"

#define IN_LINE_MAX ((size_t)16 * 1024 * 1024)

struct in {
	int fd;
	bool ended;
	bool skipping;  /* in a line that is too long */
	size_t scanned; /* bytes of buf without a line break */
	struct buf buf;
	struct peek peek; /* of the line that is skipped */
};

/* A line without its end; or, when it was too long, what could be seen of it
 * (a whole object, or not). */
typedef void in_line_fn(void *arg, struct str line);
typedef void in_long_fn(void *arg, const struct peek *peek);

void in_init(struct in *in, int fd);
void in_free(struct in *in);
/*
 * One read(2), to be called when there is something to read (the descriptor
 * may block), and a call for each line it completes.  The end of the input
 * sets `ended`, after the last line.
 */
void in_read(struct in *in, in_line_fn *line, in_long_fn *too_long, void *arg);

#endif
