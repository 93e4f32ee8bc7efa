/*
 * test_redact.c: no secret in any text, and no text spoilt without one.
 *
 * The samples say what must happen; the property test compares with a slow
 * reference (redact_ref.h), as the fuzz target does.
 */
#include "tests/unit/lib/lib_test.h"

#include <time.h>

#include "clock.h"
#include "json.h"
#include "noun/redact.h"
#include "redact_ref.h"

#define ARENA ((size_t)256 * 1024 * 1024)

static struct redact *
one(struct arena *a, const char *name, const char *value)
{
	struct box_pair pair = {str_from(name), str_from(value)};

	return redact_new(a, &pair, 1);
}

/* --- samples -------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *value; /* of the secret KEY */
	const char *text;
	const char *want; /* NULL: the text itself */
} samples[] = {
	/* as it is */
	{"s3cr3t", "", NULL},
	{"s3cr3t", "nothing here", NULL},
	{"s3cr3t", "s3cr3", NULL},
	{"s3cr3t", "s3cr3t", "[secret KEY]"},
	{"s3cr3t", "a s3cr3t and s3cr3ts", "a [secret KEY] and [secret KEY]s"},
	{"s3cr3t", "S3CR3T s3Cr3T", "[secret KEY] [secret KEY]"},
	{"s3cr3t", "s3cr3ts3cr3t", "[secret KEY][secret KEY]"},
	{"abab", "xabababax", "x[secret KEY]ax"},
	{"aaaa", "aaaaaaaaa", "[secret KEY]"},
	{"pässword", "ein pässword!", "ein [secret KEY]!"},
	{"ab\ncd", "[ab\ncd]", "[[secret KEY]]"},
	/* too short to be told from other text */
	{"abc", "abc abc", NULL},
	{"", "abc", NULL},
	/* white space at the ends does not count */
	{" s3cr3t\n", "s3cr3t.", "[secret KEY]."},
	{"a   ", "a   b", "[secret KEY]b"},
	/* hex */
	{"s3cr3t", "733363723374", "[secret KEY]"},
	{"s3cr3t", "0x733363723374!", "0x[secret KEY]!"},
	{"s3cr3t", "a7333637233740", "a[secret KEY]0"},
	{"\xc3\xa9t\xc3\xa9", "C3a974c3A9", "[secret KEY]"},
	{"s3cr3t", "73336372337", NULL},
	/* base64: alone, in three alignments, both alphabets, broken lines */
	{"s3cr3t", "czNjcjN0", "[secret KEY]"},
	{"s3cr3t!", "czNjcjN0IQ==", "[secret KEY]=="},
	{"s3cr3t!", "czNjcjN0IQ", "[secret KEY]"},
	{"s3cr3t", "dXNlcjpzM2NyM3Q=", "dXNlcj[secret KEY]="},
	{"s3cr3t", "eHM6czNjcjN0", "eHM6[secret KEY]"},
	{"s3cr3t", "Basic eDpzM2NyM3QK", "Basic eD[secret KEY]K"},
	{"s3cr3t", "czNj\r\ncjN0", "[secret KEY]"},
	{"s3cr3t", "pzM2NyM3Q=", "[secret KEY]="}, /* its group has lost a digit */
	{">>>???", "x=Pj4+Pz8/;", "x=[secret KEY];"},
	{">>>???", "x=Pj4-Pz8_;", "x=[secret KEY];"},
	{"s3cr3t", "czNjcjN", NULL},
	{"s3cr3t", "czNj cjN0", NULL},
	/* percent: as much as somebody likes, upper and lower case */
	{"a/b c&d", "q=a%2Fb%20c%26d", "q=[secret KEY]"},
	{"a/b c&d", "q=a%2fb%20c%26d", "q=[secret KEY]"},
	{"a/b c&d", "q=a/b+c%26d", "q=[secret KEY]"},
	{"a/b c&d", "%61%2f%62%20%63%26%64", "[secret KEY]"},
	{"s3cr3t", "s%33cr%33t%", "[secret KEY]%"},
	{"100%25", "100%25 100%2525", "[secret KEY] [secret KEY]"},
	{"\xc3\xa9t\xc3\xa9", "%C3%A9t%c3%a9", "[secret KEY]"},
	{"s3cr3t", "%63%7A%4e%6a%63%6A%4e%30", "[secret KEY]"},
	{">>>???", "Pj4%2BPz8%2F", "[secret KEY]"},
	/* backslashes: JSON, repr, of text and of bytes */
	{"a\"b\\c\nd", "'a\\\"b\\\\c\\nd'", "'[secret KEY]'"},
	{"it's", "'it\\'s'", "'[secret KEY]'"},
	{"\xc3\xa9t\xc3\xa9", "\\u00e9t\\u00E9", "[secret KEY]"},
	{"\xc3\xa9t\xc3\xa9", "b'\\xc3\\xa9t\\xc3\\xa9'", "b'[secret KEY]'"},
	{"key\xf0\x9f\x94\x91", "key\\ud83d\\udd11!", "[secret KEY]!"},
	{"key\xf0\x9f\x94\x91", "key\\U0001f511!", "[secret KEY]!"},
	{"a/bc", "a\\/bc", "[secret KEY]"},
	{"a\\b\\", "a\\\\b\\\\", "[secret KEY]"},
	{"a\"b\\c", "\"a\\\\\\\"b\\\\\\\\c\"", "\"[secret KEY]\""}, /* twice */
	{"a\"b\\c", "a\\\\\\\\\\\\\\\"b\\\\\\\\\\\\\\\\c", NULL}, /* thrice */
	{"s3cr3t", "czNj\\ncjN0", "[secret KEY]"},
	/* what is no escape stays */
	{"s3cr3t", "%zz \\q \\u12 s3cr3t \\", "%zz \\q \\u12 [secret KEY] \\"},
};
/* clang-format on */

static void
test_samples(void **state)
{
	struct arena *a = arena_new(ARENA);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct str text = str_from(samples[i].text);
		const char *want = samples[i].want != NULL ? samples[i].want
							   : samples[i].text;
		struct str got = redact_text(
		    a, one(a, "KEY", samples[i].value), text, 0);

		if (!str_eq_c(got, want))
			fail_test(
			    "sample %zu: %.*s, not %s", i, STR_FMT(got), want);
		if (samples[i].want == NULL)
			assert_ptr_equal(got.p, text.p); /* no copy */
	}
	arena_free(a);
}

static void
test_several(void **state)
{
	static const struct box_pair pairs[] = {
	    {{"SHORT", 5}, {"abcd", 4}},
	    {{"LONG", 4}, {"xabcdx", 6}},
	    {{"LEFT", 4}, {"123456", 6}},
	    {{"RIGHT", 5}, {"456789!", 7}},
	    {{"AGAIN", 5}, {"abcd", 4}},
	    {{"TINY", 4}, {"z", 1}},
	};
	struct arena *a = arena_new(ARENA);
	struct redact *r = redact_new(a, pairs, NELEM(pairs));

	(void)state;
	/* Of equal values the first, of nested ones the longest. */
	assert_true(str_eq_c(redact_text(a, r, STR_LIT("abcd xabcdx z"), 0),
	    "[secret SHORT] [secret LONG] z"));
	/* Of overlapping ones nothing is left. */
	assert_true(str_eq_c(
	    redact_text(a, r, STR_LIT("-123456789!-"), 0), "-[secret RIGHT]-"));
	assert_null(redact_new(a, &pairs[5], 1));
	assert_null(redact_new(a, pairs, 0));
	assert_true(str_eq_c(redact_text(a, NULL, STR_LIT("abcd"), 1), "abcd"));
	assert_true(
	    str_eq_c(redact_json(a, NULL, STR_LIT("\"abcd\""), 1), "\"abcd\""));
	arena_free(a);
}

static void
test_cut(void **state)
{
	struct arena *a = arena_new(ARENA);
	struct redact *r = one(a, "KEY", "s3cr3t-value");
	static const struct {
		const char *text, *want;
	} cuts[] = {
	    {"... s3cr3t-va", "... [secret KEY]"},
	    {"... s3cr", "... [secret KEY]"},
	    {"... s3c", "... s3c"},
	    {"s3cr3t-va ...", "s3cr3t-va ..."},
	    {"... 733363723374", "... [secret KEY]"},
	    {"... 7333637233742", "... [secret KEY]"},
	    {"... czNjcjN0L", "... [secret KEY]"},
	    {"... s%33cr%33", "... [secret KEY]"},
	    {"s3cr3t-values3cr", "[secret KEY][secret KEY]"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cuts); i++) {
		struct str text = str_from(cuts[i].text);
		struct str got = redact_text(a, r, text, 1);

		if (!str_eq_c(got, cuts[i].want))
			fail_test("cut %zu: %.*s", i, STR_FMT(got));
		/* Only texts that are long enough to have been cut. */
		got = redact_text(a, r, text, text.n + 1);
		if (i != 8)
			assert_ptr_equal(got.p, text.p);
	}
	arena_free(a);
}

/* --- JSON ----------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *value;
	const char *json; /* ' for " */
	const char *want; /* NULL: as it is */
} documents[] = {
	{"s3cr3t", "{'a' : [1.50, 'x', null]}", NULL},
	{"s3cr3t", "{'a': 0.10, 'b': 's3cr3t'}", "{'a': 0.10, 'b': '[secret KEY]'}"},
	{"s3cr3t", "'s3cr3t'", "'[secret KEY]'"},
	{"s3cr3t", "['x',['s3cr3t',{'k':['a s3cr3t b']}]]", "['x',['[secret KEY]',{'k':['a [secret KEY] b']}]]"},
	/* keys, and keys that would become equal */
	{"s3cr3t", "{'s3cr3t':1}", "{'[secret KEY]':1}"},
	{"s3cr3t", "{'s3cr3t' : 1, 'czNjcjN0':{'S3CR3T':2}}", "{'[secret KEY]' : 1, '[secret KEY] (2)':{'[secret KEY] (3)':2}}"},
	/* numbers and words */
	{"123456", "[123456,-123456,9123456.5,12345]", "['[secret KEY]','-[secret KEY]','9[secret KEY].5',12345]"},
	{"3.14159", "{'pi':3.14159}", "{'pi':'[secret KEY]'}"},
	/* as others would write them: 17 digits, no exponent */
	{"12345678901234568", "[1.2345678901234568e+16,1.2345e+16]", "['[secret KEY]',1.2345e+16]"},
	{"12345678901234568", "[12345678901234567.9,0.5]", "['[secret KEY]',0.5]"},
	{"1234000000", "[1.234e9,1.234E+09,-1.234e9,1.235e9]", "['[secret KEY]','[secret KEY]','-[secret KEY]',1.235e9]"},
	{"0.00001234", "[1.234e-5,1.234e-05,1234e-8,1.235e-5]", "['[secret KEY]','[secret KEY]','[secret KEY]',1.235e-5]"},
	{"123.456", "[123456e-3,1.23456e2,0e9999999999]", "['[secret KEY]','[secret KEY]',0e9999999999]"},
	{"true", "[true,false,'true']", "['[secret KEY]',false,'[secret KEY]']"},
	/* behind the escapes of the document */
	{"a\"b", "['a\\\"b']", NULL}, /* three bytes */
	{"a\"bc", "['a\\\"bc']", "['[secret KEY]']"},
	{"a\"bc", "['a\\u0022bc', 'a\\\\\\\"bc']", "['[secret KEY]', '[secret KEY]']"},
	{"s3cr3t", "['\\u0073\\u0033cr3t']", "['[secret KEY]']"},
	{"s3cr3t", "['{\\\"k\\\":\\\"s3cr3t\\\"}']", "['{\\\"k\\\":\\\"[secret KEY]\\\"}']"},
	{"s3cr3t", "['czNj\\ncjN0']", "['[secret KEY]']"},
	{"s3cr3t", "['s%33cr3t', '733363723374']", "['[secret KEY]', '[secret KEY]']"},
	/* a secret that is JSON itself, told as such */
	{"{\"user\":\"x\",\"key\":\"y\"}", "{'user':'x','key':'y'}", "'[secret KEY]'"},
	{"x\",\"y", "['x','y']", "'[\\\"[secret KEY]\\\"]'"},
	{"\"abc\"", "['abc']", "'[[secret KEY]]'"},
};
/* clang-format on */

static char *
quoted(struct arena *a, const char *text)
{
	char *s = arena_strdup(a, text);

	for (char *p = s; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return s;
}

static void
test_json(void **state)
{
	struct arena *a = arena_new(ARENA);

	(void)state;
	for (size_t i = 0; i < NELEM(documents); i++) {
		struct str text = str_from(quoted(a, documents[i].json));
		const char *want = documents[i].want != NULL
		    ? quoted(a, documents[i].want)
		    : text.p;
		struct str got = redact_json(
		    a, one(a, "KEY", documents[i].value), text, 0);
		json_t *v;

		if (!str_eq_c(got, want))
			fail_test("document %zu: %.*s", i, STR_FMT(got));
		assert_int_equal(
		    json_parse(a, got, SIZE_MAX, &v, NULL), FAIL_NONE);
		if (documents[i].want == NULL)
			assert_ptr_equal(got.p, text.p);
	}
	arena_free(a);
}

static void
test_json_cut(void **state)
{
	struct arena *a = arena_new(ARENA);
	struct redact *r = one(a, "KEY", "s3cr3t-value");

	(void)state;
	assert_true(
	    str_eq_c(redact_json(a, r, STR_LIT("[\"a s3cr3t-v\",\"s3cr\"]"), 6),
		"[\"a [secret KEY]\",\"s3cr\"]"));
	arena_free(a);
}

/* --- against a slow reference --------------------------------------------- */

static uint64_t seed;

static unsigned
draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static struct str
random_value(struct arena *a)
{
	static const char alphabet[] = "abAB01+/% \\n";
	size_t n = 3 + draw(8);
	char *p = arena_strndup(a, "", 0);

	p = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++)
		p[i] = alphabet[draw(sizeof(alphabet) - 1)];
	/* Ends that would be trimmed are another test's business. */
	for (size_t i = 0; i < n; i += n - 1) {
		if (p[i] == ' ')
			p[i] = 'a';
	}
	return (struct str){p, n};
}

static void
put_encoded(struct buf *b, struct str value)
{
	static const char b64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned how = draw(6), bits = 0, have = 0, digits = 0;

	for (unsigned i = draw(3); how == 4 && i > 0; i--) {
		bits = bits << 8 | draw(256);
		have += 8;
	}
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (how == 0)
			buf_putc(b, (char)c);
		else if (how == 1)
			buf_printf(b, draw(2) ? "%02x" : "%02X", c);
		else if (how == 2 && draw(2))
			buf_printf(b, draw(2) ? "%%%02x" : "%%%02X", c);
		else if (how == 2)
			buf_putc(b, (char)c);
		else if (how == 3 && (c == '\\' || draw(3) == 0))
			buf_printf(b, c == '\\' ? "\\%c" : "\\x%02x", c);
		else if (how == 3 || how == 5)
			buf_putc(b, how == 5 && c == ' ' ? '+' : (char)c);
		if (how != 4)
			continue;
		bits = (bits << 8 | c) & 0xffffff;
		have += 8;
		while (have >= 6) {
			have -= 6;
			buf_putc(b, b64[bits >> have & 63]);
			if (++digits % 8 == 0 && draw(4) == 0)
				buf_putc(b, '\n');
		}
	}
	if (how == 4 && have > 0)
		buf_putc(b, b64[bits << (6 - have) & 63]);
}

static void
random_text(struct buf *b, const struct box_pair *secrets, size_t n)
{
	static const char noise[] = "abAB01+/% \\n\n-_=\"x";

	buf_reset(b);
	for (unsigned i = draw(8); i > 0; i--) {
		for (unsigned j = draw(12); j > 0; j--)
			buf_putc(b, noise[draw(sizeof(noise) - 1)]);
		put_encoded(b, secrets[draw((unsigned)n)].value);
	}
	for (unsigned j = draw(12); j > 0; j--)
		buf_putc(b, noise[draw(sizeof(noise) - 1)]);
}

static void
test_reference(void **state)
{
	static const char *const names[] = {"A", "B", "C", "D"};
	struct arena *a = arena_new(ARENA);
	uint64_t start = (uint64_t)time(NULL);
	unsigned hidden = 0;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (uint64_t round = 0; round < 4000; round++) {
		struct box_pair secrets[4];
		size_t n = 1 + round % 4;
		struct str want, got;

		arena_reset(a);
		seed = start + round;
		for (size_t i = 0; i < n; i++)
			secrets[i] = (struct box_pair){
			    str_from(names[i]), random_value(a)};
		random_text(&text, secrets, n);
		want = ref_redact(a, buf_str(&text), secrets, n);
		got = redact_text(
		    a, redact_new(a, secrets, n), buf_str(&text), 0);
		if (!str_eq(want, got))
			fail_test("seed %llu: \"%.*s\" gave \"%.*s\", not "
				  "\"%.*s\"",
			    (unsigned long long)(start + round),
			    STR_FMT(buf_str(&text)), STR_FMT(got),
			    STR_FMT(want));
		hidden += got.p != text.p;
	}
	/* It had something to find. */
	assert_true(hidden > 2000);
	buf_free(&text);
	arena_free(a);
}

/* --- time and room -------------------------------------------------------- */

static int64_t
microseconds(const struct redact *r, struct str text)
{
	struct arena *a = arena_new(ARENA);
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t t = clock_mono_ns();

		(void)redact_text(a, r, text, 0);
		t = (clock_mono_ns() - t) / 1000;
		best = t < best ? t : best;
	}
	arena_free(a);
	return best;
}

/* Twice the text takes about twice as long, however it is made. */
static void
test_linear(void **state)
{
	struct arena *a = arena_new(ARENA);
	size_t n = 1 << 18, big = 1 << 15;
	char *value = arena_alloc(a, big + 1), *text = arena_alloc(a, 2 * n);
	struct redact *r;

	(void)state;
	/* A long value that nearly fits everywhere. */
	memset(value, 'a', big);
	value[big - 1] = 'b';
	value[big] = '\0';
	memset(text, 'a', 2 * n);
	r = one(a, "KEY", value);
	for (int i = 0; i < 5; i++) {
		int64_t once = microseconds(r, (struct str){text, n});
		int64_t twice = microseconds(r, (struct str){text, 2 * n});

		if (twice < 4 * once + 20000)
			break;
		if (i == 4)
			fail_test("%lld us, then %lld us", (long long)once,
			    (long long)twice);
	}
	arena_free(a);
}

static void
test_many_long_values(void **state)
{
	struct arena *a = arena_new(ARENA);
	struct box_pair pairs[32];
	struct redact *r;
	size_t n = 16384;

	(void)state;
	for (size_t i = 0; i < NELEM(pairs); i++) {
		char *p = arena_alloc(a, n);

		memset(p, 'v', n);
		p[n - 1] = (char)('A' + i);
		pairs[i] = (struct box_pair){
		    str_from(arena_printf(a, "K%zu", i)), {p, n}};
	}
	r = redact_new(a, pairs, NELEM(pairs));
	for (size_t i = 0; i < 26; i += 25)
		assert_true(str_eq_c(redact_text(a, r, pairs[i].value, 0),
		    arena_printf(a, "[secret K%zu]", i)));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_several),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_cut),
	    cmocka_unit_test(test_reference),
	    cmocka_unit_test(test_linear),
	    cmocka_unit_test(test_many_long_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
