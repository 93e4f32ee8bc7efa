/*
 * redact.c: a run's secrets, hidden in all that it says.
 */
#include "noun/redact.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "noun/redact_impl.h"

/* What a double can have. */
#define EXPONENT_MAX 400

/* The text with its spans replaced; into b, from `from` to `to`. */
static void
replace(const struct redact *r, struct str text, const struct redact_span *v,
    size_t n, struct buf *b)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		buf_put(b, text.p + at, v[i].from - at);
		buf_puts(b, r->values[v[i].hit - 1].mark);
		at = v[i].to;
	}
	buf_put(b, text.p + at, text.n - at);
}

static bool
search(struct redact_scan *s, struct str text, size_t cut, struct buf *out)
{
	const struct redact_span *v;
	size_t n;

	redact_views(s, text, cut > 0 && text.n >= cut);
	v = redact_scan_spans(s, &n);
	if (n == 0)
		return false;
	buf_reset(out);
	replace(s->r, text, v, n, out);
	return true;
}

struct str
redact_text(struct arena *a, const struct redact *r, struct str s, size_t cut)
{
	struct redact_scan scan;
	struct buf out;

	if (r == NULL || s.n < REDACT_MIN)
		return s;
	redact_scan_init(&scan, r);
	buf_init(&out, SIZE_MAX);
	if (search(&scan, s, cut, &out))
		s = arena_str(a, buf_str(&out));
	buf_free(&out);
	redact_scan_free(&scan);
	return s;
}

/* --- JSON ----------------------------------------------------------------- */

struct walk {
	struct redact_scan whole; /* of the text as it stands */
	struct redact_scan part;  /* of one string or word of it */
	const struct redact_span *spans;
	size_t nspans, next;
	struct str text;
	size_t cut;
	bool across;      /* a secret is in more than one part */
	unsigned keys;    /* that were changed */
	struct buf plain; /* a string without its escapes */
	struct buf clean; /* the same without secrets */
	struct buf out;
};

/* Is there a secret, as far as the text as it stands shows, in [from, to)? */
static bool
touched(struct walk *w, size_t from, size_t to)
{
	while (w->next < w->nspans && w->spans[w->next].to <= from)
		w->next++;
	return w->next < w->nspans && w->spans[w->next].from < to;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A quote, bracket, comma, colon or blank: what belongs to no value. */
static void
between(struct walk *w, size_t at)
{
	if (touched(w, at, at + 1))
		w->across = true;
	buf_putc(&w->out, w->text.p[at]);
}

/* The place of the quote that ends the string which begins at `at`. */
static size_t
string_end(struct str text, size_t at)
{
	while (at < text.n && text.p[at] != '"')
		at += text.p[at] == '\\' ? 2 : 1;
	return at < text.n ? at : text.n;
}

static void
unescape(struct str s, struct buf *out)
{
	size_t at = 0;

	buf_reset(out);
	while (at < s.n) {
		unsigned char bytes[4];
		size_t n = 0, used = 0;

		if (s.p[at] == '\\')
			used = redact_unescape(s, at, bytes, &n);
		if (used > 0)
			buf_put(out, bytes, n);
		else
			buf_putc(out, s.p[at]);
		at += used > 0 ? used : 1;
	}
}

/* Two keys that both were a secret must not become the same key. */
static void
number_key(struct walk *w)
{
	if (w->keys++ > 0)
		buf_printf(&w->clean, " (%u)", w->keys);
}

static bool
is_key(struct str text, size_t after)
{
	while (after < text.n && is_space(text.p[after]))
		after++;
	return after < text.n && text.p[after] == ':';
}

/* The string whose first quote is at `at`; returns what comes behind it. */
static size_t
one_string(struct walk *w, size_t at)
{
	size_t end = string_end(w->text, at + 1);
	struct str inner = str_sub(w->text, at + 1, end - at - 1);
	bool escapes = inner.n > 0 && memchr(inner.p, '\\', inner.n) != NULL;
	bool hit = touched(w, at, at + 1);

	w->across = w->across || hit;
	hit = escapes || w->cut > 0 || touched(w, at + 1, end);
	if (hit) {
		unescape(inner, &w->plain);
		hit = search(&w->part, buf_str(&w->plain), w->cut, &w->clean);
	}
	w->across = w->across || touched(w, end, end + 1);
	if (!hit) {
		buf_putstr(&w->out, str_sub(w->text, at, end + 1 - at));
		return end + 1;
	}
	if (is_key(w->text, end + 1))
		number_key(w);
	buf_json(&w->out, buf_str(&w->clean));
	return end + 1;
}

/* A number's sign, digits and exponent. */
struct number {
	struct str sign, whole, part;
	int64_t exponent;
};

static struct str
digits(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	*rest = str_sub(*rest, n, rest->n);
	return (struct str){rest->p - n, n};
}

static bool
read_number(struct str s, struct number *out)
{
	*out = (struct number){.sign = str_sub(s, 0, s.p[0] == '-')};
	s = str_sub(s, out->sign.n, s.n);
	out->whole = digits(&s);
	if (s.n > 0 && s.p[0] == '.') {
		s = str_sub(s, 1, s.n);
		out->part = digits(&s);
	}
	if (s.n == 0)
		return out->part.n > 0;
	if (s.p[0] != 'e' && s.p[0] != 'E')
		return false;
	s = str_sub(s, 1, s.n);
	if (s.n > 0 && s.p[0] == '+')
		s = str_sub(s, 1, s.n);
	return str_to_i64(s, &out->exponent);
}

/* The digits without the exponent, as PostgreSQL writes them. */
static void
put_plain(const struct number *v, struct buf *b)
{
	int64_t all = (int64_t)(v->whole.n + v->part.n);
	int64_t point = (int64_t)v->whole.n + v->exponent;

	buf_putstr(b, v->sign);
	if (point <= 0)
		buf_putc(b, '0');
	for (int64_t i = point < 0 ? point : 0; i < all || i < point; i++) {
		size_t at = (size_t)i;

		if (i == point)
			buf_putc(b, '.');
		if (i < 0 || i >= all)
			buf_putc(b, '0');
		else if (at < v->whole.n)
			buf_putc(b, v->whole.p[at]);
		else
			buf_putc(b, v->part.p[at - v->whole.n]);
	}
}

/*
 * The number in other digits: those that jansson writes, or PostgreSQL; into
 * `plain`.  False when there are none.
 */
static bool
respell(struct str word, int way, struct buf *plain)
{
	struct number v;
	char text[64];

	if (!read_number(word, &v) || v.exponent < -EXPONENT_MAX ||
	    v.exponent > EXPONENT_MAX)
		return false;
	buf_reset(plain);
	if (way > 0) {
		put_plain(&v, plain);
		return true;
	}
	if (word.n >= sizeof(text))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	buf_printf(plain, "%.17g", strtod(text, NULL));
	return true;
}

static bool
search_word(struct walk *w, struct str word, bool hit)
{
	if (hit)
		return search(&w->part, word, 0, &w->clean);
	for (int way = 0; way < 2; way++) {
		if (respell(word, way, &w->plain) &&
		    !str_eq(buf_str(&w->plain), word) &&
		    search(&w->part, buf_str(&w->plain), 0, &w->clean))
			return true;
	}
	return false;
}

/* A number, true, false or null. */
static size_t
one_word(struct walk *w, size_t at)
{
	size_t end = at;
	struct str word;

	while (end < w->text.n && !is_space(w->text.p[end]) &&
	    strchr("{}[]:,\"", w->text.p[end]) == NULL)
		end++;
	if (end == at)
		end++; /* not JSON: never mind, but go on */
	word = str_sub(w->text, at, end - at);
	if (search_word(w, word, touched(w, at, end)))
		buf_json(&w->out, buf_str(&w->clean));
	else
		buf_putstr(&w->out, word);
	return end;
}

static void
walk(struct walk *w)
{
	size_t at = 0;

	while (at < w->text.n) {
		char c = w->text.p[at];

		if (c == '"') {
			at = one_string(w, at);
		} else if (c != '\0' &&
		    (is_space(c) || strchr("{}[]:,", c) != NULL)) {
			between(w, at++);
		} else {
			at = one_word(w, at);
		}
	}
	if (!w->across)
		return;
	buf_reset(&w->plain);
	replace(w->whole.r, w->text, w->spans, w->nspans, &w->plain);
	buf_reset(&w->out);
	buf_json(&w->out, buf_str(&w->plain));
}

struct str
redact_json(
    struct arena *a, const struct redact *r, struct str json, size_t cut)
{
	struct walk w = {.text = json, .cut = cut};
	struct str out = json;

	if (r == NULL || json.n < REDACT_MIN)
		return json;
	redact_scan_init(&w.whole, r);
	redact_scan_init(&w.part, r);
	buf_init(&w.plain, SIZE_MAX);
	buf_init(&w.clean, SIZE_MAX);
	buf_init(&w.out, SIZE_MAX);
	redact_views(&w.whole, json, false);
	w.spans = redact_scan_spans(&w.whole, &w.nspans);
	walk(&w);
	if (!str_eq(buf_str(&w.out), json))
		out = arena_str(a, buf_str(&w.out));
	buf_free(&w.plain);
	buf_free(&w.clean);
	buf_free(&w.out);
	redact_scan_free(&w.whole);
	redact_scan_free(&w.part);
	return out;
}
