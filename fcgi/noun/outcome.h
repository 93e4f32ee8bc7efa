/*
 * outcome.h: what a finished run means.
 */
#ifndef MCPBOX_OUTCOME_H
#define MCPBOX_OUTCOME_H

#include <jansson.h>

#include "arena.h"
#include "noun/redact.h"
#include "out/run.h"
#include "str.h"

struct questions;

struct outcome {
	enum box_outcome code; /* RESULT: value and json are set */
	struct str text;  /* for the model: the result, or what went wrong */
	struct str json;  /* the result as the tool wrote it */
	json_t *value;    /* the same, parsed; borrowed from the arena */
	json_t *whole;    /* all that came, parsed, whatever it is */
	json_t *content;  /* blocks that the tool made, or NULL; then value is
			   * its structuredContent (NULL: none), and with
			   * BOX_OUTCOME_ERROR the tool called it an error */
	const char *rule; /* of the language policy that was broken, or NULL */
	json_t *http; /* the answer that the tool took for an error, or NULL:
		       * {status, url, headers, body} */
	struct str printed; /* what the tool printed, with a note if cut */
	json_t *requests;   /* outbound ones, an array of records; or NULL */
	int64_t nrequests;  /* as many there were, told or not */
	int retry_after;    /* seconds; 0: repeating it has no date */
	int rpc_code; /* of BOX_OUTCOME_ERROR: the tool fails the call itself
		       * (mcp.ProtocolError) with rpc_text; else 0 */
	struct str rpc_text;
	const struct questions *asked; /* noun/question.h; NULL: none */
	const struct box_exit *exit;   /* time and memory; the run's own */
};

/*
 * Reads the run.  The secrets that `r` knows (NULL: none) are in nothing that
 * comes out.  A result that is no JSON (BOX_OUTCOME_OUTPUT) is no result, nor
 * is one that does not fit `output_schema` (BOX_OUTCOME_ERROR; NULL: none).
 * It is compared with the schema as the client would see it: without secrets.
 */
void outcome_read(struct arena *a, const struct run *run,
    const json_t *output_schema, const struct redact *r, struct outcome *out);

/* s as valid UTF-8 without NUL, which is what JSON and PostgreSQL can hold;
 * anything else becomes U+FFFD. */
struct str outcome_clean(struct arena *a, struct str s);

/* For BUSY and RATE: whole seconds until another try makes sense, at least
 * one; 0 for all else. */
int outcome_retry(const struct box_exit *e);
/* Why a run was refused (BUSY, RATE) and when to try again, in a sentence. */
const char *outcome_refusal(struct arena *a, const struct box_exit *e);

#endif
