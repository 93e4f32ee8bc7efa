/*
 * mcpsession.c: sessions of legacy MCP clients, as rows.
 */
#include "noun/mcpsession.h"

#include "crypt.h"
#include "db/db.h"
#include "noun/scope.h"
#include "op/news.h"

#define CLIENT_MAX 200

struct number {
	int64_t id;
};
struct verdict {
	bool yes;
};

/* clang-format off */
static const struct field number_fields[] = {
	FIELD_INT(struct number, id, .doc = "A row's number."),
	FIELD_END
};

static const struct field verdict_fields[] = {
	FIELD_BOOL(struct verdict, yes, .doc = "Was it done?"),
	FIELD_END
};

static const struct field session_fields[] = {
	FIELD_INT(struct mcpsession, id, .doc = "The row's number."),
	FIELD_STR(struct mcpsession, revision, .doc = "Of the protocol."),
	FIELD_JSON(struct mcpsession, capabilities, .doc = "The client's."),
	FIELD_STR(struct mcpsession, log_level, .flags = FIELD_NULLABLE,
	    .doc = "Least important message it wants."),
	FIELD_BOOL(struct mcpsession, stale, .doc = "Note the visit."),
	FIELD_END
};
/* clang-format on */

/* The endpoint's server; NULL for that of all. */
static struct db_arg
scope_arg(const struct ctx *ctx)
{
	return ctx->scope != NULL ? DB_CSTR(ctx->scope->id) : DB_NULL;
}

static struct str
hash_view(const uint8_t hash[CRYPT_SHA256_LEN])
{
	return (struct str){(const char *)hash, CRYPT_SHA256_LEN};
}

enum fail_code
mcpsession_open(struct ctx *ctx, const char *revision, struct str client,
    const json_t *capabilities, char id_out[RND_TOKEN_MAX])
{
	struct number row = {.id = 0};
	uint8_t hash[CRYPT_SHA256_LEN];
	enum fail_code rc;

	if (client.p == NULL)
		client = STR_LIT("");
	rnd_token(id_out);
	crypt_sha256(str_from(id_out), hash);
	rc = db_one(ctx, Q_mcpsession_open,
	    DB_ARGS(DB_BYTES(hash_view(hash)), DB_CSTR(ctx->caller.id),
		DB_CSTR(revision), DB_STR(str_utf8_cut(client, CLIENT_MAX)),
		DB_JSON(capabilities), DB_INT(MCPSESSION_MOST), scope_arg(ctx)),
	    number_fields, &row);
	if (rc != FAIL_NONE)
		return rc;
	if (row.id != 0)
		return FAIL_NONE;
	ctx->fail.retry_after = 60;
	return fail(&ctx->fail, FAIL_RATE,
	    "There are %d sessions in use already. End some by DELETE.",
	    MCPSESSION_MOST);
}

enum fail_code
mcpsession_find(struct ctx *ctx, struct str id, struct mcpsession *out)
{
	uint8_t hash[CRYPT_SHA256_LEN];
	enum fail_code rc;

	/* What cannot be one is not worth a question. */
	if (id.n != RND_TOKEN_MAX - 1)
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	crypt_sha256(id, hash);
	rc = db_one(ctx, Q_mcpsession_find,
	    DB_ARGS(DB_BYTES(hash_view(hash)), DB_CSTR(ctx->caller.id),
		scope_arg(ctx)),
	    session_fields, out);
	if (rc != FAIL_NONE || !out->stale)
		return rc;
	return db_run(ctx, Q_mcpsession_seen, DB_ARGS(DB_INT(out->id)), NULL);
}

enum fail_code
mcpsession_end(struct ctx *ctx, int64_t id)
{
	return db_run(ctx, Q_mcpsession_end, DB_ARGS(DB_INT(id)), NULL);
}

enum fail_code
mcpsession_level(struct ctx *ctx, int64_t id, const char *level)
{
	return db_run(
	    ctx, Q_mcpsession_level, DB_ARGS(DB_INT(id), DB_CSTR(level)), NULL);
}

enum fail_code
mcpsession_cancel(struct ctx *ctx, int64_t id, struct str request)
{
	char hash[NEWS_REQUEST_MAX];

	news_request(request, hash);
	return db_run(
	    ctx, Q_mcpsession_cancel, DB_ARGS(DB_INT(id), DB_CSTR(hash)), NULL);
}

/* --- resources ------------------------------------------------------------ */

enum fail_code
mcpsession_subscribe(struct ctx *ctx, int64_t id, struct str uri)
{
	int64_t n;
	enum fail_code rc;

	if (uri.n == 0 || uri.n > MCPSESSION_URI_MAX)
		return fail_field(&ctx->fail, "/uri", "must have 1 to %d bytes",
		    MCPSESSION_URI_MAX);
	rc = db_run(ctx, Q_mcpsession_subscribe,
	    DB_ARGS(DB_INT(id), DB_STR(uri), DB_INT(MCPSESSION_SUBSCRIPTIONS)),
	    &n);
	if (rc != FAIL_NONE || n > 0)
		return rc;
	return fail(&ctx->fail, FAIL_INVALID,
	    "A session can subscribe to %d resources.",
	    MCPSESSION_SUBSCRIPTIONS);
}

enum fail_code
mcpsession_unsubscribe(struct ctx *ctx, int64_t id, struct str uri)
{
	return db_run(ctx, Q_mcpsession_unsubscribe,
	    DB_ARGS(DB_INT(id), DB_STR(uri)), NULL);
}

/* A PostgreSQL bigint[] is bound from their texts. */
static struct strs
numbers(struct ctx *ctx, const int64_t *v, size_t n)
{
	struct strs list = {.given = true, .n = n};

	list.v = arena_zalloc(ctx->arena, n, sizeof(*list.v));
	for (size_t i = 0; i < n; i++)
		list.v[i] = str_from(
		    arena_printf(ctx->arena, "%lld", (long long)v[i]));
	return list;
}

enum fail_code
mcpsession_subscribed(struct ctx *ctx, struct str uri, const int64_t *ids,
    size_t n, struct list *out)
{
	return db_all(ctx, Q_mcpsession_subscribed,
	    DB_ARGS(DB_STR(uri), DB_STRS(numbers(ctx, ids, n))), number_fields,
	    sizeof(struct number), out);
}

/* --- the standalone stream ------------------------------------------------ */

enum fail_code
mcpsession_listen(
    struct ctx *ctx, int64_t id, const char *worker, int64_t serial, bool take)
{
	struct verdict row = {.yes = false};
	enum fail_code rc = db_one(ctx, Q_mcpsession_listen,
	    DB_ARGS(DB_INT(id), DB_CSTR(worker), DB_INT(serial), DB_BOOL(take)),
	    verdict_fields, &row);

	if (rc != FAIL_NONE || row.yes)
		return rc;
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "This session has a stream that is open.");
}

enum fail_code
mcpsession_unlisten(
    struct ctx *ctx, const char *worker, const int64_t *serials, size_t n)
{
	return db_run(ctx, Q_mcpsession_unlisten,
	    DB_ARGS(DB_CSTR(worker), DB_STRS(numbers(ctx, serials, n))), NULL);
}

enum fail_code
mcpsession_lease(struct ctx *ctx, const char *worker)
{
	return db_run(ctx, Q_mcpsession_lease, DB_ARGS(DB_CSTR(worker)), NULL);
}
