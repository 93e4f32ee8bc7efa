/*
 * mcptask.c: tasks of MCP clients, as rows.
 */
#include "noun/mcptask.h"

#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/tx.h"
#include "settings.h"

struct verdict {
	bool yes;
};

struct created {
	int64_t number;
	bool is_live; /* no room: for one more under way */
	int64_t retry_s;
	const char *created_at;
};

struct taken {
	json_t *answers;
};

/* clang-format off */
const struct field mcptask_fields[] = {
	FIELD_INT(struct mcptask, number, .doc = "Of the row."),
	FIELD_STR(struct mcptask, tool_name, .doc = "What runs."),
	FIELD_STR(struct mcptask, status, .doc = "How it stands."),
	FIELD_STR(struct mcptask, status_message, .flags = FIELD_NULLABLE,
	    .doc = "The same for people."),
	FIELD_JSON(struct mcptask, requests, .flags = FIELD_NULLABLE,
	    .doc = "What is asked."),
	FIELD_STR(struct mcptask, result, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STR(struct mcptask, error, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_INT(struct mcptask, poll_ms, .doc = "When to ask again."),
	FIELD_INT(struct mcptask, ttl_ms, .doc = "How long it is kept."),
	FIELD_TIME(struct mcptask, created_at, .doc = "When it began."),
	FIELD_TIME(struct mcptask, updated_at, .doc = "When it changed."),
	FIELD_BOOL(struct mcptask, lost, .doc = "Is its worker gone?"),
	FIELD_END
};

static const struct field verdict_fields[] = {
	FIELD_BOOL(struct verdict, yes, .doc = "Was it done?"),
	FIELD_END
};

static const struct field created_fields[] = {
	FIELD_INT(struct created, number, .doc = "Of the row."),
	FIELD_BOOL(struct created, is_live, .doc = "Too many under way?"),
	FIELD_INT(struct created, retry_s, .doc = "When to try again."),
	FIELD_TIME(struct created, created_at, .doc = "Now."),
	FIELD_END
};

static const struct field place_fields[] = {
	FIELD_INT(struct mcptask_place, place, .doc = "In the question."),
	FIELD_INT(struct mcptask_place, number, .doc = "Of the row."),
	FIELD_END
};

static const struct field taken_fields[] = {
	FIELD_JSON(struct taken, answers, .doc = "By key."),
	FIELD_END
};

static const struct field alive_fields[] = {
	FIELD_INT(struct mcptask_alive, number, .doc = "Of the row."),
	FIELD_BOOL(struct mcptask_alive, answered, .doc = "Answers to take?"),
	FIELD_END
};
/* clang-format on */

struct hash {
	uint8_t b[CRYPT_SHA256_LEN];
};

static struct str
hash_id(struct str id, struct hash *h)
{
	crypt_sha256(id, h->b);
	return (struct str){(const char *)h->b, sizeof(h->b)};
}

/* What cannot be an id is not worth a question. */
static enum fail_code
check_id(struct ctx *ctx, struct str id)
{
	if (id.n == RND_TOKEN_MAX - 1)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
}

/* "{1,2}" */
static struct str
number_list(struct arena *a, const int64_t *v, size_t n)
{
	struct str text;
	struct buf b;

	buf_init(&b, 32 * n + 3);
	buf_putc(&b, '{');
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%lld", i > 0 ? "," : "", (long long)v[i]);
	buf_putc(&b, '}');
	text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

/* --- for its client ------------------------------------------------------- */

static enum fail_code
no_room(struct ctx *ctx, const struct created *row)
{
	const struct settings *s = ctx->settings;

	ctx->fail.retry_after = (int)row->retry_s;
	if (row->is_live)
		return fail(&ctx->fail, FAIL_RATE,
		    "%lld tasks of this client are under way, and it may not "
		    "have more. Wait until one is over, or end one by "
		    "tasks/cancel.",
		    (long long)s->tasks_live);
	return fail(&ctx->fail, FAIL_RATE,
	    "%lld tasks of this client are kept, and it may not have more. The "
	    "oldest goes in %lld s.",
	    (long long)s->tasks_kept, (long long)row->retry_s);
}

enum fail_code
mcptask_create(struct ctx *ctx, const struct run_tool *tool, const char *worker,
    char id_out[RND_TOKEN_MAX], struct mcptask *out)
{
	const struct settings *s = ctx->settings;
	struct created row;
	enum fail_code rc;
	struct hash h;

	rnd_token(id_out);
	rc = db_one(ctx, Q_mcptask_create,
	    DB_ARGS(DB_BYTES(hash_id(str_from(id_out), &h)),
		DB_CSTR(ctx->caller.id), DB_CSTR(ctx_actor(ctx)),
		DB_CSTR(ctx->request_id), DB_CSTR(tool->tool_id),
		DB_CSTR(tool->server_id), DB_CSTR(tool->full_name),
		DB_INT(tool->version), DB_CSTR(tool->digest),
		DB_INT(s->task_poll_ms), DB_INT(s->task_ttl_ms),
		DB_CSTR(worker), DB_INT(s->tasks_live), DB_INT(s->tasks_kept)),
	    created_fields, &row);
	if (rc != FAIL_NONE)
		return rc;
	if (row.number == 0)
		return no_room(ctx, &row);
	*out = (struct mcptask){
	    .number = row.number,
	    .tool_name = tool->full_name,
	    .status = "working",
	    .poll_ms = s->task_poll_ms,
	    .ttl_ms = s->task_ttl_ms,
	    .created_at = row.created_at,
	    .updated_at = row.created_at,
	};
	return FAIL_NONE;
}

enum fail_code
mcptask_find(struct ctx *ctx, struct str id, struct mcptask *out)
{
	enum fail_code rc = check_id(ctx, id);
	struct hash h;

	if (rc != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_mcptask_find,
	    DB_ARGS(DB_BYTES(hash_id(id, &h)), DB_CSTR(ctx->caller.id)),
	    mcptask_fields, out);
	if (rc != FAIL_NONE || !out->lost)
		return rc;
	/* Who looks first says so, and nobody waits for the jobs. */
	rc = db_run(
	    ctx, Q_mcptask_fail_lost, DB_ARGS(DB_INT(out->number)), NULL);
	if (rc != FAIL_NONE)
		return rc;
	return db_one(ctx, Q_mcptask_find,
	    DB_ARGS(DB_BYTES(hash_id(id, &h)), DB_CSTR(ctx->caller.id)),
	    mcptask_fields, out);
}

enum fail_code
mcptask_update(struct ctx *ctx, struct str id, const json_t *responses)
{
	struct verdict row = {.yes = false};
	enum fail_code rc = check_id(ctx, id);
	struct hash h;

	if (rc != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_mcptask_update,
	    DB_ARGS(DB_BYTES(hash_id(id, &h)), DB_CSTR(ctx->caller.id),
		DB_JSON(responses)),
	    verdict_fields, &row);
	if (rc != FAIL_NONE || row.yes)
		return rc;
	return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
}

enum fail_code
mcptask_cancel(struct ctx *ctx, struct str id)
{
	struct verdict row = {.yes = false};
	enum fail_code rc = check_id(ctx, id);
	struct hash h;

	if (rc != FAIL_NONE)
		return rc;
	return db_one(ctx, Q_mcptask_cancel,
	    DB_ARGS(DB_BYTES(hash_id(id, &h)), DB_CSTR(ctx->caller.id),
		DB_CSTR("The client cancelled it.")),
	    verdict_fields, &row);
}

enum fail_code
mcptask_watched(struct ctx *ctx, struct strs ids, struct list *out)
{
	struct strs hashes = {.given = true, .n = ids.n};
	struct arena *a = ctx->arena;
	struct hash h;

	hashes.v = arena_zalloc(a, ids.n, sizeof(*hashes.v));
	for (size_t i = 0; i < ids.n; i++) {
		char *hex = arena_alloc(a, 2 * sizeof(h.b) + 1);

		(void)hash_id(ids.v[i], &h);
		str_hex(h.b, sizeof(h.b), hex);
		hashes.v[i] = str_from(hex);
	}
	return db_all(ctx, Q_mcptask_watched,
	    DB_ARGS(DB_STRS(hashes), DB_CSTR(ctx->caller.id)), place_fields,
	    sizeof(struct mcptask_place), out);
}

enum fail_code
mcptask_read(
    struct ctx *ctx, const int64_t *numbers, size_t n, struct list *out)
{
	return db_all(ctx, Q_mcptask_read,
	    DB_ARGS(DB_STR(number_list(ctx->arena, numbers, n))),
	    mcptask_fields, sizeof(struct mcptask), out);
}

/* --- for the worker that holds it ----------------------------------------- */

enum fail_code
mcptask_ask(
    struct ctx *ctx, const struct mcptask_hold *hold, const json_t *requests)
{
	struct verdict row = {.yes = false};
	enum fail_code rc = db_one(ctx, Q_mcptask_ask,
	    DB_ARGS(
		DB_INT(hold->number), DB_CSTR(hold->worker), DB_JSON(requests)),
	    verdict_fields, &row);

	if (rc != FAIL_NONE || row.yes)
		return rc;
	return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
}

enum fail_code
mcptask_take(struct ctx *ctx, const struct mcptask_hold *hold, json_t **out)
{
	struct taken row = {.answers = NULL};
	enum fail_code rc = db_one(ctx, Q_mcptask_take,
	    DB_ARGS(DB_INT(hold->number), DB_CSTR(hold->worker)), taken_fields,
	    &row);

	*out = row.answers;
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	return FAIL_NONE;
}

static enum fail_code
finish(struct ctx *ctx, const struct mcptask_hold *hold,
    const struct mcptask_end *end, bool *over_out)
{
	struct verdict row = {.yes = false};
	struct str message = str_utf8_cut(
	    str_from(end->message), MCPTASK_MESSAGE_MAX);
	enum fail_code rc = db_one(ctx, Q_mcptask_finish,
	    DB_ARGS(DB_INT(hold->number), DB_CSTR(hold->worker),
		DB_CSTR(end->status), DB_STR(message), DB_STR(end->result),
		DB_STR(end->error)),
	    verdict_fields, &row);

	*over_out = !row.yes;
	return rc;
}

static enum fail_code
settle(struct ctx *ctx, const struct mcptask_hold *hold,
    const struct run_call *call, const struct run *run,
    const json_t *output_schema, mcptask_end_fn *fn, void *user, bool *over_out)
{
	struct mcptask_end end = {.status = "failed"};
	struct outcome o;
	enum fail_code rc = run_end(ctx, call, run, output_schema, &o);

	if (rc != FAIL_NONE)
		return rc;
	fn(user, &o, &end);
	return finish(ctx, hold, &end, over_out);
}

enum fail_code
mcptask_settle(struct ctx *ctx, const struct mcptask_hold *hold,
    const struct run_call *call, const struct run *run,
    const json_t *output_schema, mcptask_end_fn *fn, void *user, bool *over_out)
{
	enum fail_code rc = db_begin(ctx);

	*over_out = false;
	if (rc != FAIL_NONE)
		return rc;
	return tx_end(ctx,
	    settle(ctx, hold, call, run, output_schema, fn, user, over_out));
}

enum fail_code
mcptask_withhold(
    struct ctx *ctx, const struct mcptask_hold *hold, bool *over_out)
{
	const struct mcptask_end end = {
	    .status = "failed",
	    .message = "The record of the run could not be saved.",
	    .error = STR_LIT("{\"code\":-32603,\"message\":\"The tool ran, but "
			     "the record of the run could not be saved, so its "
			     "result is withheld. Look at what it did before "
			     "you repeat it.\"}"),
	};

	return finish(ctx, hold, &end, over_out);
}

enum fail_code
mcptask_beat(struct ctx *ctx, const char *worker, const int64_t *numbers,
    size_t n, struct list *out)
{
	return db_all(ctx, Q_mcptask_beat,
	    DB_ARGS(
		DB_CSTR(worker), DB_STR(number_list(ctx->arena, numbers, n))),
	    alive_fields, sizeof(struct mcptask_alive), out);
}

enum fail_code
mcptask_say(
    struct ctx *ctx, const struct mcptask_hold *hold, struct str message)
{
	return db_run(ctx, Q_mcptask_say,
	    DB_ARGS(DB_INT(hold->number), DB_CSTR(hold->worker),
		DB_STR(str_utf8_cut(message, MCPTASK_MESSAGE_MAX))),
	    NULL);
}

/* --- for people ----------------------------------------------------------- */

/* clang-format off */
const struct field mcptask_row_fields[] = {
	FIELD_INT(struct mcptask_row, task_id, .doc = "The task, for people."),
	FIELD_STR(struct mcptask_row, request_id,
	    .doc = "Identifies its run, here and in every log."),
	FIELD_UUID(struct mcptask_row, tool_id, .doc = "What was called."),
	FIELD_UUID(struct mcptask_row, server_id, .doc = "Its server."),
	FIELD_STR(struct mcptask_row, tool_name,
	    .doc = "The tool's full name, as it was then."),
	FIELD_INT(struct mcptask_row, version, .doc = "Of the tool."),
	FIELD_STR(struct mcptask_row, principal,
	    .doc = "Whose it is: an account's id, or local."),
	FIELD_STR(struct mcptask_row, caller, .doc = "The same, by name."),
	FIELD_STR(struct mcptask_row, status, .choices = MCPTASK_STATUSES,
	    .doc = "How it stands."),
	FIELD_STR(struct mcptask_row, status_message, .flags = FIELD_NULLABLE,
	    .doc = "Why, in a sentence."),
	FIELD_BOOL(struct mcptask_row, live, .doc = "Is it under way?"),
	FIELD_INT(struct mcptask_row, questions,
	    .doc = "Questions that its client has not answered."),
	FIELD_TIME(struct mcptask_row, created_at, .doc = "When it began."),
	FIELD_TIME(struct mcptask_row, updated_at,
	    .doc = "When it last changed."),
	FIELD_TIME(struct mcptask_row, expires_at,
	    .doc = "Until when it is kept."),
	FIELD_END
};
/* clang-format on */

enum fail_code
mcptask_list(
    struct ctx *ctx, const struct mcptask_list_args *args, struct page *out)
{
	return paged(ctx, Q_mcptask_list,
	    DB_ARGS(DB_STR(args->status), DB_STR(args->server_id),
		DB_STR(args->tool), DB_STR(args->principal)),
	    mcptask_row_fields, sizeof(struct mcptask_row), args->page,
	    args->page_size, out);
}

static json_t *
describe(struct ctx *ctx, const struct mcptask_row *row)
{
	json_t *o = json_keep(ctx->arena, json_obj());

	json_put_str(o, "tool", row->tool_name);
	json_put_str(o, "server_id", row->server_id);
	json_put_str(o, "caller", row->caller);
	json_put_str(o, "request_id", row->request_id);
	json_put_str(o, "status", row->status);
	return o;
}

static enum fail_code
read_row(struct ctx *ctx, int64_t number, struct mcptask_row *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_mcptask_get, DB_ARGS(DB_INT(number)),
		mcptask_row_fields, out),
	    "task");
}

static enum fail_code
stop(struct ctx *ctx, int64_t number, struct mcptask_row *out)
{
	struct verdict row = {.yes = false};
	const json_t *before;
	enum fail_code rc = read_row(ctx, number, out);

	if (rc != FAIL_NONE)
		return rc;
	before = describe(ctx, out);
	rc = db_one(ctx, Q_mcptask_stop,
	    DB_ARGS(DB_INT(number), DB_CSTR("A person stopped it.")),
	    verdict_fields, &row);
	if (rc != FAIL_NONE)
		return rc;
	if (!row.yes)
		return fail(&ctx->fail, FAIL_CONFLICT, "The task is over (%s).",
		    out->status);
	if ((rc = read_row(ctx, number, out)) != FAIL_NONE)
		return rc;
	return audit_write(ctx, "cancel_task", "task",
	    arena_printf(ctx->arena, "%lld", (long long)number), before,
	    describe(ctx, out));
}

enum fail_code
mcptask_stop(struct ctx *ctx, int64_t number, struct mcptask_row *out)
{
	enum fail_code rc = db_begin(ctx);

	if (rc != FAIL_NONE)
		return rc;
	return tx_end(ctx, stop(ctx, number, out));
}
