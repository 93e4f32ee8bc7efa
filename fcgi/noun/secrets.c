/*
 * secrets.c: values that a server's tools may use and nobody may see.
 */
#include "noun/secrets.h"

#include <string.h>

#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/redact.h"
#include "noun/secrets_seal.h"
#include "noun/server.h"
#include "noun/tx.h"
#include "op/view.h"

#define KIND "secret"

_Static_assert(SECRETS_VALUE_MAX == SECRET_MAX,
    "what is accepted can be sealed, and what is sealed opened");

/* clang-format off */
#define ROWS \
	FIELD_UUID(struct secrets_item, id, .doc = "Identifies the secret."), \
	FIELD_UUID(struct secrets_item, server_id, .doc = "Its server."), \
	FIELD_STR(struct secrets_item, key_name, \
	    .doc = "Its name: what a tool declares and reads it by."), \
	FIELD_STR(struct secrets_item, description, \
	    .flags = FIELD_NULLABLE, .doc = "What it is, for who sets it."), \
	FIELD_BOOL(struct secrets_item, has_value, \
	    .doc = "Has a person set its value? Values are never shown."), \
	FIELD_STR(struct secrets_item, set_by, .flags = FIELD_NULLABLE, \
	    .doc = "Who set the value that it has."), \
	FIELD_TIME(struct secrets_item, set_at, .flags = FIELD_NULLABLE, \
	    .doc = "When."), \
	FIELD_STR(struct secrets_item, created_by, .doc = "Who made it."), \
	FIELD_TIME(struct secrets_item, created_at, \
	    .doc = "When it was made."), \
	FIELD_TIME(struct secrets_item, updated_at, \
	    .doc = "When it last changed.")

const struct field secrets_use_fields[] = {
	FIELD_STR(struct secrets_use, key_name, .doc = "The secret."),
	FIELD_UUID(struct secrets_use, tool_id, .doc = "The tool."),
	FIELD_STR(struct secrets_use, full_name, .doc = "server__tool."),
	FIELD_STR(struct secrets_use, approval_status,
	    .choices = "draft|pending_review|approved|rejected",
	    .doc = "Where its current version stands."),
	FIELD_END
};

const struct field secrets_row_fields[] = {
	ROWS,
	FIELD_END
};

const struct field secrets_item_fields[] = {
	ROWS,
	FIELD_LIST(struct secrets_item, used_by, .child = secrets_use_fields,
	    .child_size = sizeof(struct secrets_use),
	    .child_name = "SecretUse",
	    .doc = "Tools whose current version declares it."),
	FIELD_STR(struct secrets_item, warning, .flags = FIELD_NULLABLE,
	    .doc = "What to know about the value that was just set; null in "
		   "any other answer."),
	FIELD_END
};
/* clang-format on */

/* --- reading -------------------------------------------------------------- */

/* The part of `all` (by name, as the items are) that is about each item. */
static void
share_uses(struct list *items, const struct list *all)
{
	struct secrets_item *item = items->v;
	struct secrets_use *use = all->v;
	size_t at = 0;

	for (size_t i = 0; i < items->n; i++) {
		/* A tool may declare what its server does not have. */
		while (at < all->n &&
		    strcmp(use[at].key_name, item[i].key_name) < 0)
			at++;
		item[i].used_by = (struct list){.v = use + at};
		while (at < all->n &&
		    strcmp(use[at].key_name, item[i].key_name) == 0) {
			item[i].used_by.n++;
			at++;
		}
	}
}

static enum fail_code
read_uses(
    struct ctx *ctx, struct str server_id, struct str name, struct list *items)
{
	struct list all;
	enum fail_code rc = db_all(ctx, Q_secret_uses,
	    DB_ARGS(DB_STR(server_id), DB_STR(name)), secrets_use_fields,
	    sizeof(struct secrets_use), &all);

	if (rc == FAIL_NONE)
		share_uses(items, &all);
	return rc;
}

enum fail_code
secrets_list(struct ctx *ctx, struct str server_id, struct secrets_all *out)
{
	struct server server;
	enum fail_code rc = server_get(ctx, server_id, &server);

	if (rc == FAIL_NONE)
		rc = db_all(ctx, Q_secret_list, DB_ARGS(DB_STR(server_id)),
		    secrets_row_fields, sizeof(struct secrets_item),
		    &out->items);
	if (rc != FAIL_NONE)
		return rc;
	out->total = (int64_t)out->items.n;
	return read_uses(ctx, server_id, STR_NONE, &out->items);
}

static enum fail_code
get(struct ctx *ctx, struct str server_id, struct str name,
    struct secrets_item *out)
{
	struct list one = {.n = 1};
	enum fail_code rc = tx_not_found(ctx,
	    db_one(ctx, Q_secret_get, DB_ARGS(DB_STR(server_id), DB_STR(name)),
		secrets_row_fields, out),
	    KIND);

	one.v = out;
	return rc != FAIL_NONE ? rc : read_uses(ctx, server_id, name, &one);
}

/* --- changing ------------------------------------------------------------- */

static json_t *
seen(struct ctx *ctx, const struct secrets_item *s)
{
	return json_keep(ctx->arena, view_object(secrets_row_fields, s));
}

/* Reads the new state and writes the audit row: the last step. */
static enum fail_code
record(struct ctx *ctx, const char *operation, struct str server_id,
    struct str name, const struct secrets_item *before,
    struct secrets_item *out)
{
	enum fail_code rc = get(ctx, server_id, name, out);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, operation, KIND, out->id,
	    before != NULL ? seen(ctx, before) : NULL, seen(ctx, out));
}

struct count {
	int64_t n;
};

static const struct field count_fields[] = {
    FIELD_INT(struct count, n, .doc = "Rows."), FIELD_END};

/* Under the server's lock, so that two cannot both be the last one. */
static enum fail_code
check_room(struct ctx *ctx, struct str server_id)
{
	struct count count;
	struct server server;
	enum fail_code rc;

	if ((rc = db_run(ctx, Q_server_lock, DB_ARGS(DB_STR(server_id)),
		 NULL)) != FAIL_NONE ||
	    (rc = server_get(ctx, server_id, &server)) != FAIL_NONE ||
	    (rc = db_one(ctx, Q_secret_count, DB_ARGS(DB_STR(server_id)),
		 count_fields, &count)) != FAIL_NONE)
		return rc;
	if (count.n < SECRETS_EACH_MAX)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "A server can have %d secrets. A person can delete some.",
	    SECRETS_EACH_MAX);
}

static enum fail_code
create(struct ctx *ctx, const struct secrets_create_args *a,
    struct secrets_item *out)
{
	enum fail_code rc = check_room(ctx, a->server_id);

	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_secret_insert,
		    DB_ARGS(DB_STR(a->server_id), DB_STR(a->key_name),
			DB_STR(
			    a->description.n > 0 ? a->description : STR_NONE),
			DB_CSTR(ctx_actor(ctx))),
		    NULL);
	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, rc,
		    "The server already has a secret named %.*s.",
		    STR_FMT(a->key_name));
	if (rc != FAIL_NONE)
		return rc;
	return record(
	    ctx, "create_server_secret", a->server_id, a->key_name, NULL, out);
}

enum fail_code
secrets_create(struct ctx *ctx, const struct secrets_create_args *args,
    struct secrets_item *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, create(ctx, args, out));
}

/* Holds the row, so that what is read next stays as it is. */
static enum fail_code
hold(struct ctx *ctx, struct str server_id, struct str name,
    struct secrets_item *out)
{
	enum fail_code rc = db_run(
	    ctx, Q_secret_lock, DB_ARGS(DB_STR(server_id), DB_STR(name)), NULL);

	return rc != FAIL_NONE ? rc : get(ctx, server_id, name, out);
}

static enum fail_code
store(struct ctx *ctx, const struct secrets_set_args *a)
{
	struct buf sealed;
	enum fail_code rc;

	buf_init(&sealed, CRYPT_SEALED(SECRETS_VALUE_MAX));
	secrets_seal(ctx, a->server_id, a->key_name, a->value, &sealed);
	rc = db_run(ctx, Q_secret_set,
	    DB_ARGS(DB_STR(a->server_id), DB_STR(a->key_name),
		DB_BYTES(buf_str(&sealed)), DB_CSTR(ctx_actor(ctx))),
	    NULL);
	buf_free(&sealed);
	return rc;
}

static enum fail_code
set(struct ctx *ctx, const struct secrets_set_args *a, struct secrets_item *out)
{
	struct secrets_item before;
	enum fail_code rc = hold(ctx, a->server_id, a->key_name, &before);

	if (rc == FAIL_NONE)
		rc = store(ctx, a);
	if (rc == FAIL_NONE)
		rc = record(ctx, "set_server_secret", a->server_id, a->key_name,
		    &before, out);
	if (rc == FAIL_NONE && !redact_looks_for(a->value))
		out->warning = arena_printf(ctx->arena,
		    "A value of fewer than %d bytes is not hidden in results, "
		    "errors and logs: it would be found everywhere. Use a "
		    "longer one if it is to stay secret.",
		    REDACT_MIN);
	return rc;
}

enum fail_code
secrets_set(struct ctx *ctx, const struct secrets_set_args *args,
    struct secrets_item *out)
{
	enum fail_code rc;

	if (args->value.n > SECRETS_VALUE_MAX)
		return fail_field(&ctx->fail, "/value",
		    "is longer than %d bytes", SECRETS_VALUE_MAX);
	rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, set(ctx, args, out));
}

static enum fail_code
take_away(struct ctx *ctx, const struct secrets_key_args *a)
{
	struct secrets_item before;
	enum fail_code rc = hold(ctx, a->server_id, a->key_name, &before);

	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_secret_delete,
		    DB_ARGS(DB_STR(a->server_id), DB_STR(a->key_name)), NULL);
	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, "delete_server_secret", KIND, before.id,
	    seen(ctx, &before), NULL);
}

enum fail_code
secrets_delete(struct ctx *ctx, const struct secrets_key_args *args)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, take_away(ctx, args));
}
