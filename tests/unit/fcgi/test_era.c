/*
 * test_era.c: which revision does a request speak?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/era.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define META_V "'io.modelcontextprotocol/protocolVersion':"
#define META_C "'io.modelcontextprotocol/clientCapabilities':"

/* clang-format off */
static const struct {
	const char *method;
	const char *params;
	const char *version; /* header, or NULL */
	bool has_method;     /* Mcp-Method */
	const char *want;
} samples[] = {
	/* _meta decides first, whatever its values are */
	{"tools/list", "{'_meta':{" META_V "'2026-07-28'}}", NULL, false, "2026-07-28"},
	{"tools/list", "{'_meta':{" META_C "{}}}", "2025-11-25", false, "2026-07-28"},
	{"initialize", "{'_meta':{" META_V "7}}", NULL, false, "2026-07-28"},
	{"tools/list", "{'_meta':{" META_V "'2025-06-18'}}", "2025-06-18", false, "2026-07-28"},
	/* other members of _meta do not */
	{"tools/list", "{'_meta':{'progressToken':1}}", "2025-11-25", false, "2025-11-25"},
	/* then initialize, whatever its headers are */
	{"initialize", "{'protocolVersion':'2025-06-18'}", "2026-07-28", true, "2025-06-18"},
	{"initialize", "{'protocolVersion':'2025-03-26'}", NULL, false, "2025-03-26"},
	{"initialize", "{'protocolVersion':'2024-11-05'}", NULL, false, "2025-11-25"},
	{"initialize", "{'protocolVersion':'2026-07-28'}", NULL, false, "2025-11-25"},
	{"initialize", "{}", NULL, false, "2025-11-25"},
	{"initialize", NULL, NULL, false, "2025-11-25"},
	/* then the version header */
	{"tools/list", NULL, "2026-07-28", false, "2026-07-28"},
	{"tools/list", NULL, "v999.0.0", false, "2026-07-28"},
	{"tools/list", NULL, "2024-11-05", false, "2026-07-28"},
	{"tools/list", NULL, "", false, "2026-07-28"},
	{"tools/list", "{}", "2025-06-18", false, "2025-06-18"},
	{"tools/list", "{}", "2025-06-18", true, "2025-06-18"},
	{"ping", NULL, "2025-03-26", false, "2025-03-26"},
	/* then Mcp-Method */
	{"tools/list", NULL, NULL, true, "2026-07-28"},
	{"tools/list", NULL, NULL, false, "2025-03-26"},
	{NULL, NULL, NULL, false, "2025-03-26"},
};
/* clang-format on */

static void
test_classify(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct rpc_msg msg = {
		    .method = samples[i].method,
		    .params = samples[i].params != NULL
			? mcp_json(a, samples[i].params)
			: NULL,
		};
		struct str version = samples[i].version != NULL
		    ? str_from(samples[i].version)
		    : STR_NONE;
		const struct era *era = era_classify(
		    &msg, version, samples[i].has_method);

		if (strcmp(era->date, samples[i].want) != 0)
			fail_msg("sample %zu: %s, not %s", i, era->date,
			    samples[i].want);
	}
	arena_free(a);
}

static void
test_table(void **state)
{
	(void)state;
	for (int i = 0; i < ERA__MAX; i++) {
		const struct era *era = era_of((enum era_revision)i);

		assert_int_equal(era->revision, i);
		assert_ptr_equal(era_find(str_from(era->date)), era);
	}
	assert_null(era_find(STR_LIT("2026-07-2")));
	assert_null(era_find(STR_NONE));
	assert_true(era_of(ERA_2025_03_26)->batch);
	assert_false(era_of(ERA_2025_06_18)->batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classify),
	    cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
