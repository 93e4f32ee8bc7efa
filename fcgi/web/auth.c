/*
 * auth.c: from a credential to a caller.
 */
#include "web/auth.h"

#include <string.h>

#include "noun/apitoken.h"
#include "noun/role.h"
#include "noun/session.h"
#include "noun/token.h"
#include "settings.h"

static struct str
cookie_of(const struct exchange *x)
{
	return req_cookie(&x->req, session_cookie_name(x->ctx.https));
}

/* "Bearer <token>", the scheme in any case (RFC 9110 section 11.1). */
static enum fail_code
identify_bearer(struct ctx *ctx, struct str header, bool mcp)
{
	struct str token = header;
	struct str scheme = str_split(&token, ' ');

	if (!str_ieq_c(scheme, "bearer") || token.n == 0)
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The Authorization header must be 'Bearer <token>'.");
	token = str_trim(token);
	if (apitoken_is(token))
		return apitoken_identify(ctx, token, mcp);
	return token_identify(ctx, token);
}

enum fail_code
auth_identify(struct exchange *x)
{
	struct str bearer = req_header(&x->req, "Authorization");
	struct str cookie = cookie_of(x);

	x->ctx.caller = (struct caller){.perms = PERM_ANYONE};
	if (bearer.p != NULL && cookie.p != NULL)
		return fail(&x->ctx.fail, FAIL_REQUEST,
		    "Send a session cookie or an Authorization header, not "
		    "both.");
	if (bearer.p != NULL)
		return identify_bearer(&x->ctx, bearer, false);
	if (cookie.p != NULL)
		return session_identify(&x->ctx, cookie);
	return FAIL_NONE;
}

/* --- requests that come from somebody else's page --------------------------
 */

static bool
is_safe(const struct req *r)
{
	return str_eq_c(r->method, "GET") || str_eq_c(r->method, "HEAD") ||
	    str_eq_c(r->method, "OPTIONS");
}

/* A page that came over plain HTTP could be anybody's on the way: under TLS it
 * is not ours, whatever its name. */
static enum fail_code
check_origin(struct exchange *x)
{
	struct str origin = req_header(&x->req, "Origin");
	bool weaker = x->ctx.https && str_starts(origin, "http://");

	if (origin.p == NULL ||
	    (!weaker && auth_origin_ok(x->ctx.settings, origin)))
		return FAIL_NONE;
	return fail(&x->ctx.fail, FAIL_FORBIDDEN,
	    "The page that sent this is not one of this instance's "
	    "(Origin). See MCPBOX_ALLOWED_HOSTS.");
}

static enum fail_code
check_fetch_site(struct exchange *x)
{
	struct str site = req_header(&x->req, "Sec-Fetch-Site");

	if (site.p == NULL || str_eq_c(site, "same-origin") ||
	    str_eq_c(site, "none"))
		return FAIL_NONE;
	return fail(&x->ctx.fail, FAIL_FORBIDDEN,
	    "The page that sent this is not one of this instance's "
	    "(Sec-Fetch-Site).");
}

enum fail_code
auth_csrf(struct exchange *x, const struct op *op)
{
	enum fail_code code;

	if (is_safe(&x->req))
		return FAIL_NONE;
	if ((code = check_origin(x)) || (code = check_fetch_site(x)))
		return code;
	if (!x->ctx.caller.cookie || op->perm == PERM_ANYONE ||
	    (op->hints & HINT_READ_ONLY) != 0 ||
	    session_csrf_ok(
		&x->ctx, cookie_of(x), req_header(&x->req, "X-CSRF-Token")))
		return FAIL_NONE;
	return fail(&x->ctx.fail, FAIL_CSRF, NULL);
}

/* --- MCP --------------------------------------------------------------------
 */

static enum fail_code
check_host(struct exchange *x)
{
	struct str host = req_header(&x->req, "Host");

	if (host.p != NULL && auth_host_ok(x->ctx.settings, host))
		return FAIL_NONE;
	return fail(&x->ctx.fail, FAIL_FORBIDDEN,
	    "This instance does not go by that name (Host). See "
	    "MCPBOX_ALLOWED_HOSTS.");
}

enum fail_code
auth_identify_client(struct exchange *x)
{
	struct caller *c = &x->ctx.caller;
	struct str bearer = req_header(&x->req, "Authorization");
	enum fail_code code;

	*c = (struct caller){.perms = PERM_ANYONE};
	if ((code = check_host(x)) || (code = check_origin(x)))
		return code;
	if (bearer.p == NULL &&
	    strcmp(x->ctx.settings->mcp_auth, "required") != 0) {
		*c = (struct caller){
		    .kind = CALLER_CLIENT,
		    .id = "local",
		    .name = "local",
		    .perms = role_local_perms(),
		};
		return FAIL_NONE;
	}
	if (bearer.p == NULL)
		return fail(&x->ctx.fail, FAIL_UNAUTHORIZED, NULL);
	if ((code = identify_bearer(&x->ctx, bearer, true)) != FAIL_NONE)
		return code;
	if (c->token != NULL)
		return FAIL_NONE; /* a client by its making */
	c->kind = CALLER_CLIENT;
	c->role = NULL;
	c->perms = role_client_perms(c->perms);
	return FAIL_NONE;
}
