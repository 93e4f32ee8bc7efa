/*
 * run.c: a tool on its way to the sandbox, and the record of it.
 */
#include "noun/run.h"

#include <string.h>

#include "box.h"
#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/scope.h"
#include "noun/secrets_seal.h"
#include "noun/tx.h"
#include "op/limit.h"
#include "op/metric.h"
#include "secret.h"

/* All values together: searching a result for them takes memory. */
#define RUN_SECRETS_MAX ((size_t)512 * 1024)

/* Bytes from which on a message of progress was perhaps cut (run/api.py). */
#define RUN_MESSAGE_CUT 600

/* What a row of the log keeps. */
#define LOG_JSON_MAX ((size_t)64 * 1024)
#define LOG_TEXT_MAX ((size_t)64 * 1024)

/* Schemas and annotations are read as text: they are sent as they are. */
/* clang-format off */
const struct field run_tool_fields[] = {
	FIELD_UUID(struct run_tool, tool_id, .doc = "The tool."),
	FIELD_UUID(struct run_tool, server_id, .doc = "Its server."),
	FIELD_STR(struct run_tool, server_name, .doc = "Name of its server."),
	FIELD_STR(struct run_tool, kind, .doc = "Of KIND_WORDS."),
	FIELD_STR(struct run_tool, full_name, .doc = "server__tool."),
	FIELD_STR(struct run_tool, listed_name, .doc = "Name in a list."),
	FIELD_STR(struct run_tool, place, .doc = "Where in it."),
	FIELD_STR(struct run_tool, title, .flags = FIELD_NULLABLE,
	    .doc = "For people."),
	FIELD_STR(struct run_tool, description, .doc = "For models."),
	FIELD_STR(struct run_tool, input_schema, .doc = "JSON text."),
	FIELD_STR(struct run_tool, output_schema, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STR(struct run_tool, annotations, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STR(struct run_tool, uri, .flags = FIELD_NULLABLE,
	    .doc = "Of a resource, or a template."),
	FIELD_STR(struct run_tool, mime_type, .flags = FIELD_NULLABLE,
	    .doc = "Of a resource."),
	FIELD_OPT_INT(struct run_tool, size, .flags = FIELD_NULLABLE,
	    .doc = "Of a resource."),
	FIELD_STR(struct run_tool, icons, .flags = FIELD_NULLABLE,
	    .doc = "JSON text."),
	FIELD_STRS(struct run_tool, client_capabilities,
	    .doc = "What a client must have."),
	FIELD_STR(struct run_tool, task_mode, .doc = "Of KIND_TASK_MODES."),
	FIELD_BOOL(struct run_tool, input_schema_given,
	    .doc = "Is the input schema the author's own?"),
	FIELD_BOOL(struct run_tool, completes,
	    .doc = "Has it a function that completes arguments?"),
	FIELD_STR(struct run_tool, code, .flags = FIELD_NULLABLE,
	    .doc = "Python, if it may run."),
	FIELD_INT(struct run_tool, version, .doc = "Its current version."),
	FIELD_STR(struct run_tool, digest, .doc = "Of that version, in hex."),
	FIELD_INT(struct run_tool, timeout_ms, .doc = "Time limit."),
	FIELD_BOOL(struct run_tool, callable, .doc = "May it be called now?"),
	FIELD_STR(struct run_tool, approval_status, .doc = "Of the version."),
	FIELD_BOOL(struct run_tool, enabled, .doc = "Is it switched on?"),
	FIELD_STR(struct run_tool, server_status, .doc = "Of its server."),
	FIELD_STRS(struct run_tool, secret_names,
	    .doc = "What the version declares."),
	FIELD_STRS(struct run_tool, secret_values, .flags = FIELD_SECRET,
	    .doc = "Sealed, in hex."),
	FIELD_BOOL(struct run_tool, approved,
	    .doc = "Does the approval that stands name this version?"),
	FIELD_STRS(struct run_tool, hosts, .doc = "Grants."),
	LIMITS_ROWS(struct run_tool, limits),
	FIELD_END
};
/* clang-format on */

/* --- finding -------------------------------------------------------------- */

enum fail_code
run_find(struct ctx *ctx, const char *kind, struct str server, struct str name,
    struct run_tool *out)
{
	return db_one(ctx, Q_run_find,
	    DB_ARGS(DB_STR(server), DB_STR(name), DB_CSTR(kind)),
	    run_tool_fields, out);
}

/* Who may have a version approved may also let it have its powers once. */
static bool
may_have_powers(const struct ctx *ctx, const struct run_tool *tool)
{
	return tool->approved || ctx_may(ctx, PERM_DECIDE);
}

enum fail_code
run_find_any(struct ctx *ctx, struct str tool_id, struct opt_int version,
    struct run_call *call)
{
	/* Only people test, and only from where models cannot be. */
	bool person = ctx->caller.kind == CALLER_PERSON &&
	    ctx->pool == POOL_ADMIN;
	enum fail_code rc = db_one(ctx,
	    person ? Q_run_find_test : Q_run_find_trial,
	    DB_ARGS(DB_STR(tool_id), DB_OPT_INT(version)), run_tool_fields,
	    &call->tool);

	call->kind = person && may_have_powers(ctx, &call->tool)
	    ? BOX_KIND_TEST
	    : BOX_KIND_TRIAL;
	return tx_not_found(
	    ctx, rc, version.given ? "version of this tool" : "tool");
}

static enum fail_code
list_server(
    struct ctx *ctx, const char *kind, struct str after, struct list *out)
{
	int64_t position = 0;

	if (after.n > 0 && !str_to_i64(after, &position))
		return fail(
		    &ctx->fail, FAIL_INVALID, "There is no such place.");
	return db_all(ctx, Q_run_list_server,
	    DB_ARGS(DB_CSTR(ctx->scope->id), DB_INT(position), DB_CSTR(kind)),
	    run_tool_fields, sizeof(struct run_tool), out);
}

enum fail_code
run_list(struct ctx *ctx, const char *kind, struct str after, struct list *out)
{
	if (ctx->scope != NULL)
		return list_server(ctx, kind, after, out);
	return db_all(ctx, Q_run_list,
	    DB_ARGS(
		DB_STR(after.p != NULL ? after : STR_LIT("")), DB_CSTR(kind)),
	    run_tool_fields, sizeof(struct run_tool), out);
}

/* --- secrets -------------------------------------------------------------- */

/* Opened, until the run has been encoded. */
struct opened {
	struct secret *values[BOX_LIST_MAX];
	struct box_pair pairs[BOX_LIST_MAX];
	size_t n;
	size_t bytes;
};

static void
forget(struct opened *o)
{
	for (size_t i = 0; i < o->n; i++)
		secret_free(o->values[i]);
	o->n = 0;
}

static enum fail_code
missing(struct ctx *ctx, const struct run_tool *tool)
{
	const char *names = "";
	size_t n = 0;

	for (size_t i = 0; i < tool->secret_names.n; i++) {
		if (tool->secret_values.v[i].n > 0)
			continue;
		names = arena_printf(ctx->arena, "%s%s%.*s", names,
		    n++ > 0 ? ", " : "", STR_FMT(tool->secret_names.v[i]));
	}
	if (n == 0)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "%s was not run: the server %s has no value for %s %s. A person "
	    "can set it on the web page, at the server's secrets; "
	    "mcpbox_create_server_secret makes the place for it where there is "
	    "none.",
	    tool->full_name, tool->server_name,
	    n > 1 ? "the secrets" : "the secret", names);
}

static enum fail_code
open_one(
    struct ctx *ctx, const struct run_tool *tool, size_t i, struct opened *out)
{
	struct str name = tool->secret_names.v[i];
	struct secret *value;
	enum fail_code rc = secrets_unseal(ctx, str_from(tool->server_id), name,
	    tool->secret_values.v[i], &value);

	if (rc != FAIL_NONE)
		return rc;
	out->values[out->n] = value;
	out->pairs[out->n++] = (struct box_pair){name, secret_view(value)};
	out->bytes += secret_view(value).n;
	if (out->bytes <= RUN_SECRETS_MAX)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "%s was not run: its secrets have more than %zu bytes together.",
	    tool->full_name, RUN_SECRETS_MAX);
}

/* What this run may read; forget() it in any case. */
static enum fail_code
open_secrets(struct ctx *ctx, const struct run_call *call, struct opened *out)
{
	const struct run_tool *tool = &call->tool;
	enum fail_code rc = FAIL_NONE;

	if (call->kind == BOX_KIND_TRIAL)
		return FAIL_NONE;
	if (tool->secret_values.n != tool->secret_names.n ||
	    tool->secret_names.n > BOX_LIST_MAX) {
		fail_detail(&ctx->fail, "secrets of %s: %zu names, %zu values",
		    tool->full_name, tool->secret_names.n,
		    tool->secret_values.n);
		return fail(&ctx->fail, FAIL_INTERNAL, NULL);
	}
	rc = missing(ctx, tool);
	for (size_t i = 0; rc == FAIL_NONE && i < tool->secret_names.n; i++)
		rc = open_one(ctx, tool, i, out);
	return rc;
}

/* --- running -------------------------------------------------------------- */

static enum fail_code
start(struct ctx *ctx, const struct run_call *call, struct opened *o)
{
	const struct run_tool *tool = &call->tool;
	bool powers = call->kind != BOX_KIND_TRIAL;
	struct box_run box = {
	    .kind = call->kind,
	    .entry = call->entry,
	    .env = str_from(tool->server_id),
	    .tool = str_from(tool->full_name),
	    .digest = str_from(tool->digest),
	    .trace = str_from(ctx->request_id),
	    .code = str_from(tool->code),
	    .args = json_text(ctx->arena, call->arguments),
	    .hosts = powers ? tool->hosts.v : NULL,
	    .nhosts = powers ? tool->hosts.n : 0,
	    .secrets = o->pairs,
	    .nsecrets = o->n,
	    .debug = call->debug,
	    .ask = call->ask,
	    .patience_ms = call->patience_ms,
	    .talk = call->talk == NULL ? STR_NONE
				       : json_text(ctx->arena, call->talk),
	};

	limits_for_run(ctx, &tool->limits, tool->timeout_ms, &box.limits);
	if (box.nhosts > BOX_LIST_MAX) {
		fail_detail(&ctx->fail, "%s has %zu grants", tool->full_name,
		    box.nhosts);
		return fail(&ctx->fail, FAIL_INTERNAL, NULL);
	}
	return run_start(ctx, &box);
}

/* Calls of this tool, from whatever worker. */
static enum fail_code
check_rate(struct ctx *ctx, const struct run_call *call)
{
	const struct run_tool *tool = &call->tool;
	int64_t rate = limits_calls(ctx, &tool->limits);

	if (call->kind != BOX_KIND_CALL || rate == 0 ||
	    limit_take("tool", str_from(tool->tool_id), (uint32_t)rate,
		(uint32_t)rate, &ctx->fail.retry_after))
		return FAIL_NONE;
	metric_add(METRIC_LIMITED_TOOL, 1);
	return fail(&ctx->fail, FAIL_RATE,
	    "%s is called more often than its limit allows, %lld times in a "
	    "minute. Try again in %d second%s.",
	    tool->full_name, (long long)rate, ctx->fail.retry_after,
	    ctx->fail.retry_after == 1 ? "" : "s");
}

/* What the run says while it runs: the message of progress is cut. */
static struct str
clean(void *redact, struct arena *a, struct str json)
{
	return redact_json(a, redact, json, RUN_MESSAGE_CUT);
}

enum fail_code
run_begin(struct ctx *ctx, struct run_call *call)
{
	struct opened *o;
	enum fail_code rc;

	if (call->tool.code == NULL)
		log_panic("a run without code", call->tool.full_name);
	o = arena_zalloc(ctx->arena, 1, sizeof(*o));
	rc = check_rate(ctx, call);
	if (rc == FAIL_NONE)
		rc = open_secrets(ctx, call, o);
	if (rc == FAIL_NONE)
		rc = start(ctx, call, o);
	if (rc == FAIL_NONE) {
		call->redact = redact_new(ctx->arena, o->pairs, o->n);
		ctx->run->clean = clean;
		ctx->run->clean_user = call->redact;
		if (call->kind == BOX_KIND_CALL)
			ctx->run->changed_of = call->tool.server_id;
	}
	forget(o);
	return rc;
}

/* --- the record ----------------------------------------------------------- */

/* The text itself, or how long it was. */
static struct str
cap_json(struct ctx *ctx, struct str text)
{
	if (text.n <= LOG_JSON_MAX)
		return text;
	return str_from(arena_printf(
	    ctx->arena, "{\"mcpbox_truncated\":true,\"bytes\":%zu}", text.n));
}

static struct str
cap_text(struct ctx *ctx, struct str text)
{
	return outcome_clean(ctx->arena, str_utf8_cut(text, LOG_TEXT_MAX));
}

/* For a column of type integer. */
static int64_t
cap_int(uint64_t v)
{
	return v < INT32_MAX ? (int64_t)v : INT32_MAX;
}

/* {"count": n, "list": [...]}: the list as far as there is room. */
static struct str
requests(struct ctx *ctx, const struct outcome *o)
{
	size_t n = json_array_size(o->requests);
	json_t *all, *list;

	if (o->nrequests == 0)
		return STR_NONE;
	all = json_keep(ctx->arena, json_obj());
	list = json_arr();
	json_put_int(all, "count", o->nrequests);
	json_put(all, "list", list);
	for (size_t i = 0, bytes = 0; i < n; i++) {
		json_t *one = json_array_get(o->requests, i);

		bytes += json_text(ctx->arena, one).n;
		if (bytes > LOG_JSON_MAX)
			break;
		json_add(list, json_incref(one));
	}
	return json_text(ctx->arena, all);
}

/* Its result, or what it ended with asking. */
static struct str
brought(struct ctx *ctx, const struct outcome *o)
{
	if (o->asked != NULL && o->whole != NULL)
		return json_text(ctx->arena, o->whole);
	return o->code == BOX_OUTCOME_RESULT ? o->json : STR_NONE;
}

static const char *
kind_name(enum box_kind kind)
{
	if (kind == BOX_KIND_CALL)
		return "call";
	return kind == BOX_KIND_TEST ? "test" : "trial";
}

static enum fail_code
record(struct ctx *ctx, const struct run_call *call, const struct outcome *o)
{
	const struct run_tool *tool = &call->tool;
	const struct box_exit *e = o->exit;
	bool ok = o->code == BOX_OUTCOME_RESULT;
	struct str none = STR_NONE;
	/* Who called may know a secret and have sent it along. */
	struct str args = redact_json(ctx->arena, call->redact,
	    json_text(ctx->arena, call->arguments), 0);

	return db_run(ctx, Q_runlog_add,
	    DB_ARGS(DB_CSTR(tool->tool_id), DB_CSTR(tool->server_id),
		DB_CSTR(tool->full_name), DB_INT(tool->version),
		DB_CSTR(tool->digest), DB_CSTR(ctx_actor(ctx)),
		DB_CSTR(ctx->request_id), DB_BOOL(call->kind != BOX_KIND_CALL),
		DB_STR(cap_json(ctx, args)),
		DB_STR(cap_json(ctx, brought(ctx, o))),
		DB_CSTR(box_outcome_name(o->code)),
		DB_STR(ok ? none : cap_text(ctx, o->text)),
		DB_STR(o->printed.n > 0 ? cap_text(ctx, o->printed) : none),
		DB_INT(cap_int(e->wall_us / 1000)),
		DB_INT(cap_int(e->cpu_us / 1000)), DB_INT(cap_int(e->rss_kib)),
		DB_STR(requests(ctx, o)), DB_CSTR(kind_name(call->kind)),
		DB_CSTR(ctx->face == FACE_MCP ? "mcp" : "rest"),
		DB_CSTR(ctx->caller.session), DB_CSTR(ctx_trace(ctx)),
		DB_STR(str_from(ctx->client_ip).n > 0 ? str_from(ctx->client_ip)
						      : none)),
	    NULL);
}

/* What the run ended with, if it may ask that. */
static void
read_questions(struct ctx *ctx, const struct run_call *call,
    const struct run *run, struct outcome *out)
{
	const json_t *caps = json_get_obj(call->talk, "capabilities");
	const char *task = json_get_str(call->talk, "task");
	struct questions *q = arena_zalloc(ctx->arena, 1, sizeof(*q));

	if (task != NULL && strcmp(task, RUN_TASK_BEFORE) == 0 &&
	    question_becomes(ctx, run, q)) {
		out->asked = q;
		out->text = STR_LIT("The call becomes a task.");
		return;
	}
	if (question_read(ctx, run, caps, q) == FAIL_NONE) {
		out->asked = q;
		out->whole = question_requests(ctx->arena, q);
		out->text = str_from(arena_printf(ctx->arena,
		    "The tool asked %s.", question_text(ctx->arena, q)));
		return;
	}
	out->code = BOX_OUTCOME_OUTPUT;
	out->text = arena_str(ctx->arena, str_from(ctx->fail.message));
	fail_clear(&ctx->fail);
}

static void
count_requests(const struct outcome *o)
{
	const json_t *r;
	uint64_t refused = 0;
	size_t i;

	json_array_foreach(o->requests, i, r)
	{
		const char *decision = json_get_str(r, "decision");

		refused += decision != NULL && strcmp(decision, "allowed") != 0;
	}
	metric_add(METRIC_EGRESS_REQUESTS, (uint64_t)o->nrequests);
	metric_add(METRIC_EGRESS_REFUSED, refused);
}

enum fail_code
run_end(struct ctx *ctx, const struct run_call *call, const struct run *run,
    const json_t *output_schema, struct outcome *out)
{
	if (run->exit.outcome == BOX_OUTCOME_FAILED)
		log_warning("the sandbox could not run a tool",
		    LOG_STR("tool", call->tool.full_name),
		    LOG_VIEW("reason", run->exit.message));
	outcome_read(ctx->arena, run, output_schema, call->redact, out);
	if (out->code == BOX_OUTCOME_INPUT)
		read_questions(ctx, call, run, out);
	metric_run(call->kind, out->code, out->exit->wall_us);
	count_requests(out);
	return record(ctx, call, out);
}
