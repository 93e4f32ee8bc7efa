/*
 * account.h: the people.
 *
 * Rows, and the making of the first one.  Signing in is noun/login, what they
 * hold afterwards noun/session and noun/token.
 */
#ifndef MCPBOX_ACCOUNT_H
#define MCPBOX_ACCOUNT_H

#include "op/ctx.h"
#include "op/op.h"

#define ACCOUNT_NAME_MIN 3
#define ACCOUNT_NAME_MAX 50
#define ACCOUNT_NAME_PATTERN "^[a-zA-Z][a-zA-Z0-9_]*$"

struct account {
	const char *id;
	const char *username;
	const char *role; /* ROLE_CHOICES */
	bool is_active;
	const char *last_login_at; /* NULL before the first */
	const char *created_at;
	int64_t password_version;  /* from 1, moves with the password */
	const char *password_hash; /* never leaves the process */
	bool must_enrol; /* a second factor is asked for, and not there */
};

extern const struct field account_fields[];
extern const struct op account_ops[];
extern const struct route account_routes[];

/* FAIL_NOT_FOUND without such an account. */
enum fail_code account_get(
    struct ctx *ctx, struct str id, struct account *out) ATTR_NODISCARD;
/* In the caller's transaction.  FAIL_DUPLICATE for a name that is taken. */
enum fail_code account_insert(struct ctx *ctx, struct str username,
    const char *hash, const char *role, struct account *out) ATTR_NODISCARD;
/* By name, whatever its case. */
enum fail_code account_by_name(
    struct ctx *ctx, struct str username, struct account *out) ATTR_NODISCARD;

/*
 * In the caller's transaction: notes the sign-in and stores `rehash` unless
 * NULL.  FAIL_UNAUTHORIZED when the account changed since it was read.
 */
enum fail_code account_signed_in(struct ctx *ctx, const struct account *who,
    const char *rehash) ATTR_NODISCARD;
/* In the caller's transaction: a new hash and password version, in *who too.
 * FAIL_CONFLICT when the account changed since it was read. */
enum fail_code account_set_password(
    struct ctx *ctx, struct account *who, const char *hash) ATTR_NODISCARD;

/* From here on this request is that person's. */
void account_become(struct ctx *ctx, const struct account *who);

/* Is the first account still to be made? */
enum fail_code account_setup_required(
    struct ctx *ctx, bool *required_out) ATTR_NODISCARD;

/*
 * Makes the first account, an admin, for whoever knows the one-time token in
 * MCPBOX_HOME/secrets/setup.token, and removes that file.  FAIL_CONFLICT once
 * there was a first account, FAIL_FORBIDDEN for a wrong token or without the
 * file.  Of parallel calls one succeeds (advisory lock, and a table that holds
 * one row).  Name and password are checked by the operation's parameters.
 */
enum fail_code account_setup(struct ctx *ctx, struct str token,
    struct str username, struct str password) ATTR_NODISCARD;

/*
 * The first account from MCPBOX_ADMIN_USERNAME and MCPBOX_ADMIN_PASSWORD, at
 * the start of each admin worker.  Does nothing when they are unset or an
 * account was made before.  FAIL_INVALID for a value that setup would refuse:
 * logged by name, and the start must fail.
 */
enum fail_code account_bootstrap(struct ctx *ctx) ATTR_NODISCARD;

#endif
