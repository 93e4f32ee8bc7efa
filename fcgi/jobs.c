/*
 * jobs.c: timed work in the database.
 *
 * Each job is a statement and a period.  Of all jobs processes of all nodes
 * the one that holds an advisory lock works; the others ask for the lock now
 * and then.  The lock is the connection's, and that may have been made anew
 * unnoticed: so it is asked for before each piece of work (having it already
 * is no obstacle).
 */
#include "jobs.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "db/db.h"
#include "log.h"
#include "op/ctx.h"
#include "op/metric.h"
#include "proc.h"
#include "settings.h"

#define ARENA_MAX ((size_t)1024 * 1024)
#define LOCK_EVERY_MS 10000

static const struct {
	enum q q;
	int64_t every_ms;
	bool days; /* takes the days that records are kept, and counts rows */
} jobs[] = {
    {Q_jobs_maintain, 60000, false},
    {Q_jobs_maintain_mcp, 60000, false},
    /* Clients wait for what has failed. */
    {Q_jobs_maintain_tasks, 5000, false},
    {Q_jobs_maintain_records, 60000, true},
    {Q_jobs_count_runs, 5000, false},
};

struct rows {
	int64_t n;
};

static const struct field rows_fields[] = {
    FIELD_INT(struct rows, n, .doc = "How many."),
    FIELD_END,
};

struct locked {
	bool locked;
};

static const struct field locked_fields[] = {
    FIELD_BOOL(struct locked, locked, .doc = "Do we hold it?"),
    FIELD_END,
};

struct state {
	struct ctx ctx;
	bool locked;
	int64_t due_ms[NELEM(jobs)];
	bool reported[NELEM(jobs)]; /* its failure, until it works again */
};

static void
lock(struct state *s)
{
	struct locked row = {.locked = false};
	enum fail_code rc = db_one(
	    &s->ctx, Q_jobs_lock, DB_NOARGS, locked_fields, &row);

	if (rc != FAIL_NONE)
		log_debug("no lock for the jobs",
		    LOG_STR("detail", s->ctx.fail.detail));
	else if (row.locked != s->locked)
		log_info("jobs", LOG_BOOL("ours", row.locked));
	s->locked = rc == FAIL_NONE && row.locked;
}

static enum fail_code
forget(struct ctx *ctx, enum q q)
{
	struct rows gone = {.n = 0};
	enum fail_code rc = db_one(ctx, q,
	    DB_ARGS(DB_INT(ctx->settings->log_retention_days)), rows_fields,
	    &gone);

	if (rc == FAIL_NONE && gone.n > 0) {
		metric_add(METRIC_ROWS_FORGOTTEN, (uint64_t)gone.n);
		log_info("old records were deleted", LOG_INT("rows", gone.n));
	}
	return rc;
}

static void
run_job(struct state *s, size_t i)
{
	enum fail_code rc = jobs[i].days
	    ? forget(&s->ctx, jobs[i].q)
	    : db_run(&s->ctx, jobs[i].q, DB_NOARGS, NULL);

	s->due_ms[i] = clock_mono_ms() + jobs[i].every_ms;
	if (rc == FAIL_NONE) {
		s->reported[i] = false;
		return;
	}
	if (!s->reported[i])
		log_error("a job failed", LOG_STR("reason", fail_slug(rc)),
		    LOG_STR("detail", s->ctx.fail.detail));
	s->reported[i] = true;
}

/* Does what is due; milliseconds until there is more to do. */
static int64_t
work(struct state *s)
{
	int64_t now = clock_mono_ms(), wait = LOCK_EVERY_MS;

	lock(s);
	for (size_t i = 0; s->locked && i < NELEM(jobs); i++) {
		if (s->due_ms[i] <= now)
			run_job(s, i);
		if (s->due_ms[i] - now < wait)
			wait = s->due_ms[i] - now;
	}
	db_tidy(s->ctx.db);
	fail_clear(&s->ctx.fail);
	arena_reset(s->ctx.arena);
	return wait > 0 ? wait : 0;
}

int
jobs_run(const struct settings *s, int ready_fd)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct pollfd p = {.fd = proc_signalfd(signals), .events = POLLIN};
	struct state state = {
	    .ctx =
		{
		    .arena = arena_new(ARENA_MAX),
		    .db = db_new(s, POOL_JOBS),
		    .settings = s,
		    .pool = POOL_JOBS,
		    .request_id = "jobs",
		    .client_ip = "",
		    .user_agent = "",
		},
	};

	if (p.fd < 0)
		log_fatal("no signals", NULL);
	(void)!write(ready_fd, "r", 1);
	(void)close(ready_fd);
	while (poll(&p, 1, (int)work(&state)) <= 0)
		;
	db_free(state.ctx.db);
	arena_free(state.ctx.arena);
	return 0;
}
