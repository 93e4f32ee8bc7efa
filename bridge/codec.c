/*
 * codec.c: values of Mcp-* headers.
 */
#include "codec.h"

#include <ctype.h>
#include <string.h>

static const char prefix[] = "=?base64?", suffix[] = "?=";

/* Whole numbers that a double holds exactly. */
#define SAFE_INTEGER 9007199254740991.0

static bool
wrapped(struct str s)
{
	return str_starts(s, prefix) && str_ends(s, suffix);
}

bool
codec_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c > 0x7e)
			return false;
	}
	return str_trim(s).n == s.n && !wrapped(s);
}

static void
base64(struct buf *b, struct str s)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		unsigned v = (unsigned)p[i] << 16 |
		    (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
		    (left > 2 ? (unsigned)p[i + 2] : 0);

		buf_putc(b, digits[v >> 18]);
		buf_putc(b, digits[(v >> 12) & 63]);
		buf_put(b, left > 1 ? &digits[(v >> 6) & 63] : "=", 1);
		buf_put(b, left > 2 ? &digits[v & 63] : "=", 1);
	}
}

void
codec_text(struct buf *b, struct str s)
{
	if (codec_plain(s)) {
		buf_putstr(b, s);
		return;
	}
	buf_puts(b, prefix);
	base64(b, s);
	buf_puts(b, suffix);
}

static void
put_real(struct buf *b, double d)
{
	/* 42.0 is an integer in JSON Schema, and is sent as one. */
	if (d >= -SAFE_INTEGER && d <= SAFE_INTEGER && d == (double)(int64_t)d)
		buf_printf(b, "%lld", (long long)d);
	else
		buf_printf(b, "%.17g", d);
}

bool
codec_json(struct buf *b, const json_t *v)
{
	if (json_is_string(v))
		codec_text(b,
		    (struct str){json_string_value(v), json_string_length(v)});
	else if (json_is_boolean(v))
		buf_puts(b, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		buf_printf(b, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		put_real(b, json_real_value(v));
	else
		return false;
	return true;
}

bool
codec_token(struct str s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > 0x7e || c == '\0' ||
		    (!isalnum(c) && strchr(marks, c) == NULL))
			return false;
	}
	return s.n > 0;
}
