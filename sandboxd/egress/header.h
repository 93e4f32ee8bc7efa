/*
 * header.h: which headers and methods a tool may send.
 */
#ifndef MCPBOX_EGRESS_HEADER_H
#define MCPBOX_EGRESS_HEADER_H

#include <stdbool.h>

#include "attr.h"
#include "egress/outcome.h"
#include "fetch.h"
#include "str.h"

/* Methods: a token, but neither CONNECT nor TRACE. */
bool header_method(struct str method, struct outcome *o) ATTR_NODISCARD;

/* All headers of a request. */
bool header_check(
    const struct fetch_pair *list, size_t n, struct outcome *o) ATTR_NODISCARD;

/* A token of RFC 9110: what a header's name is made of. */
bool header_is_token(struct str s);
/* Did the tool set this one?  Lower-case name. */
bool header_has(const struct fetch_pair *list, size_t n, const char *name);
/* Sending the request twice does no more than sending it once. */
bool header_idempotent(struct str method);
/* A request by this method has a body, if an empty one. */
bool header_wants_body(struct str method);

#endif
