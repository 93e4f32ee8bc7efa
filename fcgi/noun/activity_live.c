/*
 * activity_live.c: what happens, as it happens.
 *
 * A place is "x<transaction>-<audit number>-<second>": all runs of transactions
 * before the first, and all audit rows up to the second, are behind it; it was
 * given at that time.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/activity.h"
#include "op/view.h"

#define EVERY_MS 500
/* More than so many at once are not told one by one. */
#define EVENTS_MAX 200
/* Between two looks at whether the watcher may still watch. */
#define CHECK_EVERY 4
/* Places live as long as activity_between() looks back, but for a little. */
#define PLACE_LIFE_S 3500
#define START "retry: 1000\n\n"

struct place {
	char xid[24];
	int64_t seq;
	int64_t at_s;
};

struct live {
	char *where; /* JSON text of the filters */
	struct place place;
	bool placed; /* else: from now on */
	bool lost;   /* the place that was asked for is none of ours */
	unsigned turns;
};

struct now {
	const char *xid;
	int64_t seq;
};

struct allowed {
	bool allowed;
};

/* clang-format off */
static const struct field now_fields[] = {
	FIELD_STR(struct now, xid, .doc = "All before it have ended."),
	FIELD_INT(struct now, seq, .doc = "The newest of the trail."),
	FIELD_END
};

static const struct field allowed_fields[] = {
	FIELD_BOOL(struct allowed, allowed, .doc = "May they?"),
	FIELD_END
};
/* clang-format on */

/* --- events --------------------------------------------------------------- */

static void
put_event(
    struct buf *b, const char *name, const struct place *p, struct str json)
{
	buf_printf(b, "event: %s\nid: x%s-%lld-%lld\ndata: ", name, p->xid,
	    (long long)p->seq, (long long)p->at_s);
	buf_putstr(b, json);
	buf_puts(b, "\n\n");
}

/* What happened between two places is in the list, and only there. */
static void
put_gap(struct buf *b, const struct place *p)
{
	put_event(b, "gap", p,
	    STR_LIT("{\"message\":\"Some events are left out here. The list "
		    "has them.\"}"));
}

/* --- a turn --------------------------------------------------------------- */

static enum fail_code
check_watcher(struct ctx *ctx)
{
	struct allowed row = {.allowed = false};
	enum fail_code rc;

	rc = db_one(ctx, Q_activity_allowed,
	    DB_ARGS(DB_CSTR(ctx->caller.session), DB_CSTR(ctx->caller.id),
		DB_CSTR(ctx->caller.token)),
	    allowed_fields, &row);
	if (rc != FAIL_NONE)
		return rc;
	return row.allowed ? FAIL_NONE
			   : fail(&ctx->fail, FAIL_UNAUTHORIZED, NULL);
}

static enum fail_code
tell(struct ctx *ctx, struct live *l, const struct now *now, struct buf *out)
{
	const struct activity *v;
	struct list rows;
	struct place here = {.seq = now->seq, .at_s = clock_wall_s()};
	json_t *where;
	enum fail_code rc;

	if (json_parse(ctx->arena, str_from(l->where), SIZE_MAX, &where,
		&ctx->fail) != FAIL_NONE)
		log_panic("a stream lost its filters", l->where);
	rc = db_all(ctx, Q_activity_between,
	    DB_ARGS(DB_JSON(where), DB_CSTR(l->place.xid), DB_CSTR(now->xid),
		DB_INT(l->place.seq), DB_INT(now->seq), DB_INT(EVENTS_MAX + 1)),
	    activity_row_fields, sizeof(*v), &rows);
	if (rc != FAIL_NONE)
		return rc;
	(void)snprintf(here.xid, sizeof(here.xid), "%s", now->xid);
	v = rows.v;
	if (rows.n > EVENTS_MAX)
		put_gap(out, &here);
	/* One that is cut off in between is told all of them again. */
	for (size_t i = 0; rows.n <= EVENTS_MAX && i < rows.n; i++)
		put_event(out, "activity", i + 1 < rows.n ? &l->place : &here,
		    json_text(ctx->arena,
			json_keep(ctx->arena,
			    view_object(activity_row_fields, &v[i]))));
	l->place = here;
	return FAIL_NONE;
}

/* Is the place one that this database can have given? */
static bool
is_ours(const struct live *l, const struct now *now)
{
	int64_t mine, newest;

	return str_to_i64(str_from(l->place.xid), &mine) &&
	    str_to_i64(str_from(now->xid), &newest) && mine > 0 &&
	    mine <= newest && l->place.seq <= now->seq &&
	    l->place.at_s > clock_wall_s() - PLACE_LIFE_S;
}

static enum fail_code
more(struct ctx *ctx, void *state, struct buf *out, bool *done_out)
{
	struct live *l = state;
	struct now now;
	enum fail_code rc = FAIL_NONE;

	if (l->turns++ % CHECK_EVERY == 0 &&
	    (rc = check_watcher(ctx)) == FAIL_UNAUTHORIZED) {
		*done_out = true;
		return FAIL_NONE;
	}
	if (rc == FAIL_NONE)
		rc = db_one(ctx, Q_activity_now, DB_NOARGS, now_fields, &now);
	/* A database that is away for a moment: what was missed comes later. */
	if (rc == FAIL_UNAVAILABLE || rc == FAIL_BUSY)
		return FAIL_NONE;
	if (rc != FAIL_NONE)
		return rc;
	if (l->placed && is_ours(l, &now)) {
		rc = tell(ctx, l, &now, out);
		return rc == FAIL_UNAVAILABLE ? FAIL_NONE : rc;
	}
	(void)snprintf(l->place.xid, sizeof(l->place.xid), "%s", now.xid);
	l->place.seq = now.seq;
	l->place.at_s = clock_wall_s();
	if (l->placed || l->lost)
		put_gap(out, &l->place);
	else
		put_event(out, "ready", &l->place, STR_LIT("{}"));
	l->placed = true;
	l->lost = false;
	return FAIL_NONE;
}

/* --- the beginning -------------------------------------------------------- */

static bool
read_id(struct str id, struct place *out)
{
	struct str rest = str_sub(id, 1, id.n), xid, seq;

	if (!str_starts(id, "x"))
		return false;
	xid = str_split(&rest, '-');
	seq = str_split(&rest, '-');
	if (xid.n == 0 || xid.n >= sizeof(out->xid) ||
	    !str_to_i64(seq, &out->seq) || out->seq < 0 ||
	    !str_to_i64(rest, &out->at_s))
		return false;
	for (size_t i = 0; i < xid.n; i++) {
		if (xid.p[i] < '0' || xid.p[i] > '9')
			return false;
	}
	memcpy(out->xid, xid.p, xid.n);
	out->xid[xid.n] = '\0';
	return true;
}

static void
free_state(void *state)
{
	struct live *l = state;

	free(l->where);
	free(l);
}

enum fail_code
activity_live(struct ctx *ctx, const struct activity_filter *f,
    struct str last_id, struct source *out)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l == NULL ||
	    (l->where = strdup(
		 json_text(ctx->arena, activity_where(ctx, f)).p)) == NULL)
		log_panic("out of memory", "activity");
	l->placed = read_id(last_id, &l->place);
	l->lost = !l->placed && last_id.n > 0;
	*out = (struct source){
	    .more = more,
	    .state = l,
	    .free_state = free_state,
	    .media = "text/event-stream",
	    .start = START,
	    .every_ms = EVERY_MS,
	};
	return FAIL_NONE;
}
