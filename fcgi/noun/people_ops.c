/*
 * people_ops.c: people, their sessions and the policy, over REST.
 */
#include "noun/people.h"

#include "noun/invite.h"
#include "noun/password.h"
#include "noun/quorum.h"
#include "noun/role.h"
#include "noun/session.h"

struct no_args {
	char unused;
};

struct user_args {
	struct str user_id;
};

struct session_args {
	struct str user_id;
	struct str session_id;
};

struct sessions_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str user_id;
};

struct votes_args {
	struct str tool_id;
};

/* clang-format off */
#define USER_ROW(S) \
	PARAM_UUID(S, user_id, .from = FROM_PATH, .required = true, \
	    .doc = "The person's id.")
#define SESSION_ROW \
	PARAM_UUID(struct session_args, session_id, .from = FROM_PATH, \
	    .required = true, .doc = "The session's id.")
#define NAME_ROW(S) \
	PARAM_STR(S, username, .required = true, \
	    .min = ACCOUNT_NAME_MIN, .max = ACCOUNT_NAME_MAX, \
	    .pattern = ACCOUNT_NAME_PATTERN, \
	    .doc = "Name to sign in with; unique, whatever its case.")

static const struct param list_params[] = {
	PAGE_PARAMS(struct people_list_args, "50"),
	PARAM_ENUM(struct people_list_args, role, .from = FROM_QUERY,
	    .choices = ROLE_CHOICES, .doc = "Only people with this role."),
	PARAM_BOOL(struct people_list_args, is_active, .from = FROM_QUERY,
	    .doc = "Only people who may sign in, or only those who may not."),
	PARAM_STR(struct people_list_args, search, .from = FROM_QUERY,
	    .max = 100, .doc = "Only people with this text in the name."),
	PARAM_END
};

static const struct param user_params[] = {
	USER_ROW(struct user_args),
	PARAM_END
};

static const struct param create_params[] = {
	NAME_ROW(struct people_create_args),
	PARAM_STR(struct people_create_args, password, .required = true,
	    .min = PASSWORD_MIN, .max = PASSWORD_MAX, .doc = "Its password."),
	PARAM_ENUM(struct people_create_args, role, .required = true,
	    .choices = ROLE_CHOICES, .doc = "What the person may do."),
	PARAM_END
};

static const struct param update_params[] = {
	USER_ROW(struct people_update_args),
	PARAM_ENUM(struct people_update_args, role, .choices = ROLE_CHOICES,
	    .doc = "The role from now on."),
	PARAM_BOOL(struct people_update_args, is_active,
	    .doc = "May the person sign in? false ends all sessions, too."),
	PARAM_END
};

static const struct param sessions_params[] = {
	PAGE_PARAMS(struct sessions_args, "50"),
	USER_ROW(struct sessions_args),
	PARAM_END
};

static const struct param my_sessions_params[] = {
	PAGE_PARAMS(struct sessions_args, "50"),
	PARAM_END
};

static const struct param session_params[] = {
	USER_ROW(struct session_args),
	SESSION_ROW,
	PARAM_END
};

static const struct param my_session_params[] = {
	SESSION_ROW,
	PARAM_END
};

static const struct param policy_params[] = {
	PARAM_BOOL(struct people_policy_args, author_may_approve,
	    .doc = "false: whoever wrote a version cannot approve it, and "
		   "whoever asked for network access cannot grant it."),
	PARAM_INT(struct people_policy_args, approvals_needed,
	    .min = 1, .max = 5,
	    .doc = "So many people must approve a version of a tool."),
	PARAM_BOOL(struct people_policy_args, admins_need_totp,
	    .doc = "true: an admin without a second factor can set one up, "
		   "and nothing else."),
	PARAM_END
};

static const struct param votes_params[] = {
	PARAM_UUID(struct votes_args, tool_id, .from = FROM_PATH,
	    .required = true, .doc = "The tool's id."),
	PARAM_END
};

static const struct field page_fields[] = {
	PAGE_FIELDS(people_fields, struct person, "Person")
};

static const struct field sessions_fields[] = {
	PAGE_FIELDS(session_row_fields, struct session_listed, "Session")
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	return people_list(ctx, args, result);
}

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	const struct user_args *a = args;

	return people_get(ctx, a->user_id, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	return people_create(ctx, args, result);
}

static enum fail_code
op_update(struct ctx *ctx, const void *args, void *result)
{
	return people_update(ctx, args, result);
}

static enum fail_code
op_delete(struct ctx *ctx, const void *args, void *result)
{
	const struct user_args *a = args;

	(void)result;
	return people_delete(ctx, a->user_id);
}

static enum fail_code
op_remove_totp(struct ctx *ctx, const void *args, void *result)
{
	const struct user_args *a = args;

	(void)result;
	return people_remove_totp(ctx, a->user_id);
}

static enum fail_code
op_sessions(struct ctx *ctx, const void *args, void *result)
{
	const struct sessions_args *a = args;
	struct person who;
	enum fail_code rc = people_get(ctx, a->user_id, &who);

	return rc != FAIL_NONE
	    ? rc
	    : session_list(ctx, who.id, a->page, a->page_size, result);
}

static enum fail_code
op_end_session(struct ctx *ctx, const void *args, void *result)
{
	const struct session_args *a = args;

	(void)result;
	return people_end_sessions(ctx, a->user_id, a->session_id);
}

static enum fail_code
op_end_sessions(struct ctx *ctx, const void *args, void *result)
{
	const struct user_args *a = args;

	(void)result;
	return people_end_sessions(ctx, a->user_id, STR_NONE);
}

static enum fail_code
op_my_sessions(struct ctx *ctx, const void *args, void *result)
{
	const struct sessions_args *a = args;

	return session_list(ctx, ctx->caller.id, a->page, a->page_size, result);
}

static enum fail_code
op_end_mine(struct ctx *ctx, const void *args, void *result)
{
	const struct session_args *a = args;

	(void)result;
	return session_end_own(ctx, a->session_id);
}

static enum fail_code
op_end_others(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	(void)result;
	return session_end_own(ctx, STR_NONE);
}

static enum fail_code
op_get_policy(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return people_policy(ctx, result);
}

static enum fail_code
op_set_policy(struct ctx *ctx, const void *args, void *result)
{
	return people_set_policy(ctx, args, result);
}

static enum fail_code
op_votes(struct ctx *ctx, const void *args, void *result)
{
	const struct votes_args *a = args;

	return quorum_state(ctx, a->tool_id, result);
}

enum {
	OP_LIST,
	OP_GET,
	OP_CREATE,
	OP_UPDATE,
	OP_DELETE,
	OP_REMOVE_TOTP,
	OP_SESSIONS,
	OP_END_SESSION,
	OP_END_SESSIONS,
	OP_MY_SESSIONS,
	OP_END_MINE,
	OP_END_OTHERS,
	OP_GET_POLICY,
	OP_SET_POLICY,
	OP_VOTES
};

/* clang-format off */
#define PERSON \
	.result = people_fields, .result_size = sizeof(struct person), \
	.result_name = "Person"
#define SESSIONS \
	.result = sessions_fields, .result_size = sizeof(struct page), \
	.result_name = "SessionPage"
#define POLICY \
	.result = people_policy_fields, \
	.result_size = sizeof(struct people_policy), \
	.result_name = "PeoplePolicy"
#define READS .hints = HINT_READ_ONLY | HINT_IDEMPOTENT
#define OF_ADMINS .perm = PERM_ADMIN, .faces = FACE_REST
#define OF_SELF .perm = PERM_SELF, .faces = FACE_REST

const struct op people_ops[] = {
	[OP_LIST] = {
		.name = "list_users",
		.title = "People",
		.doc = "Lists the accounts, oldest first.",
		.params = list_params,
		.args_size = sizeof(struct people_list_args),
		.result = page_fields, .result_size = sizeof(struct page),
		.result_name = "PersonPage",
		OF_ADMINS, READS, .fn = op_list,
	},
	[OP_GET] = {
		.name = "get_user",
		.title = "One person",
		.doc = "One account.",
		.params = user_params, .args_size = sizeof(struct user_args),
		PERSON, OF_ADMINS, READS, .fn = op_get,
	},
	[OP_CREATE] = {
		.name = "create_user",
		.title = "Make an account",
		.doc = "Makes an account with a password that is known to "
		       "whoever makes it. An invitation (create_invite) lets "
		       "the person choose.",
		.params = create_params,
		.args_size = sizeof(struct people_create_args),
		PERSON, OF_ADMINS, .fn = op_create,
	},
	[OP_UPDATE] = {
		.name = "update_user",
		.title = "Change a person's role",
		.doc = "Changes the role, or switches the account off and on. "
		       "It holds at once, for sessions and tokens, too. The "
		       "last active admin stays one.",
		.params = update_params,
		.args_size = sizeof(struct people_update_args),
		PERSON, OF_ADMINS, .hints = HINT_IDEMPOTENT, .fn = op_update,
	},
	[OP_DELETE] = {
		.name = "delete_user",
		.title = "Delete an account",
		.doc = "Deletes an account with its sessions, tokens and second "
		       "factor. What the person did stays in the audit trail. "
		       "The last active admin cannot be deleted.",
		.params = user_params, .args_size = sizeof(struct user_args),
		OF_ADMINS, .hints = HINT_DESTRUCTIVE, .fn = op_delete,
	},
	[OP_REMOVE_TOTP] = {
		.name = "remove_user_totp",
		.title = "Remove a person's second factor",
		.doc = "For somebody who lost the authenticator and the recovery "
		       "codes.",
		.params = user_params, .args_size = sizeof(struct user_args),
		OF_ADMINS, .hints = HINT_DESTRUCTIVE, .fn = op_remove_totp,
	},
	[OP_SESSIONS] = {
		.name = "list_user_sessions",
		.title = "A person's sessions",
		.doc = "Where somebody is signed in, the latest visit first.",
		.params = sessions_params,
		.args_size = sizeof(struct sessions_args),
		SESSIONS, OF_ADMINS, READS, .fn = op_sessions,
	},
	[OP_END_SESSION] = {
		.name = "revoke_user_session",
		.title = "End a person's session",
		.doc = "Ends one session of somebody, at once.",
		.params = session_params,
		.args_size = sizeof(struct session_args),
		OF_ADMINS, .hints = HINT_DESTRUCTIVE, .fn = op_end_session,
	},
	[OP_END_SESSIONS] = {
		.name = "revoke_user_sessions",
		.title = "Sign a person out everywhere",
		.doc = "Ends all sessions of somebody, at once.",
		.params = user_params, .args_size = sizeof(struct user_args),
		OF_ADMINS, .hints = HINT_DESTRUCTIVE | HINT_IDEMPOTENT,
		.fn = op_end_sessions,
	},
	[OP_MY_SESSIONS] = {
		.name = "list_my_sessions",
		.title = "The caller's sessions",
		.doc = "Where the caller is signed in, the latest visit first.",
		.params = my_sessions_params,
		.args_size = sizeof(struct sessions_args),
		SESSIONS, OF_SELF, READS, .fn = op_my_sessions,
	},
	[OP_END_MINE] = {
		.name = "revoke_my_session",
		.title = "End one of the caller's sessions",
		.doc = "Ends one session of the caller, at once.",
		.params = my_session_params,
		.args_size = sizeof(struct session_args),
		OF_SELF, .hints = HINT_DESTRUCTIVE, .fn = op_end_mine,
	},
	[OP_END_OTHERS] = {
		.name = "revoke_my_other_sessions",
		.title = "Sign out everywhere else",
		.doc = "Ends all sessions of the caller but this one.",
		.args_size = sizeof(struct no_args),
		OF_SELF, .hints = HINT_DESTRUCTIVE | HINT_IDEMPOTENT,
		.fn = op_end_others,
	},
	[OP_GET_POLICY] = {
		.name = "get_people_policy",
		.title = "What the house asks of its people",
		.doc = "How many must approve, whether authors may, and whether "
		       "admins need a second factor.",
		.args_size = sizeof(struct no_args),
		POLICY, .perm = PERM_READ, .faces = FACE_REST, READS,
		.fn = op_get_policy,
	},
	[OP_SET_POLICY] = {
		.name = "set_people_policy",
		.title = "Change what the house asks of its people",
		.doc = "What is not given stays as it is. It holds at once; "
		       "approvals that stand stay.",
		.params = policy_params,
		.args_size = sizeof(struct people_policy_args),
		POLICY, OF_ADMINS, .hints = HINT_IDEMPOTENT,
		.fn = op_set_policy,
	},
	[OP_VOTES] = {
		.name = "get_tool_votes",
		.title = "Who approved a tool so far",
		.doc = "How many people must approve the current version of a "
		       "tool, who did, and whether the caller may.",
		.params = votes_params, .args_size = sizeof(struct votes_args),
		.result = quorum_fields, .result_size = sizeof(struct quorum),
		.result_name = "ToolVotes",
		.perm = PERM_READ, .faces = FACE_REST, READS, .fn = op_votes,
	},
	{.name = NULL},
};

#define OP(name) &people_ops[OP_##name]
const struct route people_routes[] = {
	{"GET",    "/api/users",                     OP(LIST),          200, false},
	{"POST",   "/api/users",                     OP(CREATE),        201, false},
	{"GET",    "/api/users/{user_id}",           OP(GET),           200, false},
	{"PATCH",  "/api/users/{user_id}",           OP(UPDATE),        200, false},
	{"DELETE", "/api/users/{user_id}",           OP(DELETE),        204, false},
	{"DELETE", "/api/users/{user_id}/totp",      OP(REMOVE_TOTP),   204, false},
	{"GET",    "/api/users/{user_id}/sessions",  OP(SESSIONS),      200, false},
	{"DELETE", "/api/users/{user_id}/sessions",  OP(END_SESSIONS),  204, false},
	{"DELETE", "/api/users/{user_id}/sessions/{session_id}",
						     OP(END_SESSION),   204, false},
	{"GET",    "/auth/sessions",                 OP(MY_SESSIONS),   200, false},
	{"DELETE", "/auth/sessions",                 OP(END_OTHERS),    204, false},
	{"DELETE", "/auth/sessions/{session_id}",    OP(END_MINE),      204, false},
	{"GET",    "/api/people-policy",             OP(GET_POLICY),    200, false},
	{"PATCH",  "/api/people-policy",             OP(SET_POLICY),    200, false},
	{"GET",    "/api/approvals/tools/{tool_id}/votes", OP(VOTES),   200, false},
	ROUTE_END
};
/* clang-format on */
