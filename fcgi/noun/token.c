/*
 * token.c: token pairs and their rotation.
 */
#include "noun/token.h"

#include <string.h>

#include "clock.h"
#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/jwt.h"
#include "noun/session.h"
#include "noun/signkey.h"
#include "rnd.h"

struct token_owner {
	const char *session_id;
	const char *account_id;
	const char *username;
	const char *role;
	int64_t password_version;
	bool used;
};

struct token_person {
	const char *username;
	const char *role;
	bool must_enrol;
};

/* clang-format off */
const struct field token_pair_fields[] = {
	FIELD_STR(struct token_pair, access_token,
	    .doc = "Send it as 'Authorization: Bearer <access_token>'."),
	FIELD_STR(struct token_pair, refresh_token,
	    .doc = "Works once, for the next pair."),
	FIELD_STR(struct token_pair, token_type, .choices = "bearer",
	    .doc = "Kind of the access token."),
	FIELD_INT(struct token_pair, expires_in,
	    .doc = "Seconds until the access token ends."),
	FIELD_END
};

static const struct field owner_fields[] = {
	FIELD_UUID(struct token_owner, session_id, .doc = "Session."),
	FIELD_UUID(struct token_owner, account_id, .doc = "Whose."),
	FIELD_STR(struct token_owner, username, .doc = "Name."),
	FIELD_STR(struct token_owner, role, .doc = "Role."),
	FIELD_INT(struct token_owner, password_version,
	    .doc = "The account's."),
	FIELD_BOOL(struct token_owner, used, .doc = "It was used before."),
	FIELD_END
};

static const struct field person_fields[] = {
	FIELD_STR(struct token_person, username, .doc = "Name."),
	FIELD_STR(struct token_person, role, .doc = "Role."),
	FIELD_BOOL(struct token_person, must_enrol,
	    .doc = "A second factor is missing."),
	FIELD_END
};
/* clang-format on */

struct token_hash {
	uint8_t b[CRYPT_SHA256_LEN];
};

static struct str
hash_token(struct str token, struct token_hash *out)
{
	crypt_sha256(token, out->b);
	return (struct str){(const char *)out->b, sizeof(out->b)};
}

/* In a transaction: a refresh token of the session, and an access token. */
static enum fail_code
issue(struct ctx *ctx, const struct account *who, const char *session,
    struct token_pair *out)
{
	struct jwt_claims claims = {.pv = who->password_version};
	struct str key = signkey_get(ctx->settings, SIGNKEY_JWT);
	char refresh[RND_TOKEN_MAX];
	struct token_hash hash;
	struct buf access;
	enum fail_code code;

	rnd_token(refresh);
	code = db_run(ctx, Q_token_insert,
	    DB_ARGS(DB_BYTES(hash_token(str_from(refresh), &hash)),
		DB_CSTR(session), DB_INT(TOKEN_REFRESH_S)),
	    NULL);
	if (code != FAIL_NONE)
		return code;
	memcpy(claims.sub, who->id, sizeof(claims.sub));
	memcpy(claims.sid, session, sizeof(claims.sid));
	buf_init(&access, JWT_MAX);
	jwt_sign(key, clock_wall_s(), &claims, &access);
	*out = (struct token_pair){
	    .access_token = arena_strndup(ctx->arena, access.p, access.n),
	    .refresh_token = arena_strdup(ctx->arena, refresh),
	    .token_type = "bearer",
	    .expires_in = JWT_LIFETIME_S,
	};
	buf_free(&access);
	return FAIL_NONE;
}

enum fail_code
token_open(struct ctx *ctx, const struct account *who, struct token_pair *out)
{
	const char *session;
	enum fail_code code;

	if ((code = session_open_token(ctx, who, &session)) != FAIL_NONE)
		return code;
	return issue(ctx, who, session, out);
}

static struct account
owner_account(const struct token_owner *o)
{
	return (struct account){
	    .id = o->account_id,
	    .username = o->username,
	    .role = o->role,
	    .password_version = o->password_version,
	};
}

/* Uses the token up: FAIL_NOT_FOUND when it can't be (any more). */
static enum fail_code
use_up(struct ctx *ctx, struct str hash, struct token_pair *out)
{
	struct token_owner o;
	struct account who;
	enum fail_code code;

	code = db_one(
	    ctx, Q_token_use, DB_ARGS(DB_BYTES(hash)), owner_fields, &o);
	if (code != FAIL_NONE)
		return code;
	who = owner_account(&o);
	account_become(ctx, &who);
	if ((code = issue(ctx, &who, o.session_id, out)) ||
	    (code = session_seen(ctx, o.session_id)))
		return code;
	return audit_write(ctx, "refresh", "session", o.session_id, NULL, NULL);
}

/* It didn't work: if that is because it was used before, the session ends. */
static enum fail_code
look_for_reuse(struct ctx *ctx, struct str hash)
{
	struct token_owner o;
	json_t *after;
	bool ended;
	enum fail_code code;

	fail_clear(&ctx->fail);
	code = db_one(
	    ctx, Q_token_owner, DB_ARGS(DB_BYTES(hash)), owner_fields, &o);
	if (code == FAIL_NOT_FOUND) {
		fail_clear(&ctx->fail);
		return FAIL_NONE;
	}
	if (code != FAIL_NONE || !o.used)
		return code;
	code = session_revoke(ctx, o.session_id, o.account_id, "reuse", &ended);
	if (code != FAIL_NONE || !ended)
		return code;
	log_warning("refresh token used twice: session ended",
	    LOG_STR("session", o.session_id));
	after = json_keep(ctx->arena, json_obj());
	json_put_str(after, "username", o.username);
	json_put_str(after, "session", "ended");
	return audit_write(
	    ctx, "refresh_reuse", "session", o.session_id, NULL, after);
}

enum fail_code
token_refresh(struct ctx *ctx, struct str refresh, struct token_pair *out)
{
	struct token_hash bytes;
	struct str hash = hash_token(refresh, &bytes);
	bool refused;
	enum fail_code code;

	if ((code = db_begin(ctx)) != FAIL_NONE)
		return code;
	code = use_up(ctx, hash, out);
	refused = code == FAIL_NOT_FOUND;
	if (refused)
		code = look_for_reuse(ctx, hash);
	if (code != FAIL_NONE) {
		db_rollback(ctx);
		return code;
	}
	/* Also when refused: the end of the session must last. */
	if ((code = db_commit(ctx)) != FAIL_NONE || !refused)
		return code;
	return fail(&ctx->fail, FAIL_UNAUTHORIZED,
	    "The refresh token is not valid any more. Sign in again.");
}

/* By whichever key signed it. */
static enum jwt_result
verify(struct ctx *ctx, struct str access, struct jwt_claims *claims)
{
	enum jwt_result r = JWT_BAD;
	size_t n = signkey_count(ctx->settings);

	for (size_t i = 0; i < n && r == JWT_BAD; i++)
		r = jwt_verify(signkey_at(ctx->settings, SIGNKEY_JWT, i),
		    access, clock_wall_s(), claims);
	return r;
}

enum fail_code
token_identify(struct ctx *ctx, struct str access)
{
	struct jwt_claims claims;
	struct token_person person;
	enum fail_code code;

	switch (verify(ctx, access, &claims)) {
	case JWT_OK:
		break;
	case JWT_EXPIRED:
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The access token has expired.");
	case JWT_BAD:
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The access token is not valid.");
	}
	code = db_one(ctx, Q_token_state,
	    DB_ARGS(
		DB_CSTR(claims.sid), DB_CSTR(claims.sub), DB_INT(claims.pv)),
	    person_fields, &person);
	if (code == FAIL_NOT_FOUND)
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The access token's session is over. Sign in again.");
	if (code != FAIL_NONE)
		return code;
	account_become(ctx,
	    &(struct account){
		.id = arena_strdup(ctx->arena, claims.sub),
		.username = person.username,
		.role = person.role,
		.must_enrol = person.must_enrol,
	    });
	ctx->caller.session = arena_strdup(ctx->arena, claims.sid);
	return FAIL_NONE;
}

enum fail_code
token_forget(struct ctx *ctx, struct str refresh)
{
	struct token_hash bytes;
	struct token_owner o;
	enum fail_code code = db_one(ctx, Q_token_owner,
	    DB_ARGS(DB_BYTES(hash_token(refresh, &bytes))), owner_fields, &o);

	if (code == FAIL_NOT_FOUND) {
		fail_clear(&ctx->fail);
		return FAIL_NONE;
	}
	if (code != FAIL_NONE || strcmp(o.account_id, ctx->caller.id) != 0)
		return code;
	return session_revoke(ctx, o.session_id, o.account_id, "logout", NULL);
}
