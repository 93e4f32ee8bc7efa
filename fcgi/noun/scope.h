/*
 * scope.h: the endpoint of one server.
 *
 * At /mcp/<server> a client meets that server alone: its tools under their own
 * names, and none of the management tools.  A request there has ctx->scope set.
 */
#ifndef MCPBOX_NOUN_SCOPE_H
#define MCPBOX_NOUN_SCOPE_H

#include "op/ctx.h"
#include "str.h"

#define SCOPE_ID_MAX 36
#define SCOPE_NAME_MAX 40

struct scope {
	const char *id;   /* the server's UUID */
	const char *name; /* as in the address */
};

/*
 * The server `name`, whatever its status; *out is good for as long as the
 * request.  FAIL_NOT_FOUND when there is none.  What was found is kept for a
 * few seconds at most, and no longer than until some server changes.
 */
enum fail_code scope_find(
    struct ctx *ctx, struct str name, const struct scope **out) ATTR_NODISCARD;

/* What its author says it is for; "" if nothing. */
enum fail_code scope_about(struct ctx *ctx, const char **out) ATTR_NODISCARD;

#endif
