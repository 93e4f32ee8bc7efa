/*
 * outcome_error.h: what a tool raised, for its author and for who called it.
 *
 * The child says {type, message, line?, rule?, http?, rpc?}.  All of it is a
 * claim: what has another form is left out, and secrets are taken out of the
 * rest.
 */
#ifndef MCPBOX_OUTCOME_ERROR_H
#define MCPBOX_OUTCOME_ERROR_H

#include <jansson.h>

#include "arena.h"
#include "noun/redact.h"
#include "out/run.h"
#include "str.h"

#define OUTCOME_BODY_MAX 500 /* characters of an answer's body */

struct outcome_error {
	struct str text;  /* "ValueError: no rows (line 12)", and for an HTTP
			   * error what the server said, in lines below it */
	const char *rule; /* of the language policy, which refused; or NULL */
	json_t *http;     /* {status, url, headers, body} of the answer that the
			   * tool took for an error; or NULL.  Borrowed. */
	int rpc_code;     /* not 0: it fails the call itself */
	struct str rpc_text;
};

/* `r` NULL: no secrets. */
void outcome_error_read(struct arena *a, const struct run *run,
    const struct redact *r, struct outcome_error *out);

#endif
