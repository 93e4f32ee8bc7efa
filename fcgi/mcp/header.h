/*
 * header.h: the HTTP headers of MCP.
 */
#ifndef MCPBOX_HEADER_H
#define MCPBOX_HEADER_H

#include <jansson.h>
#include <stdbool.h>

#include "arena.h"
#include "str.h"
#include "web/request.h"

/*
 * A header that must be single and came twice, or two names that FastCGI
 * cannot tell apart ("Mcp-Param-a-b", "Mcp-Param-a_b"): its name as FastCGI
 * has it; else NULL.  All Mcp-*, Host, Origin, Authorization, Accept and
 * Content-Type are such.
 */
const char *header_doubled(const struct req *r, struct arena *a);

/*
 * The value a header stands for: as it is, or the text inside
 * "=?base64?…?=" (standard alphabet, padded, UTF-8).  False when that is
 * malformed, or when the value has bytes other than 0x20..0x7e and tab.
 */
bool header_decode(
    struct str value, struct arena *a, struct str *out) ATTR_NODISCARD;

/* Does the header `name` hold exactly this text, once decoded? */
bool header_is(
    const struct req *r, struct arena *a, const char *name, struct str text);

#endif
