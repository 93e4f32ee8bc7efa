/*
 * The real tables pass their self-check, and the document made from them
 * holds together.
 */
#include "core_test.h"

#include "json.h"
#include "registry.h"

static void
test_check(void **state)
{
	(void)state;
	assert_true(registry_check());
}

static void
test_mcp_lookup(void **state)
{
	size_t found = 0;

	(void)state;
	assert_null(registry_mcp(STR_LIT("create_server")));
	assert_null(registry_mcp(STR_LIT("mcpbox_")));
	assert_null(registry_mcp(STR_LIT("")));
	assert_null(registry_mcp(STR_LIT("mcpbox_no_such_thing")));
	/* There, but not for models. */
	assert_null(registry_mcp(STR_LIT("mcpbox_health")));
	for (size_t i = 0; registry_ops[i] != NULL; i++) {
		for (const struct op *op = registry_ops[i]; op->name != NULL;
		     op++) {
			char name[80] = "mcpbox_";

			if ((op->faces & FACE_MCP) == 0)
				continue;
			assert_true(strlen(op->name) < 64);
			memcpy(name + 7, op->name, strlen(op->name) + 1);
			assert_ptr_equal(registry_mcp(str_from(name)), op);
			found++;
		}
	}
	assert_true(found > 0);
}

/* Every "$ref" below v leads somewhere in doc. */
static void
check_refs(const json_t *doc, json_t *v)
{
	const char *key, *ref;
	json_t *member;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, member) check_refs(doc, member);
		return;
	}
	ref = json_get_str(v, "$ref");
	if (ref != NULL) {
		struct str rest = str_from(ref);
		const json_t *at = doc;
		char name[128];

		assert_true(str_eq_c(str_split(&rest, '/'), "#"));
		while (rest.p != NULL) {
			struct str part = str_split(&rest, '/');

			assert_true(part.n < sizeof(name));
			memcpy(name, part.p, part.n);
			name[part.n] = '\0';
			at = json_object_get(at, name);
			if (!json_is_object(at))
				fail_test("%s leads nowhere", ref);
		}
	}
	json_object_foreach(v, key, member) check_refs(doc, member);
}

static void
test_openapi(void **state)
{
	json_t *doc = registry_openapi(), *get, *schemas;

	(void)state;
	check_refs(doc, doc);
	assert_string_equal(json_get_str(doc, "openapi"), "3.1.0");
	get = json_get_obj(
	    json_get_obj(json_get_obj(doc, "paths"), "/health"), "get");
	assert_string_equal(json_get_str(get, "operationId"), "health");
	assert_string_equal(json_get_str(get, "x-mcpbox-permission"), "anyone");
	assert_int_equal(json_array_size(json_get_arr(get, "security")), 0);
	schemas = json_get_obj(json_get_obj(doc, "components"), "schemas");
	assert_non_null(json_get_obj(schemas, "Problem"));
	assert_non_null(json_get_obj(schemas, "HealthServices"));
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_mcp_lookup),
	    cmocka_unit_test(test_openapi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
