/*
 * network_decide.c: decisions about network access.  People only.
 */
#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/network.h"
#include "noun/network_host.h"
#include "noun/tx.h"
#include "op/view.h"

#define KIND "request for network access"

/*
 * The row, and all that decides about it, held: first the server, so that
 * requests, decisions and deletions queue in one order.
 */
static enum fail_code
hold(struct ctx *ctx, struct str id, struct network *out)
{
	struct network_target t = {.host = NULL};
	enum fail_code rc = network_get(ctx, id, out);

	if (rc != FAIL_NONE)
		return rc;
	t.server_id = str_from(out->server_id);
	t.tool_id = str_from(out->tool_id);
	if ((rc = network_hold(ctx, &t)) != FAIL_NONE ||
	    (rc = db_run(ctx, Q_network_lock, DB_ARGS(DB_STR(id)), NULL)) !=
		FAIL_NONE)
		return rc;
	return network_get(ctx, id, out);
}

static enum fail_code
check_waits(struct ctx *ctx, const struct network *n)
{
	if (strcmp(n->status, "pending") == 0)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_CONFLICT, "It was %s already, by %s.",
	    n->status, n->decided_by);
}

/* What is stored was checked when it came; whoever could write the table
 * otherwise has no say in what a person approves. */
static enum fail_code
check_host(struct ctx *ctx, const char *text, bool private)
{
	struct network_host host;
	const char *why;

	if (!network_host_read(ctx->arena, str_from(text), &host, &why))
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "It cannot be granted: the host %s.", why);
	if (strcmp(host.name, text) != 0)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "It cannot be granted: the host is not stored the way it "
		    "is written, %s. Delete the request.",
		    host.name);
	if (!host.private || private)
		return FAIL_NONE;
	(void)fail_field(&ctx->fail, "/private", "must be true: %.80s %s", text,
	    host.literal ? "is no public address"
			 : "looks like a name of a private network");
	return fail(&ctx->fail, FAIL_INVALID, NULL);
}

static enum fail_code
approve(struct ctx *ctx, const struct network *n, bool private,
    struct str reason, struct network *out)
{
	struct network before = *n;
	enum fail_code rc;

	if ((rc = check_waits(ctx, n)) != FAIL_NONE ||
	    (rc = check_host(ctx, n->host, private)) != FAIL_NONE)
		return rc;
	rc = db_run(ctx, Q_network_approve,
	    DB_ARGS(DB_CSTR(n->id), DB_BOOL(private), DB_CSTR(ctx_actor(ctx)),
		DB_STR(reason.n > 0 ? reason : STR_NONE)),
	    NULL);
	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, FAIL_DUPLICATE,
		    "The same is granted already. Reject or delete this "
		    "request.");
	if (rc != FAIL_NONE)
		return rc;
	return network_record(
	    ctx, "approve_network_access", &before, str_from(before.id), out);
}

static enum fail_code
reject(struct ctx *ctx, const struct network *n, struct str reason,
    struct network *out)
{
	struct network before = *n;
	enum fail_code rc = check_waits(ctx, n);

	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_network_reject,
		    DB_ARGS(DB_CSTR(n->id), DB_CSTR(ctx_actor(ctx)),
			DB_STR(reason)),
		    NULL);
	if (rc != FAIL_NONE)
		return rc;
	return network_record(
	    ctx, "reject_network_access", &before, str_from(before.id), out);
}

static enum fail_code
decide(
    struct ctx *ctx, const struct network_decide_args *a, struct network *out)
{
	enum fail_code rc = hold(ctx, a->request_id, out);

	if (rc != FAIL_NONE)
		return rc;
	if (str_eq_c(a->action, "approve"))
		return approve(ctx, out, a->private.v, a->reason, out);
	return reject(ctx, out, a->reason, out);
}

static enum fail_code
check_reason(struct ctx *ctx, struct str action, struct str reason)
{
	if (!str_eq_c(action, "reject") || str_trim(reason).n > 0)
		return FAIL_NONE;
	(void)fail_field(
	    &ctx->fail, "/reason", "is required: who asked reads it");
	return fail(&ctx->fail, FAIL_INVALID, NULL);
}

enum fail_code
network_decide(struct ctx *ctx, const struct network_decide_args *args,
    struct network *out)
{
	enum fail_code rc = check_reason(ctx, args->action, args->reason);

	if (rc == FAIL_NONE)
		rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, decide(ctx, args, out));
}

/* --- several -------------------------------------------------------------- */

/* In one sentence, for a list of failures. */
static const char *
sentence(struct ctx *ctx)
{
	const struct fail *f = &ctx->fail;

	if (f->nfields == 0)
		return arena_strdup(ctx->arena, f->message);
	return arena_printf(ctx->arena, "%s: %s %s", f->message,
	    f->fields[0].pointer, f->fields[0].message);
}

enum fail_code
network_decide_all(struct ctx *ctx, const struct network_bulk_args *args,
    struct network_bulk *out)
{
	struct network_failed *failed = arena_zalloc(
	    ctx->arena, args->request_ids.n, sizeof(*failed));
	enum fail_code rc = check_reason(ctx, args->action, args->reason);

	if (rc != FAIL_NONE)
		return rc;
	out->failed.v = failed;
	for (size_t i = 0; i < args->request_ids.n; i++) {
		struct network_decide_args one = {
		    .request_id = args->request_ids.v[i],
		    .action = args->action,
		    .reason = args->reason,
		};
		struct network row;

		rc = network_decide(ctx, &one, &row);
		if (rc == FAIL_NONE) {
			out->processed_count++;
			continue;
		}
		/* What is wrong with all of them is the answer itself. */
		if (rc == FAIL_UNAVAILABLE || rc == FAIL_INTERNAL ||
		    rc == FAIL_UNCERTAIN)
			return rc;
		failed[out->failed.n++] = (struct network_failed){
		    arena_str(ctx->arena, one.request_id).p, fail_slug(rc),
		    sentence(ctx)};
		fail_clear(&ctx->fail);
	}
	out->success = out->failed.n == 0;
	return FAIL_NONE;
}

static bool
concerns(const struct network *n, const char *server_id, const char *tool_id)
{
	return n->tool_id != NULL ? strcmp(n->tool_id, tool_id) == 0
				  : strcmp(n->server_id, server_id) == 0;
}

enum fail_code
network_approve_with(
    struct ctx *ctx, const char *tool_id, const struct strs *request_ids)
{
	struct network_target t = {.tool_id = str_from(tool_id)};
	enum fail_code rc = FAIL_NONE;

	if (request_ids->n > 0)
		rc = network_hold(ctx, &t);
	for (size_t i = 0; rc == FAIL_NONE && i < request_ids->n; i++) {
		struct str id = request_ids->v[i];
		const char *server_id = arena_str(ctx->arena, t.server_id).p;
		struct network n;

		if ((rc = db_run(ctx, Q_network_lock, DB_ARGS(DB_STR(id)),
			 NULL)) != FAIL_NONE ||
		    (rc = network_get(ctx, id, &n)) != FAIL_NONE)
			break;
		if (!concerns(&n, server_id, tool_id))
			return fail(&ctx->fail, FAIL_CONFLICT,
			    "The request for %s is not this tool's.",
			    network_label(ctx, n.host, n.port));
		if (n.needs_private)
			return fail(&ctx->fail, FAIL_CONFLICT,
			    "%s leads into a private network: decide about it "
			    "by itself.",
			    network_label(ctx, n.host, n.port));
		rc = approve(ctx, &n, false, STR_NONE, &n);
	}
	return rc;
}

/* --- without a request ---------------------------------------------------- */

static enum fail_code
grant_new(struct ctx *ctx, const struct network_grant_args *a,
    const struct network_target *t, struct network *out)
{
	struct str why = a->justification.n > 0
	    ? a->justification
	    : STR_LIT("Granted without a request.");
	struct network_place row;
	enum fail_code rc = db_one(ctx, Q_network_grant,
	    DB_ARGS(DB_STR(t->server_id), DB_STR(t->tool_id), DB_CSTR(t->host),
		DB_OPT_INT(t->port), DB_STR(why),
		DB_CSTR(ctx_change_source(ctx)), DB_CSTR(ctx_actor(ctx)),
		DB_BOOL(a->private.v)),
	    network_place_fields, &row);

	if (rc != FAIL_NONE)
		return rc;
	return network_record(
	    ctx, "grant_network_access", NULL, str_from(row.id), out);
}

static enum fail_code
grant(struct ctx *ctx, const struct network_grant_args *a,
    struct network_target *t, struct network *out)
{
	struct network_standing same;
	enum fail_code rc;

	if ((rc = check_host(ctx, t->host, a->private.v)) != FAIL_NONE ||
	    (rc = network_hold(ctx, t)) != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_network_same,
	    DB_ARGS(DB_STR(t->server_id), DB_STR(t->tool_id), DB_CSTR(t->host),
		DB_OPT_INT(t->port)),
	    network_standing_fields, &same);
	if (rc == FAIL_NOT_FOUND) {
		fail_clear(&ctx->fail);
		return grant_new(ctx, a, t, out);
	}
	if (rc != FAIL_NONE)
		return rc;
	if (strcmp(same.status, "approved") == 0)
		return fail(&ctx->fail, FAIL_DUPLICATE,
		    "%s is granted already%s.",
		    network_label(ctx, t->host, t->port),
		    same.private == a->private.v
			? ""
			: ", with another word about private address space: "
			  "revoke it first");
	rc = network_get(ctx, str_from(same.id), out);
	return rc != FAIL_NONE
	    ? rc
	    : approve(ctx, out, a->private.v, a->justification, out);
}

enum fail_code
network_grant(
    struct ctx *ctx, const struct network_grant_args *args, struct network *out)
{
	struct network_target t = {
	    .server_id = args->server_id,
	    .tool_id = args->tool_id,
	    .port = args->port,
	};
	enum fail_code rc = network_read_host(ctx, args->host, &t);

	if (rc == FAIL_NONE)
		rc = db_begin(ctx);
	return rc != FAIL_NONE ? rc : tx_end(ctx, grant(ctx, args, &t, out));
}

/* --- taking back ---------------------------------------------------------- */

static enum fail_code
revoke(
    struct ctx *ctx, const struct network_revoke_args *a, struct network *out)
{
	enum fail_code rc = hold(ctx, a->request_id, out);
	struct network before = *out;

	if (rc == FAIL_NONE && strcmp(before.status, "approved") != 0)
		rc = fail(&ctx->fail, FAIL_CONFLICT, "It is not approved.");
	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_network_revoke,
		    DB_ARGS(DB_CSTR(before.id), DB_CSTR(ctx_actor(ctx)),
			DB_STR(a->reason.n > 0 ? a->reason : STR_NONE)),
		    NULL);
	if (rc != FAIL_NONE)
		return rc;
	return network_record(
	    ctx, "revoke_network_access", &before, str_from(before.id), out);
}

enum fail_code
network_revoke(struct ctx *ctx, const struct network_revoke_args *args,
    struct network *out)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, revoke(ctx, args, out));
}

static enum fail_code
forget(struct ctx *ctx, struct str id)
{
	struct network before;
	enum fail_code rc = hold(ctx, id, &before);

	if (rc == FAIL_NONE && strcmp(before.status, "approved") == 0)
		rc = fail(&ctx->fail, FAIL_CONFLICT,
		    "It is in force. Revoke it first.");
	if (rc == FAIL_NONE)
		rc = db_run(ctx, Q_network_delete, DB_ARGS(DB_STR(id)), NULL);
	if (rc != FAIL_NONE)
		return rc;
	return audit_write(ctx, "delete_network_access", "network_access",
	    before.id,
	    json_keep(ctx->arena, view_object(network_fields, &before)), NULL);
}

enum fail_code
network_delete(struct ctx *ctx, struct str id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, forget(ctx, id));
}
