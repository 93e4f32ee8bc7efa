/*
 * Permissions, actors, pages, cache versions.
 */
#include "core_test.h"

#include "op/cachever.h"

static void
test_may(void **state)
{
	struct ctx *ctx = test_ctx();

	(void)state;
	assert_true(ctx_may(ctx, PERM_ANYONE));
	assert_false(ctx_may(ctx, PERM_READ));
	assert_int_equal(ctx_require(ctx, PERM_READ), FAIL_UNAUTHORIZED);
	ctx->caller = (struct caller){.kind = CALLER_PERSON,
	    .name = "anna",
	    .perms = PERM_READ | PERM_EDIT};
	assert_true(ctx_may(ctx, PERM_ANYONE));
	assert_true(ctx_may(ctx, PERM_READ));
	assert_int_equal(ctx_require(ctx, PERM_READ), FAIL_NONE);
	assert_int_equal(ctx_require(ctx, PERM_DECIDE), FAIL_FORBIDDEN);
	/* Who must set up a second factor is told so. */
	ctx->caller = (struct caller){.kind = CALLER_PERSON,
	    .name = "anna",
	    .perms = PERM_SELF,
	    .must_enrol = true};
	assert_int_equal(ctx_require(ctx, PERM_SELF), FAIL_NONE);
	assert_int_equal(ctx_require(ctx, PERM_READ), FAIL_FORBIDDEN);
	assert_non_null(strstr(ctx->fail.message, "second factor"));
	/* Every bit, not any. */
	assert_false(ctx_may(ctx, (enum perm)(PERM_READ | PERM_DECIDE)));
}

static void
test_actor(void **state)
{
	struct ctx *ctx = test_ctx();

	(void)state;
	assert_string_equal(ctx_actor(ctx), "nobody");
	ctx->caller = (struct caller){.kind = CALLER_PERSON, .name = "anna"};
	assert_string_equal(ctx_actor(ctx), "person:anna");
	ctx->caller = (struct caller){.kind = CALLER_CLIENT, .name = "local"};
	assert_string_equal(ctx_actor(ctx), "client:local");
	ctx->caller = (struct caller){
	    .kind = CALLER_CLIENT, .name = "anna", .token = "ci"};
	assert_string_equal(ctx_actor(ctx), "client:anna/ci");
	ctx->caller.kind = CALLER_PERSON;
	assert_string_equal(ctx_actor(ctx), "token:anna/ci");
	ctx->face = FACE_REST;
	assert_string_equal(ctx_change_source(ctx), "manual");
	ctx->face = FACE_MCP;
	assert_string_equal(ctx_change_source(ctx), "llm");
}

static void
test_page(void **state)
{
	struct page p = {.total = 0};

	(void)state;
	page_fill(&p, 2, 50, 101);
	assert_int_equal(p.pages, 3);
	page_fill(&p, 1, 50, 100);
	assert_int_equal(p.pages, 2);
	page_fill(&p, 1, 50, 0);
	assert_int_equal(p.pages, 0);
	assert_int_equal(
	    page_offset((struct opt_int){.v = 1}, (struct opt_int){.v = 50}),
	    0);
	assert_int_equal(
	    page_offset((struct opt_int){.v = 3}, (struct opt_int){.v = 50}),
	    100);
}

static void
test_cache_versions(void **state)
{
	uint64_t tools = cache_version(CACHE_TOOLS);
	uint64_t accounts = cache_version(CACHE_ACCOUNTS);

	(void)state;
	cache_bump("tools");
	assert_int_not_equal(cache_version(CACHE_TOOLS), tools);
	assert_int_equal(cache_version(CACHE_ACCOUNTS), accounts);
	tools = cache_version(CACHE_TOOLS);
	cache_bump("tools:0f8fad5b");
	assert_int_not_equal(cache_version(CACHE_TOOLS), tools);
	/* What we do not know may concern anything. */
	cache_bump("weather");
	assert_int_not_equal(cache_version(CACHE_ACCOUNTS), accounts);
	accounts = cache_version(CACHE_ACCOUNTS);
	cache_bump(NULL);
	assert_int_not_equal(cache_version(CACHE_ACCOUNTS), accounts);
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(test_ctx()->arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_may),
	    cmocka_unit_test(test_actor),
	    cmocka_unit_test(test_page),
	    cmocka_unit_test(test_cache_versions),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
