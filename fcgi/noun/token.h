/*
 * token.h: access and refresh tokens, for scripts.
 *
 * A sign-in opens a session; its refresh tokens form one family.  Each works
 * once and is replaced.  One that comes a second time means that two parties
 * hold it: the session ends, and with it every token of the family.  There is
 * no grace for two refreshes at the same moment, since that cannot be told
 * from theft: a client does one at a time, and signs in again after losing
 * an answer.
 */
#ifndef MCPBOX_TOKEN_H
#define MCPBOX_TOKEN_H

#include "noun/account.h"
#include "op/ctx.h"

#define TOKEN_REFRESH_S (7 * 86400)

struct token_pair {
	const char *access_token;  /* JWT, see noun/jwt.h */
	const char *refresh_token; /* 43 characters of base64url */
	const char *token_type;    /* "bearer" */
	int64_t expires_in;        /* seconds, of the access token */
};

extern const struct field token_pair_fields[];

/* In the caller's transaction: a session and its first pair. */
enum fail_code token_open(struct ctx *ctx, const struct account *who,
    struct token_pair *out) ATTR_NODISCARD;

/*
 * The next pair; the old refresh token is used up.  FAIL_UNAUTHORIZED when it
 * is unknown, over, or was used before (then its session ends, recorded as
 * "refresh_reuse").  Opens its own transaction.
 */
enum fail_code token_refresh(
    struct ctx *ctx, struct str refresh, struct token_pair *out) ATTR_NODISCARD;

/*
 * Who holds this access token?  Sets ctx->caller to the person, session
 * included.  FAIL_UNAUTHORIZED with a sentence when it is not ours, has
 * expired, or its session is over.  Works for the gateway's database role.
 */
enum fail_code token_identify(
    struct ctx *ctx, struct str access) ATTR_NODISCARD;

/* In the caller's transaction: ends the session of one of the caller's own
 * refresh tokens; any other token is ignored. */
enum fail_code token_forget(struct ctx *ctx, struct str refresh) ATTR_NODISCARD;

#endif
