/*
 * route.h: from method and path to a row of the route tables.
 *
 * A path is matched by segments; "{name}" takes any one segment.  Where
 * several patterns match, the one with a literal in the earliest segment
 * wins: "/api/tools/validate-code" before "/api/tools/{tool_id}".
 */
#ifndef MCPBOX_ROUTE_H
#define MCPBOX_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "op/op.h"
#include "op/param.h"
#include "str.h"

#define ROUTE_PARAMS_MAX 8
#define ROUTE_SEGMENTS_MAX 16
#define ROUTE_ALLOW_MAX 64

struct route_match {
	const struct route *route;                  /* NULL: none */
	struct param_text params[ROUTE_PARAMS_MAX]; /* into pattern and path */
	size_t nparams;
	/* For 405, when the path is known and the method is not: "GET, POST".
	 * Empty: there is no such path (404). */
	char allow[ROUTE_ALLOW_MAX];
};

/* HEAD finds GET.  `tables` is a NULL-terminated array of tables. */
void route_find(const struct route *const *tables, struct str method,
    struct str path, struct route_match *out);

/* Does the pattern match?  *rank_out orders the patterns that do (higher is
 * better); params may be NULL. */
bool route_matches(const char *pattern, struct str path, unsigned *rank_out,
    struct param_text *params, size_t *nparams_out);

#endif
