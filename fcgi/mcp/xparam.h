/*
 * xparam.h: arguments mirrored into Mcp-Param-* headers (2026-07-28).
 *
 * A property of an input schema with "x-mcp-header": "X" has its argument
 * sent a second time, in the header Mcp-Param-X, so that what stands between
 * may route by it.  The two must agree.
 */
#ifndef MCPBOX_XPARAM_H
#define MCPBOX_XPARAM_H

#include <jansson.h>

#include "fail.h"
#include "web/request.h"

/*
 * Compares the headers with the arguments, for each annotated property that
 * is reached through "properties" alone.  FAIL_REQUEST, with a sentence, when
 * one is missing, differs, is malformed, or comes without its argument.
 */
enum fail_code xparam_check(const struct req *r, struct arena *a,
    const json_t *schema, const json_t *arguments,
    struct fail *f) ATTR_NODISCARD;

#endif
