/*
 * login.h: a name and a password against the accounts.
 *
 * The same work and the same answer for an unknown name, a wrong password and
 * a deactivated account.  Attempts are counted by name and by client address
 * in the database (login_attempt in the migration has the policy), before the
 * password is looked at; too many mean FAIL_RATE with retry_after.
 */
#ifndef MCPBOX_LOGIN_H
#define MCPBOX_LOGIN_H

#include "noun/account.h"
#include "op/ctx.h"

struct login {
	struct account who;
	const char *rehash; /* stronger hash to store, or NULL */
	bool known;         /* there is such an account */
};

/*
 * Checks the credentials; on success *out is the account.  Call outside a
 * transaction.  FAIL_UNAUTHORIZED (recorded in the audit trail, with the
 * name), FAIL_RATE, FAIL_BUSY.  `code` is of the second factor, or absent;
 * FAIL_SECOND_FACTOR tells whoever has the right password that it is needed.
 */
enum fail_code login_verify(struct ctx *ctx, struct str username,
    struct str password, struct str code, struct login *out) ATTR_NODISCARD;

/*
 * Is that the password of this account?  For what its owner does to it while
 * signed in; counted as an attempt.  FAIL_INVALID at /current_password,
 * FAIL_RATE, FAIL_BUSY.
 */
enum fail_code login_prove(struct ctx *ctx, const struct account *who,
    struct str password) ATTR_NODISCARD;
/* ... and what was counted is forgotten, when all of it was right. */
enum fail_code login_forgive(
    struct ctx *ctx, const struct account *who) ATTR_NODISCARD;

/*
 * In the caller's transaction, after login_verify: notes the sign-in, forgets
 * the failed attempts, makes the request that person's.
 */
enum fail_code login_accept(
    struct ctx *ctx, const struct login *login) ATTR_NODISCARD;
/* The audit row of it, last in the transaction; `how`: "cookie", "token". */
enum fail_code login_record(
    struct ctx *ctx, const struct login *login, const char *how) ATTR_NODISCARD;

/*
 * A new password for the caller, who proves the old one.  All other sessions
 * end; a cookie session goes on under a new cookie (and so a new CSRF token),
 * a bearer token's ends too.  FAIL_INVALID at /current_password or
 * /new_password, FAIL_RATE, FAIL_BUSY.
 */
enum fail_code login_change_password(
    struct ctx *ctx, struct str current, struct str replacement) ATTR_NODISCARD;

#endif
