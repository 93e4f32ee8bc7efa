/*
 * uri.c: URIs, and templates of them.
 *
 * A template is a list of atoms: literal text, one value, or a run of
 * name=value pairs.  Matching fills a table from the last atom to the first:
 * can the rest of the URI from here be the rest of the template?  Then it is
 * walked forwards once.  No backtracking, so no template is slow.
 */
#include "op/uri.h"

#include <string.h>

#include "attr.h"
#include "json.h"

#define ATOMS_MAX (4 * URI_VARIABLES_MAX)

static const char alpha[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";
static const char marks[] = "-._~:/?#[]@!$&'()*+,;=";

static bool
is_in(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_uri_char(char c)
{
	return is_in(alpha, c) || is_in(digits, c) || is_in(marks, c);
}

static bool
is_hex(char c)
{
	return is_in("0123456789abcdefABCDEF", c);
}

/* All of s is what a URI may have; "%" is followed by two digits. */
static bool
is_uri_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (i + 2 >= s.n || !is_hex(s.p[i + 1]) ||
			    !is_hex(s.p[i + 2]))
				return false;
			i += 2;
		} else if (!is_uri_char(s.p[i])) {
			return false;
		}
	}
	return true;
}

/* Length of "scheme:", or 0. */
static size_t
scheme(struct str s)
{
	size_t n = str_index(s, ':');

	if (n == 0 || n == s.n || !is_in(alpha, s.p[0]))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (!is_in(alpha, s.p[i]) && !is_in(digits, s.p[i]) &&
		    !is_in("+-.", s.p[i]))
			return 0;
	}
	return n + 1;
}

bool
uri_valid(struct str uri)
{
	size_t n = scheme(uri);

	return n > 0 && n < uri.n && is_uri_text(uri);
}

/* --- reading a template --------------------------------------------------- */

struct atom {
	enum { ATOM_TEXT, ATOM_VALUE, ATOM_PAIRS } type;
	struct str text;   /* TEXT; VALUE: its name */
	const char *stops; /* VALUE: where it ends at the latest */
	/* PAIRS: first mark, mark between, and names */
	char first, between;
	size_t from, n; /* into template.names */
};

struct template
{
	struct atom atoms[ATOMS_MAX];
	size_t n;
	struct str names[URI_VARIABLES_MAX];
	size_t nnames;
	const char *why; /* it is not valid */
};

static const struct operator
{
	char sign; /* '\0': none */
	char first, between;
	const char *stops;
	bool pairs;
}
operators[] = {
    {'+', '\0', ',', "", false},
    {'#', '#', ',', "", false},
    {'.', '.', '.', "/?#.", false},
    {'/', '/', '/', "/?#", false},
    {';', ';', ';', NULL, true},
    {'?', '?', '&', NULL, true},
    {'&', '&', '&', NULL, true},
    {'\0', '\0', ',', "/?#", false},
};

static bool
bad(struct template *t, const char *why)
{
	t->why = why;
	return false;
}

static struct atom *
add_atom(struct template *t)
{
	return t->n < ATOMS_MAX ? &t->atoms[t->n++] : NULL;
}

static bool
add_text(struct template *t, struct str text)
{
	struct atom *a;

	if (text.n == 0)
		return true;
	a = add_atom(t);
	if (a == NULL)
		return bad(t, "has too many parts");
	*a = (struct atom){.type = ATOM_TEXT, .text = text};
	return true;
}

static bool
add_name(struct template *t, struct str name)
{
	if (name.n > 0 && is_in("*:", name.p[name.n - 1]))
		return bad(
		    t, "has a modifier (* or :), which is not supported");
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (is_in("*:", c))
			return bad(t,
			    "has a modifier (* or :), which is not supported");
		if (!is_in(alpha, c) && c != '_' &&
		    (i == 0 || !is_in(digits, c)))
			return bad(t,
			    "has a variable whose name Python could not have");
	}
	if (name.n == 0)
		return bad(t, "has an expression without a name");
	for (size_t i = 0; i < t->nnames; i++) {
		if (str_eq(t->names[i], name))
			return bad(t, "has a variable twice");
	}
	if (t->nnames == URI_VARIABLES_MAX)
		return bad(t, "has too many variables");
	t->names[t->nnames++] = name;
	return true;
}

/* "a" of "/", or "," between two names. */
static struct str
mark(const char *c)
{
	return (struct str){c, *c != '\0' ? 1 : 0};
}

static bool
add_values(struct template *t, const struct operator* op, size_t from)
{
	bool several = t->nnames - from > 1;

	for (size_t i = from; i < t->nnames; i++) {
		struct atom *a;

		if (!add_text(t, mark(i == from ? &op->first : &op->between)))
			return false;
		a = add_atom(t);
		if (a == NULL)
			return bad(t, "has too many parts");
		*a = (struct atom){
		    .type = ATOM_VALUE,
		    .text = t->names[i],
		    .stops = several && op->sign == '\0' ? "/?#," : op->stops,
		};
	}
	return true;
}

/* What is between the braces. */
static bool
add_expression(struct template *t, struct str text)
{
	const struct operator* op = operators;
	size_t from = t->nnames;
	struct atom *a;

	while (op->sign != '\0' && (text.n == 0 || op->sign != text.p[0]))
		op++;
	if (op->sign != '\0')
		text = str_sub(text, 1, text.n);
	do {
		if (!add_name(t, str_split(&text, ',')))
			return false;
	} while (text.p != NULL);
	if (!op->pairs)
		return add_values(t, op, from);
	a = add_atom(t);
	if (a == NULL)
		return bad(t, "has too many parts");
	*a = (struct atom){
	    .type = ATOM_PAIRS,
	    .first = op->first,
	    .between = op->between,
	    .from = from,
	    .n = t->nnames - from,
	};
	return true;
}

static bool
read_template(struct str s, struct template *t)
{
	*t = (struct template){.n = 0};
	while (s.n > 0) {
		size_t open = str_index(s, '{'), close;
		struct str text = str_sub(s, 0, open);

		if (!is_uri_text(text))
			return bad(t, "has characters that a URI cannot have");
		if (!add_text(t, text))
			return false;
		s = str_sub(s, open, s.n);
		if (s.n == 0)
			break;
		close = str_index(s, '}');
		if (close == s.n)
			return bad(t, "has a { without a }");
		if (!add_expression(t, str_sub(s, 1, close - 1)))
			return false;
		s = str_sub(s, close + 1, s.n);
	}
	return true;
}

bool
uri_template_valid(struct str template, const char **why_out)
{
	struct template t;

	*why_out = NULL;
	if (!read_template(template, &t))
		*why_out = t.why;
	else if (scheme(uri_template_prefix(template)) == 0)
		*why_out =
		    "must begin with a scheme, such as note:// or file://";
	else if (t.nnames == 0)
		*why_out = "has no variable: a resource is what has one URI";
	return *why_out == NULL;
}

struct str uri_template_prefix(struct str template)
{
	return str_sub(template, 0, str_index(template, '{'));
}

size_t
uri_template_names(struct str template, struct str *names, bool *optional)
{
	struct template t;

	if (!read_template(template, &t))
		return 0;
	memcpy(names, t.names, t.nnames * sizeof(*names));
	memset(optional, 0, t.nnames * sizeof(*optional));
	for (size_t i = 0; i < t.n; i++) {
		const struct atom *a = &t.atoms[i];

		for (size_t k = 0; a->type == ATOM_PAIRS && k < a->n; k++)
			optional[a->from + k] = true;
	}
	return t.nnames;
}

/* --- matching ------------------------------------------------------------- */

struct match {
	struct arena *a;
	const struct template *t;
	struct str uri;
	unsigned char *can; /* [atom][place], atoms + 1 rows */
	json_t *values;
};

static unsigned char *
row(const struct match *m, size_t atom)
{
	return m->can + atom * (m->uri.n + 1);
}

/* The end of the value of a pair that begins at `p`. */
static size_t
value_end(struct str uri, size_t p, const char *stops)
{
	while (p < uri.n && !is_in(stops, uri.p[p]))
		p++;
	return p;
}

/* What ends a pair. */
static const char *
pair_stops(const struct atom *a)
{
	return a->first == ';' ? ";/?#" : "&#";
}

/* One pair behind its mark, at p: which name, and where is its value? */
static bool
find_pair(const struct match *m, const struct atom *a, size_t p,
    size_t *name_out, size_t *value_out)
{
	for (size_t i = a->from; i < a->from + a->n; i++) {
		struct str name = m->t->names[i];
		struct str here = str_sub(m->uri, p, name.n);
		char next = '\0';

		if (p + name.n < m->uri.n)
			next = m->uri.p[p + name.n];
		if (!str_eq(here, name) ||
		    (next != '=' && next != '\0' &&
			!is_in(pair_stops(a), next)))
			continue;
		*name_out = i;
		*value_out = p + name.n + (next == '=' ? 1 : 0);
		return true;
	}
	return false;
}

static bool
put_value(struct match *m, struct str name, struct str text)
{
	char *out = arena_alloc(m->a, text.n + 1);
	json_t *v;
	size_t n;

	if (!str_percent_decode(text, false, out, &n) ||
	    !str_utf8_valid((struct str){out, n}))
		return false;
	v = json_stringn(out, n);
	json_put(m->values, arena_strndup(m->a, name.p, name.n), v);
	return true;
}

/* All pairs from p on; where they end.  Each name once, in any order. */
static size_t
pairs_end(struct match *m, const struct atom *a, size_t p, bool store, bool *ok)
{
	bool seen[URI_VARIABLES_MAX] = {false};
	size_t name, value, end;
	char want = a->first;

	while (p < m->uri.n && m->uri.p[p] == want) {
		if (!find_pair(m, a, p + 1, &name, &value) || seen[name])
			break;
		seen[name] = true;
		end = value_end(m->uri, value, pair_stops(a));
		if (store &&
		    !put_value(m, m->t->names[name],
			str_sub(m->uri, value, end - value)))
			*ok = false;
		p = end;
		want = a->between;
	}
	return p;
}

/* Fills the row of atom i from the one behind it. */
static void
fill_row(struct match *m, size_t i)
{
	const struct atom *a = &m->t->atoms[i];
	unsigned char *here = row(m, i), *next = row(m, i + 1);
	size_t end;
	bool ok = true;

	for (size_t p = m->uri.n + 1; p-- > 0;) {
		if (a->type == ATOM_TEXT) {
			struct str s = str_sub(m->uri, p, a->text.n);

			here[p] = str_eq(s, a->text) && next[p + a->text.n];
		} else if (a->type == ATOM_VALUE) {
			here[p] = p < m->uri.n &&
			    !is_in(a->stops, m->uri.p[p]) &&
			    (next[p + 1] || here[p + 1]);
		} else {
			end = pairs_end(m, a, p, false, &ok);
			here[p] = next[end];
		}
	}
}

static bool
take_values(struct match *m)
{
	size_t p = 0, end;
	bool ok = true;

	for (size_t i = 0; i < m->t->n && ok; i++) {
		const struct atom *a = &m->t->atoms[i];

		end = p;
		if (a->type == ATOM_TEXT) {
			p += a->text.n;
		} else if (a->type == ATOM_PAIRS) {
			p = pairs_end(m, a, p, true, &ok);
		} else {
			do
				end++;
			while (end < m->uri.n && row(m, i)[end]);
			ok = put_value(m, a->text, str_sub(m->uri, p, end - p));
			p = end;
		}
	}
	return ok;
}

bool
uri_template_match(
    struct arena *a, struct str template, struct str uri, json_t **out)
{
	struct template *t;
	struct match m = {.a = a, .uri = uri};

	if (uri.n > URI_MATCH_MAX || !uri_valid(uri))
		return false;
	t = arena_alloc(a, sizeof(*t));
	if (!read_template(template, t))
		return false;
	m.t = t;
	m.can = arena_zalloc(a, t->n + 1, uri.n + 1);
	row(&m, t->n)[uri.n] = 1;
	for (size_t i = t->n; i-- > 0;)
		fill_row(&m, i);
	if (!row(&m, 0)[0])
		return false;
	m.values = json_keep(a, json_obj());
	*out = m.values;
	return take_values(&m);
}
