/*
 * ecmare.h: regular expressions of JSON Schema.
 *
 * "pattern" is written in the language of ECMA-262 (with its `u` flag).
 * Here are those of its expressions that a finite automaton can match:
 * classes, \d \w \s and their negations, groups, alternatives, repeats (lazy
 * ones too: whether it matches is the same), anchors, \b \B, and the escapes
 * \n \t \v \f \r \0 \cX \xHH \uHHHH \u{H…}.  Look-around, back-references and
 * \p are not tried: the answer is then UNKNOWN, which callers take as "no
 * objection".
 *
 * All states are followed at once, character by character: the time is at
 * most the length of the text times the size of the program, whatever the
 * pattern is.  (regexec(3) is quadratic: 24 s for (a|aa)+c on 64 KiB.)
 * Matching is unanchored, by characters of UTF-8.
 */
#ifndef MCPBOX_ECMARE_H
#define MCPBOX_ECMARE_H

#include <stddef.h>

#include "str.h"

#define ECMARE_PATTERN_MAX 1024 /* bytes; longer is UNKNOWN */
#define ECMARE_GROUPS_MAX 64    /* one inside the other */
#define ECMARE_REPEAT_MAX 1000  /* {n,m} */
#define ECMARE_PROGRAM_MAX 4096 /* instructions, repeats written out */

enum ecmare { ECMARE_NO, ECMARE_YES, ECMARE_UNKNOWN };

/*
 * Takes at most *steps steps and subtracts those taken; UNKNOWN, with *steps
 * 0, when they do not suffice.
 */
enum ecmare ecmare_match(const char *pattern, struct str text, size_t *steps);

#endif
