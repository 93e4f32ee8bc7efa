/*
 * code_ops.c: validate_code and test_code.
 */
#include "noun/code.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "noun/code_host.h"
#include "noun/run.h"
#include "noun/server.h"
#include "op/jsonschema.h"

struct validate_args {
	struct str python_code;
	struct str kind;
	json_t *input_schema;
	struct str server_id;
	struct str tool_id;
};

struct test_args {
	struct str tool_id;
	json_t *arguments;
	json_t *answers;
	struct opt_int version;
	struct opt_bool debug;
};

/* An answer that the tool took for an error. */
struct trial_http {
	int64_t status;
	const char *url;
	json_t *headers;
	const char *body;
};

struct trial {
	const char *kind;
	const char *outcome;
	bool success;
	json_t *result;    /* NULL unless success */
	const char *error; /* NULL if success */
	const char *error_rule;
	struct trial_http *error_http;
	const char *stdout_text;
	int64_t duration_ms;
	int64_t cpu_ms;
	int64_t peak_kib;
	int64_t version;
	const char *digest;
	const char *note;     /* NULL: none */
	json_t *debug_info;   /* NULL unless asked for */
	struct run_call call; /* from fn to resume; not shown */
};

/* clang-format off */
static const struct param validate_params[] = {
	PARAM_STR(struct validate_args, python_code, .required = true,
	    .min = 1, .max = CODE_MAX,
	    .doc = "Python source with a top-level `async def main(...)`."),
	PARAM_ENUM(struct validate_args, kind, .choices = KIND_WORDS,
	    .def = "tool", .doc = "What it is to be."),
	PARAM_JSON(struct validate_args, input_schema, .nullable = true,
	    .doc = "The author's own schema, if it is to have one: main may "
		   "then take **kwargs."),
	PARAM_UUID(struct validate_args, server_id,
	    .doc = "The server that it is meant for: then hosts that it names "
		   "and that are not granted are found, too."),
	PARAM_UUID(struct validate_args, tool_id,
	    .doc = "The tool that it is meant for, instead of its server."),
	PARAM_END
};

static const struct param test_params[] = {
	PARAM_UUID(struct test_args, tool_id, .required = true,
	    .doc = "The tool's id."),
	PARAM_JSON(struct test_args, arguments,
	    .doc = "Arguments of main, by name. {} if not given."),
	PARAM_JSON(struct test_args, answers,
	    .doc = "Answers to what the code asks its client, by key, as the "
		   "client would give them: {\"name\": {\"action\": "
		   "\"accept\", \"content\": {...}}}. There is nobody to ask "
		   "here."),
	PARAM_INT(struct test_args, version, .min = 1, .max = 2147483647,
	    .doc = "Version to run; the current one if not given."),
	PARAM_BOOL(struct test_args, debug,
	    .doc = "Also tell, in debug_info, which outbound requests were "
		   "made and how each ended."),
	PARAM_END
};

static const struct field error_fields[] = {
	FIELD_INT(struct code_error, line, .doc = "From 1."),
	FIELD_INT(struct code_error, column, .doc = "In characters, from 1."),
	FIELD_STR(struct code_error, message, .doc = "What is wrong."),
	FIELD_END
};

static const struct field param_fields[] = {
	FIELD_STR(struct code_param, name, .doc = "Name."),
	FIELD_STR(struct code_param, type,
	    .doc = "Its annotation as written; Any without one."),
	FIELD_BOOL(struct code_param, required, .doc = "Has it no default?"),
	FIELD_STR(struct code_param, description, .flags = FIELD_NULLABLE,
	    .doc = "From the docstring."),
	FIELD_END
};

static const struct field check_fields[] = {
	FIELD_BOOL(struct code_check, valid,
	    .doc = "Can a tool be made of it?"),
	FIELD_BOOL(struct code_check, has_main,
	    .doc = "Is there a top-level main?"),
	FIELD_ROW(struct code_check, error, struct code_error *,
	    FIELD_T_OBJECT, .flags = FIELD_NULLABLE, .child = error_fields,
	    .child_size = sizeof(struct code_error), .child_name = "CodeError",
	    .doc = "Why it is not valid."),
	FIELD_LIST(struct code_check, parameters, .child = param_fields,
	    .child_size = sizeof(struct code_param),
	    .child_name = "CodeParameter", .doc = "Parameters of main."),
	FIELD_JSON(struct code_check, input_schema, .flags = FIELD_NULLABLE,
	    .doc = "JSON Schema of the arguments, as clients will see it."),
	FIELD_STR(struct code_check, description, .flags = FIELD_NULLABLE,
	    .doc = "First paragraph of main's docstring."),
	FIELD_BOOL(struct code_check, completes,
	    .doc = "Has a prompt or a template a function that completes "
		   "arguments?"),
	FIELD_LIST(struct code_check, findings, .child = code_finding_fields,
	    .child_size = sizeof(struct code_finding), .child_name = "Finding",
	    .doc = "Remarks that a reviewer will see, too."),
	FIELD_STRS(struct code_check, imports,
	    .doc = "Modules that it imports."),
	CODE_HOSTS_ROW(struct code_check),
	FIELD_END
};

static const struct field trial_http_fields[] = {
	FIELD_INT(struct trial_http, status, .doc = "Its status code."),
	FIELD_STR(struct trial_http, url, .doc = "What was asked."),
	FIELD_JSON(struct trial_http, headers,
	    .doc = "Headers that say why, such as retry-after."),
	FIELD_STR(struct trial_http, body,
	    .doc = "Its beginning, at most 500 characters."),
	FIELD_END
};

static const struct field trial_fields[] = {
	FIELD_STR(struct trial, kind, .choices = "test|trial",
	    .doc = "test: a person's, with the secrets and the network that "
		   "a call would have; trial: with neither."),
	FIELD_STR(struct trial, outcome,
	    .choices = "result|tool_error|timeout|cpu_limit|memory_limit|"
		       "forbidden_syscall|output_limit|crashed|exited|"
		       "cancelled|busy|sandbox_failed|rate_limited",
	    .doc = "How the run ended."),
	FIELD_BOOL(struct trial, success, .doc = "Is there a result?"),
	FIELD_JSON(struct trial, result, .flags = FIELD_NULLABLE,
	    .doc = "What main returned."),
	FIELD_STR(struct trial, error, .flags = FIELD_NULLABLE,
	    .doc = "What went wrong, with the type of the exception and the "
		   "line of the tool's code where there is one."),
	FIELD_STR(struct trial, error_rule, .flags = FIELD_NULLABLE,
	    .doc = "The rule of the language policy that refused something."),
	FIELD_ROW(struct trial, error_http, struct trial_http *,
	    FIELD_T_OBJECT, .flags = FIELD_NULLABLE,
	    .child = trial_http_fields,
	    .child_size = sizeof(struct trial_http), .child_name = "HttpError",
	    .doc = "The answer that raise_for_status() found to be an error."),
	{
		.name = "stdout", .type = FIELD_T_STR,
		.offset = offsetof(struct trial, stdout_text),
		.doc = "What it printed.",
	},
	FIELD_INT(struct trial, duration_ms, .doc = "Time it took."),
	FIELD_INT(struct trial, cpu_ms, .doc = "Processor time it took."),
	FIELD_INT(struct trial, peak_kib, .doc = "Most memory it held, KiB."),
	FIELD_INT(struct trial, version, .doc = "The version that ran."),
	FIELD_STR(struct trial, digest, .doc = "Digest of that version."),
	FIELD_STR(struct trial, note, .flags = FIELD_NULLABLE,
	    .doc = "What a trial could not use, if the tool wanted it."),
	FIELD_JSON(struct trial, debug_info, .flags = FIELD_NULLABLE,
	    .doc = "With debug: {http_calls: [...]}, in order; each has "
		   "method, url, status_code, error, duration_ms, decision, "
		   "reason, request_headers (credentials masked) and "
		   "response_preview."),
	FIELD_END
};
/* clang-format on */

/* --- validate ------------------------------------------------------------- */

static enum fail_code
op_validate(struct ctx *ctx, const void *args, void *result)
{
	const struct validate_args *a = args;
	struct kind_content c = {
	    .kind = arena_str(ctx->arena, a->kind).p,
	    .input_schema = a->input_schema,
	};
	enum fail_code rc = kind_check(ctx, &c);
	struct server server;

	(void)result;
	if (rc == FAIL_NONE && a->server_id.n > 0)
		rc = server_get(ctx, a->server_id, &server);
	return rc != FAIL_NONE ? rc
			       : code_check_begin(ctx, a->python_code, c.kind,
				     json_is_object(a->input_schema));
}

static enum fail_code
op_validate_done(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	const struct validate_args *a = args;
	struct code_place place = {a->server_id, a->tool_id};
	struct code_check *check = result;
	enum fail_code rc = code_check_read(ctx, run, check);

	if (rc != FAIL_NONE)
		return rc;
	return code_hosts(
	    ctx, check->findings_json, &place, &check->hosts, &check->findings);
}

/* --- test ----------------------------------------------------------------- */

static enum fail_code
parse_stored(struct ctx *ctx, const char *schema, json_t **out)
{
	*out = NULL;
	if (schema == NULL ||
	    json_parse(ctx->arena, str_from(schema), BOX_ARGS_MAX, out, NULL) ==
		FAIL_NONE)
		return FAIL_NONE;
	fail_detail(&ctx->fail, "a stored schema is not JSON");
	return fail(&ctx->fail, FAIL_INTERNAL, NULL);
}

/* As for a real call: what does not fit the input schema does not run. */
static enum fail_code
check_arguments(struct ctx *ctx, const struct trial *t)
{
	struct fail *f = &ctx->fail;
	enum fail_code rc;
	json_t *schema;

	rc = parse_stored(ctx, t->call.tool.input_schema, &schema);
	if (rc == FAIL_NONE)
		rc = jsonschema_validate(schema, t->call.arguments, f);
	for (size_t i = 0; rc != FAIL_NONE && i < f->nfields; i++) {
		struct fail_field *field = &f->fields[i];
		const char *was = arena_strdup(ctx->arena, field->pointer);

		(void)snprintf(field->pointer, sizeof(field->pointer),
		    "/arguments%s", was);
	}
	return rc;
}

/* What it knows of its caller: nobody can be asked, but may have said. */
static enum fail_code
bring_answers(struct ctx *ctx, const json_t *answers, struct run_call *call)
{
	json_t *talk;

	if (answers == NULL)
		return FAIL_NONE;
	if (!json_is_object(answers))
		return fail_field(&ctx->fail, "/answers", "must be an object");
	talk = json_keep(ctx->arena, json_obj());
	json_put(talk, "answers", json_incref((json_t *)(uintptr_t)answers));
	call->talk = talk;
	return FAIL_NONE;
}

static enum fail_code
op_test(struct ctx *ctx, const void *args, void *result)
{
	const struct test_args *a = args;
	struct trial *t = result;
	enum fail_code rc;

	rc = run_find_any(ctx, a->tool_id, a->version, &t->call);
	if (rc != FAIL_NONE)
		return rc;
	t->call.debug = a->debug.v;
	t->call.entry = kind_entry(t->call.tool.kind);
	t->call.arguments = a->arguments != NULL
	    ? a->arguments
	    : json_keep(ctx->arena, json_obj());
	rc = bring_answers(ctx, a->answers, &t->call);
	if (rc == FAIL_NONE)
		rc = check_arguments(ctx, t);
	return rc != FAIL_NONE ? rc : run_begin(ctx, &t->call);
}

/* For the author of a tool that could not be tried out in full. */
static const char *
trial_note(
    struct ctx *ctx, const struct run_call *call, const struct outcome *o)
{
	const struct strs *names = &call->tool.secret_names;
	bool secrets = names->n > 0;
	bool http = o->nrequests > 0 ||
	    strstr(call->tool.code, "http.") != NULL;

	if (call->kind != BOX_KIND_TRIAL || (!secrets && !http))
		return NULL;
	return arena_printf(ctx->arena,
	    "This was a trial, which has no %s%s%s. A call of the approved "
	    "tool has what was granted; a person who may approve the tool can "
	    "test it with that on the web page.",
	    secrets ? "secrets" : "", secrets && http ? " and no " : "",
	    http ? "network" : "");
}

/* A record under the names that tools' authors know. */
static json_t *
http_call(json_t *record)
{
	json_t *call = json_obj(), *v;
	const char *name;

	json_object_foreach(record, name, v)
	{
		if (strcmp(name, "status") == 0)
			json_put(call, "status_code", json_incref(v));
		else if (strcmp(name, "message") != 0)
			json_put(call, name, json_incref(v));
		else
			json_put(call, "error",
			    json_string_length(v) > 0 ? json_incref(v) : NULL);
	}
	return call;
}

static json_t *
debug_info(struct ctx *ctx, const struct outcome *o)
{
	json_t *info = json_keep(ctx->arena, json_obj());
	json_t *calls = json_arr();

	json_put(info, "http_calls", calls);
	for (size_t i = 0; i < json_array_size(o->requests); i++)
		json_add(calls, http_call(json_array_get(o->requests, i)));
	return info;
}

static struct trial_http *
http_error(struct ctx *ctx, const struct outcome *o)
{
	struct trial_http *h;

	if (o->http == NULL)
		return NULL;
	h = arena_zalloc(ctx->arena, 1, sizeof(*h));
	*h = (struct trial_http){
	    .status = json_get_int(o->http, "status", 0),
	    .url = json_get_str(o->http, "url"),
	    .headers = json_get_obj(o->http, "headers"),
	    .body = json_get_str(o->http, "body"),
	};
	return h;
}

static void
show(struct ctx *ctx, const struct outcome *o, struct trial *t)
{
	const struct run_call *call = &t->call;

	t->kind = call->kind == BOX_KIND_TEST ? "test" : "trial";
	t->outcome = box_outcome_name(o->code);
	t->success = o->code == BOX_OUTCOME_RESULT;
	t->result = o->whole;
	t->error = t->success ? NULL : arena_str(ctx->arena, o->text).p;
	t->error_rule = o->rule;
	t->error_http = http_error(ctx, o);
	t->stdout_text = o->printed.n > 0 ? arena_str(ctx->arena, o->printed).p
					  : "";
	t->duration_ms = (int64_t)(o->exit->wall_us / 1000);
	t->cpu_ms = (int64_t)(o->exit->cpu_us / 1000);
	t->peak_kib = (int64_t)o->exit->rss_kib;
	t->version = call->tool.version;
	t->digest = call->tool.digest;
	t->note = trial_note(ctx, call, o);
	t->debug_info = call->debug ? debug_info(ctx, o) : NULL;
}

static enum fail_code
op_test_done(
    struct ctx *ctx, const void *args, const struct run *run, void *result)
{
	struct trial *t = result;
	enum fail_code rc = code_run_started(ctx, run);
	struct outcome o;
	json_t *schema;

	(void)args;
	if (rc == FAIL_NONE)
		rc = parse_stored(ctx, t->call.tool.output_schema, &schema);
	if (rc == FAIL_NONE)
		rc = run_end(ctx, &t->call, run, schema, &o);
	if (rc == FAIL_NONE)
		show(ctx, &o, t);
	return rc;
}

/* clang-format off */
enum { OP_VALIDATE, OP_TEST };

const struct op code_ops[] = {
	[OP_VALIDATE] = {
		.name = "validate_code",
		.title = "Check code",
		.doc = "Checks Python source without running it: does it "
		       "parse, is there a top-level `async def main(...)`, "
		       "what input schema do its annotations and docstring "
		       "give, what would a reviewer be warned about, which "
		       "hosts does it name. Use it before "
		       "create_tool or update_tool, which refuse what "
		       "is not valid here.",
		.params = validate_params,
		.args_size = sizeof(struct validate_args),
		.result = check_fields,
		.result_size = sizeof(struct code_check),
		.result_name = "CodeCheck",
		.perm = PERM_RUN, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_validate, .resume = op_validate_done,
	},
	[OP_TEST] = {
		.name = "test_code",
		.title = "Try a tool out",
		.doc = "Runs a version of a tool once, whether it is approved "
		       "or not, in the sandbox. A model's run is a trial: no "
		       "secrets, no network. A person's run is a test with "
		       "the secrets and the network that a call would have, "
		       "if the person may approve the tool or the version is "
		       "approved; else a trial. Use it on a draft before "
		       "request_publish. A failing tool is no failure of this "
		       "operation: see outcome, error and stdout.",
		.params = test_params, .args_size = sizeof(struct test_args),
		.result = trial_fields, .result_size = sizeof(struct trial),
		.result_name = "TrialRun",
		.perm = PERM_RUN, .faces = FACE_REST | FACE_MCP,
		.fn = op_test, .resume = op_test_done,
	},
	{.name = NULL},
};

const struct route code_routes[] = {
	{"POST", "/api/tools/validate-code", &code_ops[OP_VALIDATE], 200, false},
	{"POST", "/api/tools/test-code",     &code_ops[OP_TEST],     200, false},
	ROUTE_END
};
/* clang-format on */
