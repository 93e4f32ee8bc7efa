/*
 * crypt.h: the cryptography that we use, and nothing else.
 *
 * AES-256-GCM (NIST SP 800-38D, random 96-bit IV), HMAC-SHA256 (RFC 2104),
 * HKDF-SHA256 (RFC 5869), SHA-256 (FIPS 180-4), Argon2id (RFC 9106, second
 * recommended set: m = 64 MiB, t = 3, p = 4); HMAC-SHA1 for codes alone.
 */
#ifndef MCPBOX_CRYPT_H
#define MCPBOX_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "fail.h"
#include "secret.h"
#include "str.h"

#define CRYPT_KEY_LEN 32
#define CRYPT_SHA256_LEN 32

void crypt_sha256(struct str s, uint8_t out[CRYPT_SHA256_LEN]);
/* Lower-case hex, 64 characters and a NUL. */
#define CRYPT_SHA256_HEX_MAX 65
void crypt_sha256_hex(struct str s, char out[CRYPT_SHA256_HEX_MAX]);
void crypt_hmac(struct str key, struct str s, uint8_t out[CRYPT_SHA256_LEN]);
/* HMAC-SHA1, for RFC 6238, which authenticators compute; nothing else. */
#define CRYPT_SHA1_LEN 20
void crypt_hmac_sha1(struct str key, struct str s, uint8_t out[CRYPT_SHA1_LEN]);
/* A 32-byte subkey for one purpose ("data", "jwt", "csrf", ...). */
struct secret *crypt_subkey(const struct secret *master, const char *purpose);

/*
 * Envelope: version 1 byte, key id 1 byte, IV 12, ciphertext, tag 16.  aad
 * names purpose and row, so that a value cannot be moved to another row.
 * CRYPT_SEALED(n) is the size for n bytes of text.
 */
#define CRYPT_SEALED(n) ((n) + 30)
void crypt_seal(const struct secret *key, uint8_t key_id, struct str aad,
    struct str plain, struct buf *out);
/* False on any change of key, aad or bytes; *out is then NULL. */
bool crypt_open(const struct secret *key, uint8_t key_id, struct str aad,
    struct str sealed, struct secret **out) ATTR_NODISCARD;

/*
 * Password hash in the encoded form "$argon2id$v=19$m=65536,t=3,p=4$…".
 * Costs 64 MiB and about 0.25 s: callers hold a slot of the semaphore in
 * web/auth.  out holds CRYPT_PASSWORD_MAX bytes.
 */
#define CRYPT_PASSWORD_MAX 128
enum fail_code crypt_password_hash(
    struct str password, char out[CRYPT_PASSWORD_MAX]) ATTR_NODISCARD;
/* True if it matches; constant work for a given encoded form. */
bool crypt_password_verify(const char *encoded, struct str password);
/* Are the parameters of `encoded` weaker than today's? */
bool crypt_password_stale(const char *encoded);

#endif
