/*
 * ecmare.c: regular expressions of JSON Schema: following a program.
 */
#include "op/ecmare.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "op/ecmare_impl.h"

#define NO_CHAR UINT32_MAX /* before the first, behind the last */

/* --- characters ---------------------------------------------------------- */

/* clang-format off */
static const struct ecmare_range digits[] = {{'0', '9'}};
static const struct ecmare_range words[] = {
	{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'},
};
/* ECMA-262: WhiteSpace and LineTerminator. */
static const struct ecmare_range spaces[] = {
	{'\t', '\r'}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680},
	{0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff},
};
/* clang-format on */

const struct ecmare_range *
ecmare_class(char name, size_t *n_out)
{
	switch (name) {
	case 'd':
		*n_out = NELEM(digits);
		return digits;
	case 'w':
		*n_out = NELEM(words);
		return words;
	case 's':
		*n_out = NELEM(spaces);
		return spaces;
	default:
		return NULL;
	}
}

uint32_t
ecmare_char(struct str s, size_t *n_out)
{
	size_t n = str_utf8_seq(s);
	uint32_t c = (unsigned char)s.p[0];

	*n_out = n > 0 ? n : 1; /* a byte that is none counts as one */
	if (n > 1)
		c &= 0x7fU >> n;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s.p[i] & 0x3f);
	return c;
}

static bool
in_ranges(const struct ecmare_range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].low && c <= r[i].high)
			return true;
	}
	return false;
}

static bool
is_word(uint32_t c)
{
	return c != NO_CHAR && in_ranges(words, NELEM(words), c);
}

/* --- following ----------------------------------------------------------- */

/* Instructions that wait for a character; each at most once. */
struct waiting {
	size_t n;
	uint16_t pc[ECMARE_PROGRAM_MAX];
};

struct run {
	struct ecmare_program program;
	struct waiting waiting[2]; /* at this position and at the next */
	uint16_t stack[2 * ECMARE_PROGRAM_MAX + 2];
	uint32_t seen[ECMARE_PROGRAM_MAX]; /* at which position last */
	uint32_t position;                 /* from 1 */
	size_t *steps;
	bool found;
};

static bool
assertion_holds(const struct ecmare_inst *i, uint32_t before, uint32_t after)
{
	if (i->op == ECMARE_FIRST)
		return before == NO_CHAR;
	if (i->op == ECMARE_LAST)
		return after == NO_CHAR;
	return (is_word(before) != is_word(after)) == (i->y == 0);
}

/* Where `pc` leads without a character: into `to`, or to the end. */
static void
follow(struct run *r, struct waiting *to, size_t pc, uint32_t before,
    uint32_t after)
{
	size_t depth = 0;

	r->stack[depth++] = (uint16_t)pc;
	while (depth > 0 && *r->steps > 0) {
		size_t at = r->stack[--depth];
		const struct ecmare_inst *i = &r->program.inst[at];

		(*r->steps)--;
		if (r->seen[at] == r->position)
			continue;
		r->seen[at] = r->position;
		switch (i->op) {
		case ECMARE_CHAR:
		case ECMARE_SET:
			to->pc[to->n++] = (uint16_t)at;
			break;
		case ECMARE_SPLIT:
			r->stack[depth++] = (uint16_t)((int32_t)at + i->y);
			r->stack[depth++] = (uint16_t)((int32_t)at + i->x);
			break;
		case ECMARE_JUMP:
			r->stack[depth++] = (uint16_t)((int32_t)at + i->x);
			break;
		case ECMARE_FIRST:
		case ECMARE_LAST:
		case ECMARE_BOUND:
			if (assertion_holds(i, before, after))
				r->stack[depth++] = (uint16_t)(at + 1);
			break;
		case ECMARE_FOUND:
			r->found = true;
			return;
		}
	}
}

static bool
takes(const struct ecmare_program *p, const struct ecmare_inst *i, uint32_t c)
{
	const struct ecmare_set *set;

	if (i->op == ECMARE_CHAR)
		return (uint32_t)i->x == c;
	set = &p->sets[i->x];
	return in_ranges(&p->ranges[set->first], set->n, c) == (i->y == 0);
}

static uint32_t
peek(struct str text, size_t *n)
{
	*n = 0;
	return text.n > 0 ? ecmare_char(text, n) : NO_CHAR;
}

/* One character: who waited for it goes on, and a match may begin anew. */
static void
advance(struct run *r, const struct waiting *now, struct waiting *next,
    uint32_t c, uint32_t after)
{
	r->position++;
	next->n = 0;
	for (size_t i = 0; i < now->n && !r->found && *r->steps > 0; i++) {
		size_t at = now->pc[i];

		(*r->steps)--;
		if (takes(&r->program, &r->program.inst[at], c))
			follow(r, next, at + 1, c, after);
	}
	if (!r->found)
		follow(r, next, 0, c, after);
}

static void
run(struct run *r, struct str text)
{
	struct waiting *now = &r->waiting[0], *next = &r->waiting[1];
	size_t n;
	uint32_t c = peek(text, &n);

	r->position = 1;
	follow(r, now, 0, NO_CHAR, c);
	while (c != NO_CHAR && !r->found && *r->steps > 0) {
		struct waiting *swap = now;
		uint32_t after;

		text = str_sub(text, n, text.n);
		after = peek(text, &n);
		advance(r, now, next, c, after);
		now = next;
		next = swap;
		c = after;
	}
}

enum ecmare
ecmare_match(const char *pattern, struct str text, size_t *steps)
{
	struct run *r = calloc(1, sizeof(*r));
	enum ecmare verdict = ECMARE_UNKNOWN;

	if (r == NULL)
		fail_abort("ecmare: out of memory");
	r->steps = steps;
	if (ecmare_compile(pattern, &r->program)) {
		run(r, text);
		if (r->found)
			verdict = ECMARE_YES;
		else if (*steps > 0)
			verdict = ECMARE_NO;
	}
	free(r);
	return verdict;
}
