/*
 * cursor.h: where the next page of a list begins, as a client carries it.
 *
 * Opaque to the client: base64url of a version byte, the name of the last
 * entry sent, and a MAC over it, the list and the caller.  It names a place
 * and not a number, so that a list that changes in between neither repeats
 * nor skips an entry.
 */
#ifndef MCPBOX_CURSOR_H
#define MCPBOX_CURSOR_H

#include <stdbool.h>

#include "op/ctx.h"
#include "str.h"

#define CURSOR_NAME_MAX 128

/* The text of a cursor behind `name` of `list` ("tools"), for this caller. */
const char *cursor_make(struct ctx *ctx, const char *list, struct str name);
/* False unless cursor_make made it for this list and caller. */
bool cursor_read(struct ctx *ctx, const char *list, struct str cursor,
    struct str *name_out) ATTR_NODISCARD;

#endif
