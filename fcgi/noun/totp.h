/*
 * totp.h: codes of an authenticator (RFC 6238), and codes for when it is lost.
 *
 * HMAC-SHA1, 30 seconds, 6 digits: what every authenticator computes.  No
 * state here: which code was taken already, noun/factor knows.
 */
#ifndef MCPBOX_TOTP_H
#define MCPBOX_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypt.h"
#include "str.h"

#define TOTP_KEY_LEN 20 /* bytes; RFC 4226 section 4 */
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6
#define TOTP_WINDOW 1 /* steps that a clock may be off, either way */

/* The code of one time step, of 6 to 8 digits, as a number. */
uint32_t totp_code(struct str key, int64_t step, int digits);

/*
 * Is `code` (6 digits, spaces allowed) that of a step within the window around
 * now_s?  The same work whatever the answer.  *step_out: which one.
 */
bool totp_match(
    struct str key, int64_t now_s, struct str code, int64_t *step_out);

/* Base32 without padding (RFC 4648 section 6), NUL-terminated. */
#define TOTP_BASE32_MAX(n) (((n)*8 + 4) / 5 + 1)
void totp_base32(const uint8_t *bytes, size_t n, char *out);

/* "abcd-efgh-ijkl-mnop": 80 random bits. */
#define TOTP_RECOVERY_MAX 20
void totp_recovery_make(char out[TOTP_RECOVERY_MAX]);
/*
 * SHA-256 of it, whatever the case, with or without dashes and spaces.  False
 * for what cannot be one.
 */
bool totp_recovery_hash(struct str code, uint8_t out[CRYPT_SHA256_LEN]);

#endif
