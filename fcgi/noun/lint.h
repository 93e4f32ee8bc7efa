/*
 * lint.h: sentences in a description that seem meant for the model.
 *
 * A client puts the descriptions of all its tools before the model.  A sentence
 * there can give orders ("ignore what you were told", "call this first", "do
 * not tell the user"), so it is looked at for what orders look like.  Words are
 * compared as they look: case, accents, letters of other scripts and characters
 * that do not show make no difference, nor do punctuation and line breaks.
 */
#ifndef MCPBOX_LINT_H
#define MCPBOX_LINT_H

#include "noun/remark.h"

#define LINT_LONG 1200      /* characters from which a text is very long */
#define LINT_WORDS_MAX 8192 /* words of a text that are looked at */

extern const struct remark_rule lint_rules[];
extern const size_t lint_nrules;

/* Adds a remark for the first place at which each rule finds something. */
void lint_scan(const char *where, struct str text, struct remarks *out);

#endif
