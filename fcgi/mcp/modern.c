/*
 * modern.c: is this a valid request of 2026-07-28?
 */
#include "mcp/modern.h"

#include <string.h>

#include "json.h"
#include "mcp/answer.h"
#include "mcp/header.h"
#include "mcp/method.h"

#define HEADER_VERSION "MCP-Protocol-Version"

static const char *
meta_version(const struct message *m)
{
	return json_get_str(
	    json_get_obj(m->rpc.params, "_meta"), ERA_META_VERSION);
}

static bool
has_version_header(const struct message *m)
{
	return req_header(&m->x->req, HEADER_VERSION).p != NULL;
}

static bool
has_meta(const struct message *m)
{
	const json_t *meta = json_get_obj(m->rpc.params, "_meta");

	return meta_version(m) != NULL &&
	    json_get_obj(meta, ERA_META_CAPABILITIES) != NULL;
}

static bool
same_version(const struct message *m)
{
	return str_eq_c(
	    req_header(&m->x->req, HEADER_VERSION), meta_version(m));
}

static bool
known_version(const struct message *m)
{
	const struct era *era = era_find(str_from(meta_version(m)));

	return era != NULL && era->modern;
}

static bool
same_method(const struct message *m)
{
	return header_is(
	    &m->x->req, m->x->ctx.arena, "Mcp-Method", str_from(m->rpc.method));
}

static bool
known_method(const struct message *m)
{
	return method_find(m->rpc.method, m->era) != NULL;
}

/* Without a name in the body the header has nothing to agree with. */
static bool
same_name(const struct message *m)
{
	const char *member = method_find(m->rpc.method, m->era)->mirrored;
	const char *name = member == NULL ? NULL
					  : json_get_str(m->rpc.params, member);

	if (member == NULL)
		return true;
	if (name == NULL)
		return req_header(&m->x->req, "Mcp-Name").p == NULL;
	return header_is(
	    &m->x->req, m->x->ctx.arena, "Mcp-Name", str_from(name));
}

static const struct rule {
	bool (*holds)(const struct message *m);
	int status;
	enum rpc_code code;
	const char *text;
} rules[] = {
    {has_version_header, 400, RPC_HEADER_MISMATCH,
	"The header MCP-Protocol-Version is missing."},
    {has_meta, 400, RPC_INVALID_PARAMS,
	"params._meta must have " ERA_META_VERSION
	" (a string) and " ERA_META_CAPABILITIES " (an object)."},
    {same_version, 400, RPC_HEADER_MISMATCH,
	"The header MCP-Protocol-Version is not what _meta says."},
    {known_version, 400, RPC_UNSUPPORTED_VERSION,
	"This protocol version is not supported."},
    {same_method, 400, RPC_HEADER_MISMATCH,
	"The header Mcp-Method is missing, or is not the method."},
    {known_method, 404, RPC_METHOD_NOT_FOUND, "There is no such method here."},
    {same_name, 400, RPC_HEADER_MISMATCH,
	"The header Mcp-Name is missing, or is not the name in params."},
};

json_t *
modern_versions(void)
{
	json_t *list = json_arr();

	for (int i = 0; i < ERA__MAX; i++) {
		const struct era *era = era_of((enum era_revision)i);

		if (era->modern)
			json_add(list, json_string(era->date));
	}
	return list;
}

static enum step
refuse(struct message *m, const struct rule *rule)
{
	json_t *data = NULL;

	if (rule->code == RPC_UNSUPPORTED_VERSION) {
		data = json_keep(m->x->ctx.arena, json_obj());
		json_put(data, "supported", modern_versions());
		json_put_str(data, "requested", meta_version(m));
	}
	return answer_error(
	    m, rule->status, rule->code, data, "%s", rule->text);
}

bool
modern_check(struct message *m)
{
	for (size_t i = 0; i < NELEM(rules); i++) {
		if (!rules[i].holds(m)) {
			(void)refuse(m, &rules[i]);
			return false;
		}
	}
	return true;
}
