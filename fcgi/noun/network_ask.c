/*
 * network_ask.c: asking for network access.
 */
#include <string.h>

#include "db/db.h"
#include "noun/approval_auto.h"
#include "noun/network.h"
#include "noun/tx.h"

static enum fail_code
granted(struct ctx *ctx, const struct network_target *t,
    const struct network_standing *s)
{
	return fail(&ctx->fail, FAIL_DUPLICATE,
	    "%s is granted already%s, and approved tools can use it now. "
	    "Trial runs have no network.%s",
	    network_label(ctx, t->host, s->port),
	    s->server_wide ? " for every tool of the server" : "",
	    s->private ? ""
		       : " It does not lead into private address space: for "
			 "that a person revokes the grant and grants it anew.");
}

static enum fail_code
in_the_way(struct ctx *ctx, const struct network_target *t,
    const struct network_standing *s)
{
	const char *label = network_label(ctx, t->host, t->port);

	if (strcmp(s->status, "approved") == 0)
		return granted(ctx, t, s);
	if (strcmp(s->status, "pending") == 0)
		return fail(&ctx->fail, FAIL_DUPLICATE,
		    "%s is asked for already and waits for a person's "
		    "decision (request %s). There is no need to ask again.",
		    label, s->id);
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "%s was asked for and rejected (request %s): %.300s Do without it, "
	    "or let a person delete the rejected request or grant it.",
	    label, s->id, s->reason != NULL ? s->reason : "");
}

static enum fail_code
check_free(struct ctx *ctx, const struct network_target *t)
{
	struct network_standing s;
	enum fail_code rc = db_one(ctx, Q_network_standing,
	    DB_ARGS(DB_STR(t->server_id), DB_STR(t->tool_id), DB_CSTR(t->host),
		DB_OPT_INT(t->port)),
	    network_standing_fields, &s);

	if (rc == FAIL_NONE)
		return in_the_way(ctx, t, &s);
	if (rc != FAIL_NOT_FOUND)
		return rc;
	fail_clear(&ctx->fail);
	return FAIL_NONE;
}

struct count {
	int64_t n;
};

static const struct field count_fields[] = {
    FIELD_INT(struct count, n, .doc = "Rows."), FIELD_END};

static enum fail_code
check_room(struct ctx *ctx, const struct network_target *t)
{
	struct count count;
	enum fail_code rc = db_one(ctx, Q_network_waiting,
	    DB_ARGS(DB_STR(t->server_id)), count_fields, &count);

	if (rc != FAIL_NONE || count.n < NETWORK_WAITING_MAX)
		return rc;
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "%d requests for network access wait at this server. A person has "
	    "to decide some of them first.",
	    NETWORK_WAITING_MAX);
}

#define WAITS                                                                  \
	"A person decides about it on the web page. "                          \
	"mcpbox_list_network_access says where it stands; once it is "         \
	"approved the tools can use it, without another version and without "  \
	"a restart."
#define GRANTED                                                                 \
	"It is granted, as the policy of this instance has it: approved tools " \
	"can use it now. Trial runs have no network."

static enum fail_code
ask(struct ctx *ctx, const struct network_request_args *a,
    struct network_target *t, struct network_asked *out)
{
	struct network_place row;
	enum fail_code rc;

	if ((rc = network_hold(ctx, t)) != FAIL_NONE ||
	    (rc = check_free(ctx, t)) != FAIL_NONE ||
	    (rc = check_room(ctx, t)) != FAIL_NONE)
		return rc;
	rc = db_one(ctx, Q_network_request,
	    DB_ARGS(DB_STR(t->server_id), DB_STR(t->tool_id), DB_CSTR(t->host),
		DB_OPT_INT(t->port), DB_STR(a->justification),
		DB_CSTR(ctx_change_source(ctx)), DB_CSTR(ctx_actor(ctx))),
	    network_place_fields, &row);
	/* Held as they are, nobody else can have asked; the index knows. */
	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, rc,
		    "%s is asked for already and waits for a person's "
		    "decision.",
		    network_label(ctx, t->host, t->port));
	if (rc == FAIL_NONE && !t->needs_private)
		rc = approval_auto_network(ctx, str_from(row.id));
	if (rc != FAIL_NONE)
		return rc;
	rc = network_record(
	    ctx, "request_network_access", NULL, str_from(row.id), &out->row);
	if (rc == FAIL_NONE)
		out->next_step =
		    strcmp(out->row.status, "approved") == 0 ? GRANTED : WAITS;
	return rc;
}

enum fail_code
network_request(struct ctx *ctx, const struct network_request_args *args,
    struct network_asked *out)
{
	struct network_target t = {
	    .server_id = args->server_id,
	    .tool_id = args->tool_id,
	    .port = args->port,
	};
	enum fail_code rc;

	if ((args->server_id.n > 0) == (args->tool_id.n > 0))
		return fail(&ctx->fail, FAIL_INVALID,
		    "Give either tool_id, for one tool, or server_id, for "
		    "every tool of the server.");
	if ((rc = network_read_host(ctx, args->host, &t)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	return tx_end(ctx, ask(ctx, args, &t, out));
}
