/*
 * diff.c: two texts, line by line, as a unified diff.
 */
#include "noun/diff.h"

#include <string.h>

#include "buf.h"

/* One text: its lines with their line ends, and which of them changed. */
struct side {
	struct str *line;
	size_t n;
	bool *changed;
};

/* Lines [a_lo, a_hi) of the old text against [b_lo, b_hi) of the new. */
struct box {
	size_t a_lo, a_hi;
	size_t b_lo, b_hi;
};

struct diff {
	struct side a, b;
	/* Furthest line of the old text on each diagonal, forwards and
	 * backwards; index 0 is diagonal -(b.n + 1). */
	ptrdiff_t *fwd, *bwd;
};

static size_t
count_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n + (s.n > 0 && s.p[s.n - 1] != '\n');
}

static struct side
split(struct arena *a, struct str s)
{
	struct side out = {.n = count_lines(s)};

	out.line = arena_zalloc(a, out.n, sizeof(*out.line));
	out.changed = arena_zalloc(a, out.n, sizeof(*out.changed));
	for (size_t i = 0; i < out.n; i++) {
		size_t end = str_index(s, '\n');

		end += end < s.n; /* the line end belongs to the line */
		out.line[i] = str_sub(s, 0, end);
		s = str_sub(s, end, s.n);
	}
	return out;
}

/* --- which lines changed ----------------------------------------------------- */

static bool
same(const struct diff *d, size_t a, size_t b)
{
	return str_eq(d->a.line[a], d->b.line[b]);
}

/* Takes equal lines off both ends. */
static void
trim(const struct diff *d, struct box *box)
{
	while (box->a_lo < box->a_hi && box->b_lo < box->b_hi &&
	    same(d, box->a_lo, box->b_lo)) {
		box->a_lo++;
		box->b_lo++;
	}
	while (box->a_lo < box->a_hi && box->b_lo < box->b_hi &&
	    same(d, box->a_hi - 1, box->b_hi - 1)) {
		box->a_hi--;
		box->b_hi--;
	}
}

/*
 * The two searches of the middle of a shortest path.  Diagonals are k = x - y
 * with x, y counted within the box; `base` points at diagonal 0.  Each step
 * goes one edit further on every second diagonal and returns true where it
 * meets the other search, with the point in *x_out, *y_out.
 */
struct middle {
	const struct diff *d;
	struct box box;
	ptrdiff_t n, m; /* lines of each side */
	ptrdiff_t *fwd, *bwd;
};

static bool
step_forward(struct middle *s, ptrdiff_t cost, ptrdiff_t *x_out,
    ptrdiff_t *y_out)
{
	ptrdiff_t delta = s->n - s->m;
	bool odd = (delta & 1) != 0;

	for (ptrdiff_t k = -cost; k <= cost; k += 2) {
		ptrdiff_t x, y;

		if (k < -s->m || k > s->n)
			continue;
		if (k == -cost || k == -s->m ||
		    (k != cost && k != s->n && s->fwd[k - 1] < s->fwd[k + 1]))
			x = s->fwd[k + 1];
		else
			x = s->fwd[k - 1] + 1;
		y = x - k;
		while (x < s->n && y < s->m &&
		    same(s->d, s->box.a_lo + (size_t)x,
			s->box.b_lo + (size_t)y)) {
			x++;
			y++;
		}
		s->fwd[k] = x;
		if (odd && k >= delta - (cost - 1) && k <= delta + cost - 1 &&
		    x >= s->bwd[k]) {
			*x_out = x;
			*y_out = y;
			return true;
		}
	}
	return false;
}

static bool
step_backward(struct middle *s, ptrdiff_t cost, ptrdiff_t *x_out,
    ptrdiff_t *y_out)
{
	ptrdiff_t delta = s->n - s->m;
	bool odd = (delta & 1) != 0;

	for (ptrdiff_t k = delta - cost; k <= delta + cost; k += 2) {
		ptrdiff_t x, y;

		if (k < -s->m || k > s->n)
			continue;
		if (k == delta + cost || k == s->n ||
		    (k != delta - cost && k != -s->m &&
			s->bwd[k - 1] < s->bwd[k + 1]))
			x = s->bwd[k - 1];
		else
			x = s->bwd[k + 1] - 1;
		y = x - k;
		while (x > 0 && y > 0 &&
		    same(s->d, s->box.a_lo + (size_t)x - 1,
			s->box.b_lo + (size_t)y - 1)) {
			x--;
			y--;
		}
		s->bwd[k] = x;
		if (!odd && k >= -cost && k <= cost && x <= s->fwd[k]) {
			*x_out = x;
			*y_out = y;
			return true;
		}
	}
	return false;
}
