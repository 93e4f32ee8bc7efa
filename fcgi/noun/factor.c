/*
 * factor.c: the second factor, stored and asked for.
 */
#include "noun/factor.h"

#include <string.h>

#include "clock.h"
#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "keyring.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/login.h"
#include "noun/people.h"
#include "noun/totp.h"
#include "noun/tx.h"
#include "rnd.h"
#include "secret.h"
#include "settings.h"

#define PURPOSE "totp"
#define ISSUER "mcpbox"

struct factor_row {
	const char *account_id;
	const char *sealed; /* hex */
	bool confirmed;
	const char *confirmed_at;
	int64_t recovery_codes;
};

/* clang-format off */
static const struct field row_fields[] = {
	FIELD_UUID(struct factor_row, account_id, .doc = "Whose."),
	FIELD_STR(struct factor_row, sealed, .flags = FIELD_SECRET,
	    .doc = "The key's envelope."),
	FIELD_BOOL(struct factor_row, confirmed, .doc = "Is it in use?"),
	FIELD_TIME(struct factor_row, confirmed_at, .flags = FIELD_NULLABLE,
	    .doc = "Since when."),
	FIELD_INT(struct factor_row, recovery_codes, .doc = "Left."),
	FIELD_END
};
/* clang-format on */

/* --- the key at rest -------------------------------------------------------
 */

static struct keyring *
keys(const struct settings *s)
{
	if (s->keys == NULL)
		log_panic("no master key in this process", NULL);
	return s->keys;
}

static struct str
identity(struct ctx *ctx, const char *account_id)
{
	return str_from(arena_printf(ctx->arena, "totp:%s", account_id));
}

/* The key of a row; the caller frees it. */
static enum fail_code
unseal(struct ctx *ctx, const struct factor_row *row, struct secret **out)
{
	struct str hex = str_from(row->sealed);
	size_t n = hex.n / 2;
	char *sealed = arena_alloc(ctx->arena, n);

	*out = NULL;
	if (str_unhex(hex, sealed, n) &&
	    keyring_open(keys(ctx->settings), PURPOSE,
		identity(ctx, row->account_id), (struct str){sealed, n}, out))
		return FAIL_NONE;
	log_error("a second factor cannot be opened: was the encryption key "
		  "changed?",
	    LOG_STR("account", row->account_id));
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "Your second factor was stored with another encryption key. An "
	    "admin must remove it.");
}

/* *there_out: is there a row? */
static enum fail_code
find(struct ctx *ctx, const char *account_id, struct factor_row *out,
    bool *there_out)
{
	enum fail_code rc = db_one(
	    ctx, Q_factor_get, DB_ARGS(DB_CSTR(account_id)), row_fields, out);

	*there_out = rc == FAIL_NONE;
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	return FAIL_NONE;
}

/* --- codes -----------------------------------------------------------------
 */

/* Uses a code of the authenticator up; *taken_out: it was good and new. */
static enum fail_code
take_code(struct ctx *ctx, const struct factor_row *row, struct str code,
    bool *taken_out)
{
	struct secret *k;
	int64_t step, n = 0;
	enum fail_code rc = unseal(ctx, row, &k);
	bool match;

	*taken_out = false;
	if (rc != FAIL_NONE)
		return rc;
	match = totp_match(secret_view(k), clock_wall_s(), code, &step);
	secret_free(k);
	if (!match)
		return FAIL_NONE;
	rc = db_run(ctx, Q_factor_step,
	    DB_ARGS(DB_CSTR(row->account_id), DB_INT(step)), &n);
	*taken_out = rc == FAIL_NONE && n == 1;
	return rc;
}

/* In a transaction. */
static enum fail_code
use_recovery(struct ctx *ctx, const struct factor_row *row, struct str hash,
    bool *taken_out)
{
	json_t *after;
	int64_t n = 0;
	enum fail_code rc = db_run(ctx, Q_factor_recover,
	    DB_ARGS(DB_CSTR(row->account_id), DB_BYTES(hash)), &n);

	if (rc != FAIL_NONE || n != 1)
		return rc;
	*taken_out = true;
	after = json_keep(ctx->arena, json_obj());
	json_put_int(after, "recovery_codes_left", row->recovery_codes - 1);
	return audit_write(
	    ctx, "use_recovery_code", "account", row->account_id, NULL, after);
}

static enum fail_code
take_recovery(struct ctx *ctx, const struct factor_row *row, struct str code,
    bool *taken_out)
{
	uint8_t hash[CRYPT_SHA256_LEN];
	enum fail_code rc;

	*taken_out = false;
	if (!totp_recovery_hash(code, hash))
		return FAIL_NONE;
	if ((rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx,
	    use_recovery(ctx, row,
		(struct str){(const char *)hash, sizeof(hash)}, taken_out));
}

static enum fail_code
take(struct ctx *ctx, const struct factor_row *row, struct str code,
    bool *taken_out)
{
	enum fail_code rc = take_code(ctx, row, code, taken_out);

	if (rc != FAIL_NONE || *taken_out)
		return rc;
	return take_recovery(ctx, row, code, taken_out);
}

enum fail_code
factor_check(struct ctx *ctx, const struct account *who, struct str code)
{
	struct factor_row row;
	bool there, taken;
	enum fail_code rc = find(ctx, who->id, &row, &there);

	if (rc != FAIL_NONE || !there || !row.confirmed)
		return rc;
	if (code.n == 0)
		return fail(&ctx->fail, FAIL_SECOND_FACTOR,
		    "Send the code of your authenticator, or a recovery code, "
		    "as `code`, too.");
	if ((rc = take(ctx, &row, code, &taken)) != FAIL_NONE || taken)
		return rc;
	return fail(&ctx->fail, FAIL_SECOND_FACTOR,
	    "The code is wrong, or was used already. Wait for the next one.");
}

/* --- the caller's own ------------------------------------------------------
 */

enum fail_code
factor_status(struct ctx *ctx, struct factor_status *out)
{
	struct people_policy policy;
	struct factor_row row;
	bool there;
	enum fail_code rc;

	if ((rc = find(ctx, ctx->caller.id, &row, &there)) != FAIL_NONE ||
	    (rc = people_policy(ctx, &policy)) != FAIL_NONE)
		return rc;
	*out = (struct factor_status){
	    .enabled = there && row.confirmed,
	    .required = policy.admins_need_totp &&
		strcmp(ctx->caller.role, "admin") == 0,
	    .confirmed_at = there ? row.confirmed_at : NULL,
	    .recovery_codes = there ? row.recovery_codes : 0,
	};
	return FAIL_NONE;
}

/* The account, once its password was proven. */
static enum fail_code
prove(struct ctx *ctx, struct str password, struct account *who)
{
	enum fail_code rc = account_get(ctx, str_from(ctx->caller.id), who);

	return rc != FAIL_NONE ? rc : login_prove(ctx, who, password);
}

/* ... and a code. */
static enum fail_code
prove_both(
    struct ctx *ctx, struct str password, struct str code, struct account *who)
{
	struct factor_row row;
	bool there, taken;
	enum fail_code rc;

	if ((rc = prove(ctx, password, who)) != FAIL_NONE ||
	    (rc = find(ctx, who->id, &row, &there)) != FAIL_NONE)
		return rc;
	if (!there || !row.confirmed)
		return fail(
		    &ctx->fail, FAIL_CONFLICT, "There is no second factor.");
	if ((rc = take(ctx, &row, code, &taken)) != FAIL_NONE)
		return rc;
	if (taken)
		return login_forgive(ctx, who);
	return fail_field(&ctx->fail, "/code", "is wrong, or was used already");
}

static const char *
otpauth(struct ctx *ctx, const struct account *who, const char *secret)
{
	return arena_printf(ctx->arena,
	    "otpauth://totp/" ISSUER ":%s?secret=%s&issuer=" ISSUER
	    "&algorithm=SHA1&digits=%d&period=%d",
	    who->username, secret, TOTP_DIGITS, TOTP_STEP_S);
}

/* A fresh key: stored, and shown once. */
static enum fail_code
begin(struct ctx *ctx, const struct account *who, struct factor_enrolment *out)
{
	uint8_t raw[TOTP_KEY_LEN];
	char *secret = arena_alloc(ctx->arena, TOTP_BASE32_MAX(TOTP_KEY_LEN));
	struct buf sealed;
	enum fail_code rc;
	int64_t n = 0;

	rnd_bytes(raw, sizeof(raw));
	totp_base32(raw, sizeof(raw), secret);
	buf_init(&sealed, CRYPT_SEALED(sizeof(raw)));
	keyring_seal(keys(ctx->settings), PURPOSE, identity(ctx, who->id),
	    (struct str){(const char *)raw, sizeof(raw)}, &sealed);
	secret_wipe(raw, sizeof(raw));
	rc = db_run(ctx, Q_factor_begin,
	    DB_ARGS(DB_CSTR(who->id), DB_BYTES(buf_str(&sealed))), &n);
	buf_free(&sealed);
	if (rc != FAIL_NONE)
		return rc;
	if (n != 1)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "There is a second factor already. Remove it first.");
	*out = (struct factor_enrolment){secret, otpauth(ctx, who, secret)};
	return audit_write(ctx, "enrol_totp", "account", who->id, NULL, NULL);
}

enum fail_code
factor_enrol(struct ctx *ctx, struct str password, struct factor_enrolment *out)
{
	struct account who;
	enum fail_code rc;

	if ((rc = prove(ctx, password, &who)) != FAIL_NONE ||
	    (rc = login_forgive(ctx, &who)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, begin(ctx, &who, out));
}

/* In a transaction: the only recovery codes from now on. */
static enum fail_code
new_codes(struct ctx *ctx, const char *account_id, struct factor_codes *out)
{
	struct strs list = {.given = true, .n = FACTOR_RECOVERY_CODES};
	uint8_t hash[CRYPT_SHA256_LEN];
	enum fail_code rc = db_run(
	    ctx, Q_factor_drop_codes, DB_ARGS(DB_CSTR(account_id)), NULL);

	list.v = arena_zalloc(ctx->arena, list.n, sizeof(*list.v));
	for (size_t i = 0; rc == FAIL_NONE && i < list.n; i++) {
		char *code = arena_alloc(ctx->arena, TOTP_RECOVERY_MAX);

		totp_recovery_make(code);
		list.v[i] = str_from(code);
		(void)totp_recovery_hash(list.v[i], hash);
		rc = db_run(ctx, Q_factor_add_code,
		    DB_ARGS(DB_CSTR(account_id),
			DB_BYTES(
			    ((struct str){(const char *)hash, sizeof(hash)}))),
		    NULL);
	}
	out->recovery_codes = list;
	return rc;
}

/* In a transaction. */
static enum fail_code
confirm(struct ctx *ctx, const struct factor_row *row, struct str code,
    struct factor_codes *out)
{
	struct secret *k;
	int64_t step, n = 0;
	bool match;
	enum fail_code rc = unseal(ctx, row, &k);

	if (rc != FAIL_NONE)
		return rc;
	match = totp_match(secret_view(k), clock_wall_s(), code, &step);
	secret_free(k);
	if (!match)
		return fail_field(&ctx->fail, "/code",
		    "is not the code of the new key; is the clock right?");
	rc = db_run(ctx, Q_factor_confirm,
	    DB_ARGS(DB_CSTR(row->account_id), DB_INT(step)), &n);
	if (rc == FAIL_NONE && n != 1)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "It was confirmed elsewhere in the meantime.");
	if (rc != FAIL_NONE ||
	    (rc = new_codes(ctx, row->account_id, out)) != FAIL_NONE)
		return rc;
	return audit_write(
	    ctx, "confirm_totp", "account", row->account_id, NULL, NULL);
}

enum fail_code
factor_confirm(struct ctx *ctx, struct str code, struct factor_codes *out)
{
	struct factor_row row;
	bool there;
	enum fail_code rc = find(ctx, ctx->caller.id, &row, &there);

	if (rc != FAIL_NONE)
		return rc;
	if (!there || row.confirmed)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "There is no new key to confirm.");
	if ((rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, confirm(ctx, &row, code, out));
}

static enum fail_code
renew(struct ctx *ctx, const char *account_id, struct factor_codes *out)
{
	enum fail_code rc = new_codes(ctx, account_id, out);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(
	    ctx, "renew_recovery_codes", "account", account_id, NULL, NULL);
}

enum fail_code
factor_renew_codes(struct ctx *ctx, struct str password, struct str code,
    struct factor_codes *out)
{
	struct account who;
	enum fail_code rc;

	if ((rc = prove_both(ctx, password, code, &who)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, renew(ctx, who.id, out));
}

enum fail_code
factor_drop(struct ctx *ctx, const char *account_id, bool *removed_out)
{
	int64_t n = 0;
	enum fail_code rc = db_run(
	    ctx, Q_factor_remove, DB_ARGS(DB_CSTR(account_id)), &n);

	*removed_out = rc == FAIL_NONE && n > 0;
	return rc;
}

static enum fail_code
drop_own(struct ctx *ctx, const char *account_id)
{
	bool removed;
	enum fail_code rc = factor_drop(ctx, account_id, &removed);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(
	    ctx, "remove_totp", "account", account_id, NULL, NULL);
}

enum fail_code
factor_remove(struct ctx *ctx, struct str password, struct str code)
{
	struct factor_status status;
	struct account who;
	enum fail_code rc = factor_status(ctx, &status);

	if (rc == FAIL_NONE && status.required)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "Admins need a second factor here. Enrol another one after "
		    "an admin has removed this one.");
	if (rc != FAIL_NONE ||
	    (rc = prove_both(ctx, password, code, &who)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, drop_own(ctx, who.id));
}
