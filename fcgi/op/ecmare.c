/*
 * ecmare.c: regular expressions of JSON Schema, on POSIX ones.
 */
#include "op/ecmare.h"

#include <locale.h>
#include <pthread.h>
#include <regex.h>
#include <string.h>

#include "fail.h"

/* A pattern on its way. */
struct scan {
	const char *p;
	struct buf *out;
	long repeats; /* product of the counted repeats so far */
	bool atom;    /* something stands before that a repeat can repeat */
};

static const struct {
	char name;
	const char *set; /* inside brackets */
} classes[] = {
    {'d', "0-9"},
    {'w', "A-Za-z0-9_"},
    {'s', "[:space:]"},
};

static const char *
class_set(char name)
{
	for (size_t i = 0; i < NELEM(classes); i++) {
		if (classes[i].name == name)
			return classes[i].set;
	}
	return NULL;
}

/* The character behind a backslash; 0 where it means something else. */
static char
escaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'f':
		return '\f';
	case 'v':
		return '\v';
	default:
		return strchr("\\^$.|?*+()[]{}/-\"'#,:;<>=!%&@`~_ ", c) !=
			    NULL &&
			c != '\0'
		    ? c
		    : '\0';
	}
}

static void
put_literal(struct buf *b, char c)
{
	if (c != '\0' && strchr("\\^$.|?*+()[{", c) != NULL)
		buf_putc(b, '\\');
	buf_putc(b, c);
}

static bool
escape(struct scan *s)
{
	char c = *++s->p;
	const char *set = class_set(c);

	if (set != NULL) {
		buf_printf(s->out, "[%s]", set);
	} else if (c == 'D' || c == 'W' || c == 'S') {
		buf_printf(s->out, "[^%s]", class_set((char)(c | 0x20)));
	} else {
		if (escaped(c) == '\0')
			return false;
		put_literal(s->out, escaped(c));
	}
	s->p++;
	s->atom = true;
	return true;
}

/* What stands in brackets, sorted by where POSIX wants it. */
struct set {
	struct buf plain;
	bool close, caret, dash;
};

/*
 * The next member: a class (*class_out) or a character.  False at the end of
 * the pattern and at what we do not know.
 */
static bool
member(struct scan *s, const char **class_out, char *c_out)
{
	*class_out = NULL;
	*c_out = *s->p;
	if (*s->p == '[' && strchr(".:=", s->p[1]) != NULL)
		return false; /* plain in ECMA, a class in POSIX */
	if (*s->p == '\\') {
		s->p++;
		*class_out = class_set(*s->p);
		*c_out = escaped(*s->p);
	}
	if (*class_out == NULL && *c_out == '\0')
		return false;
	s->p++;
	return true;
}

static void
add(struct set *set, char c)
{
	if (c == ']')
		set->close = true;
	else if (c == '^')
		set->caret = true;
	else if (c == '-')
		set->dash = true;
	else
		buf_putc(&set->plain, c);
}

static bool
members(struct scan *s, struct set *set)
{
	const char *class, *class2;
	char c, last;

	while (*s->p != ']') {
		if (!member(s, &class, &c))
			return false;
		if (class != NULL) {
			buf_puts(&set->plain, class);
		} else if (*s->p == '-' && s->p[1] != ']') {
			s->p++;
			if (!member(s, &class2, &last) || class2 != NULL ||
			    strchr("]^-", c) != NULL ||
			    strchr("]^-", last) != NULL)
				return false;
			buf_printf(&set->plain, "%c-%c", c, last);
		} else {
			add(set, c);
		}
	}
	s->p++;
	return !set->plain.overflow;
}

/* In POSIX ']' must come first, '-' first or last and '^' not first. */
static bool
brackets(struct scan *s)
{
	struct set set = {.close = false};
	bool negated = s->p[1] == '^', ok, first;

	s->p += negated ? 2 : 1;
	buf_init(&set.plain, ECMARE_PATTERN_MAX * 4);
	ok = members(s, &set);
	first = set.plain.n == 0 && !set.close && !negated;
	if (ok && first && set.caret && !set.dash)
		buf_puts(s->out, "\\^");
	else if (ok && first && set.caret)
		buf_puts(s->out, "[-^]");
	else if (ok && (set.plain.n > 0 || set.close || set.caret || set.dash))
		buf_printf(s->out, "[%s%s%s%s%s]", negated ? "^" : "",
		    set.close ? "]" : "", set.plain.n > 0 ? set.plain.p : "",
		    set.caret ? "^" : "", set.dash ? "-" : "");
	else
		ok = false; /* not understood, or the empty set */
	buf_free(&set.plain);
	s->atom = true;
	return ok;
}

/* {n}, {n,}, {n,m}; anything else in braces is not tried. */
static bool
counted(struct scan *s)
{
	const char *start = s->p++;
	long low = 0, high = 0;
	bool comma = false;

	for (; *s->p != '}'; s->p++) {
		if (*s->p == ',' && !comma)
			comma = true;
		else if (*s->p < '0' || *s->p > '9' || low > 9999 ||
		    high > 9999)
			return false;
		else if (comma)
			high = high * 10 + (*s->p - '0');
		else
			low = low * 10 + (*s->p - '0');
	}
	if (start[1] < '0' || start[1] > '9')
		return false;
	high = high > low ? high : low;
	s->repeats *= high > 1 ? high : 1;
	if (s->repeats > ECMARE_REPEAT_MAX)
		return false;
	s->p++;
	buf_put(s->out, start, (size_t)(s->p - start));
	return true;
}

/* * + ? and counts; lazy ones ("+?") and doubled ones are not tried. */
static bool
repeat(struct scan *s)
{
	if (!s->atom)
		return false;
	if (*s->p == '{') {
		if (!counted(s))
			return false;
	} else {
		buf_putc(s->out, *s->p++);
	}
	s->atom = false;
	return *s->p == '\0' || strchr("*+?{", *s->p) == NULL;
}

static bool
group(struct scan *s)
{
	if (s->p[1] == '?') {
		if (s->p[2] != ':')
			return false; /* look-around, names */
		s->p += 2;
	}
	s->p++;
	buf_putc(s->out, '(');
	s->atom = false;
	/* "()" is nothing in ECMA and undefined in POSIX. */
	return *s->p != ')' && *s->p != '|';
}

static bool
step(struct scan *s)
{
	char c = *s->p;

	switch (c) {
	case '\\':
		return escape(s);
	case '[':
		return brackets(s);
	case '(':
		return group(s);
	case '*':
	case '+':
	case '?':
	case '{':
		return repeat(s);
	default:
		if (c == '}' || c == ']')
			put_literal(s->out, c);
		else
			buf_putc(s->out, c);
		s->atom = c != '^' && c != '$' && c != '|';
		s->p++;
		return true;
	}
}

bool
ecmare_translate(const char *pattern, struct buf *out)
{
	struct scan s = {.p = pattern, .out = out, .repeats = 1};

	if (strlen(pattern) > ECMARE_PATTERN_MAX)
		return false;
	while (*s.p != '\0') {
		if (!step(&s))
			return false;
	}
	return !out->overflow;
}

/* Characters are UTF-8 here, whatever the process' locale says. */
static locale_t utf8;

static void
open_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static enum ecmare
match(const char *posix, struct str text)
{
	regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)text.n};
	enum ecmare verdict;
	regex_t re;

	if (regcomp(&re, posix, REG_EXTENDED | REG_NOSUB) != 0)
		return ECMARE_UNKNOWN;
	switch (
	    regexec(&re, text.n > 0 ? text.p : "", 1, &whole, REG_STARTEND)) {
	case 0:
		verdict = ECMARE_YES;
		break;
	case REG_NOMATCH:
		verdict = ECMARE_NO;
		break;
	default:
		verdict = ECMARE_UNKNOWN;
	}
	regfree(&re);
	return verdict;
}

enum ecmare
ecmare_match(const char *pattern, struct str text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	enum ecmare verdict = ECMARE_UNKNOWN;
	locale_t old = (locale_t)0;
	struct buf posix;

	if (text.n > ECMARE_TEXT_MAX)
		return ECMARE_UNKNOWN;
	if (pthread_once(&once, open_locale) != 0)
		fail_abort("ecmare: pthread_once failed");
	buf_init(&posix, ECMARE_PATTERN_MAX * 8);
	if (ecmare_translate(pattern, &posix)) {
		if (utf8 != (locale_t)0)
			old = uselocale(utf8);
		verdict = match(posix.n > 0 ? posix.p : "", text);
		if (old != (locale_t)0)
			(void)uselocale(old);
	}
	buf_free(&posix);
	return verdict;
}
