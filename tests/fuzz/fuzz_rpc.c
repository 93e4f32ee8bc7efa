/*
 * fuzz_rpc.c: what strangers POST to /mcp.
 *
 * The first byte chooses headers, the rest is the body.  The caller may do
 * nothing, so no case gets as far as the database.  Whatever comes in: the
 * status is one of a client's errors or a success, never 5xx, and the answer
 * is JSON-RPC without a null id.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mcp/post.h"
#include "keyring.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

#define PARAM(name, value)                                                     \
	{                                                                      \
		STR_LIT(name), STR_LIT(value)                                  \
	}

static struct req_param headers[] = {
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2026-07-28"),
    PARAM("HTTP_MCP_METHOD", "tools/list"),
    PARAM("HTTP_MCP_METHOD", "tools/call"),
    PARAM("HTTP_MCP_NAME", "mcpbox_list_servers"),
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2025-03-26"),
    PARAM("HTTP_MCP_METHOD", "server/discover"),
};

/* Which of them, by the first byte: first and number. */
static const struct {
	size_t first, n;
} choices[] = {{0, 2}, {0, 1}, {0, 0}, {4, 1}, {2, 2}, {5, 1}};

static void
check_one(const json_t *v)
{
	const json_t *id = json_object_get(v, "id");

	require(json_is_object(v));
	require(id == NULL || json_is_string(id) || json_is_integer(id));
	require((json_object_get(v, "result") != NULL) !=
	    (json_object_get(v, "error") != NULL));
}

static void
check(const struct exchange *x)
{
	json_t *v;

	require(x->res.status >= 200 && x->res.status < 500);
	if (x->res.body.n == 0) {
		require(x->res.status == 202);
		return;
	}
	require(json_parse(x->ctx.arena, x->res.body, (size_t)1 << 26, &v,
		    NULL) == FAIL_NONE);
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		check_one(json_array_get(v, i));
	if (!json_is_array(v))
		check_one(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	struct exchange *x = exchange_new();
	size_t choice = size > 0 ? data[0] % NELEM(choices) : 0;

	if (settings.keys == NULL)
		settings.keys = keyring_random(1);
	x->ctx.settings = &settings;
	x->ctx.caller = (struct caller){.kind = CALLER_CLIENT,
	    .id = "local",
	    .name = "local",
	    .perms = PERM_ANYONE};
	x->req = (struct req){
	    .method = STR_LIT("POST"),
	    .path = STR_LIT("/mcp"),
	    .content_type = STR_LIT("application/json"),
	    .params = headers + choices[choice].first,
	    .nparams = choices[choice].n,
	};
	if (size > 1)
		x->req.body = (struct str){
		    arena_strndup(
			x->ctx.arena, (const char *)data + 1, size - 1),
		    size - 1};
	require(post_handle(x) == STEP_DONE);
	check(x);
	exchange_free(x);
	return 0;
}
