/*
 * mcp.h: the Model Context Protocol over HTTP.
 *
 * Each endpoint serves two eras, decided request by request: the modern
 * revision (2026-07-28, stateless) and the legacy ones (2025-11-25,
 * 2025-06-18, 2025-03-26).  docs/mcp.md says what is served in each.
 */
#ifndef MCPBOX_MCP_H
#define MCPBOX_MCP_H

#include "web/exchange.h"

/* "/mcp", or "/mcp/" and the name of a server: its endpoint (noun/scope.h). */
bool mcp_is_path(struct str path);
/* The step of every request for one of them, whatever its HTTP method. */
enum step mcp_handle(struct exchange *x);

/* --- for the event loop, on its thread ------------------------------------ */

/* Something happened: what concerns no exchange and no stream alone. */
void mcp_hear(struct loop *l, const struct news *n);
/* Every HOST_BEAT_MS, once host_beat was called. */
void mcp_beat(struct loop *l);
/* Frees what it keeps in host_slot. */
void mcp_free(struct loop *l);

#endif
