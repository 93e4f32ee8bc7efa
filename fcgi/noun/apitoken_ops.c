/*
 * apitoken_ops.c: tokens of programs, over REST.
 */
#include "noun/apitoken.h"

#include "noun/role.h"

struct page_args {
	struct opt_int page;
	struct opt_int page_size;
};

struct id_args {
	struct str token_id;
};

/* clang-format off */
static const struct param list_params[] = {
	PAGE_PARAMS(struct page_args, "50"),
	PARAM_END
};

static const struct param create_params[] = {
	PARAM_STR(struct apitoken_create_args, name, .required = true,
	    .min = 1, .max = APITOKEN_NAME_MAX,
	    .pattern = "^[a-zA-Z0-9][a-zA-Z0-9._-]*$",
	    .doc = "What it is for; it shows in the audit trail. Unique among "
		   "the caller's tokens that work."),
	PARAM_STRS(struct apitoken_create_args, scopes, .max = 3,
	    .doc = "For MCP, some of: reader (management tools that only "
		   "look), caller (calls approved tools), author (creates and "
		   "changes drafts, too)."),
	PARAM_ENUM(struct apitoken_create_args, role, .choices = ROLE_CHOICES,
	    .doc = "For the API: it may do what this role may, but for the "
		   "caller's own account. Not beyond the caller's role."),
	PARAM_INT(struct apitoken_create_args, expires_days,
	    .min = 1, .max = APITOKEN_DAYS_MAX, .def = "90",
	    .doc = "Days that it works."),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_UUID(struct id_args, token_id, .from = FROM_PATH,
	    .required = true, .doc = "The token's id."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(apitoken_fields, struct apitoken, "ApiToken")
};
/* clang-format on */

static enum fail_code
op_mine(struct ctx *ctx, const void *args, void *result)
{
	const struct page_args *a = args;

	return apitoken_list(
	    ctx, ctx->caller.id, a->page, a->page_size, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	return apitoken_create(ctx, args, result);
}

static enum fail_code
op_revoke_mine(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	(void)result;
	return apitoken_revoke(ctx, a->token_id, ctx->caller.id);
}

static enum fail_code
op_all(struct ctx *ctx, const void *args, void *result)
{
	const struct page_args *a = args;

	return apitoken_list(ctx, NULL, a->page, a->page_size, result);
}

static enum fail_code
op_revoke(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	(void)result;
	return apitoken_revoke(ctx, a->token_id, NULL);
}

enum { OP_MINE, OP_CREATE, OP_REVOKE_MINE, OP_ALL, OP_REVOKE };

/* clang-format off */
#define TOKENS \
	.params = list_params, .args_size = sizeof(struct page_args), \
	.result = page_fields, .result_size = sizeof(struct page), \
	.result_name = "ApiTokenPage", \
	.hints = HINT_READ_ONLY | HINT_IDEMPOTENT
#define BY_ID \
	.params = id_params, .args_size = sizeof(struct id_args), \
	.hints = HINT_DESTRUCTIVE

const struct op apitoken_ops[] = {
	[OP_MINE] = {
		.name = "list_my_tokens",
		.title = "The caller's API tokens",
		.doc = "Lists the caller's API tokens, newest first.",
		TOKENS,
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_mine,
	},
	[OP_CREATE] = {
		.name = "create_my_token",
		.title = "Make an API token",
		.doc = "Makes a token for a program: scopes for MCP, a role for "
		       "the API. It is shown once, and never can more than the "
		       "caller at the moment of its use.",
		.params = create_params,
		.args_size = sizeof(struct apitoken_create_args),
		.result = apitoken_made_fields,
		.result_size = sizeof(struct apitoken_made),
		.result_name = "ApiTokenMade",
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_create,
	},
	[OP_REVOKE_MINE] = {
		.name = "revoke_my_token",
		.title = "Revoke one of the caller's API tokens",
		.doc = "The token works no more, at once.",
		BY_ID,
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_revoke_mine,
	},
	[OP_ALL] = {
		.name = "list_tokens",
		.title = "All API tokens",
		.doc = "Lists the API tokens of everybody, newest first.",
		TOKENS,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.fn = op_all,
	},
	[OP_REVOKE] = {
		.name = "revoke_token",
		.title = "Revoke an API token",
		.doc = "The token of whoever it is works no more, at once.",
		BY_ID,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.fn = op_revoke,
	},
	{.name = NULL},
};

const struct route apitoken_routes[] = {
	{"GET",    "/auth/tokens",            &apitoken_ops[OP_MINE],        200, false},
	{"POST",   "/auth/tokens",            &apitoken_ops[OP_CREATE],      201, false},
	{"DELETE", "/auth/tokens/{token_id}", &apitoken_ops[OP_REVOKE_MINE], 204, false},
	{"GET",    "/api/tokens",             &apitoken_ops[OP_ALL],         200, false},
	{"DELETE", "/api/tokens/{token_id}",  &apitoken_ops[OP_REVOKE],      204, false},
	ROUTE_END
};
/* clang-format on */
