/*
 * dashboard.c: how the instance is doing, in one answer.
 */
#include "noun/dashboard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "db/db.h"
#include "log.h"
#include "noun/activity.h"
#include "out/breaker.h"

#define FRESH_MS 1000
#define ARENA_MAX ((size_t)4 * 1024 * 1024)
#define HOUR 60

/* clang-format off */
const struct field dashboard_stats_fields[] = {
	DASHBOARD_STATS_ROWS,
	FIELD_END
};

const struct field dashboard_server_fields[] = {
	FIELD_UUID(struct dashboard_server, id, .doc = "The server."),
	FIELD_STR(struct dashboard_server, name, .doc = "Its name."),
	FIELD_STR(struct dashboard_server, status,
	    .choices = "stopped|running", .doc = "Does it run?"),
	FIELD_INT(struct dashboard_server, tool_count, .doc = "Its tools."),
	FIELD_INT(struct dashboard_server, requests,
	    .doc = "Calls of its tools."),
	FIELD_INT(struct dashboard_server, errors,
	    .doc = "Those without a result."),
	FIELD_END
};

const struct field dashboard_step_fields[] = {
	FIELD_TIME(struct dashboard_step, timestamp, .doc = "Its beginning."),
	FIELD_INT(struct dashboard_step, requests, .doc = "Calls."),
	FIELD_INT(struct dashboard_step, errors,
	    .doc = "Those without a result."),
	FIELD_END
};

const struct field dashboard_tool_fields[] = {
	FIELD_UUID(struct dashboard_tool, tool_id, .doc = "The tool."),
	FIELD_STR(struct dashboard_tool, tool_name, .doc = "Its full name."),
	FIELD_STR(struct dashboard_tool, server_name, .flags = FIELD_NULLABLE,
	    .doc = "Its server; null when that was deleted."),
	FIELD_INT(struct dashboard_tool, invocations, .doc = "Calls."),
	FIELD_OPT_INT(struct dashboard_tool, avg_duration_ms,
	    .flags = FIELD_NULLABLE, .doc = "Mean time of a call."),
	FIELD_END
};

const struct field dashboard_error_fields[] = {
	FIELD_UUID(struct dashboard_error, id, .doc = "The run, in the log."),
	FIELD_TIME(struct dashboard_error, timestamp, .doc = "When."),
	FIELD_STR(struct dashboard_error, server_name,
	    .flags = FIELD_NULLABLE,
	    .doc = "Its server; null when that was deleted."),
	FIELD_STR(struct dashboard_error, tool_name, .doc = "Which tool."),
	FIELD_STR(struct dashboard_error, outcome, .doc = "How it ended."),
	FIELD_STR(struct dashboard_error, message, .flags = FIELD_NULLABLE,
	    .doc = "What went wrong, cut at 200 characters."),
	FIELD_END
};
/* clang-format on */

/* --- reading -------------------------------------------------------------- */

static enum fail_code
read_all(struct ctx *ctx, struct str period, struct dashboard *d)
{
	int64_t minutes = activity_minutes(period);
	const struct db_arg args[] = {
	    DB_INT(minutes), DB_INT(minutes <= 6 * HOUR ? 10 : HOUR)};
	const struct {
		enum q q;
		size_t nargs;
		const struct field *fields;
		size_t size;
		struct list *into;
	} parts[] = {
	    {Q_dashboard_servers, 1, dashboard_server_fields,
		sizeof(struct dashboard_server), &d->servers},
	    {Q_dashboard_over_time, 2, dashboard_step_fields,
		sizeof(struct dashboard_step), &d->over_time},
	    {Q_dashboard_top_tools, 1, dashboard_tool_fields,
		sizeof(struct dashboard_tool), &d->top_tools},
	    {Q_dashboard_recent_errors, 1, dashboard_error_fields,
		sizeof(struct dashboard_error), &d->recent_errors},
	};
	enum fail_code rc;

	d->period = arena_str(ctx->arena, period).p;
	d->stats = arena_zalloc(ctx->arena, 1, sizeof(*d->stats));
	rc = db_one(
	    ctx, Q_dashboard_stats, args, 1, dashboard_stats_fields, d->stats);
	for (size_t i = 0; rc == FAIL_NONE && i < NELEM(parts); i++)
		rc = db_all(ctx, parts[i].q, args, parts[i].nargs,
		    parts[i].fields, parts[i].size, parts[i].into);
	if (rc == FAIL_NONE && d->stats->total_requests > 0)
		d->stats->error_rate = d->stats->total_errors * 10000 /
		    d->stats->total_requests;
	return rc;
}

/* --- one answer for all who ask at once ----------------------------------- */

struct snapshot {
	struct arena *arena;
	_Atomic unsigned users; /* the place below is one */
	int64_t at_ms;
	struct dashboard d;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *last[4]; /* under lock; by period */

static void
let_go(void *p)
{
	struct snapshot *s = p;

	if (atomic_fetch_sub(&s->users, 1) > 1)
		return;
	arena_free(s->arena);
	free(s);
}

static size_t
place_of(struct str period)
{
	switch (activity_minutes(period)) {
	case HOUR:
		return 0;
	case 6 * HOUR:
		return 1;
	case 24 * HOUR:
		return 2;
	default:
		return 3;
	}
}

/* NULL after a failure. */
static struct snapshot *
take(struct ctx *ctx, struct str period)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	struct arena *mine = ctx->arena;
	enum fail_code rc;

	if (s == NULL)
		log_panic("out of memory", "dashboard");
	s->at_ms = clock_mono_ms();
	s->arena = arena_new(ARENA_MAX);
	atomic_store(&s->users, 1);
	ctx->arena = s->arena;
	rc = read_all(ctx, period, &s->d);
	ctx->arena = mine;
	if (rc == FAIL_NONE)
		return s;
	let_go(s);
	return NULL;
}

enum fail_code
dashboard_get(struct ctx *ctx, struct str period, struct dashboard *out)
{
	struct snapshot **place = &last[place_of(period)], *s;
	struct breaker_report breaker;

	/* Who waits here has what the one before asked for. */
	pthread_mutex_lock(&lock);
	s = *place;
	if (s == NULL || s->at_ms + FRESH_MS < clock_mono_ms()) {
		s = take(ctx, period);
		if (s != NULL) {
			if (*place != NULL)
				let_go(*place);
			*place = s;
		}
	}
	if (s != NULL)
		atomic_fetch_add(&s->users, 1);
	pthread_mutex_unlock(&lock);
	if (s == NULL)
		return ctx->fail.code;
	arena_defer(ctx->arena, let_go, s);
	*out = s->d;
	breaker_get(&breaker);
	out->breaker = breaker_state_name(breaker.state);
	return FAIL_NONE;
}
