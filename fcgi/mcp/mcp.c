/*
 * mcp.c: the endpoints: who may come in, and by which HTTP method.
 */
#include "mcp/mcp.h"

#include <string.h>

#include "mcp/get.h"
#include "mcp/header.h"
#include "mcp/hold.h"
#include "mcp/post.h"
#include "mcp/rpc.h"
#include "mcp/standing.h"
#include "mcp/watch.h"
#include "noun/scope.h"
#include "web/auth.h"
#include "web/limits.h"

#define ALLOW GET_ALLOW
#define MCP_PATH "/mcp"

/* --- browsers ------------------------------------------------------------ */

/* Lets a page of an origin that is ours read the answer. */
static void
cors(struct exchange *x)
{
	struct str origin = req_header(&x->req, "Origin");

	if (origin.p == NULL || !auth_origin_ok(x->ctx.settings, origin))
		return;
	response_header(x, "Access-Control-Allow-Origin",
	    arena_strndup(x->ctx.arena, origin.p, origin.n));
	response_header(x, "Vary", "Origin");
	response_header(x, "Access-Control-Expose-Headers",
	    "Mcp-Session-Id, WWW-Authenticate");
}

/* A preflight carries no credential; Host and Origin are looked at alike. */
static enum step
options(struct exchange *x)
{
	struct str origin = req_header(&x->req, "Origin");

	if (!auth_host_ok(x->ctx.settings, req_header(&x->req, "Host")) ||
	    (origin.p != NULL && !auth_origin_ok(x->ctx.settings, origin)))
		return post_refuse(x, 403, fail_rpc(FAIL_FORBIDDEN),
		    fail_text(FAIL_FORBIDDEN));
	response_empty(x, 204);
	response_header(x, "Allow", ALLOW);
	if (origin.p == NULL)
		return STEP_DONE;
	cors(x);
	response_header(x, "Access-Control-Allow-Methods", ALLOW);
	response_header(x, "Access-Control-Allow-Headers",
	    "Accept, Authorization, Content-Type, Last-Event-ID, "
	    "MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id");
	response_header(x, "Access-Control-Max-Age", "600");
	return STEP_DONE;
}

static enum step
no_method(struct exchange *x)
{
	response_header(x, "Allow", ALLOW);
	return post_refuse(x, 405, RPC_METHOD_NOT_FOUND,
	    "This endpoint takes POST, GET and DELETE.");
}

/* --- the door ------------------------------------------------------------ */

static const struct {
	const char *name;
	exchange_fn *fn;
} http_methods[] = {
    {"POST", post_handle},
    {"GET", get_handle},
    {"DELETE", delete_handle},
};

static enum step
refuse(struct exchange *x)
{
	const struct fail *f = &x->ctx.fail;
	int status = fail_http(f->code);

	if (status == 401)
		response_header(x, "WWW-Authenticate",
		    req_header(&x->req, "Authorization").p != NULL
			? "Bearer realm=\"mcpbox\", error=\"invalid_token\""
			: "Bearer realm=\"mcpbox\"");
	if (f->retry_after > 0)
		response_header(x, "Retry-After",
		    arena_printf(x->ctx.arena, "%d", f->retry_after));
	return post_refuse(x, status, fail_rpc(f->code), f->message);
}

/* "/mcp/weather": the endpoint of one server. */
static bool
find_scope(struct exchange *x, enum step *step)
{
	size_t n = strlen(MCP_PATH "/");
	struct str name = str_sub(x->req.path, n, x->req.path.n);
	enum fail_code rc;

	if (x->req.path.n < n)
		return true;
	rc = scope_find(&x->ctx, name, &x->ctx.scope);
	if (rc == FAIL_NONE)
		return true;
	x->ctx.scope = NULL;
	*step = rc == FAIL_NOT_FOUND ? post_refuse(x, 404, RPC_INVALID_REQUEST,
					   "There is no server with this name.")
				     : post_fail(x);
	return false;
}

bool
mcp_is_path(struct str path)
{
	return str_eq_c(path, MCP_PATH) || str_starts(path, MCP_PATH "/");
}

enum step
mcp_handle(struct exchange *x)
{
	const char *doubled = header_doubled(&x->req, x->ctx.arena);
	enum step step;

	x->ctx.face = FACE_MCP;
	if (doubled != NULL)
		return post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "A header that must be single came twice.");
	if (str_eq_c(x->req.method, "OPTIONS"))
		return options(x);
	if (auth_identify_client(x) != FAIL_NONE ||
	    limits_check(x) != FAIL_NONE)
		return refuse(x);
	cors(x);
	if (!find_scope(x, &step))
		return step;
	for (size_t i = 0; i < NELEM(http_methods); i++) {
		if (str_eq_c(x->req.method, http_methods[i].name))
			return http_methods[i].fn(x);
	}
	return no_method(x);
}

/* --- the loop's side ------------------------------------------------------ */

void
mcp_hear(struct loop *l, const struct news *n)
{
	standing_hear(l, n);
	hold_hear(l, n);
	watch_hear(l, n);
}

void
mcp_beat(struct loop *l)
{
	standing_beat(l);
	hold_beat(l);
	watch_beat(l);
}

void
mcp_free(struct loop *l)
{
	standing_free(l);
	hold_free(l);
	watch_free(l);
}
