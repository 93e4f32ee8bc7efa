/*
 * content.h: content blocks that a tool made (lib/box.h, BOX_RESULT_CONTENT).
 *
 * They come from the sandbox, so they are read as a stranger's: what is not a
 * block of the protocol, or misses what its kind must have, is no result.
 */
#ifndef MCPBOX_CONTENT_H
#define MCPBOX_CONTENT_H

#include <jansson.h>

#include "arena.h"
#include "attr.h"
#include "str.h"

struct content {
	json_t *blocks;     /* an array; borrowed from the value read */
	json_t *structured; /* structuredContent; NULL: none */
	bool is_error;
	struct str text; /* the text blocks, a line each; in the arena */
};

/* Is it a content block of MCP, with what its type must have? */
bool content_is_block(const json_t *v);

/*
 * Reads {"content", "structuredContent"?, "isError"?}.  False when it is not
 * that; *why_out is then a sentence for the tool's author.
 */
bool content_read(struct arena *a, json_t *value, struct content *out,
    const char **why_out) ATTR_NODISCARD;

#endif
