/*
 * login.c: checking passwords, slowly and evenly.
 */
#include "noun/login.h"

#include <string.h>
#include <sys/socket.h>

#include "addr.h"
#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/factor.h"
#include "noun/password.h"
#include "noun/session.h"

struct attempt {
	int64_t wait;
};

static const struct field attempt_fields[] = {
    FIELD_INT(struct attempt, wait, .doc = "Seconds still to wait."),
    FIELD_END,
};

/* Whom attempts by this name count against: known or not, in any case. */
static const char *
name_key(struct ctx *ctx, struct str username)
{
	char *key;

	/* Longer than any account's: one bucket is enough for those. */
	if (username.n > ACCOUNT_NAME_MAX)
		return "-";
	key = arena_strndup(ctx->arena, username.p, username.n);
	for (char *p = key; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return key;
}

/* One IPv4 address, or the /64 that one IPv6 customer has. */
static const char *
address_key(struct ctx *ctx)
{
	struct addr a;
	char hex[17];

	if (!addr_parse(str_from(ctx->client_ip), &a))
		return "-";
	if (a.family != AF_INET6)
		return ctx->client_ip;
	str_hex(a.b, 8, hex);
	return arena_printf(ctx->arena, "%s/64", hex);
}

static enum fail_code
count_attempt(struct ctx *ctx, struct str username)
{
	struct attempt attempt;
	enum fail_code code = db_one(ctx, Q_login_attempt,
	    DB_ARGS(
		DB_CSTR(name_key(ctx, username)), DB_CSTR(address_key(ctx))),
	    attempt_fields, &attempt);

	if (code != FAIL_NONE || attempt.wait == 0)
		return code;
	log_warning("sign-in attempt blocked", LOG_INT("wait", attempt.wait),
	    LOG_STR("client", ctx->client_ip));
	fail(&ctx->fail, FAIL_RATE,
	    "Too many attempts. Try again in %d seconds.", (int)attempt.wait);
	ctx->fail.retry_after = (int)attempt.wait;
	return FAIL_RATE;
}

static enum fail_code
forget_attempts(struct ctx *ctx, struct str username)
{
	return db_run(ctx, Q_login_success,
	    DB_ARGS(
		DB_CSTR(name_key(ctx, username)), DB_CSTR(address_key(ctx))),
	    NULL);
}

/*
 * The part that holds a slot.  *good_out tells whether to let them in; every
 * path to false costs one lookup and one hash.
 */
static enum fail_code
examine(struct ctx *ctx, struct str username, struct str password,
    struct login *out, bool *good_out)
{
	char hash[CRYPT_PASSWORD_MAX];
	enum fail_code code;
	bool match;

	*good_out = false;
	if ((code = count_attempt(ctx, username)) != FAIL_NONE)
		return code;
	code = account_by_name(ctx, username, &out->who);
	if (code != FAIL_NONE && code != FAIL_NOT_FOUND)
		return code;
	out->known = code == FAIL_NONE;
	fail_clear(&ctx->fail);

	match = password_verify(
	    out->known ? out->who.password_hash : NULL, password);
	*good_out = match && out->who.is_active;
	if (*good_out && crypt_password_stale(out->who.password_hash)) {
		if ((code = password_hash(ctx, password, hash)) != FAIL_NONE)
			return code;
		out->rehash = arena_strdup(ctx->arena, hash);
	}
	return FAIL_NONE;
}

/* The record of a failure; the answer does not depend on why. */
static enum fail_code
refuse(struct ctx *ctx, struct str username, const struct login *login)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	enum fail_code code;

	json_put_view(
	    after, "username", str_sub(username, 0, ACCOUNT_NAME_MAX));
	code = audit_write(ctx, "login_failed", "account",
	    login->known ? login->who.id : NULL, NULL, after);
	if (code != FAIL_NONE)
		return code;
	return fail(&ctx->fail, FAIL_UNAUTHORIZED,
	    "The username or the password is wrong.");
}

/* The password was right; the second factor is absent or wrong.  The record,
 * and the failure once more. */
static enum fail_code
challenge(struct ctx *ctx, const struct login *login, bool given)
{
	const char *why = arena_strdup(ctx->arena, ctx->fail.message);
	json_t *after = json_keep(ctx->arena, json_obj());
	enum fail_code code;

	json_put_str(after, "username", login->who.username);
	json_put_str(after, "second_factor", given ? "wrong" : "asked for");
	code = audit_write(ctx, given ? "login_failed" : "login_challenged",
	    "account", login->who.id, NULL, after);
	if (code != FAIL_NONE)
		return code;
	return fail(&ctx->fail, FAIL_SECOND_FACTOR, "%s", why);
}

enum fail_code
login_verify(struct ctx *ctx, struct str username, struct str password,
    struct str second, struct login *out)
{
	enum fail_code code;
	bool good;

	memset(out, 0, sizeof(*out));
	if ((code = password_enter(ctx)) != FAIL_NONE)
		return code;
	code = examine(ctx, username, password, out, &good);
	password_leave();
	if (code != FAIL_NONE)
		return code;
	if (!good)
		return refuse(ctx, username, out);
	code = factor_check(ctx, &out->who, second);
	if (code != FAIL_SECOND_FACTOR)
		return code;
	return challenge(ctx, out, second.n > 0);
}

enum fail_code
login_prove(struct ctx *ctx, const struct account *who, struct str password)
{
	enum fail_code code = password_enter(ctx);

	if (code != FAIL_NONE)
		return code;
	code = count_attempt(ctx, str_from(who->username));
	if (code == FAIL_NONE && !password_verify(who->password_hash, password))
		code = fail_field(&ctx->fail, "/current_password",
		    "is not the current password");
	password_leave();
	return code;
}

enum fail_code
login_forgive(struct ctx *ctx, const struct account *who)
{
	return forget_attempts(ctx, str_from(who->username));
}

enum fail_code
login_accept(struct ctx *ctx, const struct login *login)
{
	const struct account *who = &login->who;
	enum fail_code code;

	if ((code = account_signed_in(ctx, who, login->rehash)) ||
	    (code = forget_attempts(ctx, str_from(who->username))))
		return code;
	account_become(ctx, who);
	return FAIL_NONE;
}

enum fail_code
login_record(struct ctx *ctx, const struct login *login, const char *how)
{
	json_t *after = json_keep(ctx->arena, json_obj());

	json_put_str(after, "username", login->who.username);
	json_put_str(after, "how", how);
	return audit_write(ctx, "login", "account", login->who.id, NULL, after);
}

/* With a slot: the old password proven, the new one hashed. */
static enum fail_code
prove_and_hash(struct ctx *ctx, const struct account *who, struct str current,
    struct str replacement, char hash[CRYPT_PASSWORD_MAX])
{
	enum fail_code code;

	if ((code = count_attempt(ctx, str_from(who->username))) != FAIL_NONE)
		return code;
	if (!password_verify(who->password_hash, current))
		return fail_field(&ctx->fail, "/current_password",
		    "is not the current password");
	if (str_eq(current, replacement))
		return fail_field(&ctx->fail, "/new_password",
		    "is the password that you have already");
	return password_hash(ctx, replacement, hash);
}

/* In a transaction. */
static enum fail_code
replace_password(struct ctx *ctx, struct account *who, const char *hash)
{
	json_t *before = json_keep(ctx->arena, json_obj());
	json_t *after = json_keep(ctx->arena, json_obj());
	enum fail_code code;

	json_put_int(before, "password_version", who->password_version);
	if ((code = account_set_password(ctx, who, hash)) ||
	    (code = forget_attempts(ctx, str_from(who->username))) ||
	    (code = session_password_changed(ctx, who)))
		return code;
	json_put_int(after, "password_version", who->password_version);
	return audit_write(
	    ctx, "change_password", "account", who->id, before, after);
}

enum fail_code
login_change_password(
    struct ctx *ctx, struct str current, struct str replacement)
{
	char hash[CRYPT_PASSWORD_MAX];
	struct account who;
	enum fail_code code;

	if ((code = account_get(ctx, str_from(ctx->caller.id), &who)) ||
	    (code = password_enter(ctx)))
		return code;
	code = prove_and_hash(ctx, &who, current, replacement, hash);
	password_leave();
	if (code != FAIL_NONE || (code = db_begin(ctx)) != FAIL_NONE)
		return code;
	if ((code = replace_password(ctx, &who, hash)) != FAIL_NONE) {
		db_rollback(ctx);
		return code;
	}
	return db_commit(ctx);
}
