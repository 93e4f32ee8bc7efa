/*
 * codec.h: values of Mcp-* headers (2026-07-28).
 *
 * Plain text goes as it is; what a header cannot carry, or what would be
 * mistaken for the wrapping, goes as "=?base64?…?=".
 */
#ifndef MCPBOX_BRIDGE_CODEC_H
#define MCPBOX_BRIDGE_CODEC_H

#include <jansson.h>
#include <stdbool.h>

#include "attr.h"
#include "buf.h"
#include "str.h"

/* Could `s` be sent as it is? */
bool codec_plain(struct str s);
/* The header's value for this text (UTF-8), appended to b. */
void codec_text(struct buf *b, struct str s);
/*
 * The value for an argument: text, true or false, or a number.  False, with
 * nothing appended, for null, an object and an array, which have none.
 */
bool codec_json(struct buf *b, const json_t *v) ATTR_NODISCARD;
/* Is `s` a name that a header may have (RFC 9110 token)? */
bool codec_token(struct str s);

#endif
