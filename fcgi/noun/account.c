/*
 * account.c: rows of people.
 */
#include "noun/account.h"

#include "db/db.h"
#include "noun/role.h"

/* clang-format off */
const struct field account_fields[] = {
	FIELD_UUID(struct account, id, .doc = "Identity of the account."),
	FIELD_STR(struct account, username, .doc = "Name to sign in with."),
	FIELD_STR(struct account, role, .choices = ROLE_CHOICES,
	    .doc = "Role: decides what the account may do."),
	FIELD_BOOL(struct account, is_active,
	    .doc = "Whether the account may sign in."),
	FIELD_TIME(struct account, last_login_at, .flags = FIELD_NULLABLE,
	    .doc = "When somebody last signed in to it."),
	FIELD_TIME(struct account, created_at,
	    .doc = "When the account was made."),
	FIELD_INT(struct account, password_version, .flags = FIELD_SECRET,
	    .doc = "Counts the changes of password."),
	FIELD_STR(struct account, password_hash, .flags = FIELD_SECRET,
	    .doc = "Argon2id hash of the password."),
	FIELD_BOOL(struct account, must_enrol, .flags = FIELD_SECRET,
	    .doc = "Whether a second factor is still to be set up."),
	FIELD_END
};
/* clang-format on */

enum fail_code
account_get(struct ctx *ctx, struct str id, struct account *out)
{
	return db_one(
	    ctx, Q_account_get, DB_ARGS(DB_STR(id)), account_fields, out);
}

enum fail_code
account_insert(struct ctx *ctx, struct str username, const char *hash,
    const char *role, struct account *out)
{
	return db_one(ctx, Q_account_insert,
	    DB_ARGS(DB_STR(username), DB_CSTR(hash), DB_CSTR(role)),
	    account_fields, out);
}

enum fail_code
account_by_name(struct ctx *ctx, struct str username, struct account *out)
{
	return db_one(ctx, Q_account_by_name, DB_ARGS(DB_STR(username)),
	    account_fields, out);
}

enum fail_code
account_signed_in(
    struct ctx *ctx, const struct account *who, const char *rehash)
{
	int64_t n;
	enum fail_code code = db_run(ctx, Q_account_signed_in,
	    DB_ARGS(DB_CSTR(who->id), DB_INT(who->password_version),
		DB_CSTR(rehash)),
	    &n);

	if (code == FAIL_NONE && n != 1)
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The account has just changed. Sign in again.");
	return code;
}

enum fail_code
account_set_password(struct ctx *ctx, struct account *who, const char *hash)
{
	int64_t n;
	enum fail_code code = db_run(ctx, Q_account_set_password,
	    DB_ARGS(
		DB_CSTR(who->id), DB_INT(who->password_version), DB_CSTR(hash)),
	    &n);

	if (code != FAIL_NONE)
		return code;
	if (n != 1)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The password has just been changed elsewhere.");
	who->password_version++;
	who->password_hash = arena_strdup(ctx->arena, hash);
	return FAIL_NONE;
}

void
account_become(struct ctx *ctx, const struct account *who)
{
	ctx->caller = (struct caller){
	    .kind = CALLER_PERSON,
	    .id = who->id,
	    .name = who->username,
	    .role = who->role,
	    .perms = who->must_enrol ? role_enrol_perms()
				     : role_perms(who->role),
	    .must_enrol = who->must_enrol,
	};
}
