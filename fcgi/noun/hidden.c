/*
 * hidden.c: characters that do not show, or look like others.
 */
#include "noun/hidden.h"

#include "attr.h"
#include "noun/glyph.h"

enum {
	RULE_BIDI,
	RULE_INVISIBLE,
	RULE_TAG,
	RULE_CONTROL,
	RULE_SEPARATOR,
	RULE_SPACE,
	RULE_SELECTOR,
	RULE_PRIVATE,
	RULE_MIXED,
	RULE_STYLED,
	RULE_LOOKALIKE,
	RULE_BROKEN
};

/* clang-format off */
const struct remark_rule hidden_rules[] = {
	[RULE_BIDI] = {"bidi-control", "high",
	    "It changes the order in which the text around it is shown: what "
	    "you read is not what runs."},
	[RULE_INVISIBLE] = {"invisible-character", "high",
	    "It takes no room. It can hide text, or make two names that look "
	    "the same."},
	[RULE_TAG] = {"hidden-message", "high",
	    "Such characters show nothing, but a model can read them as "
	    "letters."},
	[RULE_CONTROL] = {"control-character", "high",
	    "It has no place in source or prose, and programs that show it "
	    "may obey it."},
	[RULE_SEPARATOR] = {"odd-line-break", "warning",
	    "Some programs begin a new line here and others do not."},
	[RULE_SPACE] = {"odd-space", "note",
	    "It looks like a space and is another character."},
	[RULE_SELECTOR] = {"variation-selector", "warning",
	    "It shows nothing by itself. Many in a row can carry a message."},
	[RULE_PRIVATE] = {"private-character", "warning",
	    "What it looks like depends on the font."},
	[RULE_MIXED] = {"mixed-scripts", "warning",
	    "The word has letters of several scripts that look alike: it may "
	    "not be the word that it seems to be."},
	[RULE_STYLED] = {"styled-letters", "warning",
	    "Letters in another shape. Python reads such a name as its plain "
	    "letters, so it can be a name that is refused when it is written "
	    "plainly."},
	[RULE_LOOKALIKE] = {"lookalike-word", "warning",
	    "Every letter of the word looks like a Latin one and is none."},
	[RULE_BROKEN] = {"not-utf8", "high",
	    "Bytes that are no character."},
};

static const int rule_of[] = {
	[GLYPH_PLAIN] = RULE_CONTROL,
	[GLYPH_BIDI] = RULE_BIDI, [GLYPH_INVISIBLE] = RULE_INVISIBLE,
	[GLYPH_TAG] = RULE_TAG, [GLYPH_CONTROL] = RULE_CONTROL,
	[GLYPH_SEPARATOR] = RULE_SEPARATOR, [GLYPH_SPACE] = RULE_SPACE,
	[GLYPH_SELECTOR] = RULE_SELECTOR, [GLYPH_PRIVATE] = RULE_PRIVATE,
};
/* clang-format on */

const size_t hidden_nrules = NELEM(hidden_rules);

/* Where something began. */
struct place {
	uint32_t cp;
	size_t at;
	int64_t line, column;
};

static void
tell(struct remarks *out, const char *where, struct str text, int rule,
    const struct place *p, int64_t end_column, const char *severity,
    const char *name)
{
	struct remark r = {
	    .where = where,
	    .rule = hidden_rules[rule].rule,
	    .severity = severity,
	    .message = hidden_rules[rule].text,
	    .line = p->line,
	    .column = p->column,
	    .end_column = end_column,
	    .name = name,
	};

	if (out->list.n == REMARK_MAX)
		return;
	r.excerpt = remark_excerpt(out->arena, text, p->at);
	r.code_point = arena_printf(out->arena, "U+%04X", (unsigned)p->cp);
	(void)remarks_add(out, &r);
}

static struct place
place_of(const struct remark_cursor *c)
{
	return (struct place){c->cp, c->at, c->line, c->column};
}

/* --- single characters ---------------------------------------------------- */

/* Symbols and pictures: a joiner or selector behind them is how emoji are
 * written. */
static bool
pictorial(uint32_t cp)
{
	return (cp >= 0x2190 && cp <= 0x2BFF) ||
	    (cp >= 0x1F000 && cp <= 0x1FAFF) || cp == 0xFE0F || cp == 0x200D;
}

static const char *
severity_of(const struct glyph *g, uint32_t before)
{
	bool emoji = (g->from == 0x200D || g->class == GLYPH_SELECTOR) &&
	    pictorial(before);

	return emoji ? "note" : hidden_rules[rule_of[g->class]].severity;
}

static void
scan_characters(const char *where, struct str text, struct remarks *out)
{
	struct remark_cursor c = remark_begin(text);
	bool more = remark_next(&c);
	uint32_t before = 0;

	while (more) {
		const struct glyph *g = glyph_find(c.cp);
		bool broken = c.cp == 0xFFFD && c.text.n - c.rest.n - c.at == 1;
		struct place p = place_of(&c);
		int64_t end = c.column + 1;

		more = remark_next(&c);
		if (g == NULL && !broken) {
			before = p.cp;
			continue;
		}
		/* Tags are letters of one message. */
		while (more && c.line == p.line &&
		    (c.cp == p.cp ||
			(g != NULL && g->class == GLYPH_TAG &&
			    glyph_find(c.cp) == g))) {
			end = c.column + 1;
			more = remark_next(&c);
		}
		tell(out, where, text, broken ? RULE_BROKEN : rule_of[g->class],
		    &p, end, broken ? "high" : severity_of(g, before),
		    broken ? "INVALID BYTE" : g->name);
		before = p.cp;
	}
}

/* --- words ---------------------------------------------------------------- */

struct word {
	struct place odd; /* the first letter that is not the others' */
	unsigned scripts; /* mask of enum glyph_script */
	int64_t letters;
	int64_t alike; /* of other scripts that look Latin */
	int64_t end_column;
};

#define BIT(s) (1U << (s))
/* Those with letters that look like each other's. */
#define ALIKE                                                                  \
	(BIT(SCRIPT_LATIN) | BIT(SCRIPT_GREEK) | BIT(SCRIPT_CYRILLIC) |        \
	    BIT(SCRIPT_ARMENIAN) | BIT(SCRIPT_CHEROKEE) | BIT(SCRIPT_COPTIC) | \
	    BIT(SCRIPT_LISU))
#define LOOKALIKE_LETTERS 3 /* shorter words are words of their script */

static void
add_letter(struct word *w, const struct remark_cursor *c)
{
	enum glyph_script s = glyph_script(c->cp);

	w->end_column = c->column + 1;
	if (s == SCRIPT_NONE)
		return;
	/* What is not Latin is the odd one, wherever it stands. */
	if (w->odd.line == 0 && s != SCRIPT_LATIN)
		w->odd = place_of(c);
	w->scripts |= BIT(s);
	w->letters++;
	if (s != SCRIPT_LATIN && glyph_fold(c->cp) != 0)
		w->alike++;
}

static const char *
scripts_named(struct arena *a, unsigned mask)
{
	const char *text = "";

	for (int s = SCRIPT_LATIN; s <= SCRIPT_STYLED; s++) {
		if (mask & BIT(s))
			text = arena_printf(a, "%s%s%s", text,
			    text[0] != '\0' ? " and " : "",
			    glyph_script_name((enum glyph_script)s));
	}
	return text;
}

static void
end_word(const char *where, struct str text, const struct word *w,
    struct remarks *out)
{
	unsigned alike = w->scripts & ALIKE;
	int rule;

	if (w->odd.line == 0 || out->list.n == REMARK_MAX)
		return;
	if (w->scripts & BIT(SCRIPT_STYLED))
		rule = RULE_STYLED;
	else if ((alike & (alike - 1)) != 0 && w->alike > 0)
		rule = RULE_MIXED;
	else if (w->alike == w->letters && w->letters >= LOOKALIKE_LETTERS)
		rule = RULE_LOOKALIKE;
	else
		return;
	tell(out, where, text, rule, &w->odd, w->end_column,
	    hidden_rules[rule].severity, scripts_named(out->arena, w->scripts));
}

static void
scan_words(const char *where, struct str text, struct remarks *out)
{
	struct remark_cursor c = remark_begin(text);
	struct word w = {0};
	bool inside = false;

	while (remark_next(&c)) {
		const struct glyph *g = glyph_find(c.cp);

		if (glyph_in_word(c.cp)) {
			if (!inside)
				w = (struct word){0};
			inside = true;
			add_letter(&w, &c);
		} else if (inside &&
		    !(g != NULL && g->class == GLYPH_INVISIBLE)) {
			/* What does not show does not end a word. */
			end_word(where, text, &w, out);
			inside = false;
		}
	}
	if (inside)
		end_word(where, text, &w, out);
}

void
hidden_scan(const char *where, struct str text, struct remarks *out)
{
	scan_characters(where, text, out);
	scan_words(where, text, out);
}
