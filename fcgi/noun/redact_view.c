/*
 * redact_view.c: the ways in which a text can be read.
 */
#include "noun/redact_impl.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/*
 * A text, or what it is after one kind of escape was undone.  Byte i comes
 * from [from[i], to[i]) of the text; without lists it is byte i itself.
 */
struct reading {
	const unsigned char *p;
	const uint32_t *from, *to;
	uint32_t n;
};

static uint32_t
from_of(const struct reading *v, uint32_t i)
{
	return v->from != NULL ? v->from[i] : i;
}

static uint32_t
to_of(const struct reading *v, uint32_t i)
{
	return v->to != NULL ? v->to[i] : i + 1;
}

/* --- escapes -------------------------------------------------------------- */

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* `digits` hex digits at text.p[at]; false when there are not so many. */
static bool
hex_number(struct str text, size_t at, size_t digits, uint32_t *out)
{
	*out = 0;
	if (text.n < digits || at > text.n - digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		int v = hex_digit((unsigned char)text.p[at + i]);

		if (v < 0)
			return false;
		*out = *out * 16 + (uint32_t)v;
	}
	return true;
}

static size_t
put_utf8(uint32_t c, unsigned char out[4])
{
	static const struct {
		uint32_t below;
		unsigned char lead;
	} rows[] = {
	    {0x80, 0}, {0x800, 0xc0}, {0x10000, 0xe0}, {0x110000, 0xf0}};
	size_t more = 0;

	while (more < NELEM(rows) && c >= rows[more].below)
		more++;
	if (more == NELEM(rows))
		return 0;
	for (size_t i = more; i > 0; i--) {
		out[i] = (unsigned char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (unsigned char)(rows[more].lead | c);
	return more + 1;
}

/* \uXXXX, with a second one when it is half of a pair. */
static size_t
unescape_u(struct str text, size_t at, unsigned char out[4], size_t *n_out)
{
	uint32_t c, low;
	size_t used = 6;

	if (!hex_number(text, at + 2, 4, &c))
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && at + 7 < text.n &&
	    text.p[at + 6] == '\\' && text.p[at + 7] == 'u' &&
	    hex_number(text, at + 8, 4, &low) && low >= 0xdc00 &&
	    low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		used = 12;
	}
	*n_out = put_utf8(c, out);
	return used;
}

size_t
redact_unescape(struct str text, size_t at, unsigned char out[4], size_t *n_out)
{
	static const char letters[] = "\"\\/'bfnrtav";
	static const char bytes[] = "\"\\/'\b\f\n\r\t\a\v";
	const char *letter;
	uint32_t c;

	if (at + 1 >= text.n)
		return 0;
	switch (text.p[at + 1]) {
	case 'u':
		return unescape_u(text, at, out, n_out);
	case 'U':
		if (!hex_number(text, at + 2, 8, &c))
			return 0;
		*n_out = put_utf8(c, out);
		return *n_out > 0 ? 10 : 0;
	case 'x':
		/* As the repr of bytes has it. */
		if (!hex_number(text, at + 2, 2, &c))
			return 0;
		out[0] = (unsigned char)c;
		*n_out = 1;
		return 4;
	case '\0':
		return 0;
	default:
		break;
	}
	letter = strchr(letters, text.p[at + 1]);
	if (letter == NULL)
		return 0;
	out[0] = (unsigned char)bytes[letter - letters];
	*n_out = 1;
	return 2;
}

static size_t
unpercent(struct str text, size_t at, unsigned char out[4], size_t *n_out)
{
	uint32_t c;

	if (!hex_number(text, at + 1, 2, &c))
		return 0;
	out[0] = (unsigned char)c;
	*n_out = 1;
	return 3;
}

struct escape {
	char mark;
	bool plus;  /* "+" is a space */
	bool twice; /* JSON is put into JSON */
	size_t (*undo)(struct str, size_t, unsigned char[4], size_t *);
};

static const struct escape escapes[] = {
    {'%', false, false, unpercent},
    {'%', true, false, unpercent},
    {'\\', false, true, redact_unescape},
};

static bool
occurs(const struct redact_scan *s, const struct escape *e,
    const struct reading *v)
{
	if (e->plus)
		return s->r->spaces && memchr(v->p, '+', v->n) != NULL;
	return memchr(v->p, e->mark, v->n) != NULL;
}

/* `in` without these escapes; the lists have room for in->n bytes. */
static uint32_t
undo_all(const struct escape *e, const struct reading *in, unsigned char *p,
    uint32_t *from, uint32_t *to)
{
	struct str text = {(const char *)in->p, in->n};
	uint32_t n = 0, at = 0;

	while (at < in->n) {
		unsigned char out[4] = {in->p[at]};
		size_t bytes = 1, used = 0;

		if (text.p[at] == e->mark)
			used = e->undo(text, at, out, &bytes);
		else if (e->plus && text.p[at] == '+')
			out[0] = ' ';
		if (used == 0) {
			used = 1;
			bytes = 1;
		}
		/* Never more bytes than characters: an escape shortens. */
		for (size_t i = 0; i < bytes; i++, n++) {
			p[n] = out[i];
			from[n] = from_of(in, at);
			to[n] = to_of(in, at + (uint32_t)used - 1);
		}
		at += (uint32_t)used;
	}
	return n;
}

/* --- encodings ------------------------------------------------------------ */

static void
end_view(struct redact_scan *s, const struct reading *v, bool cut)
{
	if (cut && v->n > 0)
		redact_scan_cut(s, to_of(v, v->n - 1));
}

static void
as_it_is(struct redact_scan *s, const struct reading *v, bool cut)
{
	redact_scan_view(s);
	for (uint32_t i = 0; i < v->n; i++)
		redact_scan_feed(s, v->p[i], from_of(v, i), to_of(v, i));
	end_view(s, v, cut);
}

/* Pairs of digits that begin at every second byte from `phase` on. */
static void
hex_pairs(
    struct redact_scan *s, const struct reading *v, bool cut, uint32_t phase)
{
	uint32_t i = phase;

	redact_scan_view(s);
	for (; i + 1 < v->n; i += 2) {
		int high = hex_digit(v->p[i]), low = hex_digit(v->p[i + 1]);

		if (high < 0 || low < 0)
			redact_scan_break(s);
		else
			redact_scan_feed(s, (uint8_t)(high * 16 + low),
			    from_of(v, i), to_of(v, i + 1));
	}
	if (i < v->n && hex_digit(v->p[i]) < 0)
		redact_scan_break(s);
	end_view(s, v, cut);
}

/* Both alphabets of RFC 4648; a line break inside counts for nothing. */
#define B64_NONE (-1)
#define B64_SKIP (-2)

static int
b64_digit(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return c == '\r' || c == '\n' ? B64_SKIP : B64_NONE;
}

/* Digits without anything else between them but line breaks: [at, end). */
struct b64_run {
	uint32_t at, end;
	uint32_t digits;
};

static struct b64_run
b64_next(const struct reading *v, uint32_t at)
{
	struct b64_run run;

	while (at < v->n && b64_digit(v->p[at]) < 0)
		at++;
	run = (struct b64_run){.at = at};
	for (; at < v->n && b64_digit(v->p[at]) != B64_NONE; at++)
		run.digits += b64_digit(v->p[at]) >= 0;
	run.end = at;
	return run;
}

/*
 * The bytes of a run whose first digit is the `phase`th of its group of four.
 * The bits of a byte are in two neighbours: it is known with the second.
 */
static void
b64_bytes(struct redact_scan *s, const struct reading *v,
    const struct b64_run *run, uint32_t phase)
{
	uint32_t seen = 0, before = 0;
	int last = 0;

	redact_scan_break(s);
	for (uint32_t i = run->at; i < run->end; i++) {
		int digit = b64_digit(v->p[i]), byte = 0;
		uint32_t place;

		if (digit < 0)
			continue;
		place = (seen + phase) % 4;
		if (place == 1)
			byte = last << 2 | digit >> 4;
		else if (place == 2)
			byte = last << 4 | digit >> 2;
		else if (place == 3)
			byte = last << 6 | digit;
		if (place != 0 && seen > 0)
			redact_scan_feed(s, (uint8_t)(byte & 0xff),
			    from_of(v, before), to_of(v, i));
		last = digit;
		before = i;
		seen++;
	}
}

static void
base64(struct redact_scan *s, const struct reading *v, bool cut, uint32_t phase)
{
	/* In a shorter run there is no room for any value. */
	uint32_t least = ((cut ? REDACT_MIN : s->r->shortest) * 8 + 5) / 6;
	struct b64_run run = {.end = 0};

	redact_scan_view(s);
	while (run.end < v->n) {
		run = b64_next(v, run.end);
		if (run.digits >= least)
			b64_bytes(s, v, &run, phase);
		if (run.end < v->n)
			redact_scan_break(s);
	}
	end_view(s, v, cut);
}

static void
every_encoding(struct redact_scan *s, const struct reading *v, bool cut)
{
	as_it_is(s, v, cut);
	for (uint32_t phase = 0; phase < 2; phase++)
		hex_pairs(s, v, cut, phase);
	for (uint32_t phase = 0; phase < 4; phase++)
		base64(s, v, cut, phase);
}

/* What `in` says when an escape is undone, and then perhaps again. */
static void
without(struct redact_scan *s, const struct escape *e, const struct reading *in,
    bool cut, bool again)
{
	uint32_t *from = calloc(2 * (size_t)in->n, sizeof(*from));
	unsigned char *p = malloc(in->n);
	struct reading v;

	if (from == NULL || p == NULL)
		log_panic("out of memory", "redact");
	v = (struct reading){
	    .p = p,
	    .from = from,
	    .to = from + in->n,
	    .n = undo_all(e, in, p, from, from + in->n),
	};
	every_encoding(s, &v, cut);
	if (again && v.n > 0 && v.n < in->n && occurs(s, e, &v))
		without(s, e, &v, cut, false);
	free(from);
	free(p);
}

void
redact_views(struct redact_scan *s, struct str text, bool cut)
{
	struct reading plain = {
	    .p = (const unsigned char *)text.p,
	    .n = (uint32_t)text.n,
	};

	redact_scan_reset(s);
	if (text.n == 0)
		return;
	if (text.n > UINT32_MAX / 2)
		log_panic("a text too long to be searched", "redact");
	every_encoding(s, &plain, cut);
	for (size_t i = 0; i < NELEM(escapes); i++) {
		if (occurs(s, &escapes[i], &plain))
			without(s, &escapes[i], &plain, cut, escapes[i].twice);
	}
}
