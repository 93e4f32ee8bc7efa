/*
 * discover.c: who we are and what we can do, in both eras.
 */
#include "mcp/answer.h"
#include "mcp/method.h"
#include "mcp/modern.h"
#include "mcp/task.h"

#include "json.h"
#include "noun/scope.h"

/* How long a client may trust what we said: nothing tells it otherwise. */
#define DISCOVER_TTL_MS 60000

#define CAPABILITIES                                                           \
	"\"tools\":{\"listChanged\":true},"                                    \
	"\"resources\":{\"listChanged\":true,\"subscribe\":true},"             \
	"\"prompts\":{\"listChanged\":true},\"completions\":{},"               \
	"\"logging\":{}"
/* Of the modern era alone: the experiment of 2025-11-25 is another thing. */
#define EXTENSIONS "\"extensions\":{\"" TASK_EXTENSION "\":{}}"

static const char instructions[] =
    "mcpbox runs Python tools that you write and a person approves.\n"
    "\n"
    "To make a new tool:\n"
    "1. mcpbox_create_server (or mcpbox_list_servers) gives a server_id.\n"
    "2. Write Python with `async def main(...)`. Its typed parameters become "
    "the tool's input, its docstring the description; return JSON values. "
    "mcpbox_validate_code checks it without saving.\n"
    "3. mcpbox_create_tool saves it as a draft.\n"
    "4. mcpbox_test_code runs the draft with arguments of yours, isolated: "
    "no secrets, no network.\n"
    "5. mcpbox_request_publish asks for review. A person reads the code and "
    "approves or rejects it on the web page; you cannot. "
    "mcpbox_get_tool_status says where it stands, and why it was rejected.\n"
    "6. mcpbox_start_server makes the approved tools of a server callable.\n"
    "\n"
    "An approved tool is called <server>__<tool> and appears in tools/list. "
    "Any change to its code, description or settings makes a new version, "
    "which must be approved again before it runs; "
    "mcpbox_list_tool_versions and mcpbox_rollback_tool go back, and that "
    "too needs an approval. Resources (mcpbox_create_resource, "
    "mcpbox_create_resource_template) and prompts (mcpbox_create_prompt) live "
    "in the same way. mcpbox_search_tools finds a tool by what it does, "
    "among however many.";

/* At the endpoint of one server: what its author says of it; "" if nothing. */
static enum fail_code
put_instructions(struct message *m)
{
	struct ctx *ctx = &m->x->ctx;
	const char *text = instructions;
	enum fail_code rc;

	if (ctx->scope != NULL && (rc = scope_about(ctx, &text)) != FAIL_NONE)
		return rc;
	if (text[0] != '\0')
		answer_member_str(m, "instructions", str_from(text));
	return FAIL_NONE;
}

enum step
discover_run(struct message *m)
{
	json_t *versions = json_keep(m->x->ctx.arena, modern_versions());

	answer_open(m);
	answer_member(m, "supportedVersions");
	json_append(m->out, versions);
	answer_members(
	    m, STR_LIT("\"capabilities\":{" CAPABILITIES "," EXTENSIONS "}"));
	if (put_instructions(m) != FAIL_NONE)
		return answer_fail(m);
	answer_member(m, "ttlMs");
	buf_printf(m->out, "%d", DISCOVER_TTL_MS);
	/* The same for everyone, whatever they may do. */
	answer_member_str(m, "cacheScope", STR_LIT("public"));
	return answer_close(m);
}

/* Its id in the header of the answer. */
static enum fail_code
open_session(struct message *m)
{
	const json_t *caps = json_get_obj(m->rpc.params, "capabilities");
	const char *client = json_get_str(
	    json_get_obj(m->rpc.params, "clientInfo"), "name");
	char id[RND_TOKEN_MAX];
	enum fail_code rc;

	if (caps == NULL)
		caps = json_keep(m->x->ctx.arena, json_obj());
	rc = mcpsession_open(
	    &m->x->ctx, m->era->date, str_from(client), caps, id);
	if (rc == FAIL_NONE)
		response_header(m->x, "Mcp-Session-Id", id);
	return rc;
}

enum step
initialize_run(struct message *m)
{
	const char *version = json_get_str(m->rpc.params, "protocolVersion");

	if (version == NULL)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params.protocolVersion must be a string.");
	if (open_session(m) != FAIL_NONE)
		return answer_fail(m);
	answer_open(m); /* m->era is what was negotiated: era_classify */
	answer_member_str(m, "protocolVersion", str_from(m->era->date));
	answer_members(m, STR_LIT("\"capabilities\":{" CAPABILITIES "}"));
	answer_member(m, "serverInfo");
	answer_server_info(m->out, m->era, answer_scope(m->x));
	if (put_instructions(m) != FAIL_NONE)
		return answer_fail(m);
	return answer_close(m);
}

enum step
ping_run(struct message *m)
{
	answer_open(m);
	return answer_close(m);
}
