/*
 * ecmare.h: regular expressions of JSON Schema, on POSIX ones.
 *
 * "pattern" is written in ECMA-262's language.  What both languages share is
 * translated (classes, \d \w \s, groups, alternatives, counted repeats,
 * anchors); what POSIX cannot say (look-around, back-references, lazy
 * repeats, \b, \p) is not tried: the answer is then UNKNOWN, which callers
 * take as "no objection".  Matching is unanchored, by characters of UTF-8.
 * Behind the text, in it or at its end, there must be a NUL somewhere.
 */
#ifndef MCPBOX_ECMARE_H
#define MCPBOX_ECMARE_H

#include <stdbool.h>

#include "buf.h"
#include "str.h"

#define ECMARE_PATTERN_MAX 512 /* bytes; longer is UNKNOWN */
#define ECMARE_REPEAT_MAX 256  /* {n,m}, also multiplied when nested */
#define ECMARE_TEXT_MAX 65536  /* bytes looked at; longer is UNKNOWN */

enum ecmare { ECMARE_NO, ECMARE_YES, ECMARE_UNKNOWN };

enum ecmare ecmare_match(const char *pattern, struct str text);

/* The POSIX extended form, appended to out; false where there is none. */
bool ecmare_translate(const char *pattern, struct buf *out) ATTR_NODISCARD;

#endif
