/*
 * probe_ops.c: live, ready, detail; the circuit breaker.
 */
#include "noun/probe.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "op/ctx.h"
#include "out/breaker.h"
#include "out/sandbox.h"
#include "settings.h"

#define BREAKER_NAME "sandbox"
#define STATES "closed|open|half_open"
#define ASK_EVERY_MS 1000

struct no_args {
	char none;
};

struct name_args {
	struct str service_name;
};

struct live {
	const char *status;
};

struct ready {
	const char *status;
	bool database;
	const char *breaker;
};

struct circuit_config {
	int64_t failure_threshold;
	int64_t success_threshold;
	int64_t timeout;
};

struct circuit {
	const char *service_name;
	const char *state;
	int64_t failure_count;
	int64_t opened;
	int64_t refused;
	int64_t retry_ms;
	const char *last_failure_time; /* NULL: none */
	struct circuit_config *config;
};

struct circuits {
	struct list circuits; /* struct circuit */
};

struct detail {
	const char *status;
	const char *version;
	bool database;
	int64_t database_ms;
	struct circuit *breaker;
	json_t *sandbox; /* its report, or NULL */
	int64_t workers_admin, workers_gateway, threads, pid;
	const char *metrics; /* NULL: off */
};

/* --- asking --------------------------------------------------------------- */

static struct circuit *
circuit(struct ctx *ctx)
{
	struct circuit *c = arena_zalloc(ctx->arena, 1, sizeof(*c));
	char time[CLOCK_RFC3339_MAX];
	struct breaker_report r;

	breaker_get(&r);
	*c = (struct circuit){
	    .service_name = BREAKER_NAME,
	    .state = breaker_state_name(r.state),
	    .failure_count = r.failures,
	    .opened = (int64_t)r.opened,
	    .refused = (int64_t)r.refused,
	    .retry_ms = r.retry_ms,
	    .config = arena_zalloc(ctx->arena, 1, sizeof(*c->config)),
	};
	*c->config = (struct circuit_config){
	    .failure_threshold = r.threshold,
	    .success_threshold = 1,
	    .timeout = r.max_seconds,
	};
	if (r.last_failure_s > 0) {
		clock_rfc3339(r.last_failure_s * 1000, time);
		c->last_failure_time = arena_strdup(ctx->arena, time);
	}
	return c;
}

static enum fail_code
op_live(struct ctx *ctx, const void *args, void *result)
{
	struct live *l = result;

	(void)ctx;
	(void)args;
	l->status = "alive";
	return FAIL_NONE;
}

static enum fail_code
op_ready(struct ctx *ctx, const void *args, void *result)
{
	struct ready *r = result;
	struct breaker_report b;

	(void)args;
	breaker_get(&b);
	r->database = db_alive(ctx);
	r->breaker = breaker_state_name(b.state);
	r->status = r->database && b.state != BREAKER_OPEN ? "ready"
							   : "not ready";
	if (strcmp(r->status, "ready") != 0)
		ctx->status = 503;
	return FAIL_NONE;
}

static enum fail_code
op_detail(struct ctx *ctx, const void *args, void *result)
{
	const struct settings *s = ctx->settings;
	struct detail *d = result;
	int64_t since = clock_mono_ms();
	bool well;

	(void)args;
	d->database = db_alive(ctx);
	d->database_ms = clock_mono_ms() - since;
	if (sandbox_report(ctx, ASK_EVERY_MS, &d->sandbox) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		d->sandbox = NULL;
	}
	d->breaker = circuit(ctx);
	d->version = MCPBOX_VERSION;
	d->workers_admin = s->workers_admin;
	d->workers_gateway = s->workers_gateway;
	d->threads = s->threads;
	d->pid = getpid();
	d->metrics = s->metrics_listen;
	well = d->database && d->sandbox != NULL &&
	    json_get_bool(d->sandbox, "healthy", true) &&
	    strcmp(d->breaker->state, "closed") == 0;
	d->status = well ? "healthy" : "unhealthy";
	return FAIL_NONE;
}

/* --- the circuit breaker -------------------------------------------------- */

static enum fail_code
op_circuits(struct ctx *ctx, const void *args, void *result)
{
	struct circuits *c = result;

	(void)args;
	c->circuits = (struct list){1, circuit(ctx)};
	return FAIL_NONE;
}

static enum fail_code
reset(struct ctx *ctx, struct circuits *out)
{
	json_t *before = json_keep(ctx->arena, json_obj());

	json_put_str(before, "state", circuit(ctx)->state);
	breaker_reset();
	out->circuits = (struct list){1, circuit(ctx)};
	return audit_write(
	    ctx, "reset_breaker", "breaker", BREAKER_NAME, before, NULL);
}

static enum fail_code
op_reset(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return reset(ctx, result);
}

static enum fail_code
op_reset_one(struct ctx *ctx, const void *args, void *result)
{
	const struct name_args *a = args;

	if (str_eq_c(a->service_name, BREAKER_NAME))
		return reset(ctx, result);
	return fail(&ctx->fail, FAIL_NOT_FOUND,
	    "There is no circuit breaker of this name. The only one is "
	    "\"" BREAKER_NAME "\".");
}

/* --- tables --------------------------------------------------------------- */

/* clang-format off */
static const struct param no_params[] = {
	PARAM_END
};

static const struct param name_params[] = {
	PARAM_STR(struct name_args, service_name, .from = FROM_PATH,
	    .required = true, .min = 1, .max = 64,
	    .doc = "Its name: sandbox."),
	PARAM_END
};

static const struct field live_fields[] = {
	FIELD_STR(struct live, status, .choices = "alive",
	    .doc = "This process answers."),
	FIELD_END
};

static const struct field ready_fields[] = {
	FIELD_STR(struct ready, status, .choices = "ready|not ready",
	    .doc = "Can this node serve?"),
	FIELD_BOOL(struct ready, database, .doc = "Does PostgreSQL answer?"),
	FIELD_STR(struct ready, breaker, .choices = STATES,
	    .doc = "State of the circuit breaker around the sandbox."),
	FIELD_END
};

static const struct field config_fields[] = {
	FIELD_INT(struct circuit_config, failure_threshold,
	    .doc = "Failures in a row that open it; 0: it never opens."),
	FIELD_INT(struct circuit_config, success_threshold,
	    .doc = "Answers that close it."),
	FIELD_INT(struct circuit_config, timeout,
	    .doc = "The longest time between two attempts, in seconds."),
	FIELD_END
};

static const struct field circuit_fields[] = {
	FIELD_STR(struct circuit, service_name, .doc = "What it is around."),
	FIELD_STR(struct circuit, state, .choices = STATES,
	    .doc = "closed: runs go through; open: they are refused; "
		   "half_open: one is tried."),
	FIELD_INT(struct circuit, failure_count, .doc = "Failures in a row."),
	FIELD_INT(struct circuit, opened, .doc = "Times that it opened."),
	FIELD_INT(struct circuit, refused, .doc = "Runs that it refused."),
	FIELD_INT(struct circuit, retry_ms,
	    .doc = "Milliseconds until a run is tried."),
	FIELD_TIME(struct circuit, last_failure_time, .flags = FIELD_NULLABLE,
	    .doc = "The last failure; null: none."),
	FIELD_ROW(struct circuit, config, struct circuit_config *,
	    FIELD_T_OBJECT, .child = config_fields,
	    .child_size = sizeof(struct circuit_config),
	    .child_name = "CircuitConfig", .doc = "How it is set."),
	FIELD_END
};

static const struct field circuits_fields[] = {
	FIELD_LIST(struct circuits, circuits, .child = circuit_fields,
	    .child_size = sizeof(struct circuit), .child_name = "Circuit",
	    .doc = "All there are."),
	FIELD_END
};

static const struct field detail_fields[] = {
	FIELD_STR(struct detail, status, .choices = "healthy|unhealthy",
	    .doc = "Whether every part works."),
	FIELD_STR(struct detail, version, .doc = "Version of mcpbox."),
	FIELD_BOOL(struct detail, database, .doc = "Does PostgreSQL answer?"),
	FIELD_INT(struct detail, database_ms,
	    .doc = "Milliseconds that it took to say so."),
	FIELD_ROW(struct detail, breaker, struct circuit *, FIELD_T_OBJECT,
	    .child = circuit_fields, .child_size = sizeof(struct circuit),
	    .child_name = "Circuit",
	    .doc = "The circuit breaker around the sandbox."),
	FIELD_JSON(struct detail, sandbox, .flags = FIELD_NULLABLE,
	    .doc = "The sandbox's own report; null: it does not answer."),
	FIELD_INT(struct detail, workers_admin,
	    .doc = "Processes for the page and the API."),
	FIELD_INT(struct detail, workers_gateway,
	    .doc = "Processes for MCP."),
	FIELD_INT(struct detail, threads, .doc = "Threads of each."),
	FIELD_INT(struct detail, pid, .doc = "The process that answered."),
	FIELD_STR(struct detail, metrics, .flags = FIELD_NULLABLE,
	    .doc = "Where /metrics is served; null: nowhere."),
	FIELD_END
};

enum { OP_LIVE, OP_READY, OP_DETAIL, OP_CIRCUITS, OP_RESET, OP_RESET_ONE };

const struct op probe_ops[] = {
	[OP_LIVE] = {
		.name = "health_live",
		.title = "Does this process answer?",
		.doc = "Yes, if anything comes back: nothing else is asked.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = live_fields, .result_size = sizeof(struct live),
		.result_name = "HealthLive",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_live,
	},
	[OP_READY] = {
		.name = "health_ready",
		.title = "Can this node serve?",
		.doc = "503 while the database is not reachable or the "
		       "circuit breaker is open, for load balancers.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = ready_fields, .result_size = sizeof(struct ready),
		.result_name = "HealthReady",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_ready,
	},
	[OP_DETAIL] = {
		.name = "health_detail",
		.title = "This node in detail",
		.doc = "What an administrator wants to know of the node that "
		       "answers: its parts, the circuit breaker, the "
		       "sandbox's report.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = detail_fields, .result_size = sizeof(struct detail),
		.result_name = "HealthDetail",
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_detail,
	},
	[OP_CIRCUITS] = {
		.name = "health_circuits",
		.title = "Circuit breakers",
		.doc = "The circuit breakers of the node that answers, the "
		       "same from each of its workers.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = circuits_fields,
		.result_size = sizeof(struct circuits),
		.result_name = "Circuits",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_circuits,
	},
	[OP_RESET] = {
		.name = "reset_circuits",
		.title = "Reset the circuit breakers",
		.doc = "Closes them for all workers at once. Runs that are "
		       "under way and fail later do not open them again.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = circuits_fields,
		.result_size = sizeof(struct circuits),
		.result_name = "Circuits",
		.perm = PERM_RUN, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_reset,
	},
	[OP_RESET_ONE] = {
		.name = "reset_circuit",
		.title = "Reset a circuit breaker",
		.doc = "Like reset_circuits, for one of them.",
		.params = name_params, .args_size = sizeof(struct name_args),
		.result = circuits_fields,
		.result_size = sizeof(struct circuits),
		.result_name = "Circuits",
		.perm = PERM_RUN, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_reset_one,
	},
	{.name = NULL},
};

const struct route probe_routes[] = {
	{"GET",  "/health/live",           &probe_ops[OP_LIVE],     200, false},
	{"GET",  "/health/ready",          &probe_ops[OP_READY],    200, false},
	{"GET",  "/health/detail",         &probe_ops[OP_DETAIL],   200, false},
	{"GET",  "/health/circuits",       &probe_ops[OP_CIRCUITS], 200, false},
	{"POST", "/health/circuits/reset", &probe_ops[OP_RESET],    200, false},
	{"POST", "/health/circuits/{service_name}/reset", &probe_ops[OP_RESET_ONE], 200, false},
	ROUTE_END
};
/* clang-format on */
