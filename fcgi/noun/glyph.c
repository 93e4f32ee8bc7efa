/*
 * glyph.c: the tables.
 */
#include "noun/glyph.h"

#include "attr.h"

/* clang-format off */

/* By code point; rows do not overlap. */
static const struct glyph glyphs[] = {
	{0x0000, 0x0000, GLYPH_CONTROL, "NULL"},
	{0x0001, 0x0006, GLYPH_CONTROL, "CONTROL CHARACTER"},
	{0x0007, 0x0007, GLYPH_CONTROL, "BELL"},
	{0x0008, 0x0008, GLYPH_CONTROL, "BACKSPACE"},
	{0x000B, 0x000B, GLYPH_CONTROL, "LINE TABULATION"},
	{0x000C, 0x000C, GLYPH_CONTROL, "FORM FEED"},
	{0x000E, 0x001A, GLYPH_CONTROL, "CONTROL CHARACTER"},
	{0x001B, 0x001B, GLYPH_CONTROL, "ESCAPE"},
	{0x001C, 0x001F, GLYPH_CONTROL, "INFORMATION SEPARATOR"},
	{0x007F, 0x007F, GLYPH_CONTROL, "DELETE"},
	{0x0080, 0x0084, GLYPH_CONTROL, "CONTROL CHARACTER"},
	{0x0085, 0x0085, GLYPH_SEPARATOR, "NEXT LINE"},
	{0x0086, 0x009F, GLYPH_CONTROL, "CONTROL CHARACTER"},
	{0x00A0, 0x00A0, GLYPH_SPACE, "NO-BREAK SPACE"},
	{0x00AD, 0x00AD, GLYPH_INVISIBLE, "SOFT HYPHEN"},
	{0x034F, 0x034F, GLYPH_INVISIBLE, "COMBINING GRAPHEME JOINER"},
	{0x061C, 0x061C, GLYPH_BIDI, "ARABIC LETTER MARK"},
	{0x115F, 0x115F, GLYPH_INVISIBLE, "HANGUL CHOSEONG FILLER"},
	{0x1160, 0x1160, GLYPH_INVISIBLE, "HANGUL JUNGSEONG FILLER"},
	{0x1680, 0x1680, GLYPH_SPACE, "OGHAM SPACE MARK"},
	{0x17B4, 0x17B4, GLYPH_INVISIBLE, "KHMER VOWEL INHERENT AQ"},
	{0x17B5, 0x17B5, GLYPH_INVISIBLE, "KHMER VOWEL INHERENT AA"},
	{0x180B, 0x180D, GLYPH_SELECTOR, "MONGOLIAN FREE VARIATION SELECTOR"},
	{0x180E, 0x180E, GLYPH_INVISIBLE, "MONGOLIAN VOWEL SEPARATOR"},
	{0x180F, 0x180F, GLYPH_SELECTOR, "MONGOLIAN FREE VARIATION SELECTOR FOUR"},
	{0x2000, 0x200A, GLYPH_SPACE, "SPACE OF ANOTHER WIDTH"},
	{0x200B, 0x200B, GLYPH_INVISIBLE, "ZERO WIDTH SPACE"},
	{0x200C, 0x200C, GLYPH_INVISIBLE, "ZERO WIDTH NON-JOINER"},
	{0x200D, 0x200D, GLYPH_INVISIBLE, "ZERO WIDTH JOINER"},
	{0x200E, 0x200E, GLYPH_BIDI, "LEFT-TO-RIGHT MARK"},
	{0x200F, 0x200F, GLYPH_BIDI, "RIGHT-TO-LEFT MARK"},
	{0x2028, 0x2028, GLYPH_SEPARATOR, "LINE SEPARATOR"},
	{0x2029, 0x2029, GLYPH_SEPARATOR, "PARAGRAPH SEPARATOR"},
	{0x202A, 0x202A, GLYPH_BIDI, "LEFT-TO-RIGHT EMBEDDING"},
	{0x202B, 0x202B, GLYPH_BIDI, "RIGHT-TO-LEFT EMBEDDING"},
	{0x202C, 0x202C, GLYPH_BIDI, "POP DIRECTIONAL FORMATTING"},
	{0x202D, 0x202D, GLYPH_BIDI, "LEFT-TO-RIGHT OVERRIDE"},
	{0x202E, 0x202E, GLYPH_BIDI, "RIGHT-TO-LEFT OVERRIDE"},
	{0x202F, 0x202F, GLYPH_SPACE, "NARROW NO-BREAK SPACE"},
	{0x205F, 0x205F, GLYPH_SPACE, "MEDIUM MATHEMATICAL SPACE"},
	{0x2060, 0x2060, GLYPH_INVISIBLE, "WORD JOINER"},
	{0x2061, 0x2061, GLYPH_INVISIBLE, "FUNCTION APPLICATION"},
	{0x2062, 0x2062, GLYPH_INVISIBLE, "INVISIBLE TIMES"},
	{0x2063, 0x2063, GLYPH_INVISIBLE, "INVISIBLE SEPARATOR"},
	{0x2064, 0x2064, GLYPH_INVISIBLE, "INVISIBLE PLUS"},
	{0x2065, 0x2065, GLYPH_INVISIBLE, "UNASSIGNED INVISIBLE CHARACTER"},
	{0x2066, 0x2066, GLYPH_BIDI, "LEFT-TO-RIGHT ISOLATE"},
	{0x2067, 0x2067, GLYPH_BIDI, "RIGHT-TO-LEFT ISOLATE"},
	{0x2068, 0x2068, GLYPH_BIDI, "FIRST STRONG ISOLATE"},
	{0x2069, 0x2069, GLYPH_BIDI, "POP DIRECTIONAL ISOLATE"},
	{0x206A, 0x206F, GLYPH_BIDI, "DEPRECATED FORMAT CHARACTER"},
	{0x2800, 0x2800, GLYPH_SPACE, "BRAILLE PATTERN BLANK"},
	{0x3000, 0x3000, GLYPH_SPACE, "IDEOGRAPHIC SPACE"},
	{0x3164, 0x3164, GLYPH_INVISIBLE, "HANGUL FILLER"},
	{0xE000, 0xF8FF, GLYPH_PRIVATE, "PRIVATE USE CHARACTER"},
	{0xFE00, 0xFE0F, GLYPH_SELECTOR, "VARIATION SELECTOR"},
	{0xFEFF, 0xFEFF, GLYPH_INVISIBLE, "ZERO WIDTH NO-BREAK SPACE"},
	{0xFFA0, 0xFFA0, GLYPH_INVISIBLE, "HALFWIDTH HANGUL FILLER"},
	{0xFFF0, 0xFFF8, GLYPH_INVISIBLE, "UNASSIGNED INVISIBLE CHARACTER"},
	{0xFFF9, 0xFFFB, GLYPH_INVISIBLE, "INTERLINEAR ANNOTATION CHARACTER"},
	{0xFFFC, 0xFFFC, GLYPH_PRIVATE, "OBJECT REPLACEMENT CHARACTER"},
	{0xFFFE, 0xFFFF, GLYPH_PRIVATE, "NONCHARACTER"},
	{0x1BCA0, 0x1BCA3, GLYPH_INVISIBLE, "SHORTHAND FORMAT CHARACTER"},
	{0x1D173, 0x1D17A, GLYPH_INVISIBLE, "MUSICAL FORMAT CHARACTER"},
	{0xE0000, 0xE00FF, GLYPH_TAG, "TAG CHARACTER"},
	{0xE0100, 0xE01EF, GLYPH_TAG, "VARIATION SELECTOR SUPPLEMENT"},
	{0xE01F0, 0xE0FFF, GLYPH_TAG, "UNASSIGNED INVISIBLE CHARACTER"},
	{0xF0000, 0x10FFFF, GLYPH_PRIVATE, "PRIVATE USE CHARACTER"},
};

static const struct {
	uint32_t from, to;
	enum glyph_script script;
} scripts[] = {
	{0x0041, 0x005A, SCRIPT_LATIN},
	{0x0061, 0x007A, SCRIPT_LATIN},
	{0x00AA, 0x00AA, SCRIPT_LATIN},
	{0x00BA, 0x00BA, SCRIPT_LATIN},
	{0x00C0, 0x00D6, SCRIPT_LATIN},
	{0x00D8, 0x00F6, SCRIPT_LATIN},
	{0x00F8, 0x02B8, SCRIPT_LATIN},
	{0x02E0, 0x02E4, SCRIPT_LATIN},
	{0x0370, 0x0373, SCRIPT_GREEK},
	{0x0376, 0x037D, SCRIPT_GREEK},
	{0x037F, 0x037F, SCRIPT_GREEK},
	{0x0386, 0x0386, SCRIPT_GREEK},
	{0x0388, 0x03E1, SCRIPT_GREEK},
	{0x03E2, 0x03EF, SCRIPT_COPTIC},
	{0x03F0, 0x03FF, SCRIPT_GREEK},
	{0x0400, 0x052F, SCRIPT_CYRILLIC},
	{0x0531, 0x0556, SCRIPT_ARMENIAN},
	{0x0560, 0x0588, SCRIPT_ARMENIAN},
	{0x13A0, 0x13FD, SCRIPT_CHEROKEE},
	{0x1C80, 0x1C88, SCRIPT_CYRILLIC},
	{0x1D00, 0x1D25, SCRIPT_LATIN},
	{0x1D26, 0x1D2A, SCRIPT_GREEK},
	{0x1D2B, 0x1D2B, SCRIPT_CYRILLIC},
	{0x1D2C, 0x1DBE, SCRIPT_LATIN},
	{0x1E00, 0x1EFF, SCRIPT_LATIN},
	{0x1F00, 0x1FFE, SCRIPT_GREEK},
	{0x2071, 0x2071, SCRIPT_STYLED},
	{0x207F, 0x207F, SCRIPT_STYLED},
	{0x2090, 0x209C, SCRIPT_STYLED},
	{0x2102, 0x2102, SCRIPT_STYLED},
	{0x210A, 0x2113, SCRIPT_STYLED},
	{0x2115, 0x2115, SCRIPT_STYLED},
	{0x2119, 0x211D, SCRIPT_STYLED},
	{0x2124, 0x2124, SCRIPT_STYLED},
	{0x2126, 0x2126, SCRIPT_GREEK},
	{0x2128, 0x2128, SCRIPT_STYLED},
	{0x212A, 0x212D, SCRIPT_STYLED},
	{0x212F, 0x2134, SCRIPT_STYLED},
	{0x2139, 0x2139, SCRIPT_STYLED},
	{0x2145, 0x2149, SCRIPT_STYLED},
	{0x2160, 0x2188, SCRIPT_STYLED},
	{0x24B6, 0x24E9, SCRIPT_STYLED},
	{0x2C60, 0x2C7F, SCRIPT_LATIN},
	{0x2C80, 0x2CFF, SCRIPT_COPTIC},
	{0x2DE0, 0x2DFF, SCRIPT_CYRILLIC},
	{0xA4D0, 0xA4FD, SCRIPT_LISU},
	{0xA640, 0xA69F, SCRIPT_CYRILLIC},
	{0xA722, 0xA7FF, SCRIPT_LATIN},
	{0xAB30, 0xAB64, SCRIPT_LATIN},
	{0xAB70, 0xABBF, SCRIPT_CHEROKEE},
	{0xFB00, 0xFB06, SCRIPT_STYLED},
	{0xFB13, 0xFB17, SCRIPT_ARMENIAN},
	{0xFF10, 0xFF19, SCRIPT_STYLED},
	{0xFF21, 0xFF3A, SCRIPT_STYLED},
	{0xFF41, 0xFF5A, SCRIPT_STYLED},
	{0x1D400, 0x1D7FF, SCRIPT_STYLED},
	{0x1F130, 0x1F149, SCRIPT_STYLED},
};

static const char *const script_names[] = {
	[SCRIPT_NONE] = "other", [SCRIPT_LATIN] = "Latin",
	[SCRIPT_GREEK] = "Greek", [SCRIPT_CYRILLIC] = "Cyrillic",
	[SCRIPT_ARMENIAN] = "Armenian", [SCRIPT_CHEROKEE] = "Cherokee",
	[SCRIPT_COPTIC] = "Coptic", [SCRIPT_LISU] = "Lisu",
	[SCRIPT_STYLED] = "styled Latin",
};

/* By code point.  What is an ASCII letter to the eye. */
static const struct {
	uint32_t cp;
	char looks;
} lookalikes[] = {
	{0x0131, 'i'}, {0x017F, 's'}, {0x0251, 'a'}, {0x0261, 'g'},
	{0x0269, 'i'}, {0x028B, 'v'}, {0x028F, 'y'}, {0x0391, 'a'},
	{0x0392, 'b'}, {0x0395, 'e'}, {0x0396, 'z'}, {0x0397, 'h'},
	{0x0399, 'i'}, {0x039A, 'k'}, {0x039C, 'm'}, {0x039D, 'n'},
	{0x039F, 'o'}, {0x03A1, 'p'}, {0x03A4, 't'}, {0x03A5, 'y'},
	{0x03A7, 'x'}, {0x03B1, 'a'}, {0x03B9, 'i'}, {0x03BA, 'k'},
	{0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C5, 'u'},
	{0x03F2, 'c'}, {0x03F3, 'j'}, {0x0405, 's'}, {0x0406, 'i'},
	{0x0408, 'j'}, {0x0410, 'a'}, {0x0412, 'b'}, {0x0415, 'e'},
	{0x041A, 'k'}, {0x041C, 'm'}, {0x041D, 'h'}, {0x041E, 'o'},
	{0x0420, 'p'}, {0x0421, 'c'}, {0x0422, 't'}, {0x0423, 'y'},
	{0x0425, 'x'}, {0x0430, 'a'}, {0x0435, 'e'}, {0x043A, 'k'},
	{0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'},
	{0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'},
	{0x0475, 'v'}, {0x04AE, 'y'}, {0x04AF, 'y'}, {0x04BB, 'h'},
	{0x04CF, 'l'}, {0x0501, 'd'}, {0x051B, 'q'}, {0x051D, 'w'},
	{0x0561, 'w'}, {0x0563, 'q'}, {0x0566, 'q'}, {0x0570, 'h'},
	{0x0578, 'n'}, {0x057D, 'u'}, {0x0581, 'g'}, {0x0585, 'o'},
	{0x13A0, 'd'}, {0x13A1, 'r'}, {0x13A2, 't'}, {0x13A5, 'i'},
	{0x13AA, 'a'}, {0x13AC, 'e'}, {0x13B3, 'w'}, {0x13B7, 'm'},
	{0x13BB, 'h'}, {0x13DA, 's'}, {0x13DE, 'l'}, {0x13E2, 'p'},
	{0x2C85, 'r'}, {0x2C9F, 'o'}, {0x2CA3, 'p'}, {0x2CA5, 'c'},
};
/* clang-format on */

/* U+00C0 … U+00FF without their accents; a space: nothing like it. */
static const char accented[] =
    "aaaaaa ceeeeiiii nooooo ouuuuy saaaaaa ceeeeiiii nooooo ouuuuy y";

const struct glyph *
glyph_find(uint32_t cp)
{
	size_t low = 0, high = NELEM(glyphs);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cp > glyphs[mid].to)
			low = mid + 1;
		else if (cp < glyphs[mid].from)
			high = mid;
		else
			return &glyphs[mid];
	}
	return NULL;
}

enum glyph_script
glyph_script(uint32_t cp)
{
	size_t low = 0, high = NELEM(scripts);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cp > scripts[mid].to)
			low = mid + 1;
		else if (cp < scripts[mid].from)
			high = mid;
		else
			return scripts[mid].script;
	}
	return SCRIPT_NONE;
}

const char *
glyph_script_name(enum glyph_script s)
{
	return script_names[s];
}

static bool
ascii_word(uint32_t cp)
{
	return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') ||
	    (cp >= '0' && cp <= '9') || cp == '_';
}

bool
glyph_in_word(uint32_t cp)
{
	if (cp < 0x80)
		return ascii_word(cp);
	return (cp >= 0x300 && cp <= 0x36F) || glyph_script(cp) != SCRIPT_NONE;
}

static char
lookalike(uint32_t cp)
{
	size_t low = 0, high = NELEM(lookalikes);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cp > lookalikes[mid].cp)
			low = mid + 1;
		else if (cp < lookalikes[mid].cp)
			high = mid;
		else
			return lookalikes[mid].looks;
	}
	return 0;
}

char
glyph_fold(uint32_t cp)
{
	if (cp < 0x80) {
		if (cp >= 'A' && cp <= 'Z')
			return (char)(cp - 'A' + 'a');
		if (!ascii_word(cp) || cp == '_')
			return 0;
		return (char)cp;
	}
	if (cp >= 0xC0 && cp <= 0xFF && accented[cp - 0xC0] != ' ')
		return accented[cp - 0xC0];
	/* Mathematical alphabets: 26 capitals, 26 small letters, again. */
	if (cp >= 0x1D400 && cp <= 0x1D6A3)
		return (char)('a' + (cp - 0x1D400) % 26);
	if (cp >= 0x1D7CE && cp <= 0x1D7FF)
		return (char)('0' + (cp - 0x1D7CE) % 10);
	if (cp >= 0xFF10 && cp <= 0xFF19)
		return (char)('0' + (cp - 0xFF10));
	if (cp >= 0xFF21 && cp <= 0xFF3A)
		return (char)('a' + (cp - 0xFF21));
	if (cp >= 0xFF41 && cp <= 0xFF5A)
		return (char)('a' + (cp - 0xFF41));
	if (cp >= 0x24B6 && cp <= 0x24E9)
		return (char)('a' + (cp - 0x24B6) % 26);
	if (cp >= 0x1F130 && cp <= 0x1F149)
		return (char)('a' + (cp - 0x1F130));
	return lookalike(cp);
}
