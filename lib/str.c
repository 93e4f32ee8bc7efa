/*
 * str.c: views of bytes, and checked conversions.
 */
#include "str.h"

#include <string.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static unsigned char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c - 'A' + 'a');
	return (unsigned char)c;
}

struct str
str_from(const char *s)
{
	return (struct str){s, s != NULL ? strlen(s) : 0};
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct str){s.p != NULL ? s.p + from : NULL, n};
}

bool
str_eq(struct str a, struct str b)
{
	/* A view without bytes may have no pointer; one with some always has.
	 */
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_eq_c(struct str a, const char *b)
{
	return str_eq(a, str_from(b));
}

bool
str_ieq_c(struct str a, const char *b)
{
	struct str s = str_from(b);

	if (a.n != s.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(s.p[i]))
			return false;
	}
	return true;
}

bool
str_starts(struct str s, const char *prefix)
{
	return str_eq_c(str_sub(s, 0, strlen(prefix)), prefix);
}

bool
str_ends(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && str_eq_c(str_sub(s, s.n - n, n), suffix);
}

size_t
str_index(struct str s, char c)
{
	const char *hit = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return hit != NULL ? (size_t)(hit - s.p) : s.n;
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str
str_split(struct str *rest, char sep)
{
	size_t i = str_index(*rest, sep);
	struct str part = str_sub(*rest, 0, i);

	if (i == rest->n)
		*rest = STR_NONE;
	else
		*rest = str_sub(*rest, i + 1, rest->n);
	return part;
}

bool
str_to_i64(struct str s, int64_t *out)
{
	int64_t v = 0;
	bool negative;

	negative = s.n > 0 && s.p[0] == '-';
	if (negative)
		s = str_sub(s, 1, s.n);
	if (s.n == 0)
		return false;
	/* Counts down: INT64_MIN has no positive twin. */
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (v < (INT64_MIN + digit) / 10)
			return false;
		v = v * 10 - digit;
	}
	if (!negative && v == INT64_MIN)
		return false;
	*out = negative ? v : -v;
	return true;
}

size_t
str_utf8_seq(struct str s)
{
	unsigned char a, b;
	size_t n;

	if (s.n == 0)
		return 0;
	a = (unsigned char)s.p[0];
	if (a < 0x80)
		return 1;
	if (a < 0xc2 || a > 0xf4) /* continuation, overlong, over U+10FFFF */
		return 0;
	n = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
	if (s.n < n)
		return 0;
	b = (unsigned char)s.p[1];
	if ((a == 0xe0 && b < 0xa0) || (a == 0xf0 && b < 0x90)) /* overlong */
		return 0;
	if (a == 0xed && b > 0x9f) /* surrogates */
		return 0;
	if (a == 0xf4 && b > 0x8f) /* over U+10FFFF */
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

bool
str_utf8_valid(struct str s)
{
	while (s.n > 0) {
		size_t n = str_utf8_seq(s);

		if (n == 0)
			return false;
		s.p += n;
		s.n -= n;
	}
	return true;
}

struct str
str_utf8_cut(struct str s, size_t max)
{
	size_t n = max;

	if (s.n <= max)
		return s;
	/* At most three steps back from inside a well-formed sequence. */
	while (n > 0 && max - n < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	if (((unsigned char)s.p[n] & 0xc0) == 0x80)
		n = max; /* not UTF-8 here: any place is as good */
	return str_sub(s, 0, n);
}

size_t
str_utf8_len(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			n++;
	}
	return n;
}

bool
str_has_control(struct str s, const char *allow)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != 0x7f)
			continue;
		if (c == 0 || allow == NULL || strchr(allow, c) == NULL)
			return true;
	}
	return false;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
str_is_uuid(struct str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.p[i] != '-')
				return false;
		} else if (hex_value(s.p[i]) < 0) {
			return false;
		}
	}
	return true;
}

void
str_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

bool
str_unhex(struct str s, void *out, size_t n)
{
	unsigned char *p = out;

	if (s.n / 2 != n || s.n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s.p[2 * i]);
		int lo = hex_value(s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		p[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

size_t
str_b64u(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *p = bytes;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			out[len++] = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		out[len++] = digits[bits << (6 - have) & 63];
	out[len] = '\0';
	return len;
}

/* The six bits of a digit; c62 and c63 tell the two alphabets apart. */
static int
b64_value(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == c62)
		return 62;
	if (c == c63)
		return 63;
	return -1;
}

static bool
unb64(struct str s, char c62, char c63, void *out, size_t max, size_t *n_out)
{
	unsigned char *p = out;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	if (s.n % 4 == 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int v = b64_value(s.p[i], c62, c63);

		if (v < 0)
			return false;
		bits = (bits << 6 | (uint32_t)v) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (len == max)
			return false;
		p[len++] = (unsigned char)(bits >> have);
	}
	/* Stray bits: two texts for the same bytes. */
	if ((bits & ((1U << have) - 1)) != 0)
		return false;
	*n_out = len;
	return true;
}

bool
str_unb64u(struct str s, void *out, size_t max, size_t *n_out)
{
	return unb64(s, '-', '_', out, max, n_out);
}

bool
str_unb64(struct str s, void *out, size_t max, size_t *n_out)
{
	if (s.n % 4 != 0)
		return false;
	for (int pad = 0; pad < 2 && str_ends(s, "="); pad++)
		s.n--;
	return unb64(s, '+', '/', out, max, n_out);
}

bool
str_percent_decode(struct str s, bool plus, char *out, size_t *n_out)
{
	size_t len = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
			int lo = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0 || (hi == 0 && lo == 0))
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		out[len++] = c;
	}
	out[len] = '\0';
	*n_out = len;
	return true;
}
