/*
 * task.c: tasks as a client sees them: tasks/get, tasks/update, tasks/cancel.
 */
#include "mcp/task.h"

#include <string.h>

#include "json.h"
#include "mcp/answer.h"
#include "mcp/method.h"
#include "noun/question.h"

bool
task_declared(const struct message *m)
{
	const json_t *caps = json_get_obj(
	    json_get_obj(m->rpc.params, "_meta"), ERA_META_CAPABILITIES);

	return m->era->modern &&
	    json_get_obj(json_get_obj(caps, "extensions"), TASK_EXTENSION) !=
	    NULL;
}

enum step
task_refuse(struct message *m, const char *text)
{
	json_t *data = json_keep(m->x->ctx.arena, json_obj());
	json_t *required = json_obj(), *extensions = json_obj();

	json_put(extensions, TASK_EXTENSION, json_obj());
	json_put(required, "extensions", extensions);
	json_put(data, "requiredCapabilities", required);
	return answer_error(m, 400, RPC_MISSING_CAPABILITY, data, "%s", text);
}

/* --- writing -------------------------------------------------------------- */

static void
put_str(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, str_from(value));
}

void
task_put(struct buf *b, struct str id, const struct mcptask *t)
{
	buf_puts(b, "\"taskId\":");
	buf_json(b, id);
	put_str(b, "status", t->status);
	if (t->status_message != NULL)
		put_str(b, "statusMessage", t->status_message);
	put_str(b, "createdAt", t->created_at);
	put_str(b, "lastUpdatedAt", t->updated_at);
	buf_printf(b, ",\"ttlMs\":%lld,\"pollIntervalMs\":%lld",
	    (long long)t->ttl_ms, (long long)t->poll_ms);
}

void
task_put_all(struct buf *b, struct str id, const struct mcptask *t)
{
	task_put(b, id, t);
	if (t->requests != NULL) {
		buf_puts(b, ",\"inputRequests\":");
		json_append(b, t->requests);
	}
	if (t->result != NULL)
		buf_printf(b, ",\"result\":%s", t->result);
	if (t->error != NULL)
		buf_printf(b, ",\"error\":%s", t->error);
}

/* --- methods -------------------------------------------------------------- */

/* What every method needs; false after the answer has been written. */
static bool
begin(struct message *m, struct str *id)
{
	const char *text = json_get_str(m->rpc.params, "taskId");

	if (!task_declared(m)) {
		(void)task_refuse(m,
		    "This method needs the client's capability " TASK_EXTENSION
		    ".");
		return false;
	}
	if (ctx_require(&m->x->ctx, PERM_CALL) != FAIL_NONE) {
		(void)answer_fail(m);
		return false;
	}
	if (text == NULL) {
		(void)answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.taskId must be a string.");
		return false;
	}
	*id = str_from(text);
	return true;
}

/* The same words for what never was, was somebody else's, and is gone. */
static enum step
fail_task(struct message *m)
{
	if (m->x->ctx.fail.code != FAIL_NOT_FOUND)
		return answer_fail(m);
	return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
	    "There is no such task, or none any more.");
}

static enum step
acknowledge(struct message *m)
{
	answer_open(m);
	return answer_close(m);
}

enum step
get_task_run(struct message *m)
{
	struct mcptask t;
	struct str id;

	if (!begin(m, &id))
		return STEP_DONE;
	if (mcptask_find(&m->x->ctx, id, &t) != FAIL_NONE)
		return fail_task(m);
	answer_open(m);
	buf_putc(m->out, ',');
	task_put_all(m->out, id, &t);
	return answer_close(m);
}

/* Why one of them is no answer to what is asked; NULL: they are. */
static const char *
misfit(struct arena *a, const json_t *requests, const json_t *responses)
{
	const char *key;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)requests, key, one)
	{
		const json_t *answer = json_object_get(responses, key);
		const struct question q = {
		    .key = key,
		    .method = json_get_str(one, "method"),
		    .params = json_get_obj(one, "params"),
		};
		const char *why =
		    answer != NULL ? question_misfit(a, &q, answer) : NULL;

		if (why != NULL)
			return arena_printf(
			    a, "inputResponses/%s: %s.", key, why);
	}
	return NULL;
}

enum step
update_task_run(struct message *m)
{
	const json_t *responses = json_object_get(
	    m->rpc.params, "inputResponses");
	struct mcptask t;
	const char *why;
	struct str id;

	if (!begin(m, &id))
		return STEP_DONE;
	if (!json_is_object(responses))
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.inputResponses must be an object.");
	if (mcptask_find(&m->x->ctx, id, &t) != FAIL_NONE)
		return fail_task(m);
	why = misfit(m->x->ctx.arena, t.requests, responses);
	if (why != NULL)
		return answer_error(
		    m, 200, RPC_INVALID_PARAMS, NULL, "%s", why);
	if (mcptask_update(&m->x->ctx, id, responses) != FAIL_NONE)
		return fail_task(m);
	return acknowledge(m);
}

enum step
cancel_task_run(struct message *m)
{
	struct str id;

	if (!begin(m, &id))
		return STEP_DONE;
	if (mcptask_cancel(&m->x->ctx, id) != FAIL_NONE)
		return fail_task(m);
	return acknowledge(m);
}
