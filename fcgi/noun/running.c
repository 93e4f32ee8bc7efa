/*
 * running.c: the runs that are under way on this node, and their end.
 */
#include "noun/running.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "op/view.h"
#include "out/sandbox.h"

/* A list that is watched is not worth a question for each watcher. */
#define LIST_AGE_MS 200
/*
 * From a change to the last run that began without knowing of it: it had read
 * what it may use just before, and came to the sandbox just after.
 */
#define GRACE_MS 250

/* --- reading -------------------------------------------------------------- */

/* Runs as the report has them. */
static void
read_runs(struct ctx *ctx, const json_t *report, struct list *out)
{
	const json_t *runs = json_get_arr(report, "runs");
	size_t n = json_array_size(runs);
	struct running *v = arena_zalloc(ctx->arena, n, sizeof(*v));

	*out = (struct list){.v = v};
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(runs, i);
		const char *trace = json_get_str(r, "trace");
		const char *kind = json_get_str(r, "kind");
		bool check = kind == NULL || strcmp(kind, "check") == 0;

		if (trace == NULL || trace[0] == '\0')
			continue;
		v[out->n++] = (struct running){
		    .request_id = trace,
		    .tool = check ? NULL : json_get_str(r, "tool"),
		    .server_id = check ? NULL : json_get_str(r, "env"),
		    .kind = check ? "check" : kind,
		    .waiting = json_get_bool(r, "waiting", false),
		    .since_ms = json_get_int(r, "since_ms", 0),
		};
	}
}

static bool
is_wanted(const struct running *r, const struct running_args *args)
{
	return (args->server_id.n == 0 ||
		   (r->server_id != NULL &&
		       str_eq_c(args->server_id, r->server_id))) &&
	    (args->tool.n == 0 ||
		(r->tool != NULL && str_eq_c(args->tool, r->tool)));
}

enum fail_code
running_list(
    struct ctx *ctx, const struct running_args *args, struct running_list *out)
{
	struct running *v;
	struct list all;
	json_t *report;
	enum fail_code rc = sandbox_report(ctx, LIST_AGE_MS, &report);

	if (rc != FAIL_NONE)
		return rc;
	read_runs(ctx, report, &all);
	out->items = (struct list){.v = all.v};
	v = all.v;
	for (size_t i = 0; i < all.n; i++) {
		if (is_wanted(&v[i], args))
			v[out->items.n++] = v[i];
	}
	out->total = json_get_int(report, "open_calls", (int64_t)all.n);
	return FAIL_NONE;
}

/* --- one run -------------------------------------------------------------- */

static enum fail_code
not_there(struct ctx *ctx)
{
	return fail(&ctx->fail, FAIL_NOT_FOUND,
	    "No run with this id is under way on this node. It may have ended "
	    "by itself.");
}

/* What is known of it, for the record; NULL when it is not listed. */
static json_t *
describe(struct ctx *ctx, struct str request_id)
{
	struct running *v;
	struct list all;
	json_t *report, *o;

	if (sandbox_report(ctx, 0, &report) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		return NULL;
	}
	read_runs(ctx, report, &all);
	v = all.v;
	for (size_t i = 0; i < all.n; i++) {
		if (!str_eq_c(request_id, v[i].request_id))
			continue;
		o = json_keep(ctx->arena, json_obj());
		json_put_str(o, "tool", v[i].tool);
		json_put_str(o, "server_id", v[i].server_id);
		json_put_str(o, "kind", v[i].kind);
		json_put_int(o, "since_ms", v[i].since_ms);
		return o;
	}
	return NULL;
}

enum fail_code
running_cancel(
    struct ctx *ctx, struct str request_id, struct running_ended *out)
{
	struct box_kill k = {
	    .what = BOX_KILL_TRACE,
	    .value = request_id,
	    .why = STR_LIT("A person stopped the run."),
	};
	json_t *before = describe(ctx, request_id);
	uint32_t ended = 0;
	enum fail_code rc = sandbox_kill(ctx, &k, &ended);

	if (rc != FAIL_NONE)
		return rc;
	if (ended == 0)
		return not_there(ctx);
	*out = (struct running_ended){
	    .request_id = arena_str(ctx->arena, request_id).p,
	    .ended = ended,
	};
	rc = audit_write(
	    ctx, "cancel_run", "run", out->request_id, before, NULL);
	if (rc != FAIL_NONE)
		log_error("a run was stopped and could not be recorded",
		    LOG_STR("run", out->request_id),
		    LOG_STR("by", ctx_actor(ctx)));
	return rc;
}

/* --- what was missed ------------------------------------------------------ */

struct order {
	const char *what;
	const char *target;
	const char *why;
	int64_t age_ms;
	bool lasting; /* not: something was taken away, once */
	bool stands;  /* lasting, and it still cannot be called */
};

/* clang-format off */
static const struct field order_fields[] = {
	FIELD_STR(struct order, what, .doc = "tool or server."),
	FIELD_STR(struct order, target, .doc = "Which."),
	FIELD_STR(struct order, why, .doc = "For whoever called."),
	FIELD_INT(struct order, age_ms, .doc = "Since it was given."),
	FIELD_BOOL(struct order, lasting, .doc = "Is it about a state?"),
	FIELD_BOOL(struct order, stands, .doc = "Does it last?"),
	FIELD_END
};
/* clang-format on */

static bool
is_meant(const struct running *r, const struct order *o)
{
	const char *value = strcmp(o->what, "tool") == 0 ? r->tool
							 : r->server_id;

	if (value == NULL || strcmp(value, o->target) != 0)
		return false;
	/* Trials and tests need no approval and no running server. */
	if (o->stands && strcmp(r->kind, "call") == 0)
		return true;
	return r->since_ms + (o->lasting ? 0 : GRACE_MS) >= o->age_ms;
}

static enum fail_code
end_one(struct ctx *ctx, const struct running *r, const struct order *o)
{
	struct box_kill k = {
	    .what = BOX_KILL_TRACE,
	    .value = str_from(r->request_id),
	    .why = str_from(o->why),
	};
	uint32_t ended;
	enum fail_code rc = sandbox_kill(ctx, &k, &ended);

	if (rc == FAIL_NONE && ended > 0)
		log_info("ended a run that should have ended before",
		    LOG_STR("run", r->request_id), LOG_STR("why", o->why));
	return rc;
}

enum fail_code
running_catch_up(struct ctx *ctx)
{
	struct list orders, runs;
	const struct running *run;
	const struct order *order;
	json_t *report;
	enum fail_code rc = db_all(ctx, Q_kill_recent, DB_NOARGS, order_fields,
	    sizeof(struct order), &orders);

	if (rc != FAIL_NONE || orders.n == 0)
		return rc;
	if ((rc = sandbox_report(ctx, 0, &report)) != FAIL_NONE)
		return rc;
	read_runs(ctx, report, &runs);
	run = runs.v;
	order = orders.v;
	for (size_t i = 0; i < runs.n; i++) {
		for (size_t k = 0; k < orders.n; k++) {
			if (!is_meant(&run[i], &order[k]))
				continue;
			if ((rc = end_one(ctx, &run[i], &order[k])) !=
			    FAIL_NONE)
				return rc;
			break;
		}
	}
	return FAIL_NONE;
}
