/*
 * invite.c: one-time links.
 */
#include "noun/invite.h"

#include <string.h>

#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/factor.h"
#include "noun/login.h"
#include "noun/paged.h"
#include "noun/people.h"
#include "noun/role.h"
#include "noun/session.h"
#include "noun/tx.h"
#include "rnd.h"
#include "settings.h"

struct token_hash {
	uint8_t b[CRYPT_SHA256_LEN];
};

struct made {
	const char *id;
	const char *expires_at;
};

struct found {
	const char *id;
	const char *kind;
	const char *role;
	const char *username;
	const char *account_id;
	bool remove_totp;
	const char *expires_at;
};

/* clang-format off */
static const struct field made_fields[] = {
	FIELD_UUID(struct made, id, .doc = "The link."),
	FIELD_TIME(struct made, expires_at, .doc = "Its end."),
	FIELD_END
};

static const struct field found_fields[] = {
	FIELD_UUID(struct found, id, .doc = "The link."),
	FIELD_STR(struct found, kind, .doc = "What it is for."),
	FIELD_STR(struct found, role, .doc = "The account's."),
	FIELD_STR(struct found, username, .flags = FIELD_NULLABLE,
	    .doc = "Whose reset it is."),
	FIELD_UUID(struct found, account_id, .flags = FIELD_NULLABLE,
	    .doc = "The same."),
	FIELD_BOOL(struct found, remove_totp, .doc = "Of a reset."),
	FIELD_TIME(struct found, expires_at, .doc = "Its end."),
	FIELD_END
};

const struct field invite_fields[] = {
	FIELD_UUID(struct invite, id, .doc = "The invitation."),
	FIELD_STR(struct invite, role, .choices = ROLE_CHOICES,
	    .doc = "What the person will be."),
	FIELD_STR(struct invite, note, .doc = "For whom it is."),
	FIELD_STR(struct invite, created_by, .doc = "Who invites."),
	FIELD_TIME(struct invite, created_at, .doc = "Since when."),
	FIELD_TIME(struct invite, expires_at, .doc = "Until when."),
	FIELD_TIME(struct invite, used_at, .flags = FIELD_NULLABLE,
	    .doc = "When somebody came."),
	FIELD_STR(struct invite, username, .flags = FIELD_NULLABLE,
	    .doc = "Who came."),
	FIELD_STR(struct invite, status, .choices = "open|used|expired",
	    .doc = "Does the link still work?"),
	FIELD_END
};
/* clang-format on */

static struct str
hash_token(struct str token, struct token_hash *out)
{
	crypt_sha256(token, out->b);
	return (struct str){(const char *)out->b, sizeof(out->b)};
}

/* --- making and taking back ------------------------------------------------
 */

enum fail_code
invite_list(struct ctx *ctx, struct opt_int page, struct opt_int page_size,
    struct page *out)
{
	return paged(ctx, Q_invite_list, DB_NOARGS, invite_fields,
	    sizeof(struct invite), page, page_size, out);
}

/* "http://127.0.0.1:8080/invite#…", at the name that others know. */
static const char *
link_of(struct ctx *ctx, const char *token)
{
	const struct settings *s = ctx->settings;
	struct str base;

	if (s->public_url == NULL)
		return arena_printf(ctx->arena, "%s://%s/invite#%s",
		    ctx->https ? "https" : "http", s->listen, token);
	base = str_from(s->public_url);
	while (str_ends(base, "/"))
		base.n--;
	return arena_printf(ctx->arena, "%.*s/invite#%s", STR_FMT(base), token);
}

/* In a transaction: the row. */
static enum fail_code
insert(struct ctx *ctx, const struct found *what, struct str note,
    int64_t hours, struct invite_link *out)
{
	char token[RND_TOKEN_MAX];
	struct token_hash hash;
	struct made made;
	enum fail_code rc;

	rnd_token(token);
	rc = db_one(ctx, Q_invite_insert,
	    DB_ARGS(DB_CSTR(what->kind),
		DB_BYTES(hash_token(str_from(token), &hash)),
		what->role != NULL ? DB_CSTR(what->role) : DB_NULL,
		what->account_id != NULL ? DB_CSTR(what->account_id) : DB_NULL,
		note.p != NULL ? DB_STR(note) : DB_CSTR(""),
		DB_BOOL(what->remove_totp), DB_CSTR(ctx_actor(ctx)),
		DB_INT(hours)),
	    made_fields, &made);
	if (rc != FAIL_NONE)
		return rc;
	*out = (struct invite_link){
	    .id = made.id,
	    .token = arena_strdup(ctx->arena, token),
	    .link = link_of(ctx, token),
	    .expires_at = made.expires_at,
	};
	return FAIL_NONE;
}

static enum fail_code
create(struct ctx *ctx, const struct invite_create_args *a,
    struct invite_link *out)
{
	struct found what = {.kind = "invite", .role = a->role.p};
	json_t *after = json_keep(ctx->arena, json_obj());
	enum fail_code rc = insert(ctx, &what, a->note, a->hours.v, out);

	if (rc != FAIL_NONE)
		return rc;
	json_put_str(after, "role", what.role);
	json_put_str(after, "expires_at", out->expires_at);
	return audit_write(
	    ctx, "create_invite", "invite", out->id, NULL, after);
}

enum fail_code
invite_create(struct ctx *ctx, const struct invite_create_args *args,
    struct invite_link *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, create(ctx, args, out));
}

static enum fail_code
reset(
    struct ctx *ctx, const struct invite_reset_args *a, struct invite_link *out)
{
	struct found what = {.kind = "reset", .account_id = a->user_id.p};
	json_t *after = json_keep(ctx->arena, json_obj());
	struct person who;
	enum fail_code rc = people_get(ctx, a->user_id, &who);

	if (rc != FAIL_NONE)
		return rc;
	if (!who.is_active)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "The account is switched off. Switch it on first.");
	what.remove_totp = a->remove_totp.given && a->remove_totp.v;
	if ((rc = db_run(ctx, Q_invite_drop_resets, DB_ARGS(DB_CSTR(who.id)),
		 NULL)) != FAIL_NONE ||
	    (rc = insert(ctx, &what, STR_NONE, a->hours.v, out)) != FAIL_NONE)
		return rc;
	json_put_str(after, "username", who.username);
	json_put_bool(after, "remove_totp", what.remove_totp);
	json_put_str(after, "expires_at", out->expires_at);
	return audit_write(ctx, "reset_user", "account", who.id, NULL, after);
}

enum fail_code
invite_reset(struct ctx *ctx, const struct invite_reset_args *args,
    struct invite_link *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, reset(ctx, args, out));
}

static enum fail_code
revoke(struct ctx *ctx, struct str id)
{
	struct invite before;
	int64_t n = 0;
	enum fail_code rc = tx_not_found(ctx,
	    db_one(
		ctx, Q_invite_get, DB_ARGS(DB_STR(id)), invite_fields, &before),
	    "invitation");

	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_invite_delete, DB_ARGS(DB_STR(id)), &n);
	if (rc == FAIL_NONE && n != 1)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "Somebody has accepted it already.");
	return rc != FAIL_NONE ? rc
			       : audit_write(ctx, "revoke_invite", "invite",
				     before.id, NULL, NULL);
}

enum fail_code
invite_revoke(struct ctx *ctx, struct str id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, revoke(ctx, id));
}

/* --- using -----------------------------------------------------------------
 */

static enum fail_code
find(struct ctx *ctx, struct str token, struct found *out)
{
	struct token_hash hash;
	enum fail_code rc = db_one(ctx, Q_invite_find,
	    DB_ARGS(DB_BYTES(hash_token(str_trim(token), &hash))), found_fields,
	    out);

	if (rc != FAIL_NOT_FOUND)
		return rc;
	return fail(&ctx->fail, FAIL_NOT_FOUND,
	    "This link does not work, or not any more. Ask an admin for "
	    "another one.");
}

enum fail_code
invite_look(struct ctx *ctx, struct str token, struct invite_about *out)
{
	struct found f;
	enum fail_code rc = find(ctx, token, &f);

	if (rc == FAIL_NONE)
		*out = (struct invite_about){
		    .kind = f.kind,
		    .role = f.role,
		    .username = f.username,
		    .expires_at = f.expires_at,
		};
	return rc;
}

/* In a transaction: nobody else uses it. */
static enum fail_code
use(struct ctx *ctx, const struct found *f)
{
	int64_t n = 0;
	enum fail_code rc = db_run(
	    ctx, Q_invite_use, DB_ARGS(DB_CSTR(f->id)), &n);

	if (rc == FAIL_NONE && n != 1)
		return fail(&ctx->fail, FAIL_NOT_FOUND,
		    "This link has just been used.");
	return rc;
}

static enum fail_code
join(struct ctx *ctx, const struct found *f, struct str username,
    const char *hash, struct account *out)
{
	enum fail_code rc = use(ctx, f);

	if (rc != FAIL_NONE ||
	    (rc = people_insert(ctx, username, f->role, hash, "accept_invite",
		 out)) != FAIL_NONE)
		return rc;
	return db_run(ctx, Q_invite_became,
	    DB_ARGS(DB_CSTR(f->id), DB_CSTR(out->id)), NULL);
}

static enum fail_code
set_password(struct ctx *ctx, const struct found *f, const char *hash,
    struct account *out)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	bool removed = false;
	enum fail_code rc;

	if ((rc = use(ctx, f)) != FAIL_NONE ||
	    (rc = account_get(ctx, str_from(f->account_id), out)) !=
		FAIL_NONE ||
	    (rc = account_set_password(ctx, out, hash)) != FAIL_NONE ||
	    (rc = session_end_all(ctx, out->id, NULL, "password", NULL)) !=
		FAIL_NONE ||
	    (rc = login_forgive(ctx, out)) != FAIL_NONE ||
	    (f->remove_totp &&
		(rc = factor_drop(ctx, out->id, &removed)) != FAIL_NONE))
		return rc;
	account_become(ctx, out);
	json_put_int(after, "password_version", out->password_version);
	json_put_bool(after, "totp_removed", removed);
	return audit_write(
	    ctx, "accept_reset", "account", out->id, NULL, after);
}

static enum fail_code
accept(struct ctx *ctx, const struct found *f,
    const struct invite_accept_args *a, struct account *out)
{
	bool joins = strcmp(f->kind, "invite") == 0;
	const char *hash;
	enum fail_code rc;

	if (joins && a->username.p == NULL)
		return fail_field(&ctx->fail, "/username", "is required");
	if (!joins && a->username.p != NULL)
		return fail_field(
		    &ctx->fail, "/username", "cannot be changed by a reset");
	if ((rc = people_hash(ctx, a->password, &hash)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx,
	    joins ? join(ctx, f, a->username, hash, out)
		  : set_password(ctx, f, hash, out));
}

enum fail_code
invite_accept(struct ctx *ctx, const struct invite_accept_args *args,
    struct invite_done *out)
{
	struct account who;
	struct found f;
	enum fail_code rc = find(ctx, args->token, &f);

	/* Whoever is signed in by the way: it is the link's holder who acts. */
	ctx->caller = (struct caller){.perms = PERM_ANYONE};
	if (rc == FAIL_NONE)
		rc = accept(ctx, &f, args, &who);
	if (rc == FAIL_NONE)
		*out = (struct invite_done){who.username, who.role};
	return rc;
}
