/*
 * diff.c: two texts, line by line, as a unified diff.
 */
#include "noun/diff.h"

#include <stddef.h>
#include <stdint.h>

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
	ptrdiff_t *fwd, *bwd; /* room for the searches, one a diagonal */
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

/* --- which lines changed -----------------------------------------------------
 */

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
 * The search for the middle of a shortest path, from both ends.  x and y count
 * lines within the box, a diagonal is k = x - y.  `at[k]` is the x that a
 * search got to on diagonal k; it has been on every second one of lo..hi.
 */
struct search {
	ptrdiff_t *at; /* points at diagonal 0 */
	ptrdiff_t lo, hi;
};

struct middle {
	const struct diff *d;
	const struct box *box;
	ptrdiff_t n, m; /* lines of each side */
	struct search fwd, bwd;
	ptrdiff_t x, y; /* where the searches met */
};

/* One edit more: a diagonal more on each side, as far as the box has them. */
static void
widen(struct search *s, ptrdiff_t first, ptrdiff_t last, ptrdiff_t outside)
{
	if (s->lo > first)
		s->at[--s->lo - 1] = outside;
	else
		s->lo++;
	if (s->hi < last)
		s->at[++s->hi + 1] = outside;
	else
		s->hi--;
}

static bool
equal_at(const struct middle *s, ptrdiff_t x, ptrdiff_t y)
{
	return same(s->d, s->box->a_lo + (size_t)x, s->box->b_lo + (size_t)y);
}

static bool
has(const struct search *s, ptrdiff_t k)
{
	return s->lo <= k && k <= s->hi;
}

static bool
step_forward(struct middle *s)
{
	ptrdiff_t *at = s->fwd.at;
	bool odd = ((s->n - s->m) & 1) != 0;

	widen(&s->fwd, -s->m, s->n, -1);
	for (ptrdiff_t k = s->fwd.hi; k >= s->fwd.lo; k -= 2) {
		ptrdiff_t x = at[k - 1] >= at[k + 1] ? at[k - 1] + 1
						     : at[k + 1];
		ptrdiff_t y = x - k;

		for (; x < s->n && y < s->m && equal_at(s, x, y); x++)
			y++;
		at[k] = x;
		if (odd && has(&s->bwd, k) && s->bwd.at[k] <= x) {
			s->x = x;
			s->y = y;
			return true;
		}
	}
	return false;
}

static bool
step_backward(struct middle *s)
{
	ptrdiff_t *at = s->bwd.at;
	bool odd = ((s->n - s->m) & 1) != 0;

	widen(&s->bwd, -s->m, s->n, PTRDIFF_MAX);
	for (ptrdiff_t k = s->bwd.hi; k >= s->bwd.lo; k -= 2) {
		ptrdiff_t x = at[k - 1] < at[k + 1] ? at[k - 1] : at[k + 1] - 1;
		ptrdiff_t y = x - k;

		for (; x > 0 && y > 0 && equal_at(s, x - 1, y - 1); x--)
			y--;
		at[k] = x;
		if (!odd && has(&s->fwd, k) && x <= s->fwd.at[k]) {
			s->x = x;
			s->y = y;
			return true;
		}
	}
	return false;
}

/* Where to cut a trimmed box in two; false when that costs too much. */
static bool
find_middle(
    const struct diff *d, const struct box *box, size_t *a_out, size_t *b_out)
{
	ptrdiff_t n = (ptrdiff_t)(box->a_hi - box->a_lo);
	ptrdiff_t m = (ptrdiff_t)(box->b_hi - box->b_lo);
	struct middle s = {.d = d, .box = box, .n = n, .m = m};

	s.fwd = (struct search){.at = d->fwd + m + 1};
	s.bwd = (struct search){.at = d->bwd + m + 1, .lo = n - m, .hi = n - m};
	s.fwd.at[0] = 0;
	s.bwd.at[n - m] = n;
	for (int cost = 0; cost < DIFF_COST_MAX; cost++) {
		if (step_forward(&s) || step_backward(&s)) {
			*a_out = box->a_lo + (size_t)s.x;
			*b_out = box->b_lo + (size_t)s.y;
			return true;
		}
	}
	return false;
}

static void
mark(struct diff *d, const struct box *box)
{
	for (size_t i = box->a_lo; i < box->a_hi; i++)
		d->a.changed[i] = true;
	for (size_t i = box->b_lo; i < box->b_hi; i++)
		d->b.changed[i] = true;
}

/*
 * Divide and conquer with a stack of our own.  The deeper half is done first
 * only by chance, so the stack has room for one box a line.
 */
static void
compare(struct arena *arena, struct diff *d)
{
	size_t total = d->a.n + d->b.n, top = 0;
	struct box *stack = arena_zalloc(arena, total + 2, sizeof(*stack));

	d->fwd = arena_zalloc(arena, total + 3, sizeof(*d->fwd));
	d->bwd = arena_zalloc(arena, total + 3, sizeof(*d->bwd));
	stack[top++] = (struct box){0, d->a.n, 0, d->b.n};
	while (top > 0) {
		struct box box = stack[--top];
		size_t a, b;

		trim(d, &box);
		if (box.a_lo == box.a_hi || box.b_lo == box.b_hi ||
		    !find_middle(d, &box, &a, &b)) {
			mark(d, &box);
			continue;
		}
		stack[top++] = (struct box){box.a_lo, a, box.b_lo, b};
		stack[top++] = (struct box){a, box.a_hi, b, box.b_hi};
	}
}

/* --- as text -------------------------------------------------------------- */

static void
put_line(struct buf *out, char mark_char, struct str line)
{
	buf_putc(out, mark_char);
	buf_putstr(out, line);
	if (!str_ends(line, "\n"))
		buf_puts(out, "\n\\ No newline at end of file\n");
}

/* "12,3"; of no lines, the one before them (POSIX diff). */
static void
put_range(struct buf *out, size_t lo, size_t hi)
{
	size_t first = hi > lo ? lo + 1 : lo;

	if (hi - lo == 1)
		buf_printf(out, "%zu", first);
	else
		buf_printf(out, "%zu,%zu", first, hi - lo);
}

static void
put_hunk(struct buf *out, const struct diff *d, const struct box *h)
{
	size_t i = h->a_lo, j = h->b_lo;

	buf_puts(out, "@@ -");
	put_range(out, h->a_lo, h->a_hi);
	buf_puts(out, " +");
	put_range(out, h->b_lo, h->b_hi);
	buf_puts(out, " @@\n");
	while (i < h->a_hi || j < h->b_hi) {
		if (i < h->a_hi && d->a.changed[i]) {
			put_line(out, '-', d->a.line[i++]);
		} else if (j < h->b_hi && d->b.changed[j]) {
			put_line(out, '+', d->b.line[j++]);
		} else {
			put_line(out, ' ', d->a.line[i++]);
			j++;
		}
	}
}

/* The next run of changed lines from a_hi, b_hi on; false at the end. */
static bool
next_change(const struct diff *d, struct box *c)
{
	size_t i = c->a_hi, j = c->b_hi;

	while (
	    i < d->a.n && j < d->b.n && !d->a.changed[i] && !d->b.changed[j]) {
		i++;
		j++;
	}
	c->a_lo = i;
	c->b_lo = j;
	while (i < d->a.n && d->a.changed[i])
		i++;
	while (j < d->b.n && d->b.changed[j])
		j++;
	c->a_hi = i;
	c->b_hi = j;
	return c->a_hi > c->a_lo || c->b_hi > c->b_lo;
}

/* Changes with at most twice the context between them share a hunk. */
static void
put_hunks(struct buf *out, const struct diff *d)
{
	struct box c = {0}, h;
	bool more = next_change(d, &c);

	while (more) {
		size_t before = c.a_lo < DIFF_CONTEXT ? c.a_lo : DIFF_CONTEXT;
		size_t after;

		h = (struct box){
		    c.a_lo - before, c.a_hi, c.b_lo - before, c.b_hi};
		while ((more = next_change(d, &c)) &&
		    c.a_lo - h.a_hi <= (size_t)2 * DIFF_CONTEXT) {
			h.a_hi = c.a_hi;
			h.b_hi = c.b_hi;
		}
		after = d->a.n - h.a_hi;
		after = after < DIFF_CONTEXT ? after : DIFF_CONTEXT;
		h.a_hi += after;
		h.b_hi += after;
		put_hunk(out, d, &h);
	}
}

struct str
diff_unified(struct arena *a, const char *old_name, const char *new_name,
    struct str old_text, struct str new_text)
{
	struct diff d;
	struct buf out;
	struct str s;

	if (str_eq(old_text, new_text))
		return STR_LIT("");
	d = (struct diff){.a = split(a, old_text), .b = split(a, new_text)};
	if (d.a.n > DIFF_LINES_MAX || d.b.n > DIFF_LINES_MAX)
		mark(&d, &(struct box){0, d.a.n, 0, d.b.n});
	else
		compare(a, &d);
	buf_init(&out, SIZE_MAX);
	buf_printf(&out, "--- %s\n+++ %s\n", old_name, new_name);
	put_hunks(&out, &d);
	s = arena_str(a, buf_str(&out));
	buf_free(&out);
	return s;
}
