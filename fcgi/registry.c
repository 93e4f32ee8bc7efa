/*
 * registry.c: the list of operations and routes, and its self-check.
 */
#include "registry.h"

#include <ctype.h>
#include <string.h>

#include "log.h"
#include "op/param.h"

#define MCP_PREFIX "mcpbox_"
#define MCP_NAME_MAX 64

#define NOUN(name)                                                             \
	extern const struct op name##_ops[];                                   \
	extern const struct route name##_routes[];
#include "registry.def"
#undef NOUN

const struct op *const registry_ops[] = {
#define NOUN(name) name##_ops,
#include "registry.def"
#undef NOUN
    NULL,
};

const struct route *const registry_routes[] = {
#define NOUN(name) name##_routes,
#include "registry.def"
#undef NOUN
    NULL,
};

static const struct {
	enum perm perm;
	const char *name;
} perms[] = {
    {PERM_ANYONE, "anyone"},
    {PERM_SELF, "self"},
    {PERM_READ, "read"},
    {PERM_EDIT, "edit"},
    {PERM_RUN, "run"},
    {PERM_DECIDE, "decide"},
    {PERM_ADMIN, "admin"},
    {PERM_CALL, "call"},
};

const char *
registry_perm(enum perm perm)
{
	for (size_t i = 0; i < NELEM(perms); i++) {
		if (perms[i].perm == perm)
			return perms[i].name;
	}
	return NULL;
}

const struct op *
registry_mcp(struct str tool_name)
{
	size_t prefix = strlen(MCP_PREFIX);
	struct str name = str_sub(tool_name, prefix, tool_name.n);

	if (!str_starts(tool_name, MCP_PREFIX))
		return NULL;
	for (size_t i = 0; registry_ops[i] != NULL; i++) {
		for (const struct op *op = registry_ops[i]; op->name != NULL;
		     op++) {
			if ((op->faces & FACE_MCP) != 0 &&
			    str_eq_c(name, op->name))
				return op;
		}
	}
	return NULL;
}

/* --- self-check of operations --------------------------------------------- */

static bool
op_fault(const struct op *op, const char *why)
{
	log_error("bad operation", LOG_STR("operation", op->name),
	    LOG_STR("why", why));
	return false;
}

static bool
is_name(const char *s)
{
	if (!islower((unsigned char)*s))
		return false;
	for (; *s != '\0'; s++) {
		if (!islower((unsigned char)*s) &&
		    !isdigit((unsigned char)*s) && *s != '_')
			return false;
	}
	return true;
}

static size_t
count_ops(const char *name)
{
	size_t n = 0;

	for (size_t i = 0; registry_ops[i] != NULL; i++) {
		for (const struct op *op = registry_ops[i]; op->name != NULL;
		     op++)
			n += strcmp(op->name, name) == 0;
	}
	return n;
}

/* Routes of an operation that are shown to clients. */
static size_t
count_routes(const struct op *op)
{
	size_t n = 0;

	for (size_t i = 0; registry_routes[i] != NULL; i++) {
		for (const struct route *r = registry_routes[i];
		     r->method != NULL; r++)
			n += r->op == op && !r->alias;
	}
	return n;
}

static bool
check_faces(const struct op *op)
{
	bool rest = (op->faces & FACE_REST) != 0;

	if (op->faces == 0)
		return op_fault(op, "no face");
	if (rest && count_routes(op) == 0)
		return op_fault(op, "no route leads to it");
	if (count_routes(op) > 1)
		return op_fault(op, "more than one route that is no alias");
	if (!rest && count_routes(op) > 0)
		return op_fault(op, "a route, but not for REST");
	if (strlen(MCP_PREFIX) + strlen(op->name) > MCP_NAME_MAX)
		return op_fault(op, "the name is too long for a tool");
	if ((op->faces & FACE_MCP) != 0 && op->perm == PERM_DECIDE)
		return op_fault(op, "a decision must not be reachable by MCP");
	return true;
}

static bool
check_op(const struct op *op)
{
	if (!is_name(op->name))
		return op_fault(op, "the name is not a name");
	if (count_ops(op->name) != 1)
		return op_fault(op, "the name is taken twice");
	if (op->title == NULL || op->title[0] == '\0' || op->doc == NULL ||
	    op->doc[0] == '\0')
		return op_fault(op, "no title or doc");
	if (registry_perm(op->perm) == NULL)
		return op_fault(op, "needs exactly one permission");
	if (op->fn == NULL)
		return op_fault(op, "no function");
	if ((op->result == NULL) != (op->result_name == NULL) ||
	    (op->result != NULL && op->result_size == 0))
		return op_fault(op,
		    "result, its size and its name belong "
		    "together");
	if (op->params != NULL && op->params->name != NULL &&
	    op->args_size == 0)
		return op_fault(op, "parameters, but no args struct");
	if (op->media != NULL &&
	    (op->result != NULL || op->resume != NULL ||
		op->faces != FACE_REST))
		return op_fault(op, "pieces, and a result, a run or MCP");
	return check_faces(op) && param_check_table(op);
}

/* --- self-check of routes ------------------------------------------------- */

static bool
route_fault(const struct route *r, const char *why)
{
	log_error("bad route", LOG_STR("method", r->method),
	    LOG_STR("path", r->path), LOG_STR("why", why));
	return false;
}

/* The same path, whatever the parameters are called? */
static bool
same_path(const char *a, const char *b)
{
	struct str x = str_from(a), y = str_from(b);

	while (x.p != NULL && y.p != NULL) {
		struct str p = str_split(&x, '/'), q = str_split(&y, '/');
		bool wild = p.n > 0 && q.n > 0 && p.p[0] == '{' &&
		    q.p[0] == '{';

		if (!wild && !str_eq(p, q))
			return false;
	}
	return x.p == NULL && y.p == NULL;
}

static bool
is_unique(const struct route *r)
{
	size_t n = 0;

	for (size_t i = 0; registry_routes[i] != NULL; i++) {
		for (const struct route *q = registry_routes[i];
		     q->method != NULL; q++)
			n += strcmp(q->method, r->method) == 0 &&
			    same_path(q->path, r->path);
	}
	return n == 1;
}

static bool
has_path_param(const struct op *op, struct str name)
{
	for (const struct param *p = op->params; p != NULL && p->name != NULL;
	     p++) {
		if (p->from == FROM_PATH && str_eq_c(name, p->name))
			return true;
	}
	return false;
}

/* Every "{name}" is a path parameter, and every path parameter is there. */
static bool
check_path_params(const struct route *r)
{
	struct str rest = str_from(r->path);
	size_t in_path = 0, in_table = 0;

	while (rest.p != NULL) {
		struct str s = str_split(&rest, '/');

		if (s.n == 0 || s.p[0] != '{')
			continue;
		if (s.p[s.n - 1] != '}' ||
		    !has_path_param(r->op, str_sub(s, 1, s.n - 2)))
			return route_fault(r, "unknown path parameter");
		in_path++;
	}
	for (const struct param *p = r->op->params;
	     p != NULL && p->name != NULL; p++)
		in_table += p->from == FROM_PATH;
	return in_path == in_table
	    ? true
	    : route_fault(r, "a path parameter is not in the path");
}

static bool
check_route(const struct route *r)
{
	bool safe = (r->op->hints & HINT_READ_ONLY) != 0;
	bool get = strcmp(r->method, "GET") == 0;

	if (!get && strcmp(r->method, "POST") != 0 &&
	    strcmp(r->method, "PATCH") != 0 && strcmp(r->method, "PUT") != 0 &&
	    strcmp(r->method, "DELETE") != 0)
		return route_fault(r, "unknown method");
	if (r->path[0] != '/')
		return route_fault(r, "the path does not start with '/'");
	if (get && !safe)
		return route_fault(r, "GET of what is not read-only");
	if (r->status < 200 || r->status > 299 ||
	    (r->status == 204) !=
		(r->op->result == NULL && r->op->media == NULL))
		return route_fault(r, "204 and no result belong together");
	if (!is_unique(r))
		return route_fault(r, "taken twice");
	return check_path_params(r);
}

bool
registry_check(void)
{
	bool ok = true;

	for (size_t i = 0; registry_ops[i] != NULL; i++) {
		for (const struct op *op = registry_ops[i]; op->name != NULL;
		     op++)
			ok = check_op(op) && ok;
	}
	for (size_t i = 0; registry_routes[i] != NULL; i++) {
		for (const struct route *r = registry_routes[i];
		     r->method != NULL; r++)
			ok = check_route(r) && ok;
	}
	return ok;
}
