/*
 * network.c: which hosts a server's tools may reach: reading, and what asking
 * and deciding share.
 */
#include "noun/network.h"

#include "db/db.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/network_host.h"
#include "noun/paged.h"
#include "noun/server.h"
#include "noun/tx.h"
#include "op/view.h"

#define KIND "request for network access"

/* clang-format off */
#define ROWS \
	FIELD_UUID(struct network, id, .doc = "Identifies the request."), \
	FIELD_UUID(struct network, server_id, .doc = "The server."), \
	FIELD_STR(struct network, server_name, .doc = "Its name."), \
	FIELD_UUID_OR_NULL(tool_id, \
	    "The tool; null: every tool of the server."), \
	FIELD_STR(struct network, tool_name, .flags = FIELD_NULLABLE, \
	    .doc = "Its full name."), \
	FIELD_STR(struct network, host, \
	    .doc = "The host, in its one spelling: a name in lower-case ASCII, " \
		   "or an address."), \
	FIELD_OPT_INT(struct network, port, .flags = FIELD_NULLABLE, \
	    .doc = "The port; null: any."), \
	FIELD_BOOL(struct network, private, \
	    .doc = "Is it granted into private address space?"), \
	FIELD_BOOL(struct network, needs_private, \
	    .doc = "Is it a private address, or does its name look like one " \
		   "of a private network? Then it can only be approved with " \
		   "private=true."), \
	FIELD_STR(struct network, justification, .doc = "What it is for."), \
	FIELD_STR(struct network, status, .choices = NETWORK_STATUSES, \
	    .doc = "Where it stands; approved: in force now."), \
	FIELD_STR(struct network, source, .choices = "llm|manual", \
	    .doc = "Through which door it came: a model's or a person's."), \
	FIELD_STR(struct network, requested_by, .doc = "Who asked."), \
	FIELD_TIME(struct network, created_at, .doc = "When."), \
	FIELD_STR(struct network, decided_by, .flags = FIELD_NULLABLE, \
	    .doc = "Who decided last."), \
	FIELD_TIME(struct network, decided_at, .flags = FIELD_NULLABLE, \
	    .doc = "When."), \
	FIELD_STR(struct network, reason, .flags = FIELD_NULLABLE, \
	    .doc = "Why.")
#define FIELD_UUID_OR_NULL(m, text) \
	FIELD_UUID(struct network, m, .flags = FIELD_NULLABLE, .doc = text)

const struct field network_fields[] = {
	ROWS,
	FIELD_END
};

const struct field network_asked_fields[] = {
	ROWS,
	FIELD_STR(struct network_asked, next_step,
	    .doc = "What happens now."),
	FIELD_END
};

static const struct field failed_fields[] = {
	FIELD_STR(struct network_failed, id, .doc = "The request."),
	FIELD_STR(struct network_failed, problem,
	    .doc = "Name of what went wrong, such as conflict."),
	FIELD_STR(struct network_failed, error, .doc = "Why not."),
	FIELD_END
};

const struct field network_bulk_fields[] = {
	FIELD_BOOL(struct network_bulk, success, .doc = "Were all decided?"),
	FIELD_INT(struct network_bulk, processed_count,
	    .doc = "How many were decided."),
	FIELD_LIST(struct network_bulk, failed, .child = failed_fields,
	    .child_size = sizeof(struct network_failed),
	    .child_name = "NetworkFailure",
	    .doc = "Those that could not be decided."),
	FIELD_END
};
/* clang-format on */

_Static_assert(offsetof(struct network_asked, row) == 0,
    "an answer begins with the row, so that field rows fit both");

/* --- reading -------------------------------------------------------------- */

/* What the row does not say: it depends on the host alone. */
static void
complete(struct ctx *ctx, struct network *n)
{
	struct network_host host;
	const char *why;

	n->needs_private = network_host_read(
			       ctx->arena, str_from(n->host), &host, &why) &&
	    host.private;
}

static void
complete_all(struct ctx *ctx, struct list *rows)
{
	struct network *v = rows->v;

	for (size_t i = 0; i < rows->n; i++)
		complete(ctx, &v[i]);
}

/* "all", or the one. */
static struct strs
statuses(struct ctx *ctx, struct str wanted)
{
	struct str rest = str_from(NETWORK_STATUSES);
	struct strs out = {.given = true};

	out.v = arena_zalloc(ctx->arena, 4, sizeof(*out.v));
	while (rest.p != NULL) {
		struct str one = str_split(&rest, '|');

		if (str_eq_c(wanted, "all") || str_eq(wanted, one))
			out.v[out.n++] = one;
	}
	return out;
}

enum fail_code
network_list(
    struct ctx *ctx, const struct network_list_args *args, struct page *out)
{
	struct server server;
	enum fail_code rc = FAIL_NONE;

	if (args->server_id.n > 0)
		rc = server_get(ctx, args->server_id, &server);
	if (rc == FAIL_NONE)
		rc = paged(ctx, Q_network_list,
		    DB_ARGS(DB_STRS(statuses(ctx, args->status)),
			DB_STR(args->server_id), DB_STR(args->tool_id),
			DB_STR(args->search), DB_STR(args->source),
			DB_STR(args->requested_by),
			DB_OPT_INT(args->min_age_hours),
			DB_OPT_INT(args->max_age_hours),
			DB_STR(args->sort.n > 0 ? args->sort
						: STR_LIT("waiting"))),
		    network_fields, sizeof(struct network), args->page,
		    args->page_size, out);
	if (rc == FAIL_NONE)
		complete_all(ctx, &out->items);
	return rc;
}

enum fail_code
network_get(struct ctx *ctx, struct str id, struct network *out)
{
	enum fail_code rc = tx_not_found(ctx,
	    db_one(
		ctx, Q_network_get, DB_ARGS(DB_STR(id)), network_fields, out),
	    KIND);

	if (rc == FAIL_NONE)
		complete(ctx, out);
	return rc;
}

enum fail_code
network_of_tool(
    struct ctx *ctx, struct str tool_id, struct str status, struct list *out)
{
	enum fail_code rc = db_all(ctx, Q_network_of_tool,
	    DB_ARGS(DB_STR(tool_id), DB_STR(status)), network_fields,
	    sizeof(struct network), out);

	if (rc == FAIL_NONE)
		complete_all(ctx, out);
	return rc;
}

/* --- shared --------------------------------------------------------------- */

enum fail_code
network_read_host(struct ctx *ctx, struct str text, struct network_target *out)
{
	struct network_host host;
	const char *why;

	if (!network_host_read(ctx->arena, text, &host, &why)) {
		(void)fail_field(&ctx->fail, "/host", "%s", why);
		return fail(&ctx->fail, FAIL_INVALID, NULL);
	}
	out->host = host.name;
	out->needs_private = host.private;
	return FAIL_NONE;
}

/* clang-format off */
const struct field network_place_fields[] = {
	FIELD_UUID(struct network_place, id, .doc = "What was found or made."),
	FIELD_END
};

const struct field network_standing_fields[] = {
	FIELD_UUID(struct network_standing, id, .doc = "The row."),
	FIELD_STR(struct network_standing, status, .doc = "Where it stands."),
	FIELD_BOOL(struct network_standing, server_wide,
	    .doc = "Of every tool?"),
	FIELD_OPT_INT(struct network_standing, port, .flags = FIELD_NULLABLE,
	    .doc = "Its port."),
	FIELD_BOOL(struct network_standing, private,
	    .doc = "Into private space?"),
	FIELD_STR(struct network_standing, reason, .flags = FIELD_NULLABLE,
	    .doc = "Of the decision."),
	FIELD_END
};
/* clang-format on */

enum fail_code
network_server_of(struct ctx *ctx, struct str tool_id, struct str *server_id)
{
	struct network_place place;
	enum fail_code rc = tx_not_found(ctx,
	    db_one(ctx, Q_network_place, DB_ARGS(DB_STR(tool_id)),
		network_place_fields, &place),
	    "tool");

	if (rc == FAIL_NONE)
		*server_id = str_from(place.id);
	return rc;
}

enum fail_code
network_reach(struct ctx *ctx, const struct network_target *t,
    struct network_standing *out)
{
	enum fail_code rc = db_one(ctx, Q_network_reach,
	    DB_ARGS(DB_STR(t->server_id), DB_STR(t->tool_id), DB_CSTR(t->host),
		DB_OPT_INT(t->port)),
	    network_standing_fields, out);

	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	*out = (struct network_standing){.status = NULL};
	return FAIL_NONE;
}

enum fail_code
network_hold(struct ctx *ctx, struct network_target *t)
{
	struct server server;
	struct str server_id;
	enum fail_code rc;

	if (t->tool_id.n > 0) {
		rc = db_run(
		    ctx, Q_tool_lock, DB_ARGS(DB_STR(t->tool_id)), NULL);
		if (rc == FAIL_NONE)
			rc = network_server_of(ctx, t->tool_id, &server_id);
		if (rc != FAIL_NONE)
			return rc;
		if (t->server_id.n > 0 && !str_eq(t->server_id, server_id))
			return fail(&ctx->fail, FAIL_NOT_FOUND,
			    "The server has no such tool.");
		t->server_id = server_id;
	}
	rc = db_run(ctx, Q_server_lock, DB_ARGS(DB_STR(t->server_id)), NULL);
	return rc != FAIL_NONE ? rc : server_get(ctx, t->server_id, &server);
}

const char *
network_label(struct ctx *ctx, const char *host, struct opt_int port)
{
	if (!port.given || port.null)
		return arena_printf(ctx->arena, "%s, any port", host);
	return arena_printf(
	    ctx->arena, "%s, port %lld", host, (long long)port.v);
}

static json_t *
seen(struct ctx *ctx, const struct network *n)
{
	return json_keep(ctx->arena, view_object(network_fields, n));
}

enum fail_code
network_record(struct ctx *ctx, const char *operation,
    const struct network *before, struct str id, struct network *out)
{
	enum fail_code rc = network_get(ctx, id, out);

	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, operation, "network_access", out->id,
	    before != NULL ? seen(ctx, before) : NULL, seen(ctx, out));
}
