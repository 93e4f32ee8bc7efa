/*
 * remark.c: what a reviewer is told about a text.
 */
#include "noun/remark.h"

#include "buf.h"
#include "noun/glyph.h"

#define EXCERPT_BEFORE 30 /* characters */
#define EXCERPT_AFTER 50
#define EXCERPT_MAX ((size_t)1024)

/* clang-format off */
const struct field remark_fields[] = {
	FIELD_STR(struct remark, where,
	    .doc = "Which text: python_code, title, description, or what else "
		   "it belongs to."),
	FIELD_STR(struct remark, rule, .doc = "Name of the rule."),
	FIELD_STR(struct remark, severity, .choices = REMARK_SEVERITIES,
	    .doc = "high: hardly by accident; warning: look at it; note: worth "
		   "knowing."),
	FIELD_STR(struct remark, message,
	    .doc = "What it is, and why it matters."),
	FIELD_STR(struct remark, excerpt,
	    .doc = "The place; what does not show is written as <U+202E>."),
	FIELD_INT(struct remark, line, .doc = "Where it is, from 1."),
	FIELD_INT(struct remark, column, .doc = "In characters, from 1."),
	FIELD_INT(struct remark, end_column,
	    .doc = "Behind it, on the same line."),
	FIELD_STR(struct remark, code_point, .flags = FIELD_NULLABLE,
	    .doc = "The character, as U+202E; null: it is about words."),
	FIELD_STR(struct remark, name, .flags = FIELD_NULLABLE,
	    .doc = "Its name."),
	FIELD_END
};

const struct field remark_rule_fields[] = {
	FIELD_STR(struct remark_rule, rule, .doc = "Name of the rule."),
	FIELD_STR(struct remark_rule, severity, .choices = REMARK_SEVERITIES,
	    .doc = "How bad it is."),
	FIELD_STR(struct remark_rule, text, .doc = "What it is about."),
	FIELD_END
};
/* clang-format on */

struct remarks
remarks_new(struct arena *a)
{
	return (struct remarks){
	    .arena = a,
	    .list = {.v = arena_zalloc(a, REMARK_MAX, sizeof(struct remark))},
	};
}

bool
remarks_add(struct remarks *out, const struct remark *r)
{
	struct remark *v = out->list.v;

	if (out->list.n == REMARK_MAX)
		return false;
	v[out->list.n++] = *r;
	return true;
}

/* --- reading -------------------------------------------------------------- */

struct remark_cursor
remark_begin(struct str text)
{
	return (struct remark_cursor){.text = text, .rest = text, .line = 1};
}

static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32_t cp = p[0] & first[n];

	for (size_t i = 1; i < n; i++)
		cp = cp << 6 | (p[i] & 0x3F);
	return cp;
}

bool
remark_next(struct remark_cursor *c)
{
	size_t n = str_utf8_seq(c->rest);

	if (c->rest.n == 0)
		return false;
	if (c->column > 0 && c->cp == '\n') {
		c->line++;
		c->column = 0;
	}
	c->at = c->text.n - c->rest.n;
	c->cp = n > 0 ? decode((const unsigned char *)c->rest.p, n) : 0xFFFD;
	c->rest = str_sub(c->rest, n > 0 ? n : 1, c->rest.n);
	c->column++;
	return true;
}

/* --- showing -------------------------------------------------------------- */

/* Where an excerpt around `at` begins. */
static size_t
back(struct str text, size_t at)
{
	for (size_t chars = 0; at > 0 && text.p[at - 1] != '\n'; at--) {
		bool begins = ((unsigned char)text.p[at - 1] & 0xC0) != 0x80;

		if (begins && ++chars > EXCERPT_BEFORE)
			break;
	}
	return at;
}

const char *
remark_excerpt(struct arena *a, struct str text, size_t at)
{
	size_t from = back(text, at);
	struct remark_cursor c = remark_begin(str_sub(text, from, text.n));
	const char *out;
	struct buf b;

	buf_init(&b, EXCERPT_MAX);
	for (size_t i = 0; i < EXCERPT_BEFORE + EXCERPT_AFTER; i++) {
		struct str was = c.rest;

		if (!remark_next(&c) || c.cp == '\n')
			break;
		if (c.cp == '\r' || c.cp == '\t')
			buf_puts(&b, " ");
		else if (glyph_find(c.cp) != NULL || c.cp == 0xFFFD)
			buf_printf(&b, "<U+%04X>", (unsigned)c.cp);
		else
			buf_putstr(&b, str_sub(was, 0, was.n - c.rest.n));
	}
	out = arena_str(a, buf_str(&b)).p;
	buf_free(&b);
	return out;
}
