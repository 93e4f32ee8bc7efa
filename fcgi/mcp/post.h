/*
 * post.h: a POST to /mcp: one message, or in 2025-03-26 an array of them.
 */
#ifndef MCPBOX_POST_H
#define MCPBOX_POST_H

#include "web/exchange.h"

/* Messages in one array. */
#define POST_BATCH_MAX 32

/* The caller is known, Host and Origin are ours. */
enum step post_handle(struct exchange *x);

/* An error that belongs to no message: no id.  code as in rpc.h. */
enum step post_refuse(
    struct exchange *x, int status, int code, const char *text);
/* The same from x->ctx.fail, with Retry-After; logged if it is our fault. */
enum step post_fail(struct exchange *x);

#define POST_NO_SESSION                                                        \
	"There is no such session. Send initialize without a session id."

#endif
