/*
 * code_host.c: the hosts that a tool's source names, and whether it may.
 */
#include "noun/code_host.h"

#include <string.h>

#include "json.h"
#include "noun/code.h"
#include "noun/network.h"
#include "noun/network_host.h"

#define RULE_NAMED "network-host" /* of the checker */
#define RULE_LACKS "host-not-granted"
#define ASK "mcpbox_request_network_access"

/* clang-format off */
const struct field code_host_fields[] = {
	FIELD_STR(struct code_host, host, .doc = "Name or address."),
	FIELD_INT(struct code_host, port, .doc = "Port."),
	FIELD_STR(struct code_host, access, .choices = CODE_HOST_ACCESS,
	    .doc = "granted; waiting: asked for, a person has to decide; "
		   "rejected: a person said no; missing: nobody asked; never: "
		   "no grant makes it reachable; unknown: no server was named."),
	FIELD_STR(struct code_host, advice, .flags = FIELD_NULLABLE,
	    .doc = "What to do, if there is something."),
	FIELD_INT(struct code_host, line, .doc = "Where, from 1."),
	FIELD_INT(struct code_host, column, .doc = "In characters, from 1."),
	FIELD_END
};
/* clang-format on */

static const char *
how_to_ask(
    struct ctx *ctx, const struct network_target *t, const struct code_host *h)
{
	bool tool = t->tool_id.n > 0;

	return arena_printf(ctx->arena,
	    "Ask for it: " ASK " {\"%s\": \"%.*s\", \"host\": \"%s\", "
	    "\"port\": %lld}.",
	    tool ? "tool_id" : "server_id",
	    STR_FMT(tool ? t->tool_id : t->server_id), h->host,
	    (long long)h->port);
}

static void
judge(struct ctx *ctx, const struct network_target *t,
    const struct network_standing *s, struct code_host *h)
{
	if (s->status == NULL) {
		h->access = "missing";
		h->advice = how_to_ask(ctx, t, h);
	} else if (strcmp(s->status, "approved") == 0) {
		h->access = "granted";
	} else if (strcmp(s->status, "pending") == 0) {
		h->access = "waiting";
		h->advice = arena_printf(ctx->arena,
		    "It is asked for (request %s); a person has to decide.",
		    s->id);
	} else {
		h->access = "rejected";
		h->advice = arena_printf(ctx->arena,
		    "It was asked for and rejected (request %s): %.300s", s->id,
		    s->reason != NULL ? s->reason : "");
	}
}

/* Where it stands for a server's tool, or for nobody in particular. */
static enum fail_code
look_up(struct ctx *ctx, const struct network_target *place, struct str text,
    struct code_host *h)
{
	struct network_target t = *place;
	struct network_standing s;
	struct network_host read;
	const char *why;
	enum fail_code rc;

	if (!network_host_read(ctx->arena, text, &read, &why)) {
		h->host = arena_str(ctx->arena, text).p;
		h->access = "never";
		h->advice = arena_printf(ctx->arena, "The host %s.", why);
		return FAIL_NONE;
	}
	h->host = read.name;
	h->access = "unknown";
	if (t.server_id.n == 0)
		return FAIL_NONE;
	t.host = read.name;
	t.port = (struct opt_int){.given = true, .v = h->port};
	rc = network_reach(ctx, &t, &s);
	if (rc == FAIL_NONE)
		judge(ctx, &t, &s, h);
	return rc;
}

/* The remark about a host says what is missing, instead of that it is there. */
static void
remark(struct ctx *ctx, const struct code_host *h, struct list *findings)
{
	struct code_finding *v = findings->v;

	if (h->advice == NULL)
		return;
	for (size_t i = 0; i < findings->n; i++) {
		if (strcmp(v[i].rule, RULE_NAMED) != 0 ||
		    v[i].line != h->line || v[i].column != h->column)
			continue;
		v[i].severity = "warning";
		v[i].rule = RULE_LACKS;
		v[i].message = arena_printf(ctx->arena,
		    "%s, port %lld, is not granted. %s", h->host,
		    (long long)h->port, h->advice);
	}
}

static enum fail_code
read_place(
    struct ctx *ctx, const struct code_place *place, struct network_target *out)
{
	*out = (struct network_target){
	    .server_id = place->server_id,
	    .tool_id = place->tool_id.n > 0 ? place->tool_id : STR_NONE,
	};
	if (out->server_id.n > 0 || out->tool_id.n == 0)
		return FAIL_NONE;
	return network_server_of(ctx, out->tool_id, &out->server_id);
}

enum fail_code
code_hosts(struct ctx *ctx, const json_t *stored,
    const struct code_place *place, struct list *hosts, struct list *findings)
{
	size_t n = json_array_size(stored);
	struct code_host *v = arena_zalloc(ctx->arena, n, sizeof(*v));
	struct network_target t;
	enum fail_code rc = read_place(ctx, place, &t);

	*hosts = (struct list){.v = v};
	for (size_t i = 0; rc == FAIL_NONE && i < n; i++) {
		const json_t *f = json_array_get(stored, i);
		const char *rule = json_get_str(f, "rule");
		const char *host = json_get_str(f, "host");
		struct code_host *h = &v[hosts->n];

		if (rule == NULL || strcmp(rule, RULE_NAMED) != 0 ||
		    host == NULL)
			continue;
		h->port = json_get_int(f, "port", 443);
		h->line = json_get_int(f, "line", 1);
		h->column = json_get_int(f, "column", 1);
		rc = look_up(ctx, &t, str_from(host), h);
		if (rc != FAIL_NONE)
			break;
		remark(ctx, h, findings);
		hosts->n++;
	}
	return rc;
}
