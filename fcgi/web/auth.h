/*
 * auth.h: who is calling?
 *
 * Turns the request's credential into ctx.caller; never decides whether the
 * operation is allowed (ctx_require does, from the op's row).
 */
#ifndef MCPBOX_AUTH_H
#define MCPBOX_AUTH_H

#include "fail.h"
#include "web/exchange.h"

/*
 * REST.  Authorization: Bearer <JWT> (HS256 pinned; iss aud iat exp jti pv
 * checked, account active, not revoked) or an API token, or the session cookie.
 * Without a credential the caller is NOBODY and the result FAIL_NONE; a bad
 * credential is FAIL_UNAUTHORIZED.  Both at once is FAIL_REQUEST.
 */
enum fail_code auth_identify(struct exchange *x) ATTR_NODISCARD;

/*
 * For anything but safe methods: the Origin (when sent) must be ours and
 * Sec-Fetch-Site (when sent) same-origin or none; with a cookie credential
 * X-CSRF-Token must match the session.  `op` without a credential need
 * (PERM_ANYONE) skips the token, never the Origin.
 */
enum fail_code auth_csrf(
    struct exchange *x, const struct op *op) ATTR_NODISCARD;

/*
 * MCP.  Host and Origin must be ours (403).  MCPBOX_MCP_AUTH=local: caller is
 * the client "local" with reader, caller and author scopes, unless it sends a
 * token; required: a bearer token always.  An API token has what its scopes
 * say; an access token its person's permissions without PERM_DECIDE and
 * PERM_ADMIN.
 */
enum fail_code auth_identify_client(struct exchange *x) ATTR_NODISCARD;

/* Is this Host header one of ours (listen addresses, localhost, allowed)? */
bool auth_host_ok(const struct settings *s, struct str host);
/* Is this Origin ("http://localhost:8080") one of ours? "null" is not. */
bool auth_origin_ok(const struct settings *s, struct str origin);

#endif
