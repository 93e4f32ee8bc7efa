/*
 * Characters that do not show, or look like others.
 */
#include "core_test.h"

#include "noun/glyph.h"
#include "noun/hidden.h"

/* cmocka's own needs the name of lib/fail. */
#define FAULT(...) (print_error(__VA_ARGS__), assert_true(false))

struct want {
	const char *text;
	const char *rule; /* NULL: nothing is found */
	const char *severity;
	const char *code_point;
	const char *name;
	int line, column, end_column;
};

/* clang-format off */
static const struct want wanted[] = {
	{"a = 1\n\tb = 2\r\n", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"Zürich, naïve, \u4e2d\u6587, \u0440\u0443\u0441\u0441\u043a\u0438\u0439, \u0395\u03bb\u03bb\u03ac\u03b4\u03b1", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"PDF\u6587\u4ef6", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"\u0394x and \u03bcm and 3\u03a9", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"USB-\u043f\u043e\u0440\u0442", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"x\ny \u202e z", "bidi-control", "high", "U+202E", "RIGHT-TO-LEFT OVERRIDE", 2, 3, 4},
	{"\u2066\u2066\u2066", "bidi-control", "high", "U+2066", "LEFT-TO-RIGHT ISOLATE", 1, 1, 4},
	{"\u061c", "bidi-control", "high", "U+061C", "ARABIC LETTER MARK", 1, 1, 2},
	{"a\u200b" "b", "invisible-character", "high", "U+200B", "ZERO WIDTH SPACE", 1, 2, 3},
	{"a\u200d" "b", "invisible-character", "high", "U+200D", "ZERO WIDTH JOINER", 1, 2, 3},
	{"\U0001F468\u200d\U0001F469", "invisible-character", "note", "U+200D", "ZERO WIDTH JOINER", 1, 2, 3},
	{"\u2764\ufe0f", "variation-selector", "note", "U+FE0F", "VARIATION SELECTOR", 1, 2, 3},
	{"a\ufe0f", "variation-selector", "warning", "U+FE0F", "VARIATION SELECTOR", 1, 2, 3},
	{"\ufeff" "import x", "invisible-character", "high", "U+FEFF", "ZERO WIDTH NO-BREAK SPACE", 1, 1, 2},
	{"soft\u00adly", "invisible-character", "high", "U+00AD", "SOFT HYPHEN", 1, 5, 6},
	{"\u3164 = 1", "invisible-character", "high", "U+3164", "HANGUL FILLER", 1, 1, 2},
	{"Add.\U000E0049\U000E0067\U000E006E", "hidden-message", "high", "U+E0049", "TAG CHARACTER", 1, 5, 8},
	{"a\bb", "control-character", "high", "U+0008", "BACKSPACE", 1, 2, 3},
	{"\033[2J", "control-character", "high", "U+001B", "ESCAPE", 1, 1, 2},
	{"a\fb", "control-character", "high", "U+000C", "FORM FEED", 1, 2, 3},
	{"a\xc2\x85" "b", "odd-line-break", "warning", "U+0085", "NEXT LINE", 1, 2, 3},
	{"a\u2028" "b", "odd-line-break", "warning", "U+2028", "LINE SEPARATOR", 1, 2, 3},
	{"a\u00a0" "b", "odd-space", "note", "U+00A0", "NO-BREAK SPACE", 1, 2, 3},
	{"\ue000", "private-character", "warning", "U+E000", "PRIVATE USE CHARACTER", 1, 1, 2},
	{"p\u0430ypal", "mixed-scripts", "warning", "U+0430", "Latin and Cyrillic", 1, 2, 7},
	{"sc\u03bfpe", "mixed-scripts", "warning", "U+03BF", "Latin and Greek", 1, 3, 6},
	{"\u0430\u03bf", "mixed-scripts", "warning", "U+0430", "Greek and Cyrillic", 1, 1, 3},
	{"\uff45val('1')", "styled-letters", "warning", "U+FF45", "Latin and styled Latin", 1, 1, 5},
	{"\U0001D41E\U0001D42F", "styled-letters", "warning", "U+1D41E", "styled Latin", 1, 1, 3},
	{"\u0441\u043e\u0440\u0443 = 1", "lookalike-word", "warning", "U+0441", "Cyrillic", 1, 1, 5},
	{"\u0438 \u0432 \u0441 \u043e", NULL, NULL, NULL, NULL, 0, 0, 0},
	{"a\xff" "b", "not-utf8", "high", "U+FFFD", "INVALID BYTE", 1, 2, 3},
	{"a\ufffd" "b", NULL, NULL, NULL, NULL, 0, 0, 0},
};
/* clang-format on */

static void
test_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(wanted); i++) {
		const struct want *w = &wanted[i];
		struct remarks r = remarks_new(test_ctx()->arena);
		const struct remark *v = r.list.v;

		hidden_scan("code", str_from(w->text), &r);
		if (w->rule == NULL) {
			if (r.list.n > 0)
				FAULT("row %zu: %s %s", i, v->rule,
				    v->code_point);
			continue;
		}
		if (r.list.n == 0 || strcmp(v->rule, w->rule) != 0)
			FAULT("row %zu: not %s", i, w->rule);
		assert_string_equal(v->severity, w->severity);
		assert_string_equal(v->code_point, w->code_point);
		assert_string_equal(v->name, w->name);
		assert_int_equal(v->line, w->line);
		assert_int_equal(v->column, w->column);
		assert_int_equal(v->end_column, w->end_column);
		assert_string_equal(v->where, "code");
	}
}

/* NUL ends a C string, not a text. */
static void
test_nul(void **state)
{
	struct remarks r = remarks_new(test_ctx()->arena);
	const struct remark *v = r.list.v;

	(void)state;
	hidden_scan("code", STR_LIT("a\0b"), &r);
	assert_int_equal(r.list.n, 1);
	assert_string_equal(v->code_point, "U+0000");
	assert_string_equal(v->excerpt, "a<U+0000>b");
}

static void
test_excerpt(void **state)
{
	struct remarks r = remarks_new(test_ctx()->arena);
	const struct remark *v = r.list.v;

	(void)state;
	hidden_scan("code",
	    STR_LIT("first\nif is_admin:\u2066 # \u202e check\nlast"), &r);
	assert_int_equal(r.list.n, 2);
	assert_string_equal(
	    v->excerpt, "if is_admin:<U+2066> # <U+202E> check");
	assert_string_equal(v[1].excerpt, v->excerpt);
}

/* What does not show cuts no word in two. */
static void
test_hidden_inside_a_word(void **state)
{
	struct remarks r = remarks_new(test_ctx()->arena);
	const struct remark *v = r.list.v;

	(void)state;
	hidden_scan("code", STR_LIT("\u0430\u200b\u043e\u0440\u0441"), &r);
	assert_int_equal(r.list.n, 2);
	assert_string_equal(v[0].rule, "invisible-character");
	assert_string_equal(v[1].rule, "lookalike-word");
}

static void
test_cap(void **state)
{
	struct ctx *ctx = test_ctx();
	char *text = arena_alloc(ctx->arena, 2000);
	struct remarks r = remarks_new(ctx->arena);

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		text[i] = i % 2 ? '\b' : 'a';
	hidden_scan("code", (struct str){text, 2000}, &r);
	assert_int_equal(r.list.n, REMARK_MAX);
}

/* Every character that has a row has a rule, and the tables are in order. */
static void
test_tables(void **state)
{
	uint32_t odd = 0;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		const struct glyph *g = glyph_find(cp);

		assert_true(g == NULL || (g->from <= cp && cp <= g->to));
		odd += g != NULL;
		assert_true(glyph_script_name(glyph_script(cp))[0] != '\0');
		if (glyph_fold(cp) != 0)
			assert_true(glyph_in_word(cp));
	}
	assert_true(odd > 6400 + 2 * 65534);
	for (uint32_t cp = 0x20; cp < 0x7F; cp++)
		assert_null(glyph_find(cp));
	assert_null(glyph_find('\n'));
	assert_null(glyph_find('\t'));
	assert_null(glyph_find('\r'));
	assert_int_equal(glyph_fold('Q'), 'q');
	assert_int_equal(glyph_fold(0xE9), 'e');
	assert_int_equal(glyph_fold(0x1D400), 'a');
	assert_int_equal(glyph_fold(0x0430), 'a');
	assert_int_equal(glyph_fold('-'), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_characters),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_excerpt),
	    cmocka_unit_test(test_hidden_inside_a_word),
	    cmocka_unit_test(test_cap),
	    cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
