/* Unit tests of fcgi/noun/jwt.c. */
#include "noun/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* ours is fail.h */

#include "crypt.h"

#define NOW INT64_C(1800000000)
#define ID_A "11111111-2222-4333-8444-555555555555"
#define ID_B "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

static const struct str key = {"0123456789abcdef0123456789abcdef", 32};

static struct buf
signed_token(struct jwt_claims *claims)
{
	struct buf b;

	*claims = (struct jwt_claims){.sub = ID_A, .sid = ID_B, .pv = 7};
	buf_init(&b, JWT_MAX);
	jwt_sign(key, NOW, claims, &b);
	assert_false(b.overflow);
	return b;
}

/* A token with our signature over any header and payload. */
static struct buf
forge(const char *header, const char *payload)
{
	char part[STR_B64U_MAX(JWT_MAX)];
	uint8_t mac[CRYPT_SHA256_LEN];
	struct buf b;

	buf_init(&b, (size_t)4 * JWT_MAX);
	buf_put(&b, part, str_b64u(header, strlen(header), part));
	buf_putc(&b, '.');
	buf_put(&b, part, str_b64u(payload, strlen(payload), part));
	crypt_hmac(key, buf_str(&b), mac);
	buf_putc(&b, '.');
	buf_put(&b, part, str_b64u(mac, sizeof(mac), part));
	return b;
}

static enum jwt_result
verify_forged(const char *header, const char *payload)
{
	struct jwt_claims claims;
	struct buf b = forge(header, payload);
	enum jwt_result r = jwt_verify(key, buf_str(&b), NOW, &claims);

	buf_free(&b);
	return r;
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define IDS "\"sub\":\"" ID_A "\",\"sid\":\"" ID_B "\",\"jti\":\"" ID_A "\""
#define TIMES "\"iat\":1800000000,\"exp\":1800000900"
#define WHO "\"iss\":\"mcpbox\",\"aud\":\"api\""

static void
test_round_trip(void **state)
{
	struct jwt_claims in, out;
	struct buf b = signed_token(&in);

	(void)state;
	assert_int_equal(jwt_verify(key, buf_str(&b), NOW, &out), JWT_OK);
	assert_string_equal(out.sub, ID_A);
	assert_string_equal(out.sid, ID_B);
	assert_string_equal(out.jti, in.jti);
	assert_int_equal(out.pv, 7);
	assert_int_equal(out.iat, NOW);
	assert_int_equal(out.exp, NOW + JWT_LIFETIME_S);
	buf_free(&b);
}

static void
test_each_token_is_new(void **state)
{
	struct jwt_claims a, b;
	struct buf x = signed_token(&a), y = signed_token(&b);

	(void)state;
	assert_string_not_equal(a.jti, b.jti);
	assert_false(str_eq(buf_str(&x), buf_str(&y)));
	buf_free(&x);
	buf_free(&y);
}

static void
test_time(void **state)
{
	struct jwt_claims c;
	struct buf b = signed_token(&c);
	struct str t = buf_str(&b);

	(void)state;
	assert_int_equal(jwt_verify(key, t, NOW + 899, &c), JWT_OK);
	assert_int_equal(jwt_verify(key, t, NOW + 900, &c), JWT_EXPIRED);
	/* Another node's clock may be a little ahead, not more. */
	assert_int_equal(jwt_verify(key, t, NOW - JWT_SKEW_S, &c), JWT_OK);
	assert_int_equal(jwt_verify(key, t, NOW - JWT_SKEW_S - 1, &c), JWT_BAD);
	buf_free(&b);
}

static void
test_every_changed_character(void **state)
{
	struct jwt_claims c;
	struct buf b = signed_token(&c);

	(void)state;
	for (size_t i = 0; i < b.n; i++) {
		char was = b.p[i];

		b.p[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(
		    jwt_verify(key, buf_str(&b), NOW, &c), JWT_BAD);
		b.p[i] = was;
	}
	assert_int_equal(jwt_verify(key, buf_str(&b), NOW, &c), JWT_OK);
	buf_free(&b);
}

static void
test_every_truncation(void **state)
{
	struct jwt_claims c;
	struct buf b = signed_token(&c);

	(void)state;
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(
		    jwt_verify(key, str_sub(buf_str(&b), 0, n), NOW, &c),
		    JWT_BAD);
	buf_putc(&b, 'A');
	assert_int_equal(jwt_verify(key, buf_str(&b), NOW, &c), JWT_BAD);
	buf_free(&b);
}

static void
test_another_key(void **state)
{
	struct jwt_claims c;
	struct buf b = signed_token(&c);

	(void)state;
	assert_int_equal(jwt_verify(STR_LIT("another key of no importance 32b"),
			     buf_str(&b), NOW, &c),
	    JWT_BAD);
	buf_free(&b);
}

static void
test_other_headers(void **state)
{
	static const char payload[] = "{" WHO "," IDS ",\"pv\":1," TIMES "}";
	static const char *const others[] = {
	    "{\"alg\":\"none\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
	    "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"x\"}",
	    "{}",
	    "",
	};

	(void)state;
	assert_int_equal(verify_forged(HEADER, payload), JWT_OK);
	for (size_t i = 0; i < NELEM(others); i++)
		assert_int_equal(verify_forged(others[i], payload), JWT_BAD);
}

static void
test_other_claims(void **state)
{
	static const char *const bad[] = {
	    /* not an object */
	    "",
	    "1",
	    "[]",
	    "null",
	    "{",
	    "{}",
	    /* somebody else's */
	    "{\"iss\":\"other\",\"aud\":\"api\"," IDS ",\"pv\":1," TIMES "}",
	    "{\"iss\":\"mcpbox\",\"aud\":\"mcp\"," IDS ",\"pv\":1," TIMES "}",
	    "{\"iss\":1,\"aud\":\"api\"," IDS ",\"pv\":1," TIMES "}",
	    /* one missing, one too many, one twice */
	    "{" WHO "," IDS "," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":1," TIMES ",\"role\":\"admin\"}",
	    "{" WHO "," IDS ",\"pv\":1,\"pv\":1," TIMES "}",
	    /* of another type or range */
	    "{" WHO "," IDS ",\"pv\":\"1\"," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":1.0," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":true," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":0," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":-1," TIMES "}",
	    "{" WHO "," IDS ",\"pv\":9223372036854775807," TIMES "}",
	    "{" WHO ",\"sub\":\"x\",\"sid\":\"" ID_A "\",\"jti\":\"" ID_A
	    "\",\"pv\":1," TIMES "}",
	    "{" WHO ",\"sub\":1,\"sid\":\"" ID_A "\",\"jti\":\"" ID_A
	    "\",\"pv\":1," TIMES "}",
	    /* a lifetime that we never give */
	    "{" WHO "," IDS ",\"pv\":1,\"iat\":1800000000,\"exp\":1900000000}",
	    "{" WHO "," IDS ",\"pv\":1,\"iat\":1800000000,\"exp\":1800000000}",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(verify_forged(HEADER, bad[i]), JWT_BAD);
}

static void
test_too_long(void **state)
{
	char payload[JWT_MAX];

	(void)state;
	memset(payload, ' ', sizeof(payload) - 1);
	payload[sizeof(payload) - 1] = '\0';
	memcpy(payload, "{", 1);
	assert_int_equal(verify_forged(HEADER, payload), JWT_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_each_token_is_new),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_every_changed_character),
	    cmocka_unit_test(test_every_truncation),
	    cmocka_unit_test(test_another_key),
	    cmocka_unit_test(test_other_headers),
	    cmocka_unit_test(test_other_claims),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
