/*
 * fuzz_rpc.c: what strangers POST to /mcp.
 *
 * The first byte chooses headers, and whether it is the endpoint of one server;
 * the rest is the body.  The caller may call tools, and there are none: the
 * database is one that has nothing and takes everything.  Whatever comes in:
 * the status is one of a client's errors or a success, never 5xx, and the
 * answer is JSON-RPC without a null id.
 */
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "json.h"
#include "mcp/post.h"
#include "keyring.h"
#include "noun/scope.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* --- a database that has nothing -------------------------------------------
 */

struct db *
db_new(const struct settings *settings, enum pool pool)
{
	(void)settings;
	(void)pool;
	return NULL;
}

void
db_free(struct db *db)
{
	(void)db;
}

void
db_tidy(struct db *db)
{
	(void)db;
}

enum fail_code
db_one(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, void *out)
{
	(void)args;
	(void)nargs;
	(void)fields;
	if (q != Q_mcpsession_open)
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	memcpy(out, &(int64_t){1}, sizeof(int64_t)); /* its number */
	return FAIL_NONE;
}

enum fail_code
db_all(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, size_t row_size, struct list *out)
{
	(void)ctx;
	(void)q;
	(void)args;
	(void)nargs;
	(void)fields;
	(void)row_size;
	*out = (struct list){.n = 0};
	return FAIL_NONE;
}

enum fail_code
db_page(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, size_t row_size, struct list *out,
    int64_t *total_out)
{
	*total_out = 0;
	return db_all(ctx, q, args, nargs, fields, row_size, out);
}

enum fail_code
db_run(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    int64_t *affected_out)
{
	(void)ctx;
	(void)q;
	(void)args;
	(void)nargs;
	if (affected_out != NULL)
		*affected_out = 1;
	return FAIL_NONE;
}

enum fail_code
db_begin(struct ctx *ctx)
{
	(void)ctx;
	return FAIL_NONE;
}

enum fail_code
db_commit(struct ctx *ctx)
{
	(void)ctx;
	return FAIL_NONE;
}

void
db_rollback(struct ctx *ctx)
{
	(void)ctx;
}

bool
db_alive(struct ctx *ctx)
{
	(void)ctx;
	return true;
}

/* --- requests ----------------------------------------------------------------
 */

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
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2026-07-28"),
    PARAM("HTTP_MCP_METHOD", "resources/read"),
    PARAM("HTTP_MCP_NAME", "test://static-text"),
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2026-07-28"),
    PARAM("HTTP_MCP_METHOD", "prompts/get"),
    PARAM("HTTP_MCP_NAME", "p"),
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2026-07-28"),
    PARAM("HTTP_MCP_METHOD", "tasks/get"),
    PARAM("HTTP_MCP_NAME", "t"),
    PARAM("HTTP_MCP_PROTOCOL_VERSION", "2025-11-25"),
    PARAM("HTTP_MCP_SESSION_ID", "0123456789abcdef0123456789abcdef0123456789a"),
};

/* Which of them, by the first byte: first and number. */
static const struct {
	size_t first, n;
} choices[] = {{0, 2}, {0, 1}, {0, 0}, {4, 1}, {2, 2}, {5, 1}, {6, 3}, {9, 3},
    {12, 3}, {15, 1}, {15, 2}};

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
	static const struct scope scope = {
	    "00000000-0000-4000-8000-000000000000", "one"};
	struct exchange *x = exchange_new();
	size_t choice = size > 0 ? data[0] % 128 % NELEM(choices) : 0;

	if (settings.keys == NULL)
		settings.keys = keyring_random(1);
	x->ctx.settings = &settings;
	x->ctx.caller = (struct caller){.kind = CALLER_CLIENT,
	    .id = "local",
	    .name = "local",
	    .perms = PERM_ANYONE | PERM_CALL};
	if (size > 0 && data[0] >= 128)
		x->ctx.scope = &scope;
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
