/*
 * account_ops.c: signing in and out, over REST only.
 */
#include "db/db.h"
#include "json.h"
#include "noun/account.h"
#include "noun/audit.h"
#include "noun/factor.h"
#include "noun/login.h"
#include "noun/password.h"
#include "noun/session.h"
#include "noun/token.h"

struct no_args {
	char unused;
};

struct setup_args {
	struct str token;
	struct str username;
	struct str password;
};

struct login_args {
	struct str username;
	struct str password;
	struct str code;
};

struct refresh_args {
	struct str refresh_token;
};

struct password_args {
	struct str current_password;
	struct str new_password;
};

struct auth_status {
	bool setup_required;
	const char *version;
};

struct setup_result {
	const char *message;
	const char *username;
};

struct message {
	const char *message;
};

/* clang-format off */
static const struct param setup_params[] = {
	PARAM_STR(struct setup_args, token, .required = true,
	    .min = 1, .max = 200,
	    .doc = "The one-time setup token that 'make up' printed."),
	PARAM_STR(struct setup_args, username, .required = true,
	    .min = ACCOUNT_NAME_MIN, .max = ACCOUNT_NAME_MAX,
	    .pattern = ACCOUNT_NAME_PATTERN,
	    .doc = "Name of the first account, an admin."),
	PARAM_STR(struct setup_args, password, .required = true,
	    .min = PASSWORD_MIN, .max = PASSWORD_MAX,
	    .doc = "Its password."),
	PARAM_END
};

/* No pattern here: what no account can be called is simply wrong. */
static const struct param login_params[] = {
	PARAM_STR(struct login_args, username, .required = true,
	    .min = 1, .max = 100, .doc = "Name, in any case."),
	PARAM_STR(struct login_args, password, .required = true,
	    .min = 1, .max = PASSWORD_MAX, .doc = "Password."),
	PARAM_STR(struct login_args, code, .max = FACTOR_CODE_MAX,
	    .doc = "The authenticator's code or a recovery code, when the "
		   "account has a second factor. An answer 'second-factor' "
		   "asks for it."),
	PARAM_END
};

static const struct param refresh_params[] = {
	PARAM_STR(struct refresh_args, refresh_token, .required = true,
	    .min = 1, .max = 200,
	    .doc = "The newest refresh token of the session."),
	PARAM_END
};

static const struct param logout_params[] = {
	PARAM_STR(struct refresh_args, refresh_token, .min = 1, .max = 200,
	    .doc = "A refresh token of the same account whose session ends "
		   "as well; one that is not valid is ignored."),
	PARAM_END
};

static const struct param password_params[] = {
	PARAM_STR(struct password_args, current_password, .required = true,
	    .min = 1, .max = PASSWORD_MAX, .doc = "The password until now."),
	PARAM_STR(struct password_args, new_password, .required = true,
	    .min = PASSWORD_MIN, .max = PASSWORD_MAX,
	    .doc = "The password from now on."),
	PARAM_END
};

static const struct field status_fields[] = {
	FIELD_BOOL(struct auth_status, setup_required,
	    .doc = "Whether the first account is still to be made."),
	FIELD_STR(struct auth_status, version, .doc = "Version of mcpbox."),
	FIELD_END
};

static const struct field setup_result_fields[] = {
	FIELD_STR(struct setup_result, message, .doc = "What was done."),
	FIELD_STR(struct setup_result, username,
	    .doc = "Name of the first account."),
	FIELD_END
};

static const struct field message_fields[] = {
	FIELD_STR(struct message, message, .doc = "What was done."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_status(struct ctx *ctx, const void *args, void *result)
{
	struct auth_status *out = result;

	(void)args;
	out->version = MCPBOX_VERSION;
	return account_setup_required(ctx, &out->setup_required);
}

static enum fail_code
op_setup(struct ctx *ctx, const void *args, void *result)
{
	const struct setup_args *a = args;

	*(struct setup_result *)result = (struct setup_result){
	    .message = "The first account was made. Sign in with it.",
	    .username = a->username.p,
	};
	return account_setup(ctx, a->token, a->username, a->password);
}

/* Ends a transaction: commits after FAIL_NONE, else rolls back. */
static enum fail_code
finish(struct ctx *ctx, enum fail_code code)
{
	if (code == FAIL_NONE && (code = db_commit(ctx)) == FAIL_NONE)
		return FAIL_NONE;
	db_rollback(ctx);
	ctx->set_cookie = NULL;
	return code;
}

static enum fail_code
op_login(struct ctx *ctx, const void *args, void *result)
{
	const struct login_args *a = args;
	struct login login;
	enum fail_code code;

	if ((code = login_verify(
		 ctx, a->username, a->password, a->code, &login)) ||
	    (code = db_begin(ctx)))
		return code;
	if ((code = login_accept(ctx, &login)) == FAIL_NONE &&
	    (code = token_open(ctx, &login.who, result)) == FAIL_NONE)
		code = login_record(ctx, &login, "token");
	return finish(ctx, code);
}

static enum fail_code
op_refresh(struct ctx *ctx, const void *args, void *result)
{
	const struct refresh_args *a = args;

	return token_refresh(ctx, a->refresh_token, result);
}

/* In a transaction: the caller's own session is over. */
static enum fail_code
end_own_session(struct ctx *ctx)
{
	const struct caller *c = &ctx->caller;
	enum fail_code code = session_revoke(
	    ctx, c->session, c->id, "logout", NULL);

	if (code != FAIL_NONE)
		return code;
	if (c->cookie)
		session_clear_cookie(ctx);
	return audit_write(ctx, "logout", "session", c->session, NULL, NULL);
}

static enum fail_code
op_logout(struct ctx *ctx, const void *args, void *result)
{
	const struct refresh_args *a = args;
	enum fail_code code;

	*(struct message *)result = (struct message){"You are signed out."};
	if ((code = db_begin(ctx)) != FAIL_NONE)
		return code;
	if (a->refresh_token.p != NULL)
		code = token_forget(ctx, a->refresh_token);
	if (code == FAIL_NONE)
		code = end_own_session(ctx);
	return finish(ctx, code);
}

/* In a transaction: the new session instead of the one before. */
static enum fail_code
open_session(
    struct ctx *ctx, const struct login *login, struct session_info *out)
{
	const struct caller before = ctx->caller;
	enum fail_code code;

	if ((code = login_accept(ctx, login)) ||
	    (code = session_open_cookie(ctx, &login->who)))
		return code;
	if (before.cookie &&
	    (code = session_revoke(
		 ctx, before.session, before.id, "replaced", NULL)))
		return code;
	if ((code = session_describe(ctx, out)))
		return code;
	return login_record(ctx, login, "cookie");
}

static enum fail_code
op_create_session(struct ctx *ctx, const void *args, void *result)
{
	const struct login_args *a = args;
	struct login login;
	enum fail_code code;

	if ((code = login_verify(
		 ctx, a->username, a->password, a->code, &login)) ||
	    (code = db_begin(ctx)))
		return code;
	return finish(ctx, open_session(ctx, &login, result));
}

static enum fail_code
op_get_session(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return session_describe(ctx, result);
}

static enum fail_code
op_delete_session(struct ctx *ctx, const void *args, void *result)
{
	enum fail_code code;

	(void)args;
	(void)result;
	if ((code = db_begin(ctx)) != FAIL_NONE)
		return code;
	return finish(ctx, end_own_session(ctx));
}

static enum fail_code
op_me(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return account_get(ctx, str_from(ctx->caller.id), result);
}

static enum fail_code
op_change_password(struct ctx *ctx, const void *args, void *result)
{
	const struct password_args *a = args;

	*(struct message *)result = (struct message){
	    "The password was changed. All other sessions are over."};
	return login_change_password(ctx, a->current_password, a->new_password);
}

enum {
	OP_STATUS,
	OP_SETUP,
	OP_LOGIN,
	OP_REFRESH,
	OP_LOGOUT,
	OP_CREATE_SESSION,
	OP_GET_SESSION,
	OP_DELETE_SESSION,
	OP_ME,
	OP_CHANGE_PASSWORD
};

/* clang-format off */
const struct op account_ops[] = {
	[OP_STATUS] = {
		.name = "auth_status",
		.title = "Is mcpbox set up?",
		.doc = "Tells whether the first account is still to be made, "
		       "and the version.",
		.args_size = sizeof(struct no_args),
		.result = status_fields,
		.result_size = sizeof(struct auth_status),
		.result_name = "AuthStatus",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_status,
	},
	[OP_SETUP] = {
		.name = "setup",
		.title = "Make the first account",
		.doc = "Makes the first account, an admin. Needs the one-time "
		       "setup token of this instance, and works once.",
		.params = setup_params,
		.args_size = sizeof(struct setup_args),
		.result = setup_result_fields,
		.result_size = sizeof(struct setup_result),
		.result_name = "SetupDone",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.fn = op_setup,
	},
	[OP_LOGIN] = {
		.name = "login",
		.title = "Sign in with tokens",
		.doc = "Signs a script in: a short-lived access token and a "
		       "refresh token that works once. The answer to a wrong "
		       "name, a wrong password and a deactivated account is "
		       "the same; repeated attempts have to wait.",
		.params = login_params,
		.args_size = sizeof(struct login_args),
		.result = token_pair_fields,
		.result_size = sizeof(struct token_pair),
		.result_name = "TokenPair",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.fn = op_login,
	},
	[OP_REFRESH] = {
		.name = "refresh",
		.title = "Next pair of tokens",
		.doc = "Exchanges a refresh token for a new pair. A refresh "
		       "token that comes a second time ends the session and "
		       "all its tokens, also when two requests race: refresh "
		       "from one place at a time.",
		.params = refresh_params,
		.args_size = sizeof(struct refresh_args),
		.result = token_pair_fields,
		.result_size = sizeof(struct token_pair),
		.result_name = "TokenPair",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.fn = op_refresh,
	},
	[OP_LOGOUT] = {
		.name = "logout",
		.title = "Sign out",
		.doc = "Ends the caller's session at once, with its access "
		       "and refresh tokens or its cookie.",
		.params = logout_params,
		.args_size = sizeof(struct refresh_args),
		.result = message_fields,
		.result_size = sizeof(struct message),
		.result_name = "Message",
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_logout,
	},
	[OP_CREATE_SESSION] = {
		.name = "create_session",
		.title = "Sign in with a cookie",
		.doc = "Signs the web page in: sets the session cookie and "
		       "answers with the CSRF token that changes need.",
		.params = login_params,
		.args_size = sizeof(struct login_args),
		.result = session_info_fields,
		.result_size = sizeof(struct session_info),
		.result_name = "SessionInfo",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.fn = op_create_session,
	},
	[OP_GET_SESSION] = {
		.name = "get_session",
		.title = "The caller's session",
		.doc = "Who is signed in, what they may do, and the CSRF "
		       "token.",
		.args_size = sizeof(struct no_args),
		.result = session_info_fields,
		.result_size = sizeof(struct session_info),
		.result_name = "SessionInfo",
		.perm = PERM_SELF, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get_session,
	},
	[OP_DELETE_SESSION] = {
		.name = "delete_session",
		.title = "End the caller's session",
		.doc = "Signs the web page out and takes the cookie away.",
		.args_size = sizeof(struct no_args),
		.perm = PERM_SELF, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_delete_session,
	},
	[OP_ME] = {
		.name = "me",
		.title = "The caller's account",
		.doc = "The account of whoever is signed in.",
		.args_size = sizeof(struct no_args),
		.result = account_fields,
		.result_size = sizeof(struct account),
		.result_name = "Me",
		.perm = PERM_SELF, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_me,
	},
	[OP_CHANGE_PASSWORD] = {
		.name = "change_password",
		.title = "Change the password",
		.doc = "Replaces the caller's password. All other sessions "
		       "and all tokens end at once; a session by cookie goes "
		       "on with a new cookie and a new CSRF token (get it "
		       "from get_session).",
		.params = password_params,
		.args_size = sizeof(struct password_args),
		.result = message_fields,
		.result_size = sizeof(struct message),
		.result_name = "Message",
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_change_password,
	},
	{.name = NULL},
};

const struct route account_routes[] = {
	{"GET",    "/auth/status",  &account_ops[OP_STATUS],         200, false},
	{"POST",   "/auth/setup",   &account_ops[OP_SETUP],          201, false},
	{"POST",   "/auth/login",   &account_ops[OP_LOGIN],          200, false},
	{"POST",   "/auth/refresh", &account_ops[OP_REFRESH],        200, false},
	{"POST",   "/auth/logout",  &account_ops[OP_LOGOUT],         200, false},
	{"POST",   "/auth/session", &account_ops[OP_CREATE_SESSION], 200, false},
	{"GET",    "/auth/session", &account_ops[OP_GET_SESSION],    200, false},
	{"DELETE", "/auth/session", &account_ops[OP_DELETE_SESSION], 204, false},
	{"GET",    "/auth/me",      &account_ops[OP_ME],             200, false},
	{"POST",   "/auth/change-password", &account_ops[OP_CHANGE_PASSWORD], 200, false},
	ROUTE_END
};
/* clang-format on */
