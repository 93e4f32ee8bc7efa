/*
 * keyring.h: the keys that what is at rest is sealed with.
 *
 * One is in use; while an instance changes to another (mcpboxctl key rotate)
 * two are known, and both open.  Each has a number, which its envelopes carry
 * (lib/crypt).  As text, the one in use first, separated by white space:
 *
 *	[NUMBER:]64 hexadecimal digits
 *
 * A key without a number is number 1.
 */
#ifndef MCPBOX_KEYRING_H
#define MCPBOX_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "secret.h"
#include "str.h"

#define KEYRING_MAX 2
#define KEYRING_TEXT_MAX 1024 /* bytes that anybody need read */

struct keyring;

/*
 * NULL when it is no key, too many, or one number twice; *why_out is then a
 * phrase.  keyring_free it.
 */
struct keyring *keyring_read(struct str text, const char **why_out);
/* The key of one number alone, from CRYPT_KEY_LEN random bytes. */
struct keyring *keyring_random(uint8_t id) ATTR_RETURNS_NONNULL;
void keyring_free(struct keyring *k);

size_t keyring_count(const struct keyring *k);
/* The number of the i-th; the one in use is the first. */
uint8_t keyring_id(const struct keyring *k, size_t i);
/* 32 bytes, borrowed. */
const struct secret *keyring_key(const struct keyring *k, size_t i);
/* A ring of the first of `a` and the first of `b`, in this order; b may be
 * NULL. */
struct keyring *keyring_pair(const struct keyring *a, size_t at,
    const struct keyring *b, size_t bt) ATTR_RETURNS_NONNULL;
/* As keyring_read takes it, a key a line. */
void keyring_text(const struct keyring *k, struct buf *out);

/*
 * The subkey of the i-th for a purpose: derived once, borrowed.  Thread-safe.
 * The purpose is a literal.
 */
const struct secret *keyring_subkey(
    struct keyring *k, size_t i, const char *purpose);
/* crypt_seal under the one in use. */
void keyring_seal(struct keyring *k, const char *purpose, struct str aad,
    struct str plain, struct buf *out);
/* crypt_open by whichever has the envelope's number; false: none, or no. */
bool keyring_open(struct keyring *k, const char *purpose, struct str aad,
    struct str sealed, struct secret **out) ATTR_NODISCARD;

#endif
