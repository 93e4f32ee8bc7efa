/*
 * redact_ref.h: a slow noun/redact, for tests.
 *
 * It tries each value at each place of the text, in each way of reading it, by
 * decoding from there on.  Without cuts, JSON and white space at the ends of
 * values.
 */
#ifndef MCPBOX_REDACT_REF_H
#define MCPBOX_REDACT_REF_H

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "noun/redact.h"

struct letter {
	int byte;
	size_t from, to;
};

static int
digit16(int c)
{
	const char *hex = "0123456789abcdef";
	const char *at = c > 0 ? strchr(hex, c >= 'A' && c <= 'F' ? c | 32 : c)
			       : NULL;

	return at != NULL ? (int)(at - hex) : -1;
}

static int
digit64(int c)
{
	const char *all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			  "0123456789+/";
	const char *at;

	if (c == '-' || c == '_')
		c = c == '-' ? '+' : '/';
	at = c > 0 ? strchr(all, c) : NULL;
	return at != NULL ? (int)(at - all) : -1;
}

/* `n` hex digits at i; -1 when there are not so many. */
static long
number(struct str t, size_t i, size_t n)
{
	long v = 0;

	for (size_t k = 0; k < n; k++) {
		if (i + k >= t.n || digit16(t.p[i + k]) < 0)
			return -1;
		v = v * 16 + digit16(t.p[i + k]);
	}
	return v;
}

/* The UTF-8 of c, from v[n] on. */
static size_t
put_letter(struct letter *v, size_t n, long c, size_t from, size_t to)
{
	int size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int k = size - 1; k >= 0; k--) {
		long byte = k == 0 ? c : 0x80 | (c & 63);

		if (k == 0 && size > 1)
			byte |= 0xf00 >> size & 0xff;
		v[n + (size_t)k] = (struct letter){(int)byte, from, to};
		c >>= 6;
	}
	return n + (size_t)size;
}

/* \uXXXX and \UXXXXXXXX at i; 0 when it is none. */
static size_t
unicode(struct str t, size_t i, long *c)
{
	long more;

	if (t.p[i + 1] == 'U') {
		*c = number(t, i + 2, 8);
		return *c >= 0 && *c < 0x110000 ? 10 : 0;
	}
	*c = number(t, i + 2, 4);
	if (t.p[i + 1] != 'u' || *c < 0)
		return 0;
	if (*c < 0xd800 || *c > 0xdbff || i + 7 >= t.n || t.p[i + 6] != '\\' ||
	    t.p[i + 7] != 'u')
		return 6;
	more = number(t, i + 8, 4);
	if (more < 0xdc00 || more > 0xdfff)
		return 6;
	*c = 0x10000 + (*c - 0xd800) * 0x400 + more - 0xdc00;
	return 12;
}

/* A backslash at i: what it stands for; 0 when for itself. */
static size_t
backslash(struct str t, size_t i, int *c)
{
	const char *from = "\"\\/'bfnrtav", *to = "\"\\/'\b\f\n\r\t\a\v";
	const char *at =
	    i + 1 < t.n && t.p[i + 1] != '\0' ? strchr(from, t.p[i + 1]) : NULL;

	if (at != NULL)
		*c = to[at - from];
	if (at != NULL || i + 1 >= t.n || t.p[i + 1] != 'x' ||
	    number(t, i + 2, 2) < 0)
		return at != NULL ? 2 : 0;
	*c = (int)number(t, i + 2, 2);
	return 4;
}

/* Readings of the text: 0 as it is, 1 percent, 2 with plus, 3 backslashes. */
static size_t
read_letters(struct str t, int how, struct letter *v)
{
	size_t n = 0;

	for (size_t i = 0; i < t.n;) {
		int c = (unsigned char)t.p[i];
		size_t used = 0;
		long wide;

		if ((how == 1 || how == 2) && c == '%' &&
		    number(t, i + 1, 2) >= 0) {
			c = (int)number(t, i + 1, 2);
			used = 3;
		} else if (how == 2 && c == '+') {
			c = ' ';
		} else if (how == 3 && c == '\\' && i + 1 < t.n) {
			used = unicode(t, i, &wide);
			if (used > 0) {
				n = put_letter(v, n, wide, i, i + used);
				i += used;
				continue;
			}
			used = backslash(t, i, &c);
		}
		used = used > 0 ? used : 1;
		v[n++] = (struct letter){c, i, i + used};
		i += used;
	}
	return n;
}

/* 4: backslashes, twice. */
static size_t
read_twice(struct arena *a, struct str t, struct letter *v)
{
	struct letter *first = arena_zalloc(a, t.n + 1, sizeof(*first));
	char *text = arena_alloc(a, t.n + 1);
	size_t n = read_letters(t, 3, first);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)first[i].byte;
	n = read_letters((struct str){text, n}, 3, v);
	for (size_t i = 0; i < n; i++) {
		v[i].from = first[v[i].from].from;
		v[i].to = first[v[i].to - 1].to;
	}
	return n;
}

static int
low(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static bool
same(int c, struct str value, size_t k)
{
	return low(c) == low((unsigned char)value.p[k]);
}

/* Where the value that begins with letter i ends, or 0. */
static size_t
at_plain(const struct letter *v, size_t n, size_t i, struct str value)
{
	for (size_t k = 0; k < value.n; k++) {
		if (i + k >= n || !same(v[i + k].byte, value, k))
			return 0;
	}
	return v[i + value.n - 1].to;
}

static size_t
at_hex(const struct letter *v, size_t n, size_t i, struct str value)
{
	for (size_t k = 0; k < value.n; k++, i += 2) {
		if (i + 1 >= n || digit16(v[i].byte) < 0 ||
		    digit16(v[i + 1].byte) < 0 ||
		    !same(digit16(v[i].byte) * 16 + digit16(v[i + 1].byte),
			value, k))
			return 0;
	}
	return v[i - 1].to;
}

/* The first byte begins with digit i, as the `place`th of its group. */
static size_t
at_base64(
    const struct letter *v, size_t n, size_t i, int place, struct str value)
{
	static const int left[] = {2, 4, 6}, right[] = {4, 2, 0};

	for (size_t k = 0; k < value.n; k++) {
		size_t j = i + 1;
		int a, b;

		while (j < n && (v[j].byte == '\n' || v[j].byte == '\r'))
			j++;
		if (j >= n)
			return 0;
		a = digit64(v[i].byte);
		b = digit64(v[j].byte);
		if (a < 0 || b < 0 ||
		    !same(
			(a << left[place] | b >> right[place]) & 255, value, k))
			return 0;
		if (k + 1 == value.n)
			return v[j].to;
		i = j;
		place = (place + 1) % 3;
		if (place != 0)
			continue;
		do
			i++;
		while (i < n && (v[i].byte == '\n' || v[i].byte == '\r'));
		if (i >= n)
			return 0;
	}
	return 0;
}

struct mark {
	size_t from, to;
	size_t value;
};

static void
note(struct mark *m, size_t *n, size_t from, size_t to, size_t value)
{
	if (to > 0)
		m[(*n)++] = (struct mark){from, to, value};
}

static int
by_place(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static inline struct str
ref_redact(struct arena *a, struct str text, const struct box_pair *secrets,
    size_t nsecrets)
{
	struct letter *v = arena_zalloc(a, text.n + 1, sizeof(*v));
	struct mark *m = arena_zalloc(
	    a, (text.n + 1) * nsecrets * 25, sizeof(*m));
	size_t nm = 0, at = 0;
	struct buf b;
	struct str out;

	for (int how = 0; how < 5; how++) {
		size_t n = how < 4 ? read_letters(text, how, v)
				   : read_twice(a, text, v);

		for (size_t i = 0; i < n; i++) {
			for (size_t s = 0; s < nsecrets; s++) {
				struct str value = secrets[s].value;

				if (value.n < REDACT_MIN)
					continue;
				note(m, &nm, v[i].from,
				    at_plain(v, n, i, value), s);
				note(m, &nm, v[i].from, at_hex(v, n, i, value),
				    s);
				for (int place = 0; place < 3; place++)
					note(m, &nm, v[i].from,
					    at_base64(v, n, i, place, value),
					    s);
			}
		}
	}
	if (nm > 0)
		qsort(m, nm, sizeof(*m), by_place);
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < nm;) {
		struct mark one_mark = m[i++];

		while (i < nm && m[i].from < one_mark.to) {
			size_t x = secrets[one_mark.value].value.n;
			size_t y = secrets[m[i].value].value.n;

			if (m[i].to > one_mark.to)
				one_mark.to = m[i].to;
			if (y > x || (y == x && m[i].value < one_mark.value))
				one_mark.value = m[i].value;
			i++;
		}
		buf_put(&b, text.p + at, one_mark.from - at);
		buf_printf(
		    &b, "[secret %.*s]", STR_FMT(secrets[one_mark.value].name));
		at = one_mark.to;
	}
	buf_put(&b, text.p + at, text.n - at);
	out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

#endif
