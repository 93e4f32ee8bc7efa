/*
 * kind_call.h: the run behind resources/read, prompts/get and
 * completion/complete.
 *
 * These have no isError: what goes wrong in the code is a JSON-RPC error, with
 * the reason in one word as data.reason.
 *
 *	kind_call_begin(m, c, arguments, resume)  -> STEP_PARK
 *	resume:	if (!kind_call_end(m, c, &value, &step))
 *			return step;
 *
 * Resources and prompts may ask their client (turn.h); completion may not.
 */
#ifndef MCPBOX_KIND_CALL_H
#define MCPBOX_KIND_CALL_H

#include <jansson.h>

#include "mcp/message.h"
#include "noun/run.h"

struct kind_call {
	struct run_call run; /* run.tool is what the method has found */
	const char *uri;     /* that is read, for the errors; or NULL */
};

/*
 * Starts the run of c->run.tool, which is callable.  The answer is written if
 * it cannot be begun (STEP_DONE).
 */
enum step kind_call_begin(struct message *m, struct kind_call *c,
    enum box_entry entry, const json_t *arguments, message_fn *resume);

/* What the function returned, recorded.  False when there is nothing to do but
 * return *step_out: an answer was written, or it goes on. */
bool kind_call_end(struct message *m, struct kind_call *c, json_t **value_out,
    enum step *step_out);

/* The result is not what such code may return; always STEP_DONE. */
enum step kind_call_odd(
    struct message *m, const struct kind_call *c, const char *why);

/* {"reason": …, "uri": …}; either may be NULL. */
json_t *kind_call_data(struct message *m, const char *reason, const char *uri);

/* An author's schema, as it is stored: FAIL_INTERNAL if it is not JSON. */
enum fail_code kind_call_schema(
    struct ctx *ctx, const struct run_tool *t, json_t **out) ATTR_NODISCARD;

/* The prompt of this full name; false after an answer was written. */
bool kind_call_prompt(struct message *m, const char *name, struct kind_call *c);

#endif
