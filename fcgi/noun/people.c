/*
 * people.c: accounts as an admin handles them.
 */
#include "noun/people.h"

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/factor.h"
#include "noun/paged.h"
#include "noun/password.h"
#include "noun/role.h"
#include "noun/session.h"
#include "noun/tx.h"
#include "op/view.h"

#define KIND "account"

/* clang-format off */
const struct field people_fields[] = {
	FIELD_UUID(struct person, id, .doc = "Identity of the account."),
	FIELD_STR(struct person, username, .doc = "Name to sign in with."),
	FIELD_STR(struct person, role, .choices = ROLE_CHOICES,
	    .doc = "Role: decides what the account may do."),
	FIELD_BOOL(struct person, is_active,
	    .doc = "Whether the account may sign in."),
	FIELD_TIME(struct person, last_login_at, .flags = FIELD_NULLABLE,
	    .doc = "When somebody last signed in to it."),
	FIELD_TIME(struct person, created_at,
	    .doc = "When the account was made."),
	FIELD_BOOL(struct person, totp,
	    .doc = "Does a sign-in need a second factor?"),
	FIELD_INT(struct person, sessions, .doc = "Sessions that live."),
	FIELD_INT(struct person, tokens, .doc = "API tokens that work."),
	FIELD_END
};

const struct field people_policy_fields[] = {
	FIELD_BOOL(struct people_policy, author_may_approve,
	    .doc = "May who wrote a version approve it, and who asked for "
		   "network access grant it?"),
	FIELD_INT(struct people_policy, approvals_needed,
	    .doc = "So many people must approve a version of a tool."),
	FIELD_BOOL(struct people_policy, admins_need_totp,
	    .doc = "Must admins have a second factor?"),
	FIELD_STR(struct people_policy, updated_by, .flags = FIELD_NULLABLE,
	    .doc = "Who changed it last."),
	FIELD_TIME(struct people_policy, updated_at, .flags = FIELD_NULLABLE,
	    .doc = "When."),
	FIELD_END
};

struct locked {
	const char *id;
};

static const struct field locked_fields[] = {
	FIELD_UUID(struct locked, id, .doc = "Whose row it is."),
	FIELD_END
};
/* clang-format on */

#define DB_OPT_BOOL(o) ((o).given ? DB_BOOL((o).v) : DB_NULL)

/* --- reading -------------------------------------------------------------- */

enum fail_code
people_list(
    struct ctx *ctx, const struct people_list_args *args, struct page *out)
{
	return paged(ctx, Q_people_list,
	    DB_ARGS(DB_STR(args->role), DB_OPT_BOOL(args->is_active),
		DB_STR(args->search)),
	    people_fields, sizeof(struct person), args->page, args->page_size,
	    out);
}

enum fail_code
people_get(struct ctx *ctx, struct str id, struct person *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_people_get, DB_ARGS(DB_STR(id)), people_fields, out),
	    "person");
}

/* In a transaction: the person as they are, held. */
static enum fail_code
hold(struct ctx *ctx, struct str id, struct person *out)
{
	struct locked row;
	enum fail_code rc = db_one(
	    ctx, Q_people_lock, DB_ARGS(DB_STR(id)), locked_fields, &row);

	if (rc != FAIL_NONE)
		return tx_not_found(ctx, rc, "person");
	return people_get(ctx, id, out);
}

static json_t *
summary(struct ctx *ctx, const struct person *p)
{
	json_t *o = json_keep(ctx->arena, json_obj());

	json_put_str(o, "username", p->username);
	json_put_str(o, "role", p->role);
	json_put_bool(o, "is_active", p->is_active);
	json_put_bool(o, "totp", p->totp);
	return o;
}

/* --- making --------------------------------------------------------------- */

enum fail_code
people_hash(struct ctx *ctx, struct str password, const char **hash_out)
{
	char hash[CRYPT_PASSWORD_MAX];
	enum fail_code rc = password_enter(ctx);

	if (rc != FAIL_NONE)
		return rc;
	rc = password_hash(ctx, password, hash);
	password_leave();
	if (rc == FAIL_NONE)
		*hash_out = arena_strdup(ctx->arena, hash);
	return rc;
}

enum fail_code
people_insert(struct ctx *ctx, struct str username, const char *role,
    const char *hash, const char *operation, struct account *out)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	enum fail_code rc = account_insert(ctx, username, hash, role, out);

	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, FAIL_DUPLICATE,
		    "The name %.*s is taken.", STR_FMT(username));
	if (rc != FAIL_NONE)
		return rc;
	/* Whoever accepts an invitation is nobody until now. */
	if (ctx->caller.kind == CALLER_NOBODY)
		account_become(ctx, out);
	json_put_str(after, "username", out->username);
	json_put_str(after, "role", out->role);
	return audit_write(ctx, operation, KIND, out->id, NULL, after);
}

static enum fail_code
create(struct ctx *ctx, const struct people_create_args *a, const char *hash,
    struct person *out)
{
	struct account made;
	enum fail_code rc = people_insert(
	    ctx, a->username, a->role.p, hash, "create_user", &made);

	return rc != FAIL_NONE ? rc : people_get(ctx, str_from(made.id), out);
}

enum fail_code
people_create(
    struct ctx *ctx, const struct people_create_args *args, struct person *out)
{
	const char *hash;
	enum fail_code rc = people_hash(ctx, args->password, &hash);

	if (rc != FAIL_NONE || (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, create(ctx, args, hash, out));
}

/* --- changing ------------------------------------------------------------- */

static enum fail_code
update(struct ctx *ctx, const struct people_update_args *a, struct person *out)
{
	struct person before = {.id = NULL};
	enum fail_code rc;

	if ((rc = hold(ctx, a->user_id, &before)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_people_update,
		 DB_ARGS(DB_STR(a->user_id), DB_STR(a->role),
		     DB_OPT_BOOL(a->is_active)),
		 NULL)) != FAIL_NONE)
		return rc;
	if (a->is_active.given && !a->is_active.v &&
	    (rc = session_end_all(ctx, before.id, NULL, "disabled", NULL)) !=
		FAIL_NONE)
		return rc;
	if ((rc = people_get(ctx, a->user_id, out)) != FAIL_NONE)
		return rc;
	return audit_write(ctx, "update_user", KIND, out->id,
	    summary(ctx, &before), summary(ctx, out));
}

enum fail_code
people_update(
    struct ctx *ctx, const struct people_update_args *args, struct person *out)
{
	enum fail_code rc;

	if (args->role.p == NULL && !args->is_active.given)
		return fail_field(
		    &ctx->fail, "", "names nothing that would change");
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, update(ctx, args, out));
}

static enum fail_code
remove_person(struct ctx *ctx, struct str id)
{
	struct person before = {.id = NULL};
	enum fail_code rc;

	if ((rc = hold(ctx, id, &before)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_people_delete, DB_ARGS(DB_STR(id)), NULL)) !=
		FAIL_NONE)
		return rc;
	return audit_write(
	    ctx, "delete_user", KIND, before.id, summary(ctx, &before), NULL);
}

enum fail_code
people_delete(struct ctx *ctx, struct str id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, remove_person(ctx, id));
}

static enum fail_code
remove_totp(struct ctx *ctx, struct str id)
{
	struct person before = {.id = NULL};
	bool removed;
	enum fail_code rc;

	if ((rc = hold(ctx, id, &before)) != FAIL_NONE ||
	    (rc = factor_drop(ctx, before.id, &removed)) != FAIL_NONE)
		return rc;
	if (!removed)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "This person has no second factor.");
	return audit_write(
	    ctx, "remove_user_totp", KIND, before.id, NULL, NULL);
}

enum fail_code
people_remove_totp(struct ctx *ctx, struct str id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, remove_totp(ctx, id));
}

static enum fail_code
end_sessions(struct ctx *ctx, struct str id, struct str session)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	struct person who;
	bool ended;
	int64_t n = 0;
	enum fail_code rc = people_get(ctx, id, &who);

	if (rc != FAIL_NONE)
		return rc;
	json_put_str(after, "username", who.username);
	if (session.p == NULL) {
		rc = session_end_all(ctx, who.id, NULL, "revoked", &n);
		json_put_int(after, "ended", n);
		return rc != FAIL_NONE ? rc
				       : audit_write(ctx, "revoke_sessions",
					     KIND, who.id, NULL, after);
	}
	rc = session_revoke(ctx, session.p, who.id, "revoked", &ended);
	if (rc == FAIL_NONE && !ended)
		return fail(
		    &ctx->fail, FAIL_NOT_FOUND, "There is no such session.");
	return rc != FAIL_NONE ? rc
			       : audit_write(ctx, "revoke_session", "session",
				     session.p, NULL, after);
}

enum fail_code
people_end_sessions(struct ctx *ctx, struct str id, struct str session)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc
			       : tx_end(ctx, end_sessions(ctx, id, session));
}

/* --- the policy ----------------------------------------------------------- */

enum fail_code
people_policy(struct ctx *ctx, struct people_policy *out)
{
	return db_one(
	    ctx, Q_people_policy, DB_NOARGS, people_policy_fields, out);
}

static enum fail_code
set_policy(struct ctx *ctx, const struct people_policy_args *a,
    struct people_policy *out)
{
	struct people_policy before;
	enum fail_code rc;

	if ((rc = people_policy(ctx, &before)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_people_set_policy,
		 DB_ARGS(DB_OPT_BOOL(a->author_may_approve),
		     DB_OPT_INT(a->approvals_needed),
		     DB_OPT_BOOL(a->admins_need_totp), DB_CSTR(ctx_actor(ctx))),
		 NULL)) != FAIL_NONE ||
	    (rc = people_policy(ctx, out)) != FAIL_NONE)
		return rc;
	return audit_write(ctx, "set_people_policy", "policy", "people",
	    json_keep(ctx->arena, view_object(people_policy_fields, &before)),
	    json_keep(ctx->arena, view_object(people_policy_fields, out)));
}

enum fail_code
people_set_policy(struct ctx *ctx, const struct people_policy_args *args,
    struct people_policy *out)
{
	struct person me;
	enum fail_code rc = people_get(ctx, str_from(ctx->caller.id), &me);

	if (rc != FAIL_NONE)
		return rc;
	if (args->admins_need_totp.given && args->admins_need_totp.v &&
	    !me.totp)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "Set up your own second factor first (/auth/totp).");
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, set_policy(ctx, args, out));
}
