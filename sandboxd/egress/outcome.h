/*
 * outcome.h: how a request ended, with a sentence for the tool's author.
 */
#ifndef MCPBOX_EGRESS_OUTCOME_H
#define MCPBOX_EGRESS_OUTCOME_H

#include <stdbool.h>

#include "attr.h"
#include "fetch.h"

#define OUTCOME_TEXT_MAX 1024

struct outcome {
	enum fetch_end end;
	char text[OUTCOME_TEXT_MAX]; /* UTF-8, one line; empty when OK */
};

/*
 * Sets both; what does not fit or is not printable is cut or replaced.
 * Always false, so that a check may end with `return outcome(...)`.
 */
bool outcome(struct outcome *o, enum fetch_end end, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* It was a rule that ended the request, not the network. */
bool outcome_refused(enum fetch_end end);

#endif
