/*
 * metrics.c: the numbers of this node, for Prometheus.
 */
#include "noun/metrics.h"

#include "db/db.h"
#include "json.h"
#include "op/metric.h"
#include "out/breaker.h"
#include "out/sandbox.h"

#define ASK_EVERY_MS 1000

struct connections {
	const char *role;
	int64_t n;
};

/* clang-format off */
static const struct field connection_fields[] = {
	FIELD_STR(struct connections, role, .doc = "Whose."),
	FIELD_INT(struct connections, n, .doc = "How many."),
	FIELD_END
};

/* Of the sandbox's report: where it is, and what it is called here. */
static const struct {
	const char *object; /* NULL: the report itself */
	const char *key;
	const char *name, *type, *doc;
} numbers[] = {
	{NULL, "running", "mcpbox_sandbox_running", "gauge",
	    "Runs under way."},
	{NULL, "waiting", "mcpbox_sandbox_queue", "gauge",
	    "Runs that wait for a free process."},
	{NULL, "connections", "mcpbox_sandbox_connections", "gauge",
	    "Connections to the sandbox."},
	{NULL, "descriptors", "mcpbox_sandbox_descriptors", "gauge",
	    "Open files of the sandbox."},
	{NULL, "zygote_count", "mcpbox_sandbox_zygotes", "gauge",
	    "Interpreters that are kept warm."},
	{NULL, "generation", "mcpbox_sandbox_generation", "gauge",
	    "Generation of interpreters."},
	{"queue", "full", "mcpbox_sandbox_refused_full_total", "counter",
	    "Runs that were refused because the queue was full."},
	{"queue", "full_server", "mcpbox_sandbox_refused_server_total",
	    "counter", "Runs refused because their server's queue was full."},
	{"queue", "rate_limited", "mcpbox_sandbox_refused_rate_total",
	    "counter", "Runs over the rate of their server."},
	{"queue", "expired", "mcpbox_sandbox_expired_total", "counter",
	    "Runs that waited for too long."},
	{"totals", "zygotes", "mcpbox_sandbox_zygotes_started_total",
	    "counter", "Interpreters that were started."},
	{"totals", "zygotes_ended", "mcpbox_sandbox_zygotes_lost_total",
	    "counter", "Interpreters that ended by themselves."},
	{"totals", "evicted", "mcpbox_sandbox_zygotes_evicted_total",
	    "counter", "Interpreters that made room for others."},
	{"totals", "children", "mcpbox_sandbox_processes_total", "counter",
	    "Processes that were made for runs."},
	{"totals", "children_failed", "mcpbox_sandbox_processes_failed_total",
	    "counter", "Processes that could not be made."},
	{"totals", "granted", "mcpbox_sandbox_granted_total", "counter",
	    "Runs that got a process."},
	{"totals", "refused", "mcpbox_sandbox_refused_total", "counter",
	    "Runs that got none."},
	{"egress", "connections", "mcpbox_egress_connections", "gauge",
	    "Runs that may make outbound requests now."},
	{"egress", "starts", "mcpbox_egress_starts_total", "counter",
	    "Times that the egress process was started."},
};
/* clang-format on */

static void
up(struct buf *b, bool sandbox, bool egress, bool database)
{
	metric_head(b, "mcpbox_up", "gauge", "Does this part answer?");
	metric_sample(b, "mcpbox_up", "{part=\"database\"}", database);
	metric_sample(b, "mcpbox_up", "{part=\"sandbox\"}", sandbox);
	metric_sample(b, "mcpbox_up", "{part=\"egress\"}", egress);
}

static void
put_zygotes(struct buf *b, const json_t *report)
{
	static const char *const states[] = {
	    "ready", "warming", "busy", "dying"};
	const json_t *list = json_get_arr(report, "zygotes");
	const json_t *z;
	size_t i;

	metric_head(b, "mcpbox_sandbox_pool", "gauge",
	    "Processes of all interpreters, by state.");
	for (size_t s = 0; s < NELEM(states); s++) {
		int64_t n = 0;

		json_array_foreach(list, i, z)
		    n += json_get_int(z, states[s], 0);
		buf_printf(b, "mcpbox_sandbox_pool{state=\"%s\"} %lld\n",
		    states[s], (long long)n);
	}
}

static void
put_sandbox(struct buf *b, const json_t *report)
{
	for (size_t i = 0; i < NELEM(numbers); i++) {
		const json_t *from = numbers[i].object != NULL
		    ? json_get_obj(report, numbers[i].object)
		    : report;

		metric_head(
		    b, numbers[i].name, numbers[i].type, numbers[i].doc);
		metric_sample(b, numbers[i].name, "",
		    (uint64_t)json_get_int(from, numbers[i].key, 0));
	}
	put_zygotes(b, report);
}

static void
put_breaker(struct buf *b)
{
	struct breaker_report r;

	breaker_get(&r);
	metric_head(b, "mcpbox_breaker_state", "gauge",
	    "Of the circuit breaker: is it in this state?");
	for (int s = BREAKER_CLOSED; s <= BREAKER_HALF_OPEN; s++)
		buf_printf(b,
		    "mcpbox_breaker_state{name=\"sandbox\",state=\"%s\"} %d\n",
		    breaker_state_name((enum breaker_state)s),
		    r.state == (enum breaker_state)s);
	metric_head(b, "mcpbox_breaker_opened_total", "counter",
	    "Times that the circuit breaker opened.");
	metric_sample(
	    b, "mcpbox_breaker_opened_total", "{name=\"sandbox\"}", r.opened);
	metric_head(b, "mcpbox_breaker_refused_total", "counter",
	    "Runs that the circuit breaker refused.");
	metric_sample(
	    b, "mcpbox_breaker_refused_total", "{name=\"sandbox\"}", r.refused);
}

static bool
put_database(struct ctx *ctx, struct buf *b)
{
	const struct connections *c;
	struct list rows;

	if (db_all(ctx, Q_metrics_connections, DB_NOARGS, connection_fields,
		sizeof(*c), &rows) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		return false;
	}
	metric_head(b, "mcpbox_db_connections", "gauge",
	    "Connections to the database, by role.");
	c = rows.v;
	for (size_t i = 0; i < rows.n; i++)
		buf_printf(b, "mcpbox_db_connections{role=\"%s\"} %lld\n",
		    c[i].role, (long long)c[i].n);
	return true;
}

void
metrics_put(struct ctx *ctx, struct buf *b)
{
	json_t *report = NULL;
	bool database;

	metric_head(b, "mcpbox_build_info", "gauge", "What runs here.");
	metric_sample(
	    b, "mcpbox_build_info", "{version=\"" MCPBOX_VERSION "\"}", 1);
	metric_put(b);
	put_breaker(b);
	if (sandbox_report(ctx, ASK_EVERY_MS, &report) != FAIL_NONE) {
		fail_clear(&ctx->fail);
		report = NULL;
	}
	if (report != NULL)
		put_sandbox(b, report);
	database = put_database(ctx, b);
	up(b, report != NULL,
	    json_get_bool(json_get_obj(report, "egress"), "healthy", false),
	    database);
}
