/*
 * health.c: are the parts of this instance alive, and what is it?
 *
 * The sandbox is asked at most once a second by a process, whoever asks us:
 * these operations need no credential, and a question to sandboxd holds a
 * request thread.
 */
#include "noun/health.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "out/breaker.h"
#include "out/sandbox.h"
#include "settings.h"

#define ASK_EVERY_MS 1000
#define LAYERS_MAX 64

#define STATES "healthy|unhealthy"
#define LAYER_STATES "on|off|missing"

struct no_args {
	char none;
};

struct layer {
	const char *name;
	const char *state;
	const char *detail;
};

struct service_state {
	const char *status;
	bool healthy;
};

struct sandbox_state {
	const char *status;
	bool healthy;
	const char *circuit_breaker;
	struct list layers;
};

struct services {
	struct service_state *database;
	struct sandbox_state *sandbox;
};

struct health {
	const char *status;
	const char *version;
	const char *database;
	const char *sandbox;
};

struct health_services {
	const char *status;
	struct services *services;
};

struct app_config {
	const char *app_name;
	const char *app_version;
	bool auth_required;
	const char *mcp_url;
	const char *gateway_url;
};

/* --- asking --------------------------------------------------------------- */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_get_str(o, key);

	return s != NULL ? s : "";
}

static void
read_layers(struct ctx *ctx, const json_t *report, struct list *out)
{
	const json_t *list = json_get_arr(report, "layers");
	size_t n = json_array_size(list);
	struct layer *v;

	n = n < LAYERS_MAX ? n : LAYERS_MAX;
	v = arena_zalloc(ctx->arena, n, sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		v[i] = (struct layer){text_of(o, "name"), text_of(o, "state"),
		    text_of(o, "detail")};
	}
	*out = (struct list){n, v};
}

static struct sandbox_state *
ask_sandbox(struct ctx *ctx)
{
	struct sandbox_state *s = arena_zalloc(ctx->arena, 1, sizeof(*s));
	struct breaker_report breaker;
	json_t *report;

	breaker_get(&breaker);
	s->circuit_breaker = breaker_state_name(breaker.state);
	if (sandbox_report(ctx, ASK_EVERY_MS, &report) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		s->status = "not reachable";
		return s;
	}
	s->healthy = json_get_bool(report, "healthy", true);
	s->status = s->healthy ? "running" : "degraded";
	read_layers(ctx, report, &s->layers);
	return s;
}

static struct service_state *
ask_database(struct ctx *ctx)
{
	struct service_state *s = arena_zalloc(ctx->arena, 1, sizeof(*s));

	s->healthy = db_alive(ctx);
	s->status = s->healthy ? "running" : "not reachable";
	return s;
}

/* --- operations ----------------------------------------------------------- */

/* 503 takes this node out of a balancer: only what makes it useless. */
static void
status_for(struct ctx *ctx, bool database)
{
	if (!database)
		ctx->status = 503;
}

static enum fail_code
op_health(struct ctx *ctx, const void *args, void *result)
{
	const struct service_state *database = ask_database(ctx);
	const struct sandbox_state *sandbox = ask_sandbox(ctx);

	(void)args;
	status_for(ctx, database->healthy);
	*(struct health *)result = (struct health){
	    .status = database->healthy && sandbox->healthy ? "healthy"
							    : "unhealthy",
	    .version = MCPBOX_VERSION,
	    .database = database->status,
	    .sandbox = sandbox->status,
	};
	return FAIL_NONE;
}

static enum fail_code
op_services(struct ctx *ctx, const void *args, void *result)
{
	struct services *s = arena_zalloc(ctx->arena, 1, sizeof(*s));
	bool well;

	(void)args;
	s->database = ask_database(ctx);
	s->sandbox = ask_sandbox(ctx);
	well = s->database->healthy && s->sandbox->healthy;
	*(struct health_services *)result = (struct health_services){
	    .status = well ? "healthy" : "unhealthy",
	    .services = s,
	};
	return FAIL_NONE;
}

static const char *
mcp_url(struct ctx *ctx, const char *listen)
{
	return arena_printf(
	    ctx->arena, "http%s://%s/mcp", ctx->https ? "s" : "", listen);
}

static enum fail_code
op_config(struct ctx *ctx, const void *args, void *result)
{
	const struct settings *s = ctx->settings;

	(void)args;
	*(struct app_config *)result = (struct app_config){
	    .app_name = "mcpbox",
	    .app_version = MCPBOX_VERSION,
	    .auth_required = strcmp(s->mcp_auth, "required") == 0,
	    .mcp_url = s->public_url != NULL
		? arena_printf(ctx->arena, "%s/mcp", s->public_url)
		: mcp_url(ctx, s->listen),
	    .gateway_url = mcp_url(ctx, s->gateway_listen),
	};
	return FAIL_NONE;
}

/* --- tables --------------------------------------------------------------- */

static const struct field health_fields[] = {
    FIELD_STR(struct health, status, .choices = STATES,
	.doc = "Whether every part works."),
    FIELD_STR(struct health, version, .doc = "Version of mcpbox."),
    FIELD_STR(struct health, database, .doc = "State of the database."),
    FIELD_STR(struct health, sandbox, .doc = "State of the sandbox."),
    FIELD_END,
};

static const struct field layer_fields[] = {
    FIELD_STR(struct layer, name, .doc = "A layer of isolation."),
    FIELD_STR(struct layer, state, .choices = LAYER_STATES,
	.doc = "Whether it is in force."),
    FIELD_STR(struct layer, detail, .doc = "What it does, or why not."),
    FIELD_END,
};

static const struct field database_fields[] = {
    FIELD_STR(struct service_state, status, .doc = "State in words."),
    FIELD_BOOL(struct service_state, healthy, .doc = "Whether it works."),
    FIELD_END,
};

static const struct field sandbox_fields[] = {
    FIELD_STR(struct sandbox_state, status, .doc = "State in words."),
    FIELD_BOOL(struct sandbox_state, healthy, .doc = "Whether it works."),
    FIELD_STR(struct sandbox_state, circuit_breaker,
	.choices = "closed|open|half_open",
	.doc = "State of the circuit breaker around it."),
    FIELD_LIST(struct sandbox_state, layers, .child = layer_fields,
	.child_size = sizeof(struct layer), .child_name = "SandboxLayer",
	.doc = "The layers of isolation around tool code."),
    FIELD_END,
};

static const struct field services_fields[] = {
    FIELD_ROW(struct services, database, struct service_state *, FIELD_T_OBJECT,
	.child = database_fields, .child_size = sizeof(struct service_state),
	.child_name = "ServiceState", .doc = "PostgreSQL."),
    FIELD_ROW(struct services, sandbox, struct sandbox_state *, FIELD_T_OBJECT,
	.child = sandbox_fields, .child_size = sizeof(struct sandbox_state),
	.child_name = "SandboxState", .doc = "sandboxd."),
    FIELD_END,
};

static const struct field health_services_fields[] = {
    FIELD_STR(struct health_services, status, .choices = STATES,
	.doc = "Whether every part works."),
    FIELD_ROW(struct health_services, services, struct services *,
	FIELD_T_OBJECT, .child = services_fields,
	.child_size = sizeof(struct services), .doc = "Part by part."),
    FIELD_END,
};

static const struct field app_config_fields[] = {
    FIELD_STR(struct app_config, app_name, .doc = "Name of the product."),
    FIELD_STR(struct app_config, app_version, .doc = "Version of mcpbox."),
    FIELD_BOOL(struct app_config, auth_required,
	.doc = "Whether MCP clients need a token."),
    FIELD_STR(
	struct app_config, mcp_url, .doc = "MCP endpoint of this listener."),
    FIELD_STR(struct app_config, gateway_url,
	.doc = "MCP endpoint of the gateway listener."),
    FIELD_END,
};

enum { OP_HEALTH, OP_SERVICES, OP_CONFIG };

/* clang-format off */
const struct op health_ops[] = {
	[OP_HEALTH] = {
		.name = "health",
		.title = "Is this instance healthy?",
		.doc = "The state of the instance in one line. 503 when the "
		       "database is not reachable.",
		.args_size = sizeof(struct no_args),
		.result = health_fields,
		.result_size = sizeof(struct health),
		.result_name = "Health",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_health,
	},
	[OP_SERVICES] = {
		.name = "health_services",
		.title = "State of every part",
		.doc = "The database, and the sandbox with each of its layers.",
		.args_size = sizeof(struct no_args),
		.result = health_services_fields,
		.result_size = sizeof(struct health_services),
		.result_name = "HealthServices",
		.perm = PERM_READ, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_services,
	},
	[OP_CONFIG] = {
		.name = "app_config",
		.title = "What is this instance?",
		.doc = "Version and addresses, as far as anyone may know.",
		.args_size = sizeof(struct no_args),
		.result = app_config_fields,
		.result_size = sizeof(struct app_config),
		.result_name = "AppConfig",
		.perm = PERM_ANYONE, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_config,
	},
	{.name = NULL},
};

const struct route health_routes[] = {
	{"GET", "/health",          &health_ops[OP_HEALTH],   200, false},
	{"GET", "/health/services", &health_ops[OP_SERVICES], 200, false},
	{"GET", "/api/config",      &health_ops[OP_CONFIG],   200, false},
	ROUTE_END
};
/* clang-format on */
