/*
 * mcpstream.c: what a legacy client may have to fetch again.
 */
#include "noun/mcpstream.h"

#include "db/db.h"
#include "rnd.h"

#define NAME_BYTES 9

struct follower {
	int64_t follower;
};
struct verdict {
	bool yes;
};

/* clang-format off */
static const struct field follower_fields[] = {
	FIELD_INT(struct follower, follower, .doc = "Who sends it on."),
	FIELD_END
};

static const struct field verdict_fields[] = {
	FIELD_BOOL(struct verdict, yes, .doc = "Was it done?"),
	FIELD_END
};

static const struct field event_fields[] = {
	FIELD_INT(struct mcpstream_event, last_seq, .doc = "Its newest event."),
	FIELD_BOOL(struct mcpstream_event, done, .doc = "Is that the last?"),
	FIELD_BOOL(struct mcpstream_event, alive,
	    .doc = "Does its worker live?"),
	FIELD_STR(struct mcpstream_event, request, .doc = "Id to answer."),
	FIELD_INT(struct mcpstream_event, follower, .doc = "Who sends it on."),
	FIELD_INT(struct mcpstream_event, seq, .doc = "This event."),
	FIELD_STR(struct mcpstream_event, data, .flags = FIELD_NULLABLE,
	    .doc = "Its message."),
	FIELD_END
};

static const struct field reply_fields[] = {
	FIELD_STR(struct mcpstream_reply, id, .doc = "The question."),
	FIELD_JSON(struct mcpstream_reply, answer, .doc = "The answer."),
	FIELD_END
};
/* clang-format on */

void
mcpstream_name(char out[MCPSTREAM_NAME_MAX])
{
	unsigned char bytes[NAME_BYTES];
	char text[STR_B64U_MAX(NAME_BYTES)];

	rnd_bytes(bytes, sizeof(bytes));
	(void)str_b64u(bytes, sizeof(bytes), text);
	for (size_t i = 0; i < MCPSTREAM_NAME_MAX; i++)
		out[i] = text[i];
}

enum fail_code
mcpstream_append(struct ctx *ctx, const struct mcpstream *s, int64_t first,
    struct strs events, bool done, int64_t *follower_out)
{
	struct follower row = {.follower = 0};
	enum fail_code rc = db_one(ctx, Q_mcpstream_append,
	    DB_ARGS(DB_INT(s->session), DB_CSTR(s->name), DB_CSTR(s->worker),
		DB_CSTR(s->request), DB_INT(first), DB_STRS(events),
		DB_BOOL(done)),
	    follower_fields, &row);

	*follower_out = row.follower;
	return rc;
}

enum fail_code
mcpstream_follow(
    struct ctx *ctx, int64_t session, struct str name, int64_t follower)
{
	struct verdict row = {.yes = false};
	enum fail_code rc = db_one(ctx, Q_mcpstream_follow,
	    DB_ARGS(DB_INT(session), DB_STR(name), DB_INT(follower)),
	    verdict_fields, &row);

	if (rc != FAIL_NONE || row.yes)
		return rc;
	return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
}

enum fail_code
mcpstream_read(struct ctx *ctx, int64_t session, struct str name, int64_t after,
    int64_t limit, struct list *out)
{
	return db_all(ctx, Q_mcpstream_read,
	    DB_ARGS(
		DB_INT(session), DB_STR(name), DB_INT(after), DB_INT(limit)),
	    event_fields, sizeof(struct mcpstream_event), out);
}

/* --- questions ------------------------------------------------------------ */

enum fail_code
mcpstream_ask(struct ctx *ctx, int64_t session, const char *id)
{
	return db_run(
	    ctx, Q_mcpstream_ask, DB_ARGS(DB_INT(session), DB_CSTR(id)), NULL);
}

enum fail_code
mcpstream_answer(
    struct ctx *ctx, int64_t session, struct str id, const json_t *answer)
{
	return db_run(ctx, Q_mcpstream_answer,
	    DB_ARGS(DB_INT(session), DB_STR(id), DB_JSON(answer)), NULL);
}

enum fail_code
mcpstream_answers(
    struct ctx *ctx, int64_t session, struct strs ids, struct list *out)
{
	return db_all(ctx, Q_mcpstream_answers,
	    DB_ARGS(DB_INT(session), DB_STRS(ids)), reply_fields,
	    sizeof(struct mcpstream_reply), out);
}

enum fail_code
mcpstream_forget(struct ctx *ctx, int64_t session, struct strs ids)
{
	return db_run(ctx, Q_mcpstream_forget,
	    DB_ARGS(DB_INT(session), DB_STRS(ids)), NULL);
}
