/*
 * request.h: a parsed HTTP request, as nginx passed it on.
 *
 * Everything points into the exchange's arena.  Header names are upper-case
 * with '_' as FastCGI gives them ("HTTP_MCP_METHOD").  A header sent twice
 * arrives twice: req_header_count tells, and what must be single (Host,
 * Origin, Authorization, Cookie, Mcp-*) is refused with 400 before routing.
 */
#ifndef MCPBOX_REQUEST_H
#define MCPBOX_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "fail.h"
#include "op/param.h"
#include "str.h"

struct req_param {
	struct str name;
	struct str value;
};

struct req {
	struct str method;
	struct str path;  /* decoded, no query, always starts with '/' */
	struct str query; /* raw, without '?' */
	struct str body;
	struct str content_type; /* media type only, lower case */
	bool https;
	bool gateway;             /* came in by the gateway listener */
	struct req_param *params; /* all FastCGI parameters */
	size_t nparams;
};

#define REQ_BODY_MAX (2 * 1024 * 1024)
#define REQ_QUERY_MAX 64 /* query parameters */

/*
 * Fills *r from the FastCGI name-value pairs `pairs` (copied) and `body`
 * (borrowed; it must live as long as the arena).  FAIL_REQUEST when something
 * that nginx always sends is missing or odd; *r can be asked all the same and
 * holds what was understood.
 */
enum fail_code req_parse(struct req *r, struct arena *a, struct str pairs,
    struct str body, struct fail *f) ATTR_NODISCARD;
/*
 * The query string's parameters, decoded, in order.  FAIL_REQUEST on a bad
 * escape, bytes that are not UTF-8, or more than REQ_QUERY_MAX.
 */
enum fail_code req_query(const struct req *r, struct arena *a,
    struct param_text **out, size_t *n_out, struct fail *f) ATTR_NODISCARD;

/* A FastCGI parameter or header by name; p == NULL when absent. */
struct str req_param(const struct req *r, const char *name);
/* `name` as in HTTP ("Mcp-Session-Id"), any case. */
struct str req_header(const struct req *r, const char *name);
size_t req_header_count(const struct req *r, const char *name);
/* Value of one cookie; absent, or given twice: p == NULL. */
struct str req_cookie(const struct req *r, const char *name);
/* Does Accept allow this media type?  An absent Accept allows all. */
bool req_accepts(const struct req *r, const char *media_type);

#endif
