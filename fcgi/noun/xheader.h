/*
 * xheader.h: "x-mcp-header" in an author's input schema (MCP 2026-07-28).
 *
 * A property with "x-mcp-header": "X" has its argument repeated in the header
 * Mcp-Param-X.  Clients drop a tool whose annotations break the rules, so such
 * a schema is refused when it is written.
 */
#ifndef MCPBOX_XHEADER_H
#define MCPBOX_XHEADER_H

#include <jansson.h>

#include "fail.h"

/*
 * Adds a field to `f` for each annotation that is wrong: not on a string,
 * integer or boolean; not reached through "properties" alone; a name that is
 * no token of letters, digits and hyphens (others do not survive FastCGI), or
 * that another property has, in whatever case.
 */
void xheader_check(const json_t *schema, const char *prefix, struct fail *f);

#endif
