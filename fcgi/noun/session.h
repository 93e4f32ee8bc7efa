/*
 * session.h: one sign-in, and the cookie that stands for it.
 *
 * The row is the session; revoking it ends it on every worker at once.  The
 * cookie holds 32 random bytes, the row their SHA-256.  The CSRF token is an
 * HMAC over both identities: no state of its own, new with each cookie.
 */
#ifndef MCPBOX_SESSION_H
#define MCPBOX_SESSION_H

#include "noun/account.h"
#include "op/ctx.h"

#define SESSION_COOKIE_S (7 * 86400) /* a page's session, at most */
#define SESSION_IDLE_S (12 * 3600)   /* and after so long without a request */
#define SESSION_TOKEN_S (30 * 86400) /* a script's, refreshed all along */

#define SESSION_CSRF_MAX 44 /* 43 characters and a NUL */

struct session_user {
	const char *id;
	const char *username;
	const char *role;
};

/* What the page knows about its session. */
struct session_info {
	const struct session_user *user;
	struct strs permissions;
	const char *csrf; /* "" for a bearer token, which needs none */
	const char *expires_at;
	int64_t idle_seconds;
	const char *language_policy;
	bool must_enrol;
};

extern const struct field session_info_fields[];

/* "__Host-mcpbox_session" under TLS, else "mcpbox_session". */
const char *session_cookie_name(bool https);

/*
 * Who holds this cookie?  Sets ctx->caller when the session lives; a cookie
 * that is malformed, unknown or over leaves the caller NOBODY and is no error:
 * browsers keep sending it.  Notes the visit at most once a minute.
 */
enum fail_code session_identify(
    struct ctx *ctx, struct str cookie) ATTR_NODISCARD;

/* Is `given` the CSRF token of the caller's cookie session? Constant time. */
bool session_csrf_ok(struct ctx *ctx, struct str cookie, struct str given);

/*
 * In the caller's transaction: a new cookie session for *who; the caller's
 * own cookie session, if there is one, is over.  Sets ctx->set_cookie and
 * ctx->caller.session.
 */
enum fail_code session_open_cookie(
    struct ctx *ctx, const struct account *who) ATTR_NODISCARD;
/* In the caller's transaction: a new session for tokens; its id. */
enum fail_code session_open_token(struct ctx *ctx, const struct account *who,
    const char **id_out) ATTR_NODISCARD;

/* What the caller's session is. */
enum fail_code session_describe(
    struct ctx *ctx, struct session_info *out) ATTR_NODISCARD;

/* Notes a sign of life, at most once a minute. */
enum fail_code session_seen(struct ctx *ctx, const char *id) ATTR_NODISCARD;

/*
 * Ends a session of an account: `why` is "logout", "reuse", "replaced" or
 * "revoked".
 * *ended_out (may be NULL): false when it was over already.
 */
enum fail_code session_revoke(struct ctx *ctx, const char *id,
    const char *account_id, const char *why, bool *ended_out) ATTR_NODISCARD;

/*
 * In the caller's transaction: all of an account but `kept` (NULL: none is
 * spared).  *n_out (may be NULL): how many ended.
 */
enum fail_code session_end_all(struct ctx *ctx, const char *account_id,
    const char *kept, const char *why, int64_t *n_out) ATTR_NODISCARD;
/* One of the caller's own, or (STR_NONE) all but the one that asks.
 * FAIL_NOT_FOUND if that one is not there or over. */
enum fail_code session_end_own(
    struct ctx *ctx, struct str session) ATTR_NODISCARD;

/* Where an account is signed in. */
struct session_listed {
	const char *id;
	const char *kind; /* "cookie" or "token" */
	const char *ip;
	const char *user_agent;
	const char *created_at;
	const char *last_seen_at;
	const char *expires_at;
	bool current; /* the one that asks */
};
extern const struct field session_row_fields[];
enum fail_code session_list(struct ctx *ctx, const char *account_id,
    struct opt_int page, struct opt_int page_size,
    struct page *out) ATTR_NODISCARD;

/* In the transaction that changed the caller's password: see
 * login_change_password. */
enum fail_code session_password_changed(
    struct ctx *ctx, const struct account *who) ATTR_NODISCARD;

/* The answer takes the cookie away. */
void session_clear_cookie(struct ctx *ctx);

#endif
