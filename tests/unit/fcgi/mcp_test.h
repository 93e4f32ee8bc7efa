/*
 * mcp_test.h: requests and JSON for the tests of fcgi/mcp.
 */
#ifndef MCPBOX_MCP_TEST_H
#define MCPBOX_MCP_TEST_H

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "web/request.h"

/* Parsed JSON, kept by the arena; single quotes stand for double ones. */
static inline json_t *
mcp_json(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);
	struct fail f;
	json_t *v;

	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	fail_clear(&f);
	if (json_parse(a, str_from(copy), (size_t)1 << 24, &v, &f) != FAIL_NONE)
		abort();
	return v;
}

/* A POST with these FastCGI parameters: "NAME", "value", …, NULL. */
static inline struct req
mcp_req(struct arena *a, const char *const *pairs)
{
	struct req r = {.method = STR_LIT("POST"),
	    .path = STR_LIT("/mcp"),
	    .content_type = STR_LIT("application/json")};
	size_t n = 0;

	while (pairs != NULL && pairs[n] != NULL)
		n += 2;
	r.params = arena_zalloc(a, n / 2 + 1, sizeof(*r.params));
	r.nparams = n / 2;
	for (size_t i = 0; i < r.nparams; i++)
		r.params[i] = (struct req_param){
		    str_from(pairs[2 * i]), str_from(pairs[2 * i + 1])};
	return r;
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
