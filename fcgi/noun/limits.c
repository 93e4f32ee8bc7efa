/*
 * limits.c: what bounds a run.
 */
#include "noun/limits.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/network.h"
#include "noun/server.h"
#include "noun/tx.h"
#include "op/view.h"
#include "settings.h"

/* The rows of limits.def. */
static const struct {
	const char *pointer; /* of its field in a request */
	size_t value;        /* in struct limit_values */
	size_t def;          /* in struct settings */
	size_t max;          /* in struct settings; 0: none */
} rows[] = {
#define LIMIT(m, setting, least, most, doc)                                    \
	{"/" #m, offsetof(struct limit_values, m),                             \
	    offsetof(struct settings, setting),                                \
	    offsetof(struct settings, setting##_max)},
#define SERVER_LIMIT(m, setting, least, most, doc)                             \
	{"/" #m, offsetof(struct limit_values, m),                             \
	    offsetof(struct settings, setting), 0},
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
};

/* clang-format off */
const struct field limits_value_fields[] = {
#define LIMIT(m, setting, least, most, text) \
	FIELD_OPT_INT(struct limit_values, m, .flags = FIELD_NULLABLE, \
	    .doc = text),
#define SERVER_LIMIT LIMIT
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
	FIELD_END
};

/* A row of limit_set. */
struct stored {
	struct limit_values v;
	const char *updated_by;
	const char *updated_at;
};

static const struct field stored_fields[] = {
	LIMITS_ROWS(struct stored, v),
	FIELD_STR(struct stored, updated_by, .doc = "By whom."),
	FIELD_TIME(struct stored, updated_at, .doc = "When."),
	FIELD_END
};
/* clang-format on */

_Static_assert(NELEM(rows) == NELEM(limits_value_fields) - 1 &&
	NELEM(stored_fields) == NELEM(rows) + 3,
    "LIMITS_ROWS names every row of limits.def");

static struct opt_int *
slot(struct limit_values *v, size_t i)
{
	return (void *)((char *)v + rows[i].value);
}

static const struct opt_int *
peek(const struct limit_values *v, size_t i)
{
	return (const void *)((const char *)v + rows[i].value);
}

static int64_t
setting(const struct settings *s, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)s + offset);
}

/* --- what holds ----------------------------------------------------------- */

/* 0 of cpu_ms is no limit but a word for the time limit. */
static bool
is_cpu(size_t i)
{
	return rows[i].value == offsetof(struct limit_values, cpu_ms);
}

static struct opt_int
by_default(const struct settings *s, size_t i)
{
	int64_t v = setting(s, rows[i].def);

	return (struct opt_int){.given = v != 0 || !is_cpu(i), .v = v};
}

/* Of two, the nearer one, within the instance's maximum. */
static void
resolve(const struct settings *s, const struct limit_values *own,
    const struct limit_values *wider, struct limit_values *out)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct opt_int v = *peek(own, i);
		int64_t max;

		if (!v.given)
			v = wider != NULL ? *peek(wider, i) : by_default(s, i);
		if (v.given && rows[i].max != 0) {
			max = setting(s, rows[i].max);
			v.v = v.v < max ? v.v : max;
		}
		*slot(out, i) = v;
	}
}

void
limits_for_run(const struct ctx *ctx, const struct limit_values *own,
    int64_t wall_ms, struct box_limits *out)
{
	struct limit_values v;

	resolve(ctx->settings, own, NULL, &v);
	*out = (struct box_limits){
	    .wall_ms = (uint32_t)wall_ms,
	    .cpu_ms =
		(uint32_t)(v.cpu_ms.given ? v.cpu_ms.v : wall_ms * v.threads.v),
	    .memory = (uint64_t)v.memory_mib.v * 1024 * 1024,
	    .result = (uint32_t)v.result_kib.v * 1024,
	    .output = (uint32_t)v.output_kib.v * 1024,
	    .threads = (uint32_t)v.threads.v,
	    .requests = (uint32_t)v.requests.v,
	    .transfer = (uint64_t)v.transfer_kib.v * 1024,
	    .concurrency = (uint32_t)v.concurrency.v,
	    .rate = (uint32_t)v.rate_per_minute.v,
	};
}

int64_t
limits_calls(const struct ctx *ctx, const struct limit_values *own)
{
	struct limit_values v;

	resolve(ctx->settings, own, NULL, &v);
	return v.calls_per_minute.v;
}

/* --- reading -------------------------------------------------------------- */

/* Empty when there is no row. */
static enum fail_code
read_stored(struct ctx *ctx, struct str server_id, struct str tool_id,
    struct stored *out)
{
	enum fail_code rc;

	*out = (struct stored){.updated_by = NULL};
	rc = db_one(ctx, Q_limit_get,
	    DB_ARGS(DB_STR(server_id), DB_STR(tool_id)), stored_fields, out);
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	return FAIL_NONE;
}

static struct limit_values *
new_values(struct ctx *ctx)
{
	return arena_zalloc(ctx->arena, 1, sizeof(struct limit_values));
}

static enum fail_code
read_limits(struct ctx *ctx, struct str server_id, struct str tool_id,
    struct limits *out)
{
	struct limit_values none = {.cpu_ms = {.given = false}};
	struct stored server = {.updated_by = NULL}, tool = server;
	const struct stored *own = tool_id.n > 0 ? &tool : &server;
	enum fail_code rc;

	if ((rc = read_stored(ctx, server_id, STR_NONE, &server)) !=
		FAIL_NONE ||
	    (tool_id.n > 0 &&
		(rc = read_stored(ctx, server_id, tool_id, &tool)) !=
		    FAIL_NONE))
		return rc;
	*out = (struct limits){
	    .server_id = arena_str(ctx->arena, server_id).p,
	    .tool_id = tool_id.n > 0 ? arena_str(ctx->arena, tool_id).p : NULL,
	    .own = new_values(ctx),
	    .inherited = new_values(ctx),
	    .effective = new_values(ctx),
	    .updated_by = own->updated_by,
	    .updated_at = own->updated_at,
	};
	*out->own = own->v;
	resolve(ctx->settings, tool_id.n > 0 ? &server.v : &none, NULL,
	    out->inherited);
	resolve(ctx->settings, out->own, out->inherited, out->effective);
	return FAIL_NONE;
}

enum fail_code
limits_of_server(struct ctx *ctx, struct str id, struct limits *out)
{
	struct server server;
	enum fail_code rc = server_get(ctx, id, &server);

	return rc != FAIL_NONE ? rc : read_limits(ctx, id, STR_NONE, out);
}

enum fail_code
limits_of_tool(struct ctx *ctx, struct str id, struct limits *out)
{
	struct network_place server;
	enum fail_code rc = tx_not_found(ctx,
	    db_one(ctx, Q_network_place, DB_ARGS(DB_STR(id)),
		network_place_fields, &server),
	    "tool");

	return rc != FAIL_NONE ? rc
			       : read_limits(ctx, str_from(server.id), id, out);
}

/* --- setting -------------------------------------------------------------- */

static enum fail_code
check(struct ctx *ctx, const struct limit_values *set)
{
	bool any = false;

	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct opt_int *v = peek(set, i);
		int64_t max;

		any = any || v->given;
		if (!v->given || v->null || rows[i].max == 0)
			continue;
		max = setting(ctx->settings, rows[i].max);
		if (v->v > max)
			(void)fail_field(&ctx->fail, rows[i].pointer,
			    "is over the maximum of this instance, %lld",
			    (long long)max);
	}
	if (!any)
		return fail(&ctx->fail, FAIL_INVALID,
		    "Give at least one limit to change.");
	return ctx->fail.nfields == 0 ? FAIL_NONE
				      : fail(&ctx->fail, FAIL_INVALID, NULL);
}

/* Server, tool, the limits in their order, who. */
static enum fail_code
put(struct ctx *ctx, const struct network_target *t,
    const struct limit_values *v)
{
	struct db_arg args[2 + NELEM(rows) + 1];
	size_t n = 0;

	args[n++] = DB_STR(t->server_id);
	args[n++] = DB_STR(t->tool_id);
	for (size_t i = 0; i < NELEM(rows); i++)
		args[n++] = DB_OPT_INT(*peek(v, i));
	args[n++] = DB_CSTR(ctx_actor(ctx));
	return db_run(ctx, Q_limit_put, args, n, NULL);
}

static json_t *
seen(struct ctx *ctx, const struct limit_values *v)
{
	return json_keep(ctx->arena, view_object(limits_value_fields, v));
}

static enum fail_code
set_held(struct ctx *ctx, struct network_target *t,
    const struct limit_values *set, struct limits *out)
{
	struct limit_values before, v;
	bool tool = t->tool_id.n > 0;
	enum fail_code rc;

	if ((rc = network_hold(ctx, t)) != FAIL_NONE ||
	    (rc = read_limits(ctx, t->server_id, t->tool_id, out)) != FAIL_NONE)
		return rc;
	before = v = *out->own;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct opt_int *change = peek(set, i);

		if (change->given)
			*slot(&v, i) = (struct opt_int){
			    .given = !change->null, .v = change->v};
	}
	if ((rc = put(ctx, t, &v)) != FAIL_NONE ||
	    (rc = read_limits(ctx, t->server_id, t->tool_id, out)) != FAIL_NONE)
		return rc;
	return audit_write(ctx, "set_limits", tool ? "tool" : "server",
	    tool ? out->tool_id : out->server_id, seen(ctx, &before),
	    seen(ctx, out->own));
}

static enum fail_code
set_limits(struct ctx *ctx, struct network_target *t,
    const struct limit_values *set, struct limits *out)
{
	enum fail_code rc = check(ctx, set);

	if (rc == FAIL_NONE)
		rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, set_held(ctx, t, set, out));
}

enum fail_code
limits_set_server(
    struct ctx *ctx, const struct limits_args *args, struct limits *out)
{
	struct network_target t = {.server_id = args->id};

	return set_limits(ctx, &t, &args->set, out);
}

enum fail_code
limits_set_tool(
    struct ctx *ctx, const struct limits_args *args, struct limits *out)
{
	struct network_target t = {.tool_id = args->id};

	return set_limits(ctx, &t, &args->set, out);
}

/* --- the instance's ------------------------------------------------------- */

void
limits_of_instance(struct ctx *ctx, struct limits_instance *out)
{
	out->defaults = new_values(ctx);
	out->maxima = new_values(ctx);
	for (size_t i = 0; i < NELEM(rows); i++) {
		*slot(out->defaults, i) = by_default(ctx->settings, i);
		if (rows[i].max != 0)
			*slot(out->maxima, i) = (struct opt_int){.given = true,
			    .v = setting(ctx->settings, rows[i].max)};
	}
}
