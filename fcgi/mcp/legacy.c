/*
 * legacy.c: what only legacy clients send.
 */
#include "mcp/legacy.h"

#include <string.h>

#include "json.h"
#include "mcp/answer.h"
#include "mcp/method.h"
#include "mcp/notes.h"
#include "noun/mcpstream.h"

/* --- notifications and responses ------------------------------------------ */

static enum fail_code
cancelled(struct message *m)
{
	const json_t *id = json_object_get(m->rpc.params, "requestId");

	if (!json_is_string(id) && !json_is_integer(id))
		return FAIL_NONE;
	return mcpsession_cancel(
	    &m->x->ctx, m->session->id, json_text(m->x->ctx.arena, id));
}

/* Only what belongs to it: {"result": …} or {"error": …}. */
static enum fail_code
answered(struct message *m)
{
	const json_t *id = m->rpc.id;
	json_t *kept = json_keep(m->x->ctx.arena, json_obj());
	const char *which = json_object_get(m->rpc.whole, "result") != NULL
	    ? "result"
	    : "error";

	if (!json_is_string(id)) /* ours are strings */
		return FAIL_NONE;
	json_put(
	    kept, which, json_incref(json_object_get(m->rpc.whole, which)));
	return mcpstream_answer(&m->x->ctx, m->session->id,
	    (struct str){json_string_value(id), json_string_length(id)}, kept);
}

enum fail_code
legacy_take(struct message *m)
{
	if (m->session == NULL)
		return FAIL_NONE;
	if (m->rpc.kind == RPC_RESPONSE)
		return answered(m);
	if (strcmp(m->rpc.method, "notifications/cancelled") == 0)
		return cancelled(m);
	return FAIL_NONE;
}

/* --- methods -------------------------------------------------------------- */

enum step
set_level_run(struct message *m)
{
	const char *level = json_get_str(m->rpc.params, "level");

	if (notes_level(level) < 0)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.level must be one of debug, info, notice, "
		    "warning, error, critical, alert, emergency.");
	if (m->session == NULL)
		return answer_error(m, 200, RPC_INVALID_REQUEST, NULL,
		    "A level is kept in a session: send initialize, and then "
		    "the Mcp-Session-Id of its answer.");
	if (mcpsession_level(&m->x->ctx, m->session->id, level) != FAIL_NONE)
		return answer_fail(m);
	answer_open(m);
	return answer_close(m);
}
