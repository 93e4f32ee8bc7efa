/*
 * modern.h: is this a valid request of 2026-07-28?
 */
#ifndef MCPBOX_MODERN_H
#define MCPBOX_MODERN_H

#include "mcp/message.h"

/*
 * The checks of WIRE a.4 up to the mirrored name, in their order.  True when
 * all hold; false after the error has been written.
 */
bool modern_check(struct message *m);

/* The dates of the modern revisions: what discover lists, and what the error
 * about an unsupported version names.  New reference. */
json_t *modern_versions(void);

#endif
