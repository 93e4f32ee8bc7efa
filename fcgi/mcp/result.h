/*
 * result.h: results of tools/call.
 *
 * What goes wrong inside a tool, or with its arguments, is a result with
 * isError and a text that a model can act upon; the reason in one word is
 * beside it, in _meta "mcpbox/reason".
 */
#ifndef MCPBOX_RESULT_H
#define MCPBOX_RESULT_H

#include <jansson.h>

#include "attr.h"
#include "mcp/message.h"

#define RESULT_META_REASON                                                     \
	"mcpbox/reason"                      /* a slug of fail.def, or a state \
					      */
#define RESULT_META_OUTCOME "mcpbox/outcome" /* a name of lib/box.h */
#define RESULT_META_OUTPUT "mcpbox/output"   /* what the tool printed */
#define RESULT_META_RETRY "mcpbox/retry_after" /* seconds, after a refusal */

/*
 * `text` as the one content block; `structured` (JSON text, p == NULL: none)
 * as structuredContent, when the revision has that.
 */
enum step result_text(
    struct message *m, struct str text, struct str structured, bool is_error);

/*
 * The same with the blocks that the tool made; of those that the revision does
 * not know the address is told.
 */
enum step result_content(struct message *m, const json_t *blocks,
    struct str structured, bool is_error);

/* One block, as far as the revision knows it, to m->out. */
void result_block(struct message *m, const json_t *block);

/* An error that we explain ourselves. */
enum step result_error(struct message *m, const char *reason, const char *fmt,
    ...) ATTR_PRINTF(3, 4);

/*
 * From x->ctx.fail: its message, then a line for each field.  INTERNAL, of
 * which a model can make nothing, is a JSON-RPC error.
 */
enum step result_fail(struct message *m);

/* "The arguments do not fit:\n- /a: is required": a failure's fields. */
const char *result_fields(
    struct arena *a, const char *lead, const struct fail *f);

#endif
