/*
 * dispatch.c: the life of a request.
 */
#include "web/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "mcp/mcp.h"
#include "noun/metrics.h"
#include "op/param.h"
#include "op/view.h"
#include "registry.h"
#include "settings.h"
#include "web/auth.h"
#include "web/limits.h"
#include "web/route.h"
#include "web/source.h"

#define METRICS_MAX ((size_t)1024 * 1024)

static const char openapi_path[] = "/api/openapi.json";
static struct str openapi; /* set before any thread, then read-only */

/* What a request to an operation carries from step to step; in the arena. */
struct rest {
	struct route_match match;
	const struct op *op;
	void *args;
	void *result;
};

void
dispatch_init(void)
{
	json_t *doc = registry_openapi();
	char *text = json_dumps(doc, JSON_COMPACT);

	if (text == NULL)
		log_panic("the OpenAPI document cannot be written", NULL);
	json_decref(doc);
	openapi = str_from(text);
}

void
dispatch_end(void)
{
	char *text;

	memcpy(&text, &openapi.p, sizeof(text));
	free(text);
	openapi = STR_NONE;
}

/* --- the steps of a request ----------------------------------------------- */

/* Two of them, and two readers could each believe in another one. */
static enum fail_code
check_single(struct exchange *x)
{
	static const char *const single[] = {"Host", "Origin", "Authorization",
	    "Cookie", "X-CSRF-Token", "Sec-Fetch-Site", "Content-Type",
	    "Content-Length"};
	const char *bad = NULL;

	for (size_t i = 0; i < NELEM(single) && bad == NULL; i++) {
		if (req_header_count(&x->req, single[i]) > 1)
			bad = single[i];
	}
	for (size_t i = 0; i < x->req.nparams && bad == NULL; i++) {
		struct str name = x->req.params[i].name;

		if (!str_starts(name, "HTTP_MCP_"))
			continue;
		for (size_t j = 0; j < i; j++) {
			if (str_eq(name, x->req.params[j].name))
				bad = "Mcp-*";
		}
	}
	if (bad == NULL)
		return FAIL_NONE;
	return fail(&x->ctx.fail, FAIL_REQUEST,
	    "The header %s is given more than once.", bad);
}

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

/* The gateway pool has no operations, only its health. */
static bool
in_pool(const struct exchange *x)
{
	return x->ctx.pool == POOL_ADMIN ||
	    (x->ctx.pool == POOL_GATEWAY && str_eq_c(x->req.path, "/health"));
}

static enum fail_code
find_route(struct exchange *x, struct rest *rest)
{
	struct route_match *m = &rest->match;

	m->route = NULL;
	m->allow[0] = '\0';
	if (in_pool(x))
		route_find(registry_routes, x->req.method, x->req.path, m);
	if (m->route != NULL) {
		rest->op = m->route->op;
		return FAIL_NONE;
	}
	if (m->allow[0] == '\0')
		return fail(&x->ctx.fail, FAIL_NOT_FOUND,
		    "There is nothing at this address.");
	response_header(x, "Allow", m->allow);
	return fail(&x->ctx.fail, FAIL_METHOD, NULL);
}

static enum fail_code
read_body(struct exchange *x, json_t **out)
{
	*out = NULL;
	if (x->req.body.n == 0)
		return FAIL_NONE;
	if (!str_eq_c(x->req.content_type, "application/json"))
		return fail(&x->ctx.fail, FAIL_MEDIA_TYPE, NULL);
	return json_parse(
	    x->ctx.arena, x->req.body, REQ_BODY_MAX, out, &x->ctx.fail);
}

static enum fail_code
bind_args(struct exchange *x, struct rest *rest)
{
	struct ctx *ctx = &x->ctx;
	const struct op *op = rest->op;
	struct param_text *query;
	enum fail_code rc;
	json_t *body;
	size_t nquery;

	if ((rc = read_body(x, &body)) != FAIL_NONE ||
	    (rc = req_query(&x->req, ctx->arena, &query, &nquery,
		 &ctx->fail)) != FAIL_NONE)
		return rc;
	rest->args = arena_zalloc(ctx->arena, 1, op->args_size);
	if (op->media != NULL)
		ctx->last_event_id = arena_str(
		    ctx->arena, req_header(&x->req, "Last-Event-ID"))
					 .p;
	rest->result = arena_zalloc(ctx->arena, 1,
	    op->media != NULL ? sizeof(struct source) : op->result_size);
	return param_bind_rest(ctx, op, rest->match.params, rest->match.nparams,
	    query, nquery, body, rest->args);
}

/* Up to the operation and with it. */
static enum fail_code
serve(struct exchange *x, struct rest *rest)
{
	enum fail_code rc;

	if ((rc = check_host(x)) != FAIL_NONE ||
	    (rc = find_route(x, rest)) != FAIL_NONE ||
	    (rc = auth_identify(x)) != FAIL_NONE ||
	    (rc = auth_csrf(x, rest->op)) != FAIL_NONE ||
	    (rc = limits_check(x)) != FAIL_NONE ||
	    (rc = ctx_require(&x->ctx, rest->op->perm)) != FAIL_NONE ||
	    (rc = bind_args(x, rest)) != FAIL_NONE)
		return rc;
	return rest->op->fn(&x->ctx, rest->args, rest->result);
}

/* --- the answer ----------------------------------------------------------- */

enum step
dispatch_failure(struct exchange *x)
{
	response_problem(x);
	if (x->ctx.set_cookie != NULL)
		response_header(x, "Set-Cookie", x->ctx.set_cookie);
	return STEP_DONE;
}

static enum step
render(struct exchange *x, const struct rest *rest)
{
	const struct op *op = rest->op;
	int status = rest->match.route->status;

	if (x->ctx.status != 0)
		status = x->ctx.status;
	if (x->ctx.set_cookie != NULL)
		response_header(x, "Set-Cookie", x->ctx.set_cookie);
	if (op->media != NULL)
		return source_begin(x, rest->result);
	if (op->result == NULL || status == 204)
		response_empty(x, status);
	else
		response_json(x, status,
		    json_keep(
			x->ctx.arena, view_object(op->result, rest->result)));
	return STEP_DONE;
}

/* The run that fn() had asked for is over. */
static enum step
resume(struct exchange *x)
{
	struct rest *rest = x->user;
	struct run *run = x->ctx.run;

	x->ctx.run = NULL;
	if (rest->op->resume(&x->ctx, rest->args, run, rest->result) !=
	    FAIL_NONE)
		return dispatch_failure(x);
	if (x->ctx.run != NULL)
		return STEP_PARK; /* another one */
	return render(x, rest);
}

static enum step
serve_rest(struct exchange *x)
{
	struct rest *rest = arena_zalloc(x->ctx.arena, 1, sizeof(*rest));

	x->ctx.face = FACE_REST;
	if (serve(x, rest) != FAIL_NONE)
		return dispatch_failure(x);
	if (x->ctx.run == NULL)
		return render(x, rest);
	if (rest->op->resume == NULL)
		log_panic("operation started a run and cannot resume",
		    rest->op->name);
	x->user = rest;
	x->step = resume;
	return STEP_PARK;
}

static enum step
serve_openapi(struct exchange *x)
{
	struct str method = x->req.method;

	if (check_host(x) != FAIL_NONE)
		return dispatch_failure(x);
	if (!str_eq_c(method, "GET") && !str_eq_c(method, "HEAD")) {
		response_header(x, "Allow", "GET, HEAD");
		(void)fail(&x->ctx.fail, FAIL_METHOD, NULL);
		return dispatch_failure(x);
	}
	response_text(x, 200, "application/json", openapi);
	return STEP_DONE;
}

/* On a listener of its own that only this machine reaches, and there alone. */
static enum step
serve_metrics(struct exchange *x)
{
	struct str method = x->req.method;
	struct buf b;

	if (check_host(x) != FAIL_NONE)
		return dispatch_failure(x);
	if (!str_eq_c(method, "GET") && !str_eq_c(method, "HEAD")) {
		response_header(x, "Allow", "GET, HEAD");
		(void)fail(&x->ctx.fail, FAIL_METHOD, NULL);
		return dispatch_failure(x);
	}
	buf_init(&b, METRICS_MAX);
	metrics_put(&x->ctx, &b);
	response_text(
	    x, 200, METRICS_MEDIA, arena_str(x->ctx.arena, buf_str(&b)));
	buf_free(&b);
	return STEP_DONE;
}

static bool
is_metrics(const struct exchange *x)
{
	return x->ctx.pool == POOL_ADMIN && str_eq_c(x->req.path, "/metrics") &&
	    str_eq_c(req_param(&x->req, "MCPBOX_LISTENER"), "metrics");
}

enum step
dispatch_request(struct exchange *x)
{
	x->ctx.face = FACE_REST;
	if (check_single(x) != FAIL_NONE)
		return dispatch_failure(x);
	if (x->ctx.pool == POOL_GATEWAY && mcp_is_path(x->req.path)) {
		x->ctx.face = FACE_MCP;
		return mcp_handle(x);
	}
	if (is_metrics(x))
		return serve_metrics(x);
	if (x->ctx.pool == POOL_ADMIN && str_eq_c(x->req.path, openapi_path))
		return serve_openapi(x);
	return serve_rest(x);
}
