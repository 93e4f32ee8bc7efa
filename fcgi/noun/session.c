/*
 * session.c: cookies, CSRF tokens, and the rows behind them.
 */
#include "noun/session.h"

#include <string.h>

#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/role.h"
#include "noun/signkey.h"
#include "noun/tx.h"
#include "rnd.h"
#include "secret.h"
#include "settings.h"

#define COOKIE_BYTES 32

struct cookie_hash {
	uint8_t b[CRYPT_SHA256_LEN];
};

struct session_row {
	const char *id;
	const char *cookie_hash; /* hex; "" for tokens */
	const char *expires_at;
};

struct session_person {
	const char *id;
	const char *account_id;
	const char *username;
	const char *role;
	bool must_enrol;
	bool stale; /* the last visit was noted over a minute ago */
};

/* clang-format off */
static const struct field row_fields[] = {
	FIELD_UUID(struct session_row, id, .doc = "Session."),
	FIELD_STR(struct session_row, cookie_hash, .flags = FIELD_SECRET,
	    .doc = "SHA-256 of the cookie."),
	FIELD_TIME(struct session_row, expires_at, .doc = "Its end."),
	FIELD_END
};

static const struct field person_fields[] = {
	FIELD_UUID(struct session_person, id, .doc = "Session."),
	FIELD_UUID(struct session_person, account_id, .doc = "Whose."),
	FIELD_STR(struct session_person, username, .doc = "Name."),
	FIELD_STR(struct session_person, role, .doc = "Role."),
	FIELD_BOOL(struct session_person, must_enrol,
	    .doc = "A second factor is missing."),
	FIELD_BOOL(struct session_person, stale, .doc = "Note the visit."),
	FIELD_END
};

const struct field session_row_fields[] = {
	FIELD_UUID(struct session_listed, id, .doc = "The session."),
	FIELD_STR(struct session_listed, kind, .choices = "cookie|token",
	    .doc = "The web page's, or a script's."),
	FIELD_STR(struct session_listed, ip,
	    .doc = "The address of the sign-in."),
	FIELD_STR(struct session_listed, user_agent,
	    .doc = "What the client called itself then."),
	FIELD_TIME(struct session_listed, created_at,
	    .doc = "When it began."),
	FIELD_TIME(struct session_listed, last_seen_at,
	    .doc = "The latest visit, to the minute."),
	FIELD_TIME(struct session_listed, expires_at,
	    .doc = "When it ends at the latest."),
	FIELD_BOOL(struct session_listed, current,
	    .doc = "Is it the one that asks?"),
	FIELD_END
};

static const struct field user_fields[] = {
	FIELD_UUID(struct session_user, id, .doc = "Identity of the account."),
	FIELD_STR(struct session_user, username, .doc = "Name."),
	FIELD_STR(struct session_user, role, .choices = ROLE_CHOICES,
	    .doc = "Role."),
	FIELD_END
};

const struct field session_info_fields[] = {
	FIELD_ROW(struct session_info, user, const struct session_user *,
	    FIELD_T_OBJECT, .child = user_fields,
	    .child_size = sizeof(struct session_user),
	    .child_name = "SessionUser", .doc = "Who is signed in."),
	FIELD_STRS(struct session_info, permissions,
	    .doc = "What the person may do: read, edit, run, decide, admin, "
		   "call."),
	FIELD_STR(struct session_info, csrf,
	    .doc = "Send it as X-CSRF-Token with whatever changes something. "
		   "Empty for a bearer token, which needs none."),
	FIELD_TIME(struct session_info, expires_at,
	    .doc = "When the session ends at the latest."),
	FIELD_INT(struct session_info, idle_seconds,
	    .doc = "It ends earlier after so long without a request."),
	FIELD_STR(struct session_info, language_policy,
	    .choices = "enforce|off",
	    .doc = "Whether tools are held to the language policy."),
	FIELD_BOOL(struct session_info, must_enrol,
	    .doc = "Whether the person must set up a second factor before "
		   "anything else."),
	FIELD_END
};
/* clang-format on */

const char *
session_cookie_name(bool https)
{
	return https ? "__Host-mcpbox_session" : "mcpbox_session";
}

static void
set_cookie(struct ctx *ctx, const char *value, int max_age)
{
	ctx->set_cookie = arena_printf(ctx->arena,
	    "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
	    session_cookie_name(ctx->https), value, max_age,
	    ctx->https ? "; Secure" : "");
}

void
session_clear_cookie(struct ctx *ctx)
{
	set_cookie(ctx, "", 0);
}

/* False for what cannot be a cookie of ours. */
static bool
hash_cookie(struct str cookie, struct cookie_hash *out)
{
	char raw[COOKIE_BYTES];
	size_t n;

	if (!str_unb64u(cookie, raw, sizeof(raw), &n) || n != sizeof(raw))
		return false;
	crypt_sha256((struct str){raw, n}, out->b);
	return true;
}

static struct str
hash_view(const struct cookie_hash *h)
{
	return (struct str){(const char *)h->b, sizeof(h->b)};
}

/* A fresh cookie for the answer, and the hash to store. */
static void
new_cookie(struct ctx *ctx, struct cookie_hash *hash_out)
{
	char raw[COOKIE_BYTES], text[STR_B64U_MAX(COOKIE_BYTES)];

	rnd_bytes(raw, sizeof(raw));
	str_b64u(raw, sizeof(raw), text);
	crypt_sha256((struct str){raw, sizeof(raw)}, hash_out->b);
	set_cookie(ctx, text, SESSION_COOKIE_S);
	secret_wipe(raw, sizeof(raw));
	secret_wipe(text, sizeof(text));
}

/* By the i-th key; the first one's is what is given out. */
static void
csrf_token(struct ctx *ctx, const char *session, const char *hash_hex, size_t i,
    char out[SESSION_CSRF_MAX])
{
	uint8_t mac[CRYPT_SHA256_LEN];
	const char *text = arena_printf(ctx->arena, "%s|%s", session, hash_hex);

	crypt_hmac(
	    signkey_at(ctx->settings, SIGNKEY_CSRF, i), str_from(text), mac);
	str_b64u(mac, sizeof(mac), out);
}

bool
session_csrf_ok(struct ctx *ctx, struct str cookie, struct str given)
{
	char hex[2 * CRYPT_SHA256_LEN + 1], expected[SESSION_CSRF_MAX];
	size_t n = signkey_count(ctx->settings);
	struct cookie_hash hash;
	bool ok = false;

	if (ctx->caller.session == NULL || !hash_cookie(cookie, &hash))
		return false;
	str_hex(hash.b, sizeof(hash.b), hex);
	for (size_t i = 0; !ok && i < n; i++) {
		csrf_token(ctx, ctx->caller.session, hex, i, expected);
		ok = secret_equal(given, str_from(expected));
	}
	return ok;
}

enum fail_code
session_seen(struct ctx *ctx, const char *id)
{
	return db_run(ctx, Q_session_seen, DB_ARGS(DB_CSTR(id)), NULL);
}

enum fail_code
session_identify(struct ctx *ctx, struct str cookie)
{
	struct session_person p;
	struct cookie_hash hash;
	enum fail_code code;

	if (!hash_cookie(cookie, &hash))
		return FAIL_NONE;
	code = db_one(ctx, Q_session_by_cookie,
	    DB_ARGS(DB_BYTES(hash_view(&hash)), DB_INT(SESSION_IDLE_S)),
	    person_fields, &p);
	if (code == FAIL_NOT_FOUND) {
		fail_clear(&ctx->fail);
		return FAIL_NONE;
	}
	if (code != FAIL_NONE || (p.stale && (code = session_seen(ctx, p.id))))
		return code;
	account_become(ctx,
	    &(struct account){.id = p.account_id,
		.username = p.username,
		.role = p.role,
		.must_enrol = p.must_enrol});
	ctx->caller.session = p.id;
	ctx->caller.cookie = true;
	return FAIL_NONE;
}

enum fail_code
session_open_cookie(struct ctx *ctx, const struct account *who)
{
	struct session_row row;
	struct cookie_hash hash;
	enum fail_code code;

	new_cookie(ctx, &hash);
	code = db_one(ctx, Q_session_insert_cookie,
	    DB_ARGS(DB_CSTR(who->id), DB_BYTES(hash_view(&hash)),
		DB_INT(who->password_version), DB_CSTR(ctx->client_ip),
		DB_CSTR(ctx->user_agent), DB_INT(SESSION_COOKIE_S)),
	    row_fields, &row);
	if (code != FAIL_NONE)
		return code;
	ctx->caller.session = row.id;
	ctx->caller.cookie = true;
	return FAIL_NONE;
}

enum fail_code
session_open_token(
    struct ctx *ctx, const struct account *who, const char **id_out)
{
	struct session_row row;
	enum fail_code code = db_one(ctx, Q_session_insert_token,
	    DB_ARGS(DB_CSTR(who->id), DB_INT(who->password_version),
		DB_CSTR(ctx->client_ip), DB_CSTR(ctx->user_agent),
		DB_INT(SESSION_TOKEN_S)),
	    row_fields, &row);

	if (code == FAIL_NONE)
		*id_out = row.id;
	return code;
}

enum fail_code
session_describe(struct ctx *ctx, struct session_info *out)
{
	const struct caller *c = &ctx->caller;
	struct session_user *user = arena_alloc(ctx->arena, sizeof(*user));
	char csrf[SESSION_CSRF_MAX] = "";
	struct session_row row;
	enum fail_code code;

	code = db_one(
	    ctx, Q_session_get, DB_ARGS(DB_CSTR(c->session)), row_fields, &row);
	if (code == FAIL_NOT_FOUND) /* it ended a moment ago */
		return fail(&ctx->fail, FAIL_UNAUTHORIZED, NULL);
	if (code != FAIL_NONE)
		return code;
	if (c->cookie)
		csrf_token(ctx, row.id, row.cookie_hash, 0, csrf);
	*user = (struct session_user){c->id, c->name, c->role};
	*out = (struct session_info){
	    .user = user,
	    .permissions = role_perm_names(ctx->arena, c->perms),
	    .csrf = arena_strdup(ctx->arena, csrf),
	    .expires_at = row.expires_at,
	    .idle_seconds = c->cookie ? SESSION_IDLE_S : SESSION_TOKEN_S,
	    .language_policy = ctx->settings->language_policy,
	    .must_enrol = c->must_enrol,
	};
	return FAIL_NONE;
}

enum fail_code
session_revoke(struct ctx *ctx, const char *id, const char *account_id,
    const char *why, bool *ended_out)
{
	int64_t n;
	enum fail_code code = db_run(ctx, Q_session_revoke,
	    DB_ARGS(DB_CSTR(id), DB_CSTR(account_id), DB_CSTR(why)), &n);

	if (ended_out != NULL)
		*ended_out = code == FAIL_NONE && n > 0;
	return code;
}

enum fail_code
session_end_all(struct ctx *ctx, const char *account_id, const char *kept,
    const char *why, int64_t *n_out)
{
	return db_run(ctx, Q_session_revoke_all,
	    DB_ARGS(DB_CSTR(account_id), DB_CSTR(kept), DB_CSTR(why)), n_out);
}

/* In a transaction. */
static enum fail_code
end_one(struct ctx *ctx, struct str session)
{
	bool ended;
	enum fail_code code = session_revoke(
	    ctx, session.p, ctx->caller.id, "revoked", &ended);

	if (code == FAIL_NONE && !ended)
		return fail(
		    &ctx->fail, FAIL_NOT_FOUND, "There is no such session.");
	if (code != FAIL_NONE)
		return code;
	if (ctx->caller.cookie && str_eq_c(session, ctx->caller.session))
		session_clear_cookie(ctx);
	return audit_write(
	    ctx, "revoke_session", "session", session.p, NULL, NULL);
}

static enum fail_code
end_others(struct ctx *ctx)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	int64_t n = 0;
	enum fail_code code = session_end_all(
	    ctx, ctx->caller.id, ctx->caller.session, "revoked", &n);

	json_put_int(after, "ended", n);
	return code != FAIL_NONE ? code
				 : audit_write(ctx, "revoke_sessions",
				       "account", ctx->caller.id, NULL, after);
}

enum fail_code
session_end_own(struct ctx *ctx, struct str session)
{
	enum fail_code code = db_begin(ctx);

	if (code != FAIL_NONE)
		return code;
	return tx_end(
	    ctx, session.p != NULL ? end_one(ctx, session) : end_others(ctx));
}

enum fail_code
session_list(struct ctx *ctx, const char *account_id, struct opt_int page,
    struct opt_int page_size, struct page *out)
{
	return paged(ctx, Q_session_list,
	    DB_ARGS(DB_CSTR(account_id), DB_CSTR(ctx->caller.session),
		DB_INT(SESSION_IDLE_S)),
	    session_row_fields, sizeof(struct session_listed), page, page_size,
	    out);
}

enum fail_code
session_password_changed(struct ctx *ctx, const struct account *who)
{
	const char *kept = ctx->caller.cookie ? ctx->caller.session : NULL;
	struct cookie_hash hash;
	enum fail_code code = session_end_all(
	    ctx, who->id, kept, "password", NULL);

	if (code != FAIL_NONE || kept == NULL)
		return code;
	new_cookie(ctx, &hash);
	return db_run(ctx, Q_session_renew_cookie,
	    DB_ARGS(DB_CSTR(kept), DB_BYTES(hash_view(&hash)),
		DB_INT(who->password_version)),
	    NULL);
}
