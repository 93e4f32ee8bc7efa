/*
 * factor.h: the second factor of an account.
 *
 * An authenticator (noun/totp) whose key is stored in an envelope, bound to
 * the account, and recovery codes of which only hashes are stored.  A code is
 * taken once: what was taken, and all before it, is refused afterwards, on
 * every worker.
 */
#ifndef MCPBOX_FACTOR_H
#define MCPBOX_FACTOR_H

#include "noun/account.h"
#include "op/ctx.h"
#include "op/op.h"

#define FACTOR_RECOVERY_CODES 10
#define FACTOR_CODE_MAX 40 /* characters of a code as somebody types it */

struct factor_status {
	bool enabled;
	bool required;            /* by the policy, for the caller's role */
	const char *confirmed_at; /* NULL: not enabled */
	int64_t recovery_codes;   /* left */
};

struct factor_enrolment {
	const char *secret; /* base32 */
	const char *otpauth_url;
};

struct factor_codes {
	struct strs recovery_codes;
};

extern const struct field factor_status_fields[];
extern const struct op factor_ops[];
extern const struct route factor_routes[];

/* How it stands with the caller's. */
enum fail_code factor_status(
    struct ctx *ctx, struct factor_status *out) ATTR_NODISCARD;

/*
 * At a sign-in whose password was right: does this account need a code, and is
 * `code` (of the authenticator, or a recovery code; absent: p == NULL) one?
 * It is used up then.  FAIL_SECOND_FACTOR when it is absent, wrong or used.
 */
enum fail_code factor_check(
    struct ctx *ctx, const struct account *who, struct str code) ATTR_NODISCARD;

/* A new key for the caller.  FAIL_CONFLICT when one is in use. */
enum fail_code factor_enrol(struct ctx *ctx, struct str password,
    struct factor_enrolment *out) ATTR_NODISCARD;
/* The first code of it: from now on it is needed.  FAIL_INVALID at /code. */
enum fail_code factor_confirm(
    struct ctx *ctx, struct str code, struct factor_codes *out) ATTR_NODISCARD;
/* New recovery codes; those before are worthless. */
enum fail_code factor_renew_codes(struct ctx *ctx, struct str password,
    struct str code, struct factor_codes *out) ATTR_NODISCARD;
/* Without it from now on.  FAIL_CONFLICT when the policy asks for it. */
enum fail_code factor_remove(
    struct ctx *ctx, struct str password, struct str code) ATTR_NODISCARD;

/* In the caller's transaction: the second factor of another account goes;
 * *removed_out: was there one? */
enum fail_code factor_drop(
    struct ctx *ctx, const char *account_id, bool *removed_out) ATTR_NODISCARD;

#endif
