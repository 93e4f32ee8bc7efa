/*
 * crypt.c: libcrypto and libargon2, each behind one narrow door.
 *
 * Algorithms are fetched once: a fetch by name costs more than hashing a
 * short text.  A primitive that fails is a broken machine and ends the
 * process; only opening and verifying can fail.
 */
#include "crypt.h"

#include <argon2.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rnd.h"

#define SEAL_VERSION 1
#define SEAL_HEAD 2 /* version, key id */
#define SEAL_IV 12
#define SEAL_TAG 16

/* RFC 9106 section 4, second recommended option. */
#define ARGON_M 65536 /* KiB */
#define ARGON_T 3
#define ARGON_P 4
#define ARGON_SALT 16
#define ARGON_HASH 32
#define PASSWORD_MAX 1024

static struct {
	EVP_MD *sha256;
	EVP_CIPHER *gcm;
	EVP_KDF *hkdf;
	EVP_MAC_CTX *hmac; /* digest set, no key: dup'ed for each use */
} algorithm;

/* Parameters that are only read; OSSL_PARAM has no const. */
static OSSL_PARAM
param(const char *key, unsigned type, const void *p, size_t n)
{
	OSSL_PARAM v = {.key = key, .data_type = type, .data_size = n};

	memcpy(&v.data, &p, sizeof(p));
	return v;
}

#define SHA256_PARAM(key) param((key), OSSL_PARAM_UTF8_STRING, "SHA256", 6)

static void
fetch(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM params[] = {
	    SHA256_PARAM(OSSL_MAC_PARAM_DIGEST),
	    OSSL_PARAM_construct_end(),
	};

	algorithm.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	algorithm.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	algorithm.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	algorithm.hmac = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	if (algorithm.sha256 == NULL || algorithm.gcm == NULL ||
	    algorithm.hkdf == NULL || algorithm.hmac == NULL ||
	    EVP_MAC_CTX_set_params(algorithm.hmac, params) != 1)
		fail_abort("crypt: libcrypto lacks an algorithm");
	EVP_MAC_free(mac); /* the context holds it */
}

static void
ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pthread_once(&once, fetch) != 0)
		fail_abort("crypt: pthread_once failed");
}

static const unsigned char *
bytes(struct str s)
{
	return (const unsigned char *)(s.n > 0 ? s.p : "");
}

void
crypt_sha256(struct str s, uint8_t out[CRYPT_SHA256_LEN])
{
	ready();
	if (EVP_Digest(bytes(s), s.n, out, NULL, algorithm.sha256, NULL) != 1)
		fail_abort("crypt: SHA-256 failed");
}

void
crypt_sha256_hex(struct str s, char out[CRYPT_SHA256_HEX_MAX])
{
	uint8_t digest[CRYPT_SHA256_LEN];

	crypt_sha256(s, digest);
	str_hex(digest, sizeof(digest), out);
}

void
crypt_hmac(struct str key, struct str s, uint8_t out[CRYPT_SHA256_LEN])
{
	EVP_MAC_CTX *ctx;
	size_t n = 0;

	ready();
	ctx = EVP_MAC_CTX_dup(algorithm.hmac);
	if (ctx == NULL || EVP_MAC_init(ctx, bytes(key), key.n, NULL) != 1 ||
	    EVP_MAC_update(ctx, bytes(s), s.n) != 1 ||
	    EVP_MAC_final(ctx, out, &n, CRYPT_SHA256_LEN) != 1 ||
	    n != CRYPT_SHA256_LEN)
		fail_abort("crypt: HMAC failed");
	EVP_MAC_CTX_free(ctx);
}

void
crypt_hmac_sha1(struct str key, struct str s, uint8_t out[CRYPT_SHA1_LEN])
{
	size_t n = 0;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, bytes(key), key.n,
		bytes(s), s.n, out, CRYPT_SHA1_LEN, &n) == NULL ||
	    n != CRYPT_SHA1_LEN)
		fail_abort("crypt: HMAC-SHA1 failed");
}

struct secret *
crypt_subkey(const struct secret *master, const char *purpose)
{
	static const char label[] = "mcpbox ";
	struct str key = secret_view(master);
	unsigned char out[CRYPT_KEY_LEN];
	struct secret *subkey;
	EVP_KDF_CTX *ctx;
	/* info fields given more than once are joined. */
	OSSL_PARAM params[] = {
	    SHA256_PARAM(OSSL_KDF_PARAM_DIGEST),
	    param(OSSL_KDF_PARAM_KEY, OSSL_PARAM_OCTET_STRING, key.p, key.n),
	    param(OSSL_KDF_PARAM_INFO, OSSL_PARAM_OCTET_STRING, label,
		sizeof(label) - 1),
	    param(OSSL_KDF_PARAM_INFO, OSSL_PARAM_OCTET_STRING, purpose,
		strlen(purpose)),
	    OSSL_PARAM_construct_end(),
	};

	ready();
	ctx = EVP_KDF_CTX_new(algorithm.hkdf);
	if (ctx == NULL || EVP_KDF_derive(ctx, out, sizeof(out), params) != 1)
		fail_abort("crypt: HKDF failed");
	EVP_KDF_CTX_free(ctx);
	subkey = secret_new(out, sizeof(out));
	secret_wipe(out, sizeof(out));
	return subkey;
}

static const unsigned char *
seal_key(const struct secret *key)
{
	struct str k = secret_view(key);

	if (k.n != CRYPT_KEY_LEN)
		fail_abort("crypt: a key of the wrong length");
	return bytes(k);
}

/* The header is authenticated too, in front of the caller's aad. */
static bool
add_aad(EVP_CIPHER_CTX *ctx, const unsigned char *head, struct str aad)
{
	int n;

	return aad.n <= INT_MAX &&
	    EVP_CipherUpdate(ctx, NULL, &n, head, SEAL_HEAD) == 1 &&
	    (aad.n == 0 ||
		EVP_CipherUpdate(ctx, NULL, &n, bytes(aad), (int)aad.n) == 1);
}

void
crypt_seal(const struct secret *key, uint8_t key_id, struct str aad,
    struct str plain, struct buf *out)
{
	EVP_CIPHER_CTX *ctx;
	unsigned char *p, *text;
	int n = 0, rest = 0;

	ready();
	/* What could not be opened again is not sealed. */
	if (plain.n > SECRET_MAX) {
		out->overflow = true;
		return;
	}
	p = (unsigned char *)buf_reserve(out, CRYPT_SEALED(plain.n));
	if (p == NULL)
		return;
	p[0] = SEAL_VERSION;
	p[1] = key_id;
	rnd_bytes(p + SEAL_HEAD, SEAL_IV);
	text = p + SEAL_HEAD + SEAL_IV;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_EncryptInit_ex2(
		ctx, algorithm.gcm, seal_key(key), p + SEAL_HEAD, NULL) != 1 ||
	    !add_aad(ctx, p, aad) ||
	    EVP_EncryptUpdate(ctx, text, &n, bytes(plain), (int)plain.n) != 1 ||
	    EVP_EncryptFinal_ex(ctx, text + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, text + plain.n) != 1)
		fail_abort("crypt: AES-GCM failed");
	EVP_CIPHER_CTX_free(ctx);
	out->n += CRYPT_SEALED(plain.n);
}

/* Decrypts into `text`; true when the tag fits. */
static bool
open_into(unsigned char *text, const struct secret *key,
    const unsigned char *sealed, size_t n, struct str aad)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[SEAL_TAG];
	int len = 0, rest = 0;
	bool ok;

	if (ctx == NULL)
		fail_abort("crypt: out of memory");
	memcpy(tag, sealed + SEAL_HEAD + SEAL_IV + n, sizeof(tag));
	ok = EVP_DecryptInit_ex2(ctx, algorithm.gcm, seal_key(key),
		 sealed + SEAL_HEAD, NULL) == 1 &&
	    add_aad(ctx, sealed, aad) &&
	    EVP_DecryptUpdate(
		ctx, text, &len, sealed + SEAL_HEAD + SEAL_IV, (int)n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG, tag) ==
		1 &&
	    EVP_DecryptFinal_ex(ctx, text + len, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool
crypt_open(const struct secret *key, uint8_t key_id, struct str aad,
    struct str sealed, struct secret **out)
{
	const unsigned char *p = bytes(sealed);
	unsigned char *text;
	size_t n;
	bool ok;

	ready();
	*out = NULL;
	if (sealed.n < CRYPT_SEALED(0) ||
	    sealed.n > CRYPT_SEALED((size_t)SECRET_MAX) ||
	    p[0] != SEAL_VERSION || p[1] != key_id)
		return false;
	n = sealed.n - CRYPT_SEALED(0);
	text = malloc(n + 1);
	if (text == NULL)
		fail_abort("crypt: out of memory");
	ok = open_into(text, key, p, n, aad);
	if (ok)
		*out = secret_new(text, n);
	secret_wipe(text, n);
	free(text);
	return ok;
}

/* --- passwords ----------------------------------------------------------- */

enum fail_code
crypt_password_hash(struct str password, char out[CRYPT_PASSWORD_MAX])
{
	uint8_t salt[ARGON_SALT];
	int rc;

	if (password.n == 0 || password.n > PASSWORD_MAX)
		return FAIL_INVALID;
	rnd_bytes(salt, sizeof(salt));
	rc = argon2id_hash_encoded(ARGON_T, ARGON_M, ARGON_P, password.p,
	    password.n, salt, sizeof(salt), ARGON_HASH, out,
	    CRYPT_PASSWORD_MAX);
	if (rc == ARGON2_OK)
		return FAIL_NONE;
	out[0] = '\0';
	/* 64 MiB may be refused for a moment; a thread as well. */
	return rc == ARGON2_MEMORY_ALLOCATION_ERROR || rc == ARGON2_THREAD_FAIL
	    ? FAIL_BUSY
	    : FAIL_INTERNAL;
}

struct cost {
	int64_t m, t, p;
};

static bool
get_cost(struct str *rest, const char *name, int64_t *out)
{
	struct str part = str_split(rest, ',');

	return str_starts(part, name) &&
	    str_to_i64(str_sub(part, strlen(name), part.n), out) && *out > 0;
}

/* The parameters of "$argon2id$v=19$m=65536,t=3,p=4$salt$hash". */
static bool
parse_cost(const char *encoded, struct cost *cost)
{
	struct str rest = str_from(encoded);
	struct str params;

	if (rest.n == 0 || rest.n >= CRYPT_PASSWORD_MAX ||
	    str_split(&rest, '$').n != 0 ||
	    !str_eq_c(str_split(&rest, '$'), "argon2id") ||
	    !str_eq_c(str_split(&rest, '$'), "v=19"))
		return false;
	params = str_split(&rest, '$');
	return get_cost(&params, "m=", &cost->m) &&
	    get_cost(&params, "t=", &cost->t) &&
	    get_cost(&params, "p=", &cost->p) && params.p == NULL;
}

bool
crypt_password_verify(const char *encoded, struct str password)
{
	struct cost c;

	/* Whoever can write a hash must not choose how much we work. */
	if (!parse_cost(encoded, &c) || c.m > 4 * ARGON_M || c.t > 16 ||
	    c.p > 16 || password.n > PASSWORD_MAX)
		return false;
	return argon2id_verify(encoded, bytes(password), password.n) ==
	    ARGON2_OK;
}

bool
crypt_password_stale(const char *encoded)
{
	struct cost c;

	return !parse_cost(encoded, &c) || c.m < ARGON_M || c.t < ARGON_T ||
	    c.p < ARGON_P;
}
