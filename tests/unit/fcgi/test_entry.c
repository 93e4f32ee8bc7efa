/*
 * test_entry.c: tools as tools/list shows them, revision by revision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/entry.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

/* Odd on purpose: spaces, order of keys, a number as it was written. */
#define INPUT                                                                  \
	"{ \"type\":\"object\",\"x\":1.50,\"properties\":{\"b\":{},\"a\":{}}}"
#define OBJECT "{\"type\":\"object\", \"properties\":{}}"

static const char *
show(struct arena *a, enum era_revision revision, const struct run_tool *tool)
{
	const char *text;
	struct buf b;

	buf_init(&b, 1 << 20);
	entry_tool(&b, era_of(revision), tool);
	text = arena_strndup(a, b.p, b.n);
	buf_free(&b);
	return text;
}

static void
test_verbatim(void **state)
{
	struct arena *a = arena_new(1 << 20);
	const struct run_tool tool = {.listed_name = "s__t",
	    .title = "A \"title\"",
	    .description = "d",
	    .input_schema = INPUT,
	    .output_schema = OBJECT,
	    .annotations = "{\"readOnlyHint\":true}"};
	static const enum era_revision all[] = {
	    ERA_2025_06_18, ERA_2025_11_25, ERA_2026_07_28};

	(void)state;
	for (size_t i = 0; i < NELEM(all); i++)
		assert_string_equal(show(a, all[i], &tool),
		    "{\"name\":\"s__t\",\"title\":\"A \\\"title\\\"\","
		    "\"description\":\"d\",\"inputSchema\":" INPUT
		    ",\"outputSchema\":" OBJECT
		    ",\"annotations\":{\"readOnlyHint\":true}}");
	/* the first revision knew neither titles nor output schemas */
	assert_string_equal(show(a, ERA_2025_03_26, &tool),
	    "{\"name\":\"s__t\",\"description\":\"d\",\"inputSchema\":" INPUT
	    ",\"annotations\":{\"readOnlyHint\":true}}");
	arena_free(a);
}

static void
test_narrower_schemas_of_2025(void **state)
{
	struct arena *a = arena_new(1 << 20);
	const struct run_tool tool = {.listed_name = "s__t",
	    .description = "d",
	    .input_schema = "{\"type\":\"object\",\"properties\":"
			    "{\"a\":true,\"b\":false,\"c\":{\"d\":true}}}",
	    .output_schema = "{\"type\":\"array\"}"};

	(void)state;
	assert_non_null(strstr(show(a, ERA_2026_07_28, &tool),
	    "{\"a\":true,\"b\":false,\"c\":{\"d\":true}}"));
	assert_non_null(strstr(show(a, ERA_2026_07_28, &tool),
	    "\"outputSchema\":{\"type\":\"array\"}"));
	assert_non_null(strstr(show(a, ERA_2025_11_25, &tool),
	    "{\"a\":{},\"b\":{\"not\":{}},\"c\":{\"d\":true}}"));
	assert_null(strstr(show(a, ERA_2025_11_25, &tool), "outputSchema"));
	arena_free(a);
}

struct args {
	struct str name;
};
struct row {
	int64_t n;
};

static void
test_management_tool(void **state)
{
	static const struct param params[] = {
	    PARAM_STR(struct args, name, .required = true, .max = 40,
		.doc = "Its name."),
	    PARAM_END,
	};
	static const struct field fields[] = {
	    FIELD_INT(struct row, n, .doc = "A number."),
	    FIELD_END,
	};
	const struct op op = {.name = "make",
	    .title = "Make",
	    .doc = "Makes.",
	    .params = params,
	    .args_size = sizeof(struct args),
	    .result = fields,
	    .result_size = sizeof(struct row),
	    .hints = HINT_DESTRUCTIVE};
	struct arena *a = arena_new(1 << 20);
	struct fail f;
	struct buf b;
	json_t *v;

	(void)state;
	buf_init(&b, 1 << 20);
	entry_op(&b, era_of(ERA_2026_07_28), &op);
	assert_int_equal(json_parse(a, buf_str(&b), b.n, &v, &f), FAIL_NONE);
	assert_string_equal(json_get_str(v, "name"), "mcpbox_make");
	assert_string_equal(json_get_str(v, "title"), "Make");
	assert_string_equal(
	    json_get_str(json_get_obj(v, "inputSchema"), "type"), "object");
	assert_string_equal(
	    json_get_str(json_get_obj(v, "outputSchema"), "type"), "object");
	v = json_get_obj(v, "annotations");
	assert_false(json_get_bool(v, "readOnlyHint", true));
	assert_true(json_get_bool(v, "destructiveHint", false));
	assert_false(json_get_bool(v, "idempotentHint", true));
	assert_false(json_get_bool(v, "openWorldHint", true));

	buf_reset(&b);
	entry_op(&b, era_of(ERA_2025_03_26), &op);
	assert_int_equal(json_parse(a, buf_str(&b), b.n, &v, &f), FAIL_NONE);
	assert_null(json_object_get(v, "title"));
	assert_null(json_object_get(v, "outputSchema"));
	buf_free(&b);
	arena_free(a);
}

typedef void put_fn(
    struct buf *b, const struct era *era, const struct run_tool *tool);

static void
shows(put_fn *put, enum era_revision revision, const struct run_tool *tool,
    const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	put(&b, era_of(revision), tool);
	assert_string_equal(b.p, want);
	buf_free(&b);
}

#define ICONS "[{\"src\":\"https://x.example/i\"}]"

static void
test_resources(void **state)
{
	const struct run_tool tool = {.listed_name = "s__r",
	    .title = "T",
	    .description = "d",
	    .uri = "x:{a}",
	    .mime_type = "text/plain",
	    .size = {.given = true, .v = 7},
	    .icons = ICONS,
	    .annotations = "{\"priority\":1.0}"};
	const struct run_tool bare = {
	    .listed_name = "s__r", .description = "d", .uri = "x:y"};

	(void)state;
	shows(entry_resource, ERA_2026_07_28, &tool,
	    "{\"name\":\"s__r\",\"title\":\"T\",\"description\":\"d\","
	    "\"icons\":" ICONS ",\"uri\":\"x:{a}\",\"mimeType\":"
	    "\"text/plain\",\"annotations\":{\"priority\":1.0},"
	    "\"size\":7}");
	shows(entry_template, ERA_2025_03_26, &tool,
	    "{\"name\":\"s__r\",\"description\":\"d\",\"uriTemplate\":"
	    "\"x:{a}\",\"mimeType\":\"text/plain\",\"annotations\":"
	    "{\"priority\":1.0},\"size\":7}");
	shows(entry_resource, ERA_2025_06_18, &bare,
	    "{\"name\":\"s__r\",\"description\":\"d\",\"uri\":\"x:y\"}");
}

static void
test_prompts(void **state)
{
	struct run_tool tool = {.listed_name = "s__p",
	    .description = "d",
	    .icons = ICONS,
	    .input_schema = "{\"type\":\"object\",\"properties\":{\"b\":{"
			    "\"description\":\"B\"},\"a\":{}},"
			    "\"required\":[\"b\"]}"};

	(void)state;
	shows(entry_prompt, ERA_2025_06_18, &tool,
	    "{\"name\":\"s__p\",\"description\":\"d\",\"arguments\":["
	    "{\"name\":\"b\",\"description\":\"B\",\"required\":true},"
	    "{\"name\":\"a\",\"required\":false}]}");
	tool.input_schema = "{\"type\":\"object\",\"properties\":{}}";
	shows(entry_prompt, ERA_2025_11_25, &tool,
	    "{\"name\":\"s__p\",\"description\":\"d\",\"icons\":" ICONS
	    ",\"arguments\":[]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resources),
	    cmocka_unit_test(test_prompts),
	    cmocka_unit_test(test_verbatim),
	    cmocka_unit_test(test_narrower_schemas_of_2025),
	    cmocka_unit_test(test_management_tool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
