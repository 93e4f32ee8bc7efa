/*
 * str.h: a view of bytes that somebody else owns, and checked conversions.
 */
#ifndef MCPBOX_STR_H
#define MCPBOX_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"

struct str {
	const char *p; /* not NUL-terminated unless the maker says so */
	size_t n;
};

#define STR_LIT(s) ((struct str){"" s, sizeof(s) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_FMT(s)). */
#define STR_FMT(s) (int)(s).n, (s).n ? (s).p : ""

struct str str_from(const char *s); /* NULL gives the empty view */
struct str str_sub(struct str s, size_t from, size_t n); /* clamped */
bool str_eq(struct str a, struct str b);
bool str_eq_c(struct str a, const char *b);
bool str_ieq_c(struct str a, const char *b); /* ASCII case-insensitive */
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
/* Index of c, or s.n when absent. */
size_t str_index(struct str s, char c);
/* Without ASCII white space (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);
/* Splits at the first `sep`: returns the part before, moves *rest behind it;
 * without a sep the whole and *rest becomes empty with p == NULL. */
struct str str_split(struct str *rest, char sep);

/*
 * Decimal, optional leading '-', nothing else; false if not, or out of range.
 */
bool str_to_i64(struct str s, int64_t *out) ATTR_NODISCARD;

/* Well-formed UTF-8 per RFC 3629 (no surrogates, no overlong forms). */
bool str_utf8_valid(struct str s);
/* Bytes of the well-formed UTF-8 sequence that s starts with; 0 if none. */
size_t str_utf8_seq(struct str s);
/* The longest start of s within `max` bytes that cuts no sequence in two. */
struct str str_utf8_cut(struct str s, size_t max);
/* Code points in well-formed UTF-8. */
size_t str_utf8_len(struct str s);
/* True if any byte is a C0 control other than those in `allow`, or 0x7f. */
bool str_has_control(struct str s, const char *allow);

/* 36 characters, 8-4-4-4-12 lower- or upper-case hex (RFC 9562). */
bool str_is_uuid(struct str s);

/* Hex, lower case; out holds 2n+1 bytes. */
void str_hex(const void *bytes, size_t n, char *out);
/* False unless s is exactly 2n hex digits. */
bool str_unhex(struct str s, void *out, size_t n) ATTR_NODISCARD;

/* base64url without padding (RFC 4648 section 5). out holds STR_B64U_MAX(n). */
#define STR_B64U_MAX(n) (((n)*4 + 2) / 3 + 1)
size_t str_b64u(const void *bytes, size_t n, char *out);
/* Strict: alphabet, no padding, no stray bits.  *n_out <= s.n*3/4. */
bool str_unb64u(
    struct str s, void *out, size_t max, size_t *n_out) ATTR_NODISCARD;
/* Standard base64 with padding (RFC 4648 section 4), strict. */
bool str_unb64(
    struct str s, void *out, size_t max, size_t *n_out) ATTR_NODISCARD;

/*
 * Percent-decoding (RFC 3986) into out (>= s.n + 1 bytes, NUL-terminated).
 * `plus` turns '+' into a space (query strings).  False on a bad escape or an
 * encoded NUL.
 */
bool str_percent_decode(
    struct str s, bool plus, char *out, size_t *n_out) ATTR_NODISCARD;

#endif
