/*
 * jwt.h: access tokens on the wire (RFC 7519, compact JWS of RFC 7515).
 *
 * One algorithm and one header, compared as bytes: there is nothing to
 * negotiate and no "none".  A token that verifies is one that we made; it says
 * nothing about whether its session still lives (noun/token asks that).
 */
#ifndef MCPBOX_JWT_H
#define MCPBOX_JWT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "rnd.h"
#include "str.h"

#define JWT_MAX 1024       /* characters of a token */
#define JWT_LIFETIME_S 900 /* from iat to exp, exactly */
#define JWT_SKEW_S 60      /* how far another node's clock may be ahead */

struct jwt_claims {
	char sub[RND_UUID_MAX]; /* account */
	char sid[RND_UUID_MAX]; /* session, the family of its refresh tokens */
	char jti[RND_UUID_MAX]; /* this token */
	int64_t pv;             /* the account's password version */
	int64_t iat;            /* seconds since 1970 */
	int64_t exp;
};

enum jwt_result {
	JWT_OK,
	JWT_EXPIRED, /* ours, but too old; *out is filled */
	JWT_BAD      /* not ours, or not well-formed */
};

/* Fills jti, iat and exp, appends the token to `out`. */
void jwt_sign(
    struct str key, int64_t now, struct jwt_claims *claims, struct buf *out);

/* Exactly our header, signature (constant time), and claims: iss "mcpbox",
 * aud "api", and those above with their types; no others. */
enum jwt_result jwt_verify(
    struct str key, struct str token, int64_t now, struct jwt_claims *out);

#endif
