/*
 * redact.c: a run's secrets, hidden in all that it says.
 */
#include "noun/redact.h"

#include <string.h>

#include "json.h"
#include "noun/redact_impl.h"

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
	if (touched(w, at, end) && search(&w->part, word, 0, &w->clean))
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
