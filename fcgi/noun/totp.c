/*
 * totp.c: codes that change with the time.
 */
#include "noun/totp.h"

#include <stdio.h>
#include <string.h>

#include "rnd.h"
#include "secret.h"

#define RECOVERY_BYTES 10
#define RECOVERY_CHARS 16

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

uint32_t
totp_code(struct str key, int64_t step, int digits)
{
	static const uint32_t powers[] = {1000000, 10000000, 100000000};
	uint8_t counter[8], mac[CRYPT_SHA1_LEN];
	uint32_t value;
	size_t at;

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)((uint64_t)step >> (8 * (7 - i)));
	crypt_hmac_sha1(
	    key, (struct str){(const char *)counter, sizeof(counter)}, mac);
	at = mac[sizeof(mac) - 1] & 0x0f;
	value = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
	    (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	return value % powers[digits < 6 || digits > 8 ? 0 : digits - 6];
}

/* The digits of a code; false unless there are TOTP_DIGITS of them. */
static bool
read_digits(struct str code, char out[TOTP_DIGITS])
{
	size_t n = 0;

	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] == ' ')
			continue;
		if (code.p[i] < '0' || code.p[i] > '9' || n == TOTP_DIGITS)
			return false;
		out[n++] = code.p[i];
	}
	return n == TOTP_DIGITS;
}

bool
totp_match(struct str key, int64_t now_s, struct str code, int64_t *step_out)
{
	char given[TOTP_DIGITS], text[TOTP_DIGITS + 1];
	int64_t now = now_s / TOTP_STEP_S, found = 0;
	bool match = false;

	*step_out = 0;
	if (!read_digits(code, given))
		return false;
	for (int64_t step = now - TOTP_WINDOW; step <= now + TOTP_WINDOW;
	     step++) {
		bool same;

		(void)snprintf(text, sizeof(text), "%0*u", TOTP_DIGITS,
		    totp_code(key, step, TOTP_DIGITS) % 1000000);
		same = secret_equal((struct str){given, sizeof(given)},
		    (struct str){text, TOTP_DIGITS});
		match |= same;
		found = same ? step : found;
	}
	secret_wipe(text, sizeof(text));
	*step_out = found;
	return match;
}

void
totp_base32(const uint8_t *bytes, size_t n, char *out)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 5; have -= 5)
			*out++ = alphabet[bits >> (have - 5) & 31];
	}
	if (have > 0)
		*out++ = alphabet[bits << (5 - have) & 31];
	*out = '\0';
}

void
totp_recovery_make(char out[TOTP_RECOVERY_MAX])
{
	char text[TOTP_BASE32_MAX(RECOVERY_BYTES)], *o = out;
	uint8_t raw[RECOVERY_BYTES];

	rnd_bytes(raw, sizeof(raw));
	totp_base32(raw, sizeof(raw), text);
	for (size_t i = 0; i < RECOVERY_CHARS; i++) {
		char c = text[i];

		if (i > 0 && i % 4 == 0)
			*o++ = '-';
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		*o++ = c;
	}
	*o = '\0';
	secret_wipe(raw, sizeof(raw));
	secret_wipe(text, sizeof(text));
}

bool
totp_recovery_hash(struct str code, uint8_t out[CRYPT_SHA256_LEN])
{
	char text[RECOVERY_CHARS];
	size_t n = 0;

	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];

		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == RECOVERY_CHARS || c == '\0' ||
		    strchr(alphabet, c) == NULL)
			return false;
		text[n++] = c;
	}
	crypt_sha256((struct str){text, n}, out);
	secret_wipe(text, sizeof(text));
	return n == RECOVERY_CHARS;
}
