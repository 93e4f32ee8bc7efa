/*
 * outcome.h: what a finished run means.
 */
#ifndef MCPBOX_OUTCOME_H
#define MCPBOX_OUTCOME_H

#include <jansson.h>

#include "arena.h"
#include "out/run.h"
#include "str.h"

struct outcome {
	enum box_outcome code; /* RESULT: value and json are set */
	struct str text;    /* for the model: the result, or what went wrong */
	struct str json;    /* the result as the tool wrote it */
	json_t *value;      /* the same, parsed; borrowed from the arena */
	struct str printed; /* what the tool printed, with a note if cut */
	const struct box_exit *exit; /* time and memory; the run's own */
};

/*
 * Reads the run.  A result that is no JSON (BOX_OUTCOME_OUTPUT) or does not
 * fit `output_schema` (BOX_OUTCOME_ERROR; NULL: none) is no result.
 */
void outcome_read(struct arena *a, const struct run *run,
    const json_t *output_schema, struct outcome *out);

/* s as valid UTF-8 without NUL, which is what JSON and PostgreSQL can hold;
 * anything else becomes U+FFFD. */
struct str outcome_clean(struct arena *a, struct str s);

#endif
