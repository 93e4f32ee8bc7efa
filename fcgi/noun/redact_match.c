/*
 * redact_match.c: all values of a run in one automaton.
 */
#include "noun/redact_impl.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "secret.h"

#define VALUES_MAX BOX_LIST_MAX
#define SPANS_MAX SIZE_MAX

uint8_t
redact_fold(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* --- making --------------------------------------------------------------- */

static uint32_t
child_of(const struct redact *r, uint32_t node, uint8_t byte)
{
	uint32_t at;

	if (node == REDACT_ROOT)
		return r->first[byte];
	for (at = r->nodes[node].child; at != 0; at = r->nodes[at].sibling) {
		if (r->nodes[at].byte == byte)
			break;
	}
	return at;
}

static uint32_t
add_child(struct redact *r, uint32_t node, uint8_t byte)
{
	uint32_t at = r->nnodes++;

	r->nodes[at] = (struct redact_node){
	    .sibling = r->nodes[node].child,
	    .depth = r->nodes[node].depth + 1,
	    .byte = byte,
	};
	r->nodes[node].child = at;
	if (node == REDACT_ROOT)
		r->first[byte] = at;
	return at;
}

static void
add_value(struct redact *r, struct str value, const char *mark)
{
	uint32_t at = REDACT_ROOT;

	for (size_t i = 0; i < value.n; i++) {
		uint8_t byte = redact_fold((uint8_t)value.p[i]);
		uint32_t next = child_of(r, at, byte);

		at = next != 0 ? next : add_child(r, at, byte);
		if (byte == ' ')
			r->spaces = true;
	}
	r->values[r->nvalues++] = (struct redact_value){
	    mark, (uint32_t)value.n};
	/* Of equal values the first gives the name. */
	if (r->nodes[at].hit == 0)
		r->nodes[at].hit = r->nvalues;
	if (r->nvalues == 1 || value.n < r->shortest)
		r->shortest = (uint32_t)value.n;
	if (value.n > r->longest)
		r->longest = (uint32_t)value.n;
}

/* Breadth first: a node's suffixes are shorter, so they are done before it. */
static void
link_failures(struct redact *r, uint32_t *queue)
{
	uint32_t head = 0, tail = 0;

	queue[tail++] = REDACT_ROOT;
	while (head < tail) {
		uint32_t node = queue[head++];
		uint32_t at = r->nodes[node].child;

		for (; at != 0; at = r->nodes[at].sibling) {
			struct redact_node *n = &r->nodes[at];

			n->fail = node == REDACT_ROOT
			    ? REDACT_ROOT
			    : redact_step(r, r->nodes[node].fail, n->byte);
			if (n->hit == 0)
				n->hit = r->nodes[n->fail].hit;
			queue[tail++] = at;
		}
	}
}

/* White space at the ends is the first thing that programs take off. */
static struct str
core(struct str value)
{
	struct str trimmed = str_trim(value);

	return trimmed.n >= REDACT_MIN ? trimmed : value;
}

bool
redact_looks_for(struct str value)
{
	return str_trim(value).n >= REDACT_MIN;
}

struct memory {
	void *p;
	size_t n;
};

static void
wipe(void *arg)
{
	struct memory *m = arg;

	secret_wipe(m->p, m->n);
	free(m->p);
}

/* Not from the arena: it may be large, and must not stay behind. */
static void *
allocate(struct arena *a, size_t n, size_t size)
{
	struct memory *m = arena_alloc(a, sizeof(*m));

	m->n = n * size;
	m->p = calloc(n, size);
	if (m->p == NULL)
		log_panic("out of memory", "redact");
	arena_defer(a, wipe, m);
	return m->p;
}

struct redact *
redact_new(struct arena *a, const struct box_pair *secrets, size_t n)
{
	struct redact *r;
	uint32_t *queue;
	size_t total = 0, used = 0;

	if (n > VALUES_MAX)
		log_panic("too many secrets", "redact");
	for (size_t i = 0; i < n; i++) {
		struct str value = core(secrets[i].value);

		total += value.n;
		used += value.n >= REDACT_MIN;
	}
	if (used == 0)
		return NULL;
	r = arena_zalloc(a, 1, sizeof(*r));
	r->values = arena_zalloc(a, n, sizeof(*r->values));
	r->nodes = allocate(a, total + 1, sizeof(*r->nodes));
	r->nnodes = 1;
	for (size_t i = 0; i < n; i++) {
		struct str value = core(secrets[i].value);

		if (value.n >= REDACT_MIN)
			add_value(r, value,
			    arena_printf(
				a, "[secret %.*s]", STR_FMT(secrets[i].name)));
	}
	queue = calloc(r->nnodes, sizeof(*queue));
	if (queue == NULL)
		log_panic("out of memory", "redact");
	link_failures(r, queue);
	free(queue);
	return r;
}

uint32_t
redact_step(const struct redact *r, uint32_t state, uint8_t byte)
{
	for (;;) {
		uint32_t next = child_of(r, state, byte);

		if (next != 0 || state == REDACT_ROOT)
			return next;
		state = r->nodes[state].fail;
	}
}

/* --- one text ------------------------------------------------------------- */

void
redact_scan_init(struct redact_scan *s, const struct redact *r)
{
	uint32_t size = 1;

	while (size < r->longest)
		size *= 2;
	*s = (struct redact_scan){.r = r, .mask = size - 1};
	s->starts = calloc(size, sizeof(*s->starts));
	if (s->starts == NULL)
		log_panic("out of memory", "redact");
	buf_init(&s->spans, SPANS_MAX);
}

void
redact_scan_free(struct redact_scan *s)
{
	free(s->starts);
	buf_free(&s->spans);
}

void
redact_scan_reset(struct redact_scan *s)
{
	buf_reset(&s->spans);
	redact_scan_view(s);
}

void
redact_scan_view(struct redact_scan *s)
{
	s->view = s->spans.n / sizeof(struct redact_span);
	s->state = REDACT_ROOT;
	s->count = 0;
}

void
redact_scan_break(struct redact_scan *s)
{
	s->state = REDACT_ROOT;
}

static struct redact_span *
spans_of(struct redact_scan *s)
{
	/* malloc'ed, and only ever filled with spans */
	return (struct redact_span *)(void *)s->spans.p;
}

/* The name of the longer value. */
static uint16_t
longer(const struct redact *r, uint16_t a, uint16_t b)
{
	uint32_t x = r->values[a - 1].n, y = r->values[b - 1].n;

	if (x != y)
		return x > y ? a : b;
	return a < b ? a : b;
}

/* One span for both, when they overlap. */
static bool
join(const struct redact *r, struct redact_span *a, const struct redact_span *b)
{
	if (b->from >= a->to || b->to <= a->from)
		return false;
	a->from = a->from < b->from ? a->from : b->from;
	a->to = a->to > b->to ? a->to : b->to;
	a->hit = longer(r, a->hit, b->hit);
	return true;
}

/* Matches of a view come by their ends; a later one may begin earlier. */
static void
add_span(struct redact_scan *s, struct redact_span one)
{
	size_t n = s->spans.n / sizeof(one);

	while (n > s->view && join(s->r, &one, &spans_of(s)[n - 1]))
		n--;
	s->spans.n = n * sizeof(one);
	buf_put(&s->spans, &one, sizeof(one));
}

void
redact_scan_feed(
    struct redact_scan *s, uint8_t byte, uint32_t from, uint32_t to)
{
	const struct redact *r = s->r;
	uint16_t hit;

	s->starts[s->count++ & s->mask] = from;
	s->state = redact_step(r, s->state, redact_fold(byte));
	hit = r->nodes[s->state].hit;
	if (hit != 0)
		add_span(s,
		    (struct redact_span){
			s->starts[(s->count - r->values[hit - 1].n) & s->mask],
			to, hit});
}

/* A value that begins with what leads to `node`. */
static uint16_t
value_from(const struct redact *r, uint32_t node)
{
	while (r->nodes[node].child != 0)
		node = r->nodes[node].child;
	return r->nodes[node].hit;
}

void
redact_scan_cut(struct redact_scan *s, uint32_t to)
{
	uint32_t depth = s->r->nodes[s->state].depth;

	if (depth >= REDACT_MIN)
		add_span(s,
		    (struct redact_span){
			s->starts[(s->count - depth) & s->mask], to,
			value_from(s->r, s->state)});
}

static int
compare(const void *a, const void *b)
{
	const struct redact_span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

const struct redact_span *
redact_scan_spans(struct redact_scan *s, size_t *n_out)
{
	struct redact_span *v = spans_of(s);
	size_t n = s->spans.n / sizeof(*v), kept = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !join(s->r, &v[kept - 1], &v[i]))
			v[kept++] = v[i];
	}
	*n_out = kept;
	return v;
}
