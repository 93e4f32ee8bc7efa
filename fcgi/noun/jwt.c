/*
 * jwt.c: making and reading access tokens.
 */
#include "noun/jwt.h"

#include <string.h>

#include "crypt.h"
#include "json.h"
#include "secret.h"

#define ISSUER "mcpbox"
#define AUDIENCE "api"

/* {"alg":"HS256","typ":"JWT"} */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
#define HEADER_LEN (sizeof(header) - 1)
#define SIGNATURE_LEN 43 /* 32 bytes in base64url */

static const struct {
	const char *name;
	size_t offset;
} ids[] = {
    {"sub", offsetof(struct jwt_claims, sub)},
    {"sid", offsetof(struct jwt_claims, sid)},
    {"jti", offsetof(struct jwt_claims, jti)},
};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
    {"pv", offsetof(struct jwt_claims, pv)},
    {"iat", offsetof(struct jwt_claims, iat)},
    {"exp", offsetof(struct jwt_claims, exp)},
};

#define NCLAIMS (NELEM(ids) + NELEM(numbers) + 2)

static void
sign(struct str key, struct str text, char out[STR_B64U_MAX(CRYPT_SHA256_LEN)])
{
	uint8_t mac[CRYPT_SHA256_LEN];

	crypt_hmac(key, text, mac);
	str_b64u(mac, sizeof(mac), out);
}

void
jwt_sign(
    struct str key, int64_t now, struct jwt_claims *claims, struct buf *out)
{
	char part[STR_B64U_MAX(JWT_MAX)];
	struct buf payload;
	json_t *o = json_obj();
	size_t start = out->n;

	rnd_uuid(claims->jti);
	claims->iat = now;
	claims->exp = now + JWT_LIFETIME_S;
	json_put_str(o, "iss", ISSUER);
	json_put_str(o, "aud", AUDIENCE);
	for (size_t i = 0; i < NELEM(ids); i++)
		json_put_str(o, ids[i].name, (char *)claims + ids[i].offset);
	json_put_int(o, "pv", claims->pv);
	json_put_int(o, "iat", claims->iat);
	json_put_int(o, "exp", claims->exp);

	buf_init(&payload, JWT_MAX);
	json_append(&payload, o);
	json_decref(o);
	buf_puts(out, header);
	buf_put(out, part, str_b64u(payload.p, payload.n, part));
	buf_free(&payload);
	sign(key, str_sub(buf_str(out), start, out->n), part);
	buf_putc(out, '.');
	buf_puts(out, part);
}

/* The claims, all of them and nothing else, each of its type. */
static bool
read_claims(const json_t *o, struct jwt_claims *out)
{
	const char *iss = json_get_str(o, "iss");
	const char *aud = json_get_str(o, "aud");

	if (json_object_size(o) != NCLAIMS || iss == NULL || aud == NULL ||
	    strcmp(iss, ISSUER) != 0 || strcmp(aud, AUDIENCE) != 0)
		return false;
	for (size_t i = 0; i < NELEM(ids); i++) {
		const char *v = json_get_str(o, ids[i].name);

		if (v == NULL || !str_is_uuid(str_from(v)))
			return false;
		memcpy((char *)out + ids[i].offset, v, RND_UUID_MAX);
	}
	for (size_t i = 0; i < NELEM(numbers); i++) {
		const json_t *v = json_object_get(o, numbers[i].name);
		int64_t n;

		if (!json_is_integer(v))
			return false;
		n = json_integer_value(v);
		if (n < 1 || n > INT64_C(1) << 40)
			return false;
		memcpy((char *)out + numbers[i].offset, &n, sizeof(n));
	}
	return out->exp - out->iat == JWT_LIFETIME_S;
}

enum jwt_result
jwt_verify(
    struct str key, struct str token, int64_t now, struct jwt_claims *out)
{
	char text[JWT_MAX], mac[STR_B64U_MAX(CRYPT_SHA256_LEN)];
	struct str signed_part, payload, signature;
	json_t *o;
	size_t n;
	bool good;

	memset(out, 0, sizeof(*out));
	if (token.n > JWT_MAX || token.n < HEADER_LEN + SIGNATURE_LEN + 2 ||
	    memcmp(token.p, header, HEADER_LEN) != 0)
		return JWT_BAD;
	signed_part = str_sub(token, 0, token.n - SIGNATURE_LEN - 1);
	signature = str_sub(token, signed_part.n + 1, SIGNATURE_LEN);
	payload = str_sub(signed_part, HEADER_LEN, signed_part.n);
	if (token.p[signed_part.n] != '.')
		return JWT_BAD;

	sign(key, signed_part, mac);
	if (!secret_equal(signature, str_from(mac)))
		return JWT_BAD;

	if (!str_unb64u(payload, text, sizeof(text), &n) ||
	    json_parse(NULL, (struct str){text, n}, JWT_MAX, &o, NULL) !=
		FAIL_NONE)
		return JWT_BAD;
	good = read_claims(o, out);
	json_decref(o);
	if (!good || out->iat > now + JWT_SKEW_S)
		return JWT_BAD;
	return now < out->exp ? JWT_OK : JWT_EXPIRED;
}
