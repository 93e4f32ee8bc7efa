/*
 * route.c: matching paths.
 */
#include "web/route.h"

#include <stdio.h>
#include <string.h>

bool
route_matches(const char *pattern, struct str path, unsigned *rank_out,
    struct param_text *params, size_t *nparams_out)
{
	struct str want = str_from(pattern), have = path;
	unsigned rank = 0;
	size_t n = 0, i;

	for (i = 0; i < ROUTE_SEGMENTS_MAX; i++) {
		struct str w, h;

		if (want.p == NULL || have.p == NULL)
			break;
		w = str_split(&want, '/');
		h = str_split(&have, '/');
		if (w.n > 2 && w.p[0] == '{') {
			if (h.n == 0 || n == ROUTE_PARAMS_MAX)
				return false;
			if (params != NULL)
				params[n] = (struct param_text){
				    str_sub(w, 1, w.n - 2), h};
			n++;
		} else if (str_eq(w, h)) {
			rank |= 1U << (ROUTE_SEGMENTS_MAX - i);
		} else {
			return false;
		}
	}
	if (want.p != NULL || have.p != NULL)
		return false;
	*rank_out = rank;
	if (nparams_out != NULL)
		*nparams_out = n;
	return true;
}

/* Adds a method to "GET, POST" unless it is there. */
static void
allow(char *list, const char *method)
{
	size_t n = strlen(list);

	if (strstr(list, method) == NULL)
		(void)snprintf(list + n, ROUTE_ALLOW_MAX - n, "%s%s",
		    n > 0 ? ", " : "", method);
}

static void
consider(const struct route *r, struct str method, struct str path,
    unsigned *best, struct route_match *out)
{
	unsigned rank;

	if (!route_matches(r->path, path, &rank, NULL, NULL) || rank < *best)
		return;
	if (rank > *best) {
		out->route = NULL;
		out->allow[0] = '\0';
		*best = rank;
	}
	if (str_eq_c(method, r->method))
		out->route = r;
	allow(out->allow, r->method);
	if (strcmp(r->method, "GET") == 0)
		allow(out->allow, "HEAD");
}

void
route_find(const struct route *const *tables, struct str method,
    struct str path, struct route_match *out)
{
	unsigned best = 0, rank;

	*out = (struct route_match){.route = NULL};
	if (str_eq_c(method, "HEAD"))
		method = STR_LIT("GET");
	for (; *tables != NULL; tables++) {
		for (const struct route *r = *tables; r->method != NULL; r++)
			consider(r, method, path, &best, out);
	}
	if (out->route != NULL)
		(void)route_matches(
		    out->route->path, path, &rank, out->params, &out->nparams);
}
