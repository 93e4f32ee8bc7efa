/*
 * fuzz_jwt.c: access tokens from strangers.
 *
 * Raw input is never a token of ours.  The same bytes as a payload that we
 * did sign must be judged without harm, and what is accepted must say exactly
 * what jwt_sign can say.
 */
#include <stdlib.h>
#include <string.h>

#include "crypt.h"
#include "noun/jwt.h"

#define NOW INT64_C(1800000000)
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str key = {"0123456789abcdef0123456789abcdef", 32};

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
sign(struct buf *b)
{
	char text[STR_B64U_MAX(CRYPT_SHA256_LEN)];
	uint8_t mac[CRYPT_SHA256_LEN];

	crypt_hmac(key, buf_str(b), mac);
	str_b64u(mac, sizeof(mac), text);
	buf_putc(b, '.');
	buf_puts(b, text);
}

static void
check_accepted(const struct jwt_claims *c)
{
	require(str_is_uuid(str_from(c->sub)));
	require(str_is_uuid(str_from(c->sid)));
	require(str_is_uuid(str_from(c->jti)));
	require(c->pv > 0 && c->exp - c->iat == JWT_LIFETIME_S);
	require(c->iat <= NOW + JWT_SKEW_S);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = {(const char *)data, size};
	char payload[STR_B64U_MAX(JWT_MAX)];
	struct jwt_claims claims;
	struct buf b;

	require(jwt_verify(key, raw, NOW, &claims) == JWT_BAD);

	/* As the encoded payload, whatever its characters. */
	buf_init(&b, (size_t)4 * JWT_MAX);
	buf_puts(&b, HEADER);
	buf_putstr(&b, str_sub(raw, 0, JWT_MAX));
	sign(&b);
	if (jwt_verify(key, buf_str(&b), NOW, &claims) != JWT_BAD)
		check_accepted(&claims);

	/* As the payload itself. */
	buf_reset(&b);
	raw = str_sub(raw, 0, JWT_MAX);
	buf_puts(&b, HEADER);
	buf_put(&b, payload, str_b64u(raw.p, raw.n, payload));
	sign(&b);
	if (jwt_verify(key, buf_str(&b), NOW, &claims) != JWT_BAD)
		check_accepted(&claims);
	buf_free(&b);
	return 0;
}
