/*
 * glyph.h: what is odd about a character: that it does not show, turns the
 * text around it, or looks like another one.
 *
 * The tables follow Unicode 15.1: General_Category Cc, Cf, Co, Zs and
 * Default_Ignorable_Code_Point for what does not show, Scripts.txt for scripts,
 * and the part of confusables.txt (UTS 39) that looks like Latin letters.
 */
#ifndef MCPBOX_GLYPH_H
#define MCPBOX_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a character is told about; each is a rule of noun/hidden. */
enum glyph_class {
	GLYPH_PLAIN,
	GLYPH_BIDI,      /* changes the order in which text is shown */
	GLYPH_INVISIBLE, /* takes no room */
	GLYPH_TAG,       /* invisible copies of ASCII: a hidden message */
	GLYPH_CONTROL,
	GLYPH_SEPARATOR, /* a line break that editors do not all show */
	GLYPH_SPACE,     /* looks like a space and is none */
	GLYPH_SELECTOR,  /* changes how the character before it looks */
	GLYPH_PRIVATE    /* means what a font says */
};

struct glyph {
	uint32_t from, to;
	enum glyph_class class;
	const char *name; /* of the one character, or of the whole row */
};

enum glyph_script {
	SCRIPT_NONE, /* no letter, or one that is not told apart here */
	SCRIPT_LATIN,
	SCRIPT_GREEK,
	SCRIPT_CYRILLIC,
	SCRIPT_ARMENIAN,
	SCRIPT_CHEROKEE,
	SCRIPT_COPTIC,
	SCRIPT_LISU,
	/* Other shapes of Latin letters, which Python reads as those
	 * (NFKC, PEP 3131). */
	SCRIPT_STYLED
};

/* NULL when there is nothing to say about it. */
const struct glyph *glyph_find(uint32_t cp);
enum glyph_script glyph_script(uint32_t cp);
const char *glyph_script_name(enum glyph_script s);
/* Is it part of a word (letters, digits, "_", marks on letters)? */
bool glyph_in_word(uint32_t cp);
/* The lower-case ASCII letter or digit that it is or looks like; 0: none. */
char glyph_fold(uint32_t cp);

#endif
