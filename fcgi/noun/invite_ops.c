/*
 * invite_ops.c: one-time links, over REST.
 */
#include "noun/invite.h"

#include "noun/account.h"
#include "noun/password.h"
#include "noun/role.h"

struct page_args {
	struct opt_int page;
	struct opt_int page_size;
};

struct id_args {
	struct str invite_id;
};

struct token_args {
	struct str token;
};

/* clang-format off */
#define HOURS_ROW(S) \
	PARAM_INT(S, hours, .min = 1, .max = INVITE_HOURS_MAX, \
	    .def = INVITE_HOURS_DEF, .doc = "Hours that the link works.")
#define TOKEN_ROW(S) \
	PARAM_STR(S, token, .required = true, .min = 1, .max = 200, \
	    .doc = "What stands behind the '#' of the link.")

static const struct param list_params[] = {
	PAGE_PARAMS(struct page_args, "50"),
	PARAM_END
};

static const struct param create_params[] = {
	PARAM_ENUM(struct invite_create_args, role, .required = true,
	    .choices = ROLE_CHOICES, .doc = "What the person will be."),
	PARAM_STR(struct invite_create_args, note, .max = INVITE_NOTE_MAX,
	    .doc = "For whom it is; only admins see it."),
	HOURS_ROW(struct invite_create_args),
	PARAM_END
};

static const struct param reset_params[] = {
	PARAM_UUID(struct invite_reset_args, user_id, .from = FROM_PATH,
	    .required = true, .doc = "The person's id."),
	PARAM_BOOL(struct invite_reset_args, remove_totp,
	    .doc = "Shall the second factor go, too?"),
	HOURS_ROW(struct invite_reset_args),
	PARAM_END
};

static const struct param id_params[] = {
	PARAM_UUID(struct id_args, invite_id, .from = FROM_PATH,
	    .required = true, .doc = "The invitation's id."),
	PARAM_END
};

static const struct param look_params[] = {
	TOKEN_ROW(struct token_args),
	PARAM_END
};

static const struct param accept_params[] = {
	TOKEN_ROW(struct invite_accept_args),
	PARAM_STR(struct invite_accept_args, username,
	    .min = ACCOUNT_NAME_MIN, .max = ACCOUNT_NAME_MAX,
	    .pattern = ACCOUNT_NAME_PATTERN,
	    .doc = "Name to sign in with; of an invitation only."),
	PARAM_STR(struct invite_accept_args, password, .required = true,
	    .min = PASSWORD_MIN, .max = PASSWORD_MAX,
	    .doc = "The password from now on."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(invite_fields, struct invite, "Invite")
};

static const struct field link_fields[] = {
	FIELD_UUID(struct invite_link, id, .doc = "Identifies it."),
	FIELD_STR(struct invite_link, token,
	    .doc = "The secret part. Shown once."),
	FIELD_STR(struct invite_link, link,
	    .doc = "Give this to the person, by a way that you trust."),
	FIELD_TIME(struct invite_link, expires_at, .doc = "Until when."),
	FIELD_END
};

static const struct field about_fields[] = {
	FIELD_STR(struct invite_about, kind, .choices = "invite|reset",
	    .doc = "A new account, or a new password."),
	FIELD_STR(struct invite_about, role, .choices = ROLE_CHOICES,
	    .doc = "The account's role."),
	FIELD_STR(struct invite_about, username, .flags = FIELD_NULLABLE,
	    .doc = "Whose password it is; null: choose a name."),
	FIELD_TIME(struct invite_about, expires_at, .doc = "Until when."),
	FIELD_END
};

static const struct field done_fields[] = {
	FIELD_STR(struct invite_done, username,
	    .doc = "Sign in with this name now."),
	FIELD_STR(struct invite_done, role, .choices = ROLE_CHOICES,
	    .doc = "The account's role."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	const struct page_args *a = args;

	return invite_list(ctx, a->page, a->page_size, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	return invite_create(ctx, args, result);
}

static enum fail_code
op_reset(struct ctx *ctx, const void *args, void *result)
{
	return invite_reset(ctx, args, result);
}

static enum fail_code
op_revoke(struct ctx *ctx, const void *args, void *result)
{
	const struct id_args *a = args;

	(void)result;
	return invite_revoke(ctx, a->invite_id);
}

static enum fail_code
op_look(struct ctx *ctx, const void *args, void *result)
{
	const struct token_args *a = args;

	return invite_look(ctx, a->token, result);
}

static enum fail_code
op_accept(struct ctx *ctx, const void *args, void *result)
{
	return invite_accept(ctx, args, result);
}

enum { OP_LIST, OP_CREATE, OP_RESET, OP_REVOKE, OP_LOOK, OP_ACCEPT };

/* clang-format off */
#define LINK \
	.result = link_fields, .result_size = sizeof(struct invite_link), \
	.result_name = "OneTimeLink"

const struct op invite_ops[] = {
	[OP_LIST] = {
		.name = "list_invites",
		.title = "Invitations",
		.doc = "Lists the invitations, newest first; never their links.",
		.params = list_params, .args_size = sizeof(struct page_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "InvitePage",
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_CREATE] = {
		.name = "create_invite",
		.title = "Invite somebody",
		.doc = "Makes a one-time link. Whoever opens it chooses a name "
		       "and a password, and has the role.",
		.params = create_params,
		.args_size = sizeof(struct invite_create_args),
		LINK,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.fn = op_create,
	},
	[OP_RESET] = {
		.name = "reset_user",
		.title = "A link for a new password",
		.doc = "Makes a one-time link by which a person sets a new "
		       "password. The old one works until then; afterwards all "
		       "sessions are over.",
		.params = reset_params,
		.args_size = sizeof(struct invite_reset_args),
		LINK,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.fn = op_reset,
	},
	[OP_REVOKE] = {
		.name = "revoke_invite",
		.title = "Take an invitation back",
		.doc = "The link of the invitation works no more.",
		.params = id_params, .args_size = sizeof(struct id_args),
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_revoke,
	},
	[OP_LOOK] = {
		.name = "look_at_link",
		.title = "What is this link for?",
		.doc = "Tells whoever holds a one-time link what it is for.",
		.params = look_params, .args_size = sizeof(struct token_args),
		.result = about_fields,
		.result_size = sizeof(struct invite_about),
		.result_name = "OneTimeLinkAbout",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_look,
	},
	[OP_ACCEPT] = {
		.name = "accept_link",
		.title = "Use a one-time link",
		.doc = "Makes the account of an invitation, or sets the new "
		       "password of a reset. The link works once. Sign in "
		       "afterwards.",
		.params = accept_params,
		.args_size = sizeof(struct invite_accept_args),
		.result = done_fields,
		.result_size = sizeof(struct invite_done),
		.result_name = "OneTimeLinkDone",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.fn = op_accept,
	},
	{.name = NULL},
};

const struct route invite_routes[] = {
	{"GET",    "/api/invites",             &invite_ops[OP_LIST],   200, false},
	{"POST",   "/api/invites",             &invite_ops[OP_CREATE], 201, false},
	{"DELETE", "/api/invites/{invite_id}", &invite_ops[OP_REVOKE], 204, false},
	{"POST",   "/api/users/{user_id}/reset", &invite_ops[OP_RESET], 201, false},
	{"POST",   "/auth/invite",             &invite_ops[OP_LOOK],   200, false},
	{"POST",   "/auth/invite/accept",      &invite_ops[OP_ACCEPT], 201, false},
	ROUTE_END
};
/* clang-format on */
