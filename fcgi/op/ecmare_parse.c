/*
 * ecmare_parse.c: a pattern becomes a program.
 *
 * One pass, without recursion: code is written as it is read, and what comes
 * behind moves or copies it.  A repeat takes the code of the atom before it, a
 * bar that of the branch before it; groups wait on a stack.
 */
#include "op/ecmare_impl.h"

#include <stdlib.h>
#include <string.h>

#define CHAR_MAX_CODE 0x10ffff
#define NO_ATOM SIZE_MAX

struct group {
	size_t start;  /* of its code */
	size_t branch; /* of the branch at hand */
	size_t ends;   /* jumps to its end, a chain through x; 0 = no more:
			* no jump is the first instruction */
};

struct parse {
	struct str in; /* what is left */
	struct ecmare_program *p;
	size_t atom; /* where the last atom's code begins, or NO_ATOM */
	size_t depth;
	struct group groups[ECMARE_GROUPS_MAX];
};

/* --- code ---------------------------------------------------------------- */

/* Room for n instructions at `at`; what was there moves behind them. */
static bool
make_room(struct ecmare_program *p, size_t at, size_t n)
{
	if (p->n + n > ECMARE_PROGRAM_MAX)
		return false;
	memmove(
	    &p->inst[at + n], &p->inst[at], (p->n - at) * sizeof(p->inst[0]));
	p->n += n;
	return true;
}

static bool
put(struct ecmare_program *p, size_t at, enum ecmare_op op, size_t x, size_t y)
{
	if (!make_room(p, at, 1))
		return false;
	p->inst[at] = (struct ecmare_inst){op, (int32_t)x, (int32_t)y};
	return true;
}

/* An atom of one instruction at the end. */
static bool
put_atom(struct parse *s, enum ecmare_op op, size_t x, size_t y)
{
	s->atom = s->p->n;
	return put(s->p, s->p->n, op, x, y);
}

static void
back(struct ecmare_program *p, size_t at, size_t distance)
{
	p->inst[at].x = -(int32_t)distance;
}

/* --- characters ---------------------------------------------------------- */

static bool
at(const struct parse *s, char c)
{
	return s->in.n > 0 && s->in.p[0] == c;
}

static void
skip(struct parse *s, size_t n)
{
	s->in = str_sub(s->in, n, s->in.n);
}

static bool
take(struct parse *s, char c)
{
	if (!at(s, c))
		return false;
	skip(s, 1);
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* least..most hex digits. */
static bool
hex(struct parse *s, size_t least, size_t most, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && n < s->in.n && hex_digit(s->in.p[n]) >= 0)
		*out = *out * 16 + (uint32_t)hex_digit(s->in.p[n++]);
	skip(s, n);
	return n >= least && *out <= CHAR_MAX_CODE;
}

/* \uHHHH, a pair of them for what lies above, or \u{H…}. */
static bool
unicode(struct parse *s, uint32_t *out)
{
	uint32_t low;

	if (take(s, '{'))
		return hex(s, 1, 6, out) && take(s, '}');
	if (!hex(s, 4, 4, out))
		return false;
	if (*out < 0xd800 || *out > 0xdbff || s->in.n < 2 ||
	    s->in.p[0] != '\\' || s->in.p[1] != 'u')
		return true;
	skip(s, 2);
	if (!hex(s, 4, 4, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* A character behind a backslash, which has been taken. */
static bool
escaped(struct parse *s, uint32_t *out)
{
	static const char from[] = "ntvfr0", to[] = "\n\t\v\f\r\0";
	const char *known;
	char c;

	if (s->in.n == 0)
		return false;
	c = s->in.p[0];
	skip(s, 1);
	known = memchr(from, c, sizeof(from) - 1);
	if (c == 'x')
		return hex(s, 2, 2, out);
	if (c == 'u')
		return unicode(s, out);
	if (c == 'c') {
		if (s->in.n == 0 || (s->in.p[0] | 0x20) < 'a' ||
		    (s->in.p[0] | 0x20) > 'z')
			return false;
		*out = (uint32_t)s->in.p[0] & 0x1f;
		skip(s, 1);
		return true;
	}
	*out = known != NULL ? (unsigned char)to[known - from]
			     : (unsigned char)c;
	/* \1 is a reference, \p a property; \: and the like stand for
	 * themselves */
	return known != NULL ||
	    ((unsigned char)c < 0x80 && (c < '0' || c > '9') &&
		((c | 0x20) < 'a' || (c | 0x20) > 'z'));
}

/* --- sets ---------------------------------------------------------------- */

static bool
add_range(struct ecmare_program *p, uint32_t low, uint32_t high)
{
	if (p->nranges == ECMARE_RANGES_MAX || low > high)
		return false;
	p->ranges[p->nranges++] = (struct ecmare_range){low, high};
	p->sets[p->nsets].n++;
	return true;
}

/* What the ranges leave out; they are sorted. */
static bool
add_others(struct ecmare_program *p, const struct ecmare_range *r, size_t n)
{
	uint32_t next = 0;

	for (size_t i = 0; i < n; i++) {
		if (r[i].low > next && !add_range(p, next, r[i].low - 1))
			return false;
		next = r[i].high + 1;
	}
	return add_range(p, next, CHAR_MAX_CODE);
}

/* \d and the like, or \D: the class of the letter, or all but it. */
static bool
add_class(struct ecmare_program *p, char name)
{
	size_t n;
	const struct ecmare_range *r = ecmare_class((char)(name | 0x20), &n);

	if ((name & 0x20) == 0)
		return add_others(p, r, n);
	for (size_t i = 0; i < n; i++) {
		if (!add_range(p, r[i].low, r[i].high))
			return false;
	}
	return true;
}

static bool
is_class(const struct parse *s)
{
	size_t n;

	return s->in.n >= 2 && s->in.p[0] == '\\' &&
	    ecmare_class((char)(s->in.p[1] | 0x20), &n) != NULL;
}

static bool
open_set(struct ecmare_program *p)
{
	if (p->nsets == ECMARE_SETS_MAX)
		return false;
	p->sets[p->nsets] = (struct ecmare_set){(uint16_t)p->nranges, 0};
	return true;
}

static bool
close_set(struct parse *s, bool negated)
{
	return put_atom(s, ECMARE_SET, s->p->nsets++, negated ? 1 : 0);
}

/* One character between brackets. */
static bool
member(struct parse *s, uint32_t *out)
{
	size_t n;

	if (s->in.n == 0)
		return false;
	if (take(s, '\\')) {
		if (!take(s, 'b'))
			return escaped(s, out);
		*out = '\b';
		return true;
	}
	*out = ecmare_char(s->in, &n);
	skip(s, n);
	return true;
}

static bool
brackets(struct parse *s)
{
	bool negated = take(s, '^');

	if (!open_set(s->p))
		return false;
	while (!take(s, ']')) {
		uint32_t low, high;

		if (is_class(s)) {
			if (!add_class(s->p, s->in.p[1]))
				return false;
			skip(s, 2);
			continue;
		}
		if (!member(s, &low))
			return false;
		high = low;
		if (s->in.n >= 2 && s->in.p[0] == '-' && s->in.p[1] != ']') {
			skip(s, 1);
			if (is_class(s) || !member(s, &high))
				return false;
		}
		if (!add_range(s->p, low, high))
			return false;
	}
	return close_set(s, negated);
}

/* Any character but the ends of lines. */
static bool
dot(struct parse *s)
{
	return open_set(s->p) && add_range(s->p, '\n', '\n') &&
	    add_range(s->p, '\r', '\r') && add_range(s->p, 0x2028, 0x2029) &&
	    close_set(s, true);
}

/* --- groups and branches ------------------------------------------------- */

static bool
open_group(struct parse *s)
{
	if (take(s, '?') && !take(s, ':'))
		return false; /* look-around, or a name */
	if (s->depth == ECMARE_GROUPS_MAX - 1)
		return false;
	s->depth++;
	s->groups[s->depth] = (struct group){s->p->n, s->p->n, 0};
	s->atom = NO_ATOM;
	return true;
}

/* The branch so far is one of two: a split before it, a jump behind it. */
static bool
bar(struct parse *s)
{
	struct group *g = &s->groups[s->depth];
	size_t length = s->p->n - g->branch;

	if (!put(s->p, g->branch, ECMARE_SPLIT, 1, length + 2) ||
	    !put(s->p, s->p->n, ECMARE_JUMP, g->ends, 0))
		return false;
	g->ends = s->p->n - 1;
	g->branch = s->p->n;
	s->atom = NO_ATOM;
	return true;
}

static void
end_group(struct parse *s)
{
	struct group *g = &s->groups[s->depth];

	for (size_t j = g->ends, next; j != 0; j = next) {
		next = (size_t)s->p->inst[j].x;
		s->p->inst[j].x = (int32_t)(s->p->n - j);
	}
	s->atom = g->start;
}

static bool
close_group(struct parse *s)
{
	if (s->depth == 0)
		return false;
	end_group(s);
	s->depth--;
	return true;
}

/* --- repeats ------------------------------------------------------------- */

static bool
number(struct parse *s, size_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->in.n && s->in.p[n] >= '0' && s->in.p[n] <= '9') {
		*out = *out * 10 + (size_t)(s->in.p[n++] - '0');
		if (*out > ECMARE_REPEAT_MAX)
			return false;
	}
	skip(s, n);
	return n > 0;
}

/* n more copies of the `length` instructions at `atom`, at the end. */
static bool
copies(struct ecmare_program *p, size_t atom, size_t length, size_t n)
{
	for (; n > 0; n--) {
		size_t end = p->n;

		if (!make_room(p, end, length))
			return false;
		memcpy(
		    &p->inst[end], &p->inst[atom], length * sizeof(p->inst[0]));
	}
	return true;
}

static bool
star(struct ecmare_program *p, size_t atom, size_t length)
{
	if (!put(p, atom, ECMARE_SPLIT, 1, length + 2) ||
	    !put(p, p->n, ECMARE_JUMP, 0, 0))
		return false;
	back(p, p->n - 1, length + 1);
	return true;
}

/* Once more, as often as it goes, of the `length` instructions at the end. */
static bool
plus(struct ecmare_program *p, size_t length)
{
	if (!put(p, p->n, ECMARE_SPLIT, 0, 1))
		return false;
	back(p, p->n - 1, length);
	return true;
}

/* At least `least` and at most `most` of the code at `atom`. */
static bool
times(struct ecmare_program *p, size_t atom, size_t least, size_t most)
{
	size_t length = p->n - atom, optional = most - least;
	bool ok;

	if (most == 0) {
		p->n = atom;
		return true;
	}
	if (least > 0) {
		ok = copies(p, atom, length, least - 1);
	} else {
		ok = put(p, atom, ECMARE_SPLIT, 1, optional * (length + 1));
		optional--;
		atom++;
	}
	for (; ok && optional > 0; optional--)
		ok = put(p, p->n, ECMARE_SPLIT, 1, optional * (length + 1)) &&
		    copies(p, atom, length, 1);
	return ok;
}

static bool
counted(struct parse *s)
{
	size_t atom = s->atom, length = s->p->n - atom, least, most;

	if (!number(s, &least))
		return false;
	most = least;
	if (take(s, ',')) {
		if (take(s, '}')) {
			if (least == 0)
				return star(s->p, atom, length);
			return copies(s->p, atom, length, least - 1) &&
			    plus(s->p, length);
		}
		if (!number(s, &most) || most < least)
			return false;
	}
	return take(s, '}') && times(s->p, atom, least, most);
}

static bool
repeat(struct parse *s, char c)
{
	size_t atom = s->atom, length = s->p->n - atom;
	bool ok;

	if (atom == NO_ATOM)
		return false;
	if (c == '*')
		ok = star(s->p, atom, length);
	else if (c == '+')
		ok = plus(s->p, length);
	else if (c == '?')
		ok = put(s->p, atom, ECMARE_SPLIT, 1, length + 1);
	else
		ok = counted(s);
	(void)take(s, '?'); /* lazy: the same texts match */
	s->atom = NO_ATOM;
	return ok;
}

/* --- all of it ----------------------------------------------------------- */

static bool
assertion(struct parse *s, enum ecmare_op op, bool negated)
{
	if (!put_atom(s, op, 0, negated ? 1 : 0))
		return false;
	s->atom = NO_ATOM; /* takes no repeat */
	return true;
}

static bool
escape(struct parse *s)
{
	uint32_t c;

	if (take(s, 'b'))
		return assertion(s, ECMARE_BOUND, false);
	if (take(s, 'B'))
		return assertion(s, ECMARE_BOUND, true);
	return escaped(s, &c) && put_atom(s, ECMARE_CHAR, c, 0);
}

static bool
class_atom(struct parse *s)
{
	char name = s->in.p[1];

	skip(s, 2);
	return open_set(s->p) && add_class(s->p, name) && close_set(s, false);
}

static bool
step(struct parse *s)
{
	size_t n;
	uint32_t c;

	if (is_class(s))
		return class_atom(s);
	c = ecmare_char(s->in, &n);
	skip(s, n);
	switch (c) {
	case '\\':
		return escape(s);
	case '[':
		return brackets(s);
	case '.':
		return dot(s);
	case '(':
		return open_group(s);
	case ')':
		return close_group(s);
	case '|':
		return bar(s);
	case '^':
		return assertion(s, ECMARE_FIRST, false);
	case '$':
		return assertion(s, ECMARE_LAST, false);
	case '*':
	case '+':
	case '?':
	case '{':
		return repeat(s, (char)c);
	default:
		return put_atom(s, ECMARE_CHAR, c, 0);
	}
}

bool
ecmare_compile(const char *pattern, struct ecmare_program *out)
{
	struct parse s = {.in = str_from(pattern), .p = out, .atom = NO_ATOM};

	out->n = out->nsets = out->nranges = 0;
	if (s.in.n > ECMARE_PATTERN_MAX || !str_utf8_valid(s.in))
		return false;
	while (s.in.n > 0) {
		if (!step(&s))
			return false;
	}
	if (s.depth > 0)
		return false;
	end_group(&s);
	return put(out, out->n, ECMARE_FOUND, 0, 0);
}
