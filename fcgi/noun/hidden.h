/*
 * hidden.h: characters that do not show, or look like others.
 *
 * What a person reads must be what a machine reads.  Bidirectional controls
 * turn code around on the screen (CVE-2021-42574), zero-width characters and
 * tags hide words in a description that a model reads, and letters of another
 * script make two names that look the same (UTS 39).
 */
#ifndef MCPBOX_HIDDEN_H
#define MCPBOX_HIDDEN_H

#include "noun/remark.h"

extern const struct remark_rule hidden_rules[];
extern const size_t hidden_nrules;

/*
 * Adds a remark for each place in the text, which is called `where`.  A run of
 * the same character on one line is one remark.
 */
void hidden_scan(const char *where, struct str text, struct remarks *out);

#endif
