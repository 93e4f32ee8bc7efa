/*
 * lint.c: sentences in a description that seem meant for the model.
 *
 * A rule has phrases, or a function where words say nothing.  A phrase is words
 * in their order; "a|b" is either, "a*" whatever begins with it, "~3" up to
 * three words of any kind.
 */
#include "noun/lint.h"

#include <string.h>

#include "attr.h"
#include "noun/glyph.h"

#define WORD_MAX 32 /* letters of a word that are compared */

struct word {
	char text[WORD_MAX + 1];
	size_t at; /* where it begins in the text */
};

struct words {
	struct word *v;
	size_t n;
};

/* Offset of what was found in the text, or text.n. */
typedef size_t find_fn(struct str text);

/* --- the table ------------------------------------------------------------ */

enum {
	RULE_OVERRIDE,
	RULE_HIDE,
	RULE_FIRST,
	RULE_ROLE,
	RULE_MARKER,
	RULE_GATHER,
	RULE_OTHERS,
	RULE_URGENT,
	RULE_URL,
	RULE_MARKUP,
	RULE_STYLE,
	RULE_ENCODED,
	RULE_GAP,
	RULE_LONG
};

/* clang-format off */
const struct remark_rule lint_rules[] = {
	[RULE_OVERRIDE] = {"overrides-instructions", "high",
	    "It tells a model to leave aside what it was told. A description "
	    "says what a tool does; it has no say in anything else."},
	[RULE_HIDE] = {"hides-from-user", "high",
	    "It asks a model to keep something from the user, or to act "
	    "without asking."},
	[RULE_FIRST] = {"demands-a-call", "high",
	    "It wants to be called first, always or before others, whatever "
	    "the user asked for."},
	[RULE_ROLE] = {"gives-a-role", "warning",
	    "It speaks to the model about what it is, not about the tool."},
	[RULE_MARKER] = {"imitates-a-message", "high",
	    "It looks like the frame of a system or user message."},
	[RULE_GATHER] = {"gathers-context", "high",
	    "It asks for things that are not the tool's to have: the "
	    "conversation, the system prompt, keys, files."},
	[RULE_OTHERS] = {"speaks-of-other-tools", "warning",
	    "It says how other tools are to be used, or not to be used."},
	[RULE_URGENT] = {"raises-its-voice", "warning",
	    "Emphasis that makes a model obey more than it informs anybody."},
	[RULE_URL] = {"has-a-link", "warning",
	    "A link in a description can be fetched or shown by a client. "
	    "Where does it lead?"},
	[RULE_MARKUP] = {"has-markup", "warning",
	    "Markup can hide text in a client that renders it, or load a "
	    "picture from elsewhere."},
	[RULE_STYLE] = {"hidden-by-style", "high",
	    "Text that is there for a machine and not for an eye."},
	[RULE_ENCODED] = {"encoded-text", "warning",
	    "A long run without a word in it: encoded text, which a model may "
	    "decode."},
	[RULE_GAP] = {"pushed-out-of-view", "high",
	    "A large gap, so that what follows is out of sight."},
	[RULE_LONG] = {"very-long", "note",
	    "It is long for a description. Read it to its end."},
};

#define PHRASES(...) (const char *const[]){__VA_ARGS__, NULL}
#define IGNORE "ignore|disregard|forget|override|bypass|discard|skip"
#define EARLIER "previous|prior|earlier|above|preceding|other|existing|" \
	"original|all|any|your|system|safety|these|those"
#define TOLD "instruction*|rule*|prompt*|guideline*|guardrail*|polic*|" \
	"restriction*|directive*|constraint*"
#define TELL "tell|inform|notify|mention|show|reveal|disclose|report|warn|" \
	"alert|display|say|explain|expose"
#define USER "user*|human*|operator*|person|anyone|anybody"
#define NOT "not|dont|never|without|avoid|cannot|cant"
#define CALL "call|use|run|invoke|execute"

/* Up to a NULL; rules without are found by `finders`. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma): long ones go on in the next
 * line. */
static const char *const *const phrases[] = {
	[RULE_OVERRIDE] = PHRASES(
	    IGNORE " ~2 " EARLIER " ~3 " TOLD,
	    IGNORE " ~3 " TOLD,
	    IGNORE " everything|anything|what ~4 before|above|told|said",
	    "these|following|new instruction*|rule* ~3 supersede*|replace*|"
	    "override*|precedence|priority",
	    "take*|takes precedence|priority over ~4 " TOLD),
	[RULE_HIDE] = PHRASES(
	    NOT " ~2 " TELL "|telling|informing|notifying|mentioning|showing|"
	    "revealing|disclosing|reporting|warning ~4 " USER,
	    NOT " ~1 let ~1 " USER " know|see|notice",
	    NOT " mention|reveal|disclose ~1 this|that|it",
	    "hide|conceal|withhold|keep ~5 from ~1 " USER,
	    "without ~1 user* ~1 knowing|knowledge|consent|permission|approval|"
	    "noticing|confirmation",
	    "without asking|confirming|confirmation|permission",
	    NOT " ~1 ask|asking|request|wait ~3 confirmation|permission|consent|"
	    "approval",
	    "secretly|covertly"),
	[RULE_FIRST] = PHRASES(
	    CALL " this|it ~2 first",
	    CALL " this|it ~3 before ~4 tool*|anything|everything|answer*|"
	    "respon*|repl*|other|else|any|every|each",
	    "always|must ~1 " CALL " this|it",
	    "before ~2 using|calling|invoking|running ~1 any|other|another|every|"
	    "each ~2 tool*",
	    "before ~1 answering|responding|replying",
	    "first ~1 " CALL " this|it",
	    CALL " this|it ~3 every|each message|turn|request|response|answer|"
	    "conversation|time|reply",
	    "required|mandatory ~3 before ~3 tool*"),
	[RULE_ROLE] = PHRASES(
	    "you are now|an|a|the",
	    "act|behave|pretend ~1 as|like|to ~2 assistant|model|admin*|root|"
	    "developer|expert|system",
	    "as an ai",
	    "system prompt", "developer mode", "jailbreak*",
	    "assistant must|should|will|shall",
	    "the|any model|llm|agent|assistant|ai must|should|shall|needs"),
	[RULE_MARKER] = PHRASES(
	    "begin|end|start|new of|system prompt|message|instruction*",
	    "im start", "im end", "end of ~2 description|prompt|message"),
	[RULE_GATHER] = PHRASES(
	    "include|pass|send|provide|give|put|add|copy|append|attach|read|"
	    "fill ~6 conversation|transcript|chat|dialog*|history|context "
	    "~3 history|so|far|here|into|in|to|as|it|param*|argument*",
	    "include|pass|send|provide|give|put|add|copy|append|attach|read|"
	    "output|print|repeat|return ~5 system|developer|hidden ~1 prompt*|"
	    "message*|instruction*",
	    "include|pass|send|provide|give|put|copy|append|attach|read|upload "
	    "~5 api|private|secret|ssh|access ~1 key*|token*|credential*",
	    "include|pass|send|provide|give|put|copy|append|attach|read|upload "
	    "~5 password*|credential*|cookie*",
	    "ssh id rsa", "id rsa", "id ed25519", "etc passwd", "etc shadow",
	    "aws credentials", "mcp json", "full|entire|whole|complete "
	    "conversation|transcript|chat"),
	[RULE_OTHERS] = PHRASES(
	    NOT " ~1 " CALL "|using|calling ~3 other|another ~2 tool*",
	    "instead of|using ~3 tool*",
	    "other|another|all tool* ~3 must|should|shall|are|is|will",
	    CALL " ~2 mcpbox", "mcpbox create|update|delete|request",
	    "rather than ~3 tool*",
	    "replaces|supersedes ~4 tool*"),
	[RULE_URGENT] = PHRASES(
	    "very|extremely|critically important",
	    "you must", "must always|never", "under no circumstances",
	    "at all cost*", "no matter what", "failure to ~6 will|results"),
};
/* NOLINTEND(bugprone-suspicious-missing-comma) */
/* clang-format on */

const size_t lint_nrules = NELEM(lint_rules);

/* --- what words say nothing about ------------------------------------------
 */

static bool
lower_at(struct str text, size_t at, const char *want)
{
	size_t n = strlen(want);

	for (size_t i = 0; i < n; i++) {
		char c = '\0';

		if (at + i < text.n)
			c = text.p[at + i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != want[i])
			return false;
	}
	return true;
}

static size_t
find_any(struct str text, const char *const *wanted)
{
	for (size_t at = 0; at < text.n; at++) {
		for (const char *const *w = wanted; *w != NULL; w++) {
			if (lower_at(text, at, *w))
				return at;
		}
	}
	return text.n;
}

static size_t
find_url(struct str text)
{
	return find_any(text,
	    PHRASES("http://", "https://", "ftp://", "www.",
		"javascript:", "data:text", "data:image", "data:application",
		"file://", "mailto:"));
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A tag, a comment, a link or picture of Markdown. */
static size_t
find_markup(struct str text)
{
	for (size_t at = 0; at + 1 < text.n; at++) {
		char c = text.p[at], next = text.p[at + 1];
		struct str rest = str_sub(text, at, text.n);

		if (c == '<' && (letter(next) || next == '/' || next == '!') &&
		    str_index(rest, '>') < rest.n)
			return at;
		if (c == ']' && next == '(')
			return at;
		if (c == '!' && next == '[')
			return at;
	}
	return text.n;
}

static size_t
find_style(struct str text)
{
	return find_any(text,
	    PHRASES("display:none", "display: none", "font-size:0",
		"font-size: 0", "visibility:hidden", "visibility: hidden",
		"color:white", "color: white", "opacity:0", "opacity: 0",
		"aria-hidden"));
}

static size_t
find_marker(struct str text)
{
	static const char *const inside[] = {"<system", "</system", "<user>",
	    "</user>", "<assistant", "</assistant", "<instruction",
	    "</instruction", "<important", "<secret", "<|", "|>", "[inst]",
	    "[/inst]", "[system]", "<<sys>>", "### system", "### instruction",
	    "<tool_", "<function", NULL};
	static const char *const begin[] = {
	    "system:", "assistant:", "user:", "human:", "developer:", NULL};
	size_t at = find_any(text, inside);

	for (size_t i = 0; i < text.n && i < at; i++) {
		if (i > 0 && text.p[i - 1] != '\n')
			continue;
		for (const char *const *w = begin; *w != NULL; w++) {
			if (lower_at(text, i, *w))
				return i;
		}
	}
	return at;
}

#define RUN_BASE64 48
#define RUN_ESCAPES 8

static bool
base64(char c)
{
	return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
	    c == '=' || c == '-' || c == '_';
}

/* Letters and digits without end, or escapes one after the other. */
static size_t
find_encoded(struct str text)
{
	size_t run = 0, escapes = 0, last = 0;

	for (size_t at = 0; at < text.n; at++) {
		run = base64(text.p[at]) ? run + 1 : 0;
		if (run == RUN_BASE64)
			return at + 1 - run;
		if (lower_at(text, at, "\\x") || lower_at(text, at, "\\u") ||
		    lower_at(text, at, "&#") || text.p[at] == '%') {
			escapes = at - last <= 8 ? escapes + 1 : 1;
			last = at;
		}
		if (escapes == RUN_ESCAPES)
			return at;
	}
	return text.n;
}

#define GAP_SPACES 40
#define GAP_LINES 6

static size_t
find_gap(struct str text)
{
	size_t spaces = 0, lines = 0;

	for (size_t at = 0; at < text.n; at++) {
		char c = text.p[at];

		spaces = c == ' ' || c == '\t' ? spaces + 1 : 0;
		if (c == '\n')
			lines++;
		else if (c != ' ' && c != '\t' && c != '\r')
			lines = 0;
		if ((spaces >= GAP_SPACES || lines >= GAP_LINES) &&
		    str_trim(str_sub(text, at, text.n)).n > 0)
			return at;
	}
	return text.n;
}

static size_t
find_long(struct str text)
{
	return str_utf8_len(text) > LINT_LONG ? 0 : text.n;
}

static size_t
find_urgent(struct str text)
{
	return find_any(text,
	    PHRASES("important:", "important!", "critical:", "critical!",
		"urgent:", "urgent!", "attention:", "attention!", "!!!"));
}

static find_fn *const finders[] = {
    [RULE_URGENT] = find_urgent,
    [RULE_MARKER] = find_marker,
    [RULE_URL] = find_url,
    [RULE_MARKUP] = find_markup,
    [RULE_STYLE] = find_style,
    [RULE_ENCODED] = find_encoded,
    [RULE_GAP] = find_gap,
    [RULE_LONG] = find_long,
};

/* --- words ---------------------------------------------------------------- */

static struct words
split(struct arena *a, struct str text)
{
	size_t room = text.n / 2 + 1;
	struct words out = {.v = NULL};
	struct remark_cursor c = remark_begin(text);
	size_t n = 0; /* letters of the word that is read */

	room = room < LINT_WORDS_MAX ? room : LINT_WORDS_MAX;
	out.v = arena_zalloc(a, room, sizeof(struct word));
	while (remark_next(&c)) {
		const struct glyph *g = glyph_find(c.cp);
		char fold = glyph_fold(c.cp);
		struct word *w;

		/* Apostrophes and what does not show end no word. */
		if (c.cp == '\'' || c.cp == 0x2019 ||
		    (g != NULL && g->class != GLYPH_SPACE &&
			g->class != GLYPH_SEPARATOR))
			continue;
		if (fold == 0) {
			n = 0;
			continue;
		}
		if (n == 0) {
			if (out.n == room)
				break;
			out.v[out.n++].at = c.at;
		}
		w = &out.v[out.n - 1];
		if (n < WORD_MAX)
			w->text[n] = fold;
		n++;
	}
	return out;
}

static bool
is_one_of(const struct word *w, struct str choices)
{
	while (choices.p != NULL) {
		struct str one = str_split(&choices, '|');
		struct str is = str_from(w->text);

		if (str_ends(one, "*")) {
			one = str_sub(one, 0, one.n - 1);
			is = str_sub(is, 0, one.n);
		}
		if (str_eq(is, one))
			return true;
	}
	return false;
}

/* Does the phrase begin at this word? */
static bool
matches(const struct words *w, size_t at, const char *phrase)
{
	struct str rest = str_from(phrase);
	size_t gap = 0;

	while (rest.p != NULL) {
		struct str part = str_split(&rest, ' ');

		if (part.p[0] == '~') {
			gap = (size_t)(part.p[1] - '0');
			continue;
		}
		while (at < w->n && !is_one_of(&w->v[at], part)) {
			if (gap == 0)
				return false;
			gap--;
			at++;
		}
		if (at == w->n)
			return false;
		gap = 0;
		at++;
	}
	return true;
}

static size_t
find_phrase(const struct words *w, const char *const *wanted, struct str text)
{
	for (size_t at = 0; at < w->n; at++) {
		for (const char *const *p = wanted; *p != NULL; p++) {
			if (matches(w, at, *p))
				return w->v[at].at;
		}
	}
	return text.n;
}

/* --- all rules ------------------------------------------------------------ */

static void
tell(const char *where, struct str text, size_t at,
    const struct remark_rule *rule, struct remarks *out)
{
	struct remark_cursor c = remark_begin(text);
	struct remark r = {
	    .where = where,
	    .rule = rule->rule,
	    .severity = rule->severity,
	    .message = rule->text,
	    .excerpt = remark_excerpt(out->arena, text, at),
	};

	while (remark_next(&c) && c.at < at)
		;
	r.line = c.line;
	r.column = c.column;
	r.end_column = c.column + 1;
	(void)remarks_add(out, &r);
}

void
lint_scan(const char *where, struct str text, struct remarks *out)
{
	struct words w = split(out->arena, text);

	for (size_t i = 0; i < lint_nrules; i++) {
		const char *const *wanted = i < NELEM(phrases) ? phrases[i]
							       : NULL;
		size_t at = text.n;

		if (i < NELEM(finders) && finders[i] != NULL)
			at = finders[i](text);
		if (wanted != NULL && at == text.n)
			at = find_phrase(&w, wanted, text);
		if (at < text.n)
			tell(where, text, at, &lint_rules[i], out);
	}
}
