/*
 * legacy.h: what only legacy clients send: notifications and answers of
 * theirs, and methods that need a session.
 */
#ifndef MCPBOX_LEGACY_H
#define MCPBOX_LEGACY_H

#include "mcp/message.h"

/*
 * A notification or a response, in m->session or without one: taken note of.
 * Nothing is written; what means nothing to us is ignored.  FAIL_UNAVAILABLE
 * and the like when it could not be.
 */
enum fail_code legacy_take(struct message *m) ATTR_NODISCARD;

#endif
