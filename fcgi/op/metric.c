/*
 * metric.c: counters in a mapping of all processes.
 */
#include "op/metric.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "log.h"

#define POOLS 3
#define KINDS 4   /* of lib/box.h, from 1 */
#define CLASSES 6 /* of HTTP status */

/* Upper bounds of histograms, in microseconds, and as they are written. */
static const struct {
	uint64_t us;
	const char *seconds;
} bounds[] = {
    {1000, "0.001"},
    {2500, "0.0025"},
    {5000, "0.005"},
    {10000, "0.01"},
    {25000, "0.025"},
    {50000, "0.05"},
    {100000, "0.1"},
    {250000, "0.25"},
    {500000, "0.5"},
    {1000000, "1"},
    {2500000, "2.5"},
    {5000000, "5"},
    {10000000, "10"},
    {30000000, "30"},
    {60000000, "60"},
    {300000000, "300"},
};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

struct histogram {
	_Atomic uint64_t
	    in[BOUNDS + 1]; /* between two bounds; the last: over */
	_Atomic uint64_t us;
};

static struct shared {
	_Atomic uint64_t one[METRIC__MAX];
	_Atomic uint64_t runs[KINDS][BOX_OUTCOME__MAX];
	struct histogram run_time[BOX_OUTCOME__MAX];
	_Atomic uint64_t requests[POOLS][CLASSES];
	struct histogram request_time[POOLS];
	_Atomic uint64_t failed[FAIL__MAX];
} alone, *shared = &alone;

static const char *const kind_names[KINDS] = {"call", "trial", "check", "test"};
static const char *const pool_names[POOLS] = {
    [POOL_ADMIN] = "admin",
    [POOL_GATEWAY] = "gateway",
    [POOL_JOBS] = "jobs",
};
static const char *const class_names[CLASSES] = {
    "other", "1xx", "2xx", "3xx", "4xx", "5xx"};

static const struct {
	const char *name;
	const char *doc;
} ones[] = {
#define M(id, name, doc) [METRIC_##id] = {(name), (doc)},
    METRIC_LIST(M)
#undef M
};

void
metric_init(void)
{
	void *p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		log_panic("mapping the counters failed", NULL);
	shared = p;
}

/* --- counting ------------------------------------------------------------- */

static void
add(_Atomic uint64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static void
observe(struct histogram *h, uint64_t us)
{
	size_t i = 0;

	while (i < BOUNDS && us > bounds[i].us)
		i++;
	add(&h->in[i], 1);
	add(&h->us, us);
}

void
metric_add(enum metric m, uint64_t n)
{
	add(&shared->one[m], n);
}

void
metric_run(enum box_kind kind, enum box_outcome outcome, uint64_t us)
{
	size_t k = (size_t)kind - 1, o = (size_t)outcome;

	if (k >= KINDS || o >= BOX_OUTCOME__MAX)
		return;
	add(&shared->runs[k][o], 1);
	if (kind == BOX_KIND_CALL)
		observe(&shared->run_time[o], us);
}

void
metric_request(enum pool pool, int status, enum fail_code code, uint64_t us)
{
	size_t class = status >= 100 && status < 600 ? (size_t)status / 100 : 0;

	add(&shared->requests[pool][class], 1);
	observe(&shared->request_time[pool], us);
	if (code > FAIL_NONE && code < FAIL__MAX)
		add(&shared->failed[code], 1);
}

/* --- telling -------------------------------------------------------------- */

void
metric_head(struct buf *b, const char *name, const char *type, const char *doc)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, doc, name, type);
}

void
metric_sample(struct buf *b, const char *name, const char *labels, uint64_t v)
{
	buf_printf(b, "%s%s %llu\n", name, labels, (unsigned long long)v);
}

static uint64_t
get(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* label: name="value" of this one. */
static void
put_histogram(struct buf *b, const char *name, const char *label,
    const struct histogram *h)
{
	uint64_t n = 0, us = get(&h->us);

	for (size_t i = 0; i < BOUNDS; i++) {
		n += get(&h->in[i]);
		buf_printf(b, "%s_bucket{%s,le=\"%s\"} %llu\n", name, label,
		    bounds[i].seconds, (unsigned long long)n);
	}
	n += get(&h->in[BOUNDS]);
	buf_printf(b, "%s_bucket{%s,le=\"+Inf\"} %llu\n", name, label,
	    (unsigned long long)n);
	buf_printf(b, "%s_sum{%s} %llu.%06llu\n", name, label,
	    (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000));
	buf_printf(
	    b, "%s_count{%s} %llu\n", name, label, (unsigned long long)n);
}

static void
put_runs(struct buf *b)
{
	static const char runs[] = "mcpbox_runs_total";
	static const char times[] = "mcpbox_call_duration_seconds";
	static const enum box_outcome kills[] = {BOX_OUTCOME_TIMEOUT,
	    BOX_OUTCOME_CPU, BOX_OUTCOME_MEMORY, BOX_OUTCOME_FORBIDDEN,
	    BOX_OUTCOME_OUTPUT, BOX_OUTCOME_CANCELLED};

	metric_head(b, runs, "counter",
	    "Runs of tools and checks of code, by how they ended.");
	for (size_t k = 0; k < KINDS; k++) {
		for (size_t o = 0; o < BOX_OUTCOME__MAX; o++)
			buf_printf(b, "%s{kind=\"%s\",outcome=\"%s\"} %llu\n",
			    runs, kind_names[k],
			    box_outcome_name((enum box_outcome)o),
			    (unsigned long long)get(&shared->runs[k][o]));
	}
	metric_head(b, "mcpbox_kills_total", "counter",
	    "Runs that the sandbox ended before their time.");
	for (size_t i = 0; i < NELEM(kills); i++) {
		uint64_t n = 0;

		for (size_t k = 0; k < KINDS; k++)
			n += get(&shared->runs[k][kills[i]]);
		buf_printf(b, "mcpbox_kills_total{reason=\"%s\"} %llu\n",
		    box_outcome_name(kills[i]), (unsigned long long)n);
	}
	metric_head(b, times, "histogram", "Time that clients' calls took.");
	for (size_t o = 0; o < BOX_OUTCOME__MAX; o++) {
		char label[64];

		(void)snprintf(label, sizeof(label), "outcome=\"%s\"",
		    box_outcome_name((enum box_outcome)o));
		put_histogram(b, times, label, &shared->run_time[o]);
	}
}

static void
put_requests(struct buf *b)
{
	static const char times[] = "mcpbox_http_request_duration_seconds";

	metric_head(b, "mcpbox_http_requests_total", "counter",
	    "Requests that were answered.");
	for (size_t p = 0; p <= POOL_GATEWAY; p++) {
		for (size_t c = 0; c < CLASSES; c++)
			buf_printf(b,
			    "mcpbox_http_requests_total{pool=\"%s\","
			    "status=\"%s\"} %llu\n",
			    pool_names[p], class_names[c],
			    (unsigned long long)get(&shared->requests[p][c]));
	}
	metric_head(b, times, "histogram",
	    "From a request's arrival to its answer, streams left out.");
	for (size_t p = 0; p <= POOL_GATEWAY; p++) {
		char label[32];

		(void)snprintf(
		    label, sizeof(label), "pool=\"%s\"", pool_names[p]);
		put_histogram(b, times, label, &shared->request_time[p]);
	}
	metric_head(b, "mcpbox_denials_total", "counter",
	    "Requests that were refused or failed, by the slug of the "
	    "failure.");
	for (int code = FAIL_NONE + 1; code < FAIL__MAX; code++)
		buf_printf(b, "mcpbox_denials_total{reason=\"%s\"} %llu\n",
		    fail_slug((enum fail_code)code),
		    (unsigned long long)get(&shared->failed[code]));
}

void
metric_put(struct buf *b)
{
	put_runs(b);
	put_requests(b);
	for (size_t i = 0; i < METRIC__MAX; i++) {
		metric_head(b, ones[i].name, "counter", ones[i].doc);
		metric_sample(b, ones[i].name, "", get(&shared->one[i]));
	}
}
