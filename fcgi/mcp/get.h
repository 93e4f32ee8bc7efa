/*
 * get.h: GET and DELETE on /mcp: streams and ends of legacy sessions.
 */
#ifndef MCPBOX_GET_H
#define MCPBOX_GET_H

#include "web/exchange.h"

/* Header Allow of every answer that needs one. */
#define GET_ALLOW "GET, POST, DELETE, OPTIONS"

/* The caller is known, Host and Origin are ours. */
enum step get_handle(struct exchange *x);
enum step delete_handle(struct exchange *x);

#endif
