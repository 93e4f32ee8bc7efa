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

#include <jansson.h>
#include <stdbool.h>

#include "op/ctx.h"
#include "str.h"

#define CURSOR_NAME_MAX 128

/* The text of a cursor behind `name` of `list` ("tools"), for this caller. */
const char *cursor_make(struct ctx *ctx, const char *list, struct str name);
/* False unless cursor_make made it for this list and caller. */
bool cursor_read(struct ctx *ctx, const char *list, struct str cursor,
    struct str *name_out) ATTR_NODISCARD;

/*
 * For lists by time with filters, whose place is "time id": `where` is the JSON
 * that the query takes.  The list's name says which filters a cursor is good
 * for.
 */
const char *cursor_filtered(
    struct ctx *ctx, const char *list, const json_t *where);
/* Puts the place into `where` as "at" and "id"; without a cursor nothing.
 * FAIL_INVALID when it is not of this list. */
enum fail_code cursor_seek(struct ctx *ctx, const char *list, struct str cursor,
    json_t *where) ATTR_NODISCARD;
/* The cursor behind the row with this place and id. */
const char *cursor_behind(
    struct ctx *ctx, const char *list, const char *at, const char *id);

#endif
