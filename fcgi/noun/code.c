/*
 * code.c: Python source, checked.
 */
#include "noun/code.h"

#include "box.h"
#include "json.h"
#include "log.h"
#include "noun/outcome.h"
#include "op/metric.h"

/* No tool of a legal size needs a tenth of this. */
#define CHECK_WALL_MS 10000
#define CHECK_CPU_MS 8000
#define CHECK_MEMORY ((uint64_t)256 * 1024 * 1024)
#define CHECK_RESULT_MAX (1024U * 1024U)
#define CHECK_OUTPUT_MAX 4096U

#define CODE_DESCRIPTION_MAX 2000

/* The zygote that all checks share: no tool's code ever runs in it. */
#define CHECK_ENV "00000000-0000-0000-0000-000000000000" /* no server's */

/* clang-format off */
const struct field code_finding_fields[] = {
	FIELD_STR(struct code_finding, severity, .choices = CODE_SEVERITIES,
	    .doc = "high: refused at run time; warning: look at it; "
		   "note: worth knowing."),
	FIELD_STR(struct code_finding, rule, .doc = "Name of the rule."),
	FIELD_STR(struct code_finding, message, .doc = "What was found."),
	FIELD_INT(struct code_finding, line, .doc = "Where it begins, from 1."),
	FIELD_INT(struct code_finding, column,
	    .doc = "In characters, from 1."),
	FIELD_INT(struct code_finding, end_line, .doc = "Where it ends."),
	FIELD_INT(struct code_finding, end_column, .doc = "In characters."),
	FIELD_END
};
/* clang-format on */

enum fail_code
code_check_begin(struct ctx *ctx, struct str code, const char *kind, bool given)
{
	struct box_run box = {
	    .kind = BOX_KIND_CHECK,
	    .entry = kind_entry(kind),
	    .env = STR_LIT(CHECK_ENV),
	    .trace = str_from(ctx->request_id),
	    .code = code,
	    .args = given ? STR_LIT("{\"given\":true}") : STR_LIT("{}"),
	    .limits =
		{
		    .wall_ms = CHECK_WALL_MS,
		    .cpu_ms = CHECK_CPU_MS,
		    .memory = CHECK_MEMORY,
		    .result = CHECK_RESULT_MAX,
		    .output = CHECK_OUTPUT_MAX,
		    .threads = 1,
		},
	};

	if (code.n > BOX_CODE_MAX)
		return fail_field(&ctx->fail, "/python_code",
		    "is longer than %d bytes", BOX_CODE_MAX);
	return run_start(ctx, &box);
}

enum fail_code
code_run_started(struct ctx *ctx, const struct run *run)
{
	int seconds = outcome_retry(&run->exit);

	if (seconds > 0) {
		ctx->fail.retry_after = seconds;
		return fail(&ctx->fail,
		    run->exit.outcome == BOX_OUTCOME_RATE ? FAIL_RATE
							  : FAIL_BUSY,
		    "%s", outcome_refusal(ctx->arena, &run->exit));
	}
	if (run->exit.outcome != BOX_OUTCOME_FAILED)
		return FAIL_NONE;
	fail_detail(&ctx->fail, "sandbox: %.*s", STR_FMT(run->exit.message));
	return fail(&ctx->fail, FAIL_UNAVAILABLE,
	    "The sandbox could not start the run. Try again in a moment.");
}

/* --- reading the answer --------------------------------------------------- */

void
code_findings(struct ctx *ctx, const json_t *stored, struct list *out)
{
	size_t n = json_array_size(stored);
	struct code_finding *v = arena_zalloc(ctx->arena, n, sizeof(*v));

	*out = (struct list){.v = v};
	for (size_t i = 0; i < n; i++) {
		const json_t *f = json_array_get(stored, i);
		int64_t line = json_get_int(f, "line", 1);
		int64_t column = json_get_int(f, "column", 1);
		struct code_finding one = {
		    .severity = json_get_str(f, "severity"),
		    .rule = json_get_str(f, "rule"),
		    .message = json_get_str(f, "message"),
		    .line = line,
		    .column = column,
		    .end_line = json_get_int(f, "end_line", line),
		    .end_column = json_get_int(f, "end_column", column),
		};

		if (one.severity != NULL && one.rule != NULL &&
		    one.message != NULL)
			v[out->n++] = one;
	}
}

static void
read_parameters(struct ctx *ctx, const json_t *list, struct list *out)
{
	size_t n = json_array_size(list);
	struct code_param *v = arena_zalloc(ctx->arena, n, sizeof(*v));

	*out = (struct list){.v = v};
	for (size_t i = 0; i < n; i++) {
		const json_t *p = json_array_get(list, i);
		struct code_param one = {
		    .name = json_get_str(p, "name"),
		    .type = json_get_str(p, "type"),
		    .required = json_get_bool(p, "required", false),
		    .description = json_get_str(p, "description"),
		};

		if (one.name != NULL && one.type != NULL)
			v[out->n++] = one;
	}
}

static void
read_imports(struct ctx *ctx, const json_t *list, struct strs *out)
{
	size_t n = json_array_size(list);

	*out = (struct strs){.given = true};
	out->v = arena_zalloc(ctx->arena, n, sizeof(*out->v));
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name != NULL)
			out->v[out->n++] = str_from(name);
	}
}

static void
refuse(struct ctx *ctx, struct code_check *out, int64_t line, int64_t column,
    const char *message)
{
	struct code_error *e = arena_zalloc(ctx->arena, 1, sizeof(*e));

	*e = (struct code_error){line, column, message};
	out->valid = false;
	out->error = e;
}

static void
read_report(struct ctx *ctx, const json_t *report, struct code_check *out)
{
	const json_t *error = json_get_obj(report, "error");
	const char *message = json_get_str(error, "message");

	out->has_main = json_get_bool(report, "has_main", false);
	out->input_schema = json_get_obj(report, "input_schema");
	out->description = json_get_str(report, "description");
	out->completes = json_get_bool(report, "completes", false);
	read_parameters(
	    ctx, json_get_arr(report, "parameters"), &out->parameters);
	if (json_get_arr(report, "findings") != NULL)
		out->findings_json = json_get_arr(report, "findings");
	code_findings(ctx, out->findings_json, &out->findings);
	read_imports(ctx, json_get_arr(report, "imports"), &out->imports);
	out->valid = json_get_bool(report, "valid", false) &&
	    out->input_schema != NULL;
	if (!out->valid)
		refuse(ctx, out, json_get_int(error, "line", 1),
		    json_get_int(error, "column", 1),
		    message != NULL ? message : "The code is not valid");
}

/* Why there is no report, when it is the code's fault. */
static const char *
no_report(enum box_outcome outcome)
{
	if (outcome == BOX_OUTCOME_TIMEOUT || outcome == BOX_OUTCOME_CPU)
		return "The code could not be checked: it takes too long";
	if (outcome == BOX_OUTCOME_MEMORY)
		return "The code could not be checked: it takes too much "
		       "memory";
	if (outcome == BOX_OUTCOME_RESULT || outcome == BOX_OUTCOME_OUTPUT)
		return "The code could not be checked: a default value or "
		       "docstring has what JSON cannot carry, such as a "
		       "number of more than 63 bits or a NUL character";
	return "The code could not be checked: the checker ended early";
}

enum fail_code
code_check_read(struct ctx *ctx, const struct run *run, struct code_check *out)
{
	enum fail_code rc = code_run_started(ctx, run);
	json_t *report = NULL;

	metric_run(BOX_KIND_CHECK, run->exit.outcome, run->exit.wall_us);
	if (rc != FAIL_NONE)
		return rc;
	if (run->client_gone)
		return fail(&ctx->fail, FAIL_UNAVAILABLE, NULL);
	*out = (struct code_check){
	    .findings_json = json_keep(ctx->arena, json_arr())};
	if (run->exit.outcome == BOX_OUTCOME_RESULT &&
	    json_parse(ctx->arena, buf_str(&run->result), CHECK_RESULT_MAX,
		&report, NULL) == FAIL_NONE)
		read_report(ctx, report, out);
	else
		refuse(ctx, out, 1, 1, no_report(run->exit.outcome));
	return FAIL_NONE;
}

const char *
code_description(struct ctx *ctx, const struct code_check *check)
{
	/* Bytes, not characters: short of the limit, never over it. */
	return arena_str(ctx->arena,
	    str_utf8_cut(str_from(check->description), CODE_DESCRIPTION_MAX))
	    .p;
}

enum fail_code
code_check_accept(
    struct ctx *ctx, const struct run *run, struct code_check *out)
{
	enum fail_code rc = code_check_read(ctx, run, out);

	if (rc != FAIL_NONE || out->valid)
		return rc;
	return fail_field(&ctx->fail, "/python_code", "line %lld: %s",
	    (long long)out->error->line, out->error->message);
}
