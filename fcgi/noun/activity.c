/*
 * activity.c: what happened, by pages and by numbers.
 */
#include "noun/activity.h"

#include "db/db.h"
#include "json.h"
#include "noun/cursor.h"
#include "noun/tx.h"

/* Of one request. */
#define CHAIN_MAX 100

/* clang-format off */
const struct field activity_row_fields[] = {
	FIELD_TIME(struct activity, created_at, .doc = "When."),
	FIELD_STR(struct activity, id, .doc = "Identifies what happened."),
	FIELD_STR(struct activity, type, .choices = ACTIVITY_TYPES,
	    .doc = "A client's call, a test or trial, a sign-in or sign-out, "
		   "a decision, or another change."),
	FIELD_STR(struct activity, level, .choices = ACTIVITY_LEVELS,
	    .doc = "error: the sandbox had to end a run; warning: a tool "
		   "failed, or a sign-in was refused."),
	FIELD_STR(struct activity, actor, .doc = "Who."),
	FIELD_STR(struct activity, message, .doc = "What, in a sentence."),
	FIELD_UUID(struct activity, server_id, .flags = FIELD_NULLABLE,
	    .doc = "The server that it is about."),
	FIELD_UUID(struct activity, tool_id, .flags = FIELD_NULLABLE,
	    .doc = "The tool that it is about."),
	FIELD_STR(struct activity, target_kind, .flags = FIELD_NULLABLE,
	    .doc = "What kind of thing it is about; run: see "
		   "get_execution_log."),
	FIELD_STR(struct activity, target_id, .flags = FIELD_NULLABLE,
	    .doc = "Which one."),
	FIELD_STR(struct activity, request_id, .flags = FIELD_NULLABLE,
	    .doc = "The request that did it."),
	FIELD_OPT_INT(struct activity, duration_ms, .flags = FIELD_NULLABLE,
	    .doc = "Of a run: time it took."),
	FIELD_STR(struct activity, outcome, .flags = FIELD_NULLABLE,
	    .doc = "Of a run: how it ended."),
	FIELD_STR(struct activity, place,
	    .flags = FIELD_NULLABLE | FIELD_SECRET,
	    .doc = "Where the next page begins."),
	FIELD_END
};

static const struct field count_fields[] = {
	FIELD_STR(struct activity_count, type, .doc = "Its type."),
	FIELD_STR(struct activity_count, level, .doc = "Its level."),
	FIELD_INT(struct activity_count, total, .doc = "How many."),
	FIELD_INT(struct activity_count, ms, .doc = "Of runs: all time."),
	FIELD_END
};
/* clang-format on */

/* --- the list ------------------------------------------------------------- */

static void
put(json_t *o, const char *key, struct str v)
{
	if (v.n > 0)
		json_put_view(o, key, v);
}

json_t *
activity_where(struct ctx *ctx, const struct activity_filter *f)
{
	json_t *o = json_keep(ctx->arena, json_obj());

	put(o, "server_id", f->server_id);
	put(o, "type", f->type);
	put(o, "level", f->level);
	put(o, "actor", f->actor);
	put(o, "request_id", f->request_id);
	put(o, "from", f->from);
	put(o, "to", f->to);
	put(o, "search", f->search);
	return o;
}

enum fail_code
activity_list(struct ctx *ctx, const struct activity_list_args *args,
    struct activity_list *out)
{
	json_t *where = activity_where(ctx, &args->filter);
	const char *list = cursor_filtered(ctx, "activity", where);
	size_t size = (size_t)args->page_size.v;
	struct activity *v;
	enum fail_code rc;

	*out = (struct activity_list){.next_cursor = NULL};
	if ((rc = cursor_seek(ctx, list, args->cursor, where)) != FAIL_NONE)
		return rc;
	rc = db_all(ctx, Q_activity_list,
	    DB_ARGS(DB_JSON(where), DB_INT(args->page_size.v + 1)),
	    activity_row_fields, sizeof(*v), &out->items);
	v = out->items.v;
	if (rc == FAIL_NONE && out->items.n > size) {
		out->items.n = size;
		out->next_cursor = cursor_behind(
		    ctx, list, v[size - 1].place, v[size - 1].id);
	}
	return rc;
}

enum fail_code
activity_get(struct ctx *ctx, struct str id, struct activity *out)
{
	struct str rest = str_sub(id, 1, id.n);
	enum fail_code rc = FAIL_NOT_FOUND;
	int64_t seq;

	if (str_starts(id, "r") && str_is_uuid(rest))
		rc = db_one(ctx, Q_activity_run, DB_ARGS(DB_STR(rest)),
		    activity_row_fields, out);
	else if (str_starts(id, "a") && str_to_i64(rest, &seq))
		rc = db_one(ctx, Q_activity_audit, DB_ARGS(DB_INT(seq)),
		    activity_row_fields, out);
	return tx_not_found(ctx, rc, "record");
}

enum fail_code
activity_of_request(
    struct ctx *ctx, struct str request_id, struct activity_chain *out)
{
	const struct activity_filter f = {.request_id = request_id};
	struct activity *v;
	enum fail_code rc = db_all(ctx, Q_activity_list,
	    DB_ARGS(DB_JSON(activity_where(ctx, &f)), DB_INT(CHAIN_MAX)),
	    activity_row_fields, sizeof(*v), &out->logs);

	v = out->logs.v;
	for (size_t i = 0; rc == FAIL_NONE && i < out->logs.n / 2; i++) {
		struct activity *other = &v[out->logs.n - 1 - i], was = v[i];

		v[i] = *other;
		*other = was;
	}
	out->request_id = arena_str(ctx->arena, request_id).p;
	out->count = (int64_t)out->logs.n;
	return rc;
}

/* --- numbers -------------------------------------------------------------- */

int64_t
activity_minutes(struct str period)
{
	if (str_eq_c(period, "1h"))
		return 60;
	if (str_eq_c(period, "6h"))
		return 6 * 60;
	return str_eq_c(period, "7d") ? 7 * 24 * 60 : 24 * 60;
}

enum fail_code
activity_stats(struct ctx *ctx, const struct activity_stats_args *args,
    struct activity_stats *out)
{
	const struct activity_count *c;
	int64_t runs = 0, ms = 0;
	enum fail_code rc = db_all(ctx, Q_activity_stats,
	    DB_ARGS(DB_STR(args->server_id),
		DB_INT(activity_minutes(args->period))),
	    count_fields, sizeof(*c), &out->by_type);

	c = out->by_type.v;
	for (size_t i = 0; rc == FAIL_NONE && i < out->by_type.n; i++) {
		out->total += c[i].total;
		if (str_eq_c(str_from(c[i].level), "error"))
			out->errors += c[i].total;
		if (str_eq_c(str_from(c[i].type), "call")) {
			runs += c[i].total;
			ms += c[i].ms;
		}
	}
	if (runs > 0)
		out->avg_duration_ms = (struct opt_int){
		    .given = true, .v = ms / runs};
	out->period = arena_str(ctx->arena, args->period).p;
	return rc;
}
