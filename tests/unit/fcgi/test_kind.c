/*
 * What each kind may say, and "x-mcp-header" in a schema.
 */
#include "core_test.h"

#include "json.h"
#include "noun/kind.h"
#include "noun/xheader.h"

static void
bad_case(size_t i)
{
	print_error("case %zu\n", i);
	assert_true(false);
}

static json_t *
parse(struct ctx *ctx, const char *text)
{
	json_t *v;

	assert_int_equal(
	    json_parse(ctx->arena, str_from(text), 65536, &v, NULL), FAIL_NONE);
	return v;
}

static void
test_what_each_kind_has(void **state)
{
	static const struct {
		const char *kind, *annotations, *uri, *mime, *pointer;
	} cases[] = {
	    {KIND_TOOL, "{\"readOnlyHint\":true}", NULL, NULL, NULL},
	    {KIND_TOOL, "{\"audience\":[\"user\"]}", NULL, NULL,
		"/annotations"},
	    {KIND_TOOL, "{\"readOnlyHint\":1}", NULL, NULL,
		"/annotations/readOnlyHint"},
	    {KIND_TOOL, NULL, "a:b", NULL, "/uri"},
	    {KIND_TOOL, NULL, NULL, "text/plain", "/mime_type"},
	    {KIND_RESOURCE, NULL, "a:b", "text/plain", NULL},
	    {KIND_RESOURCE,
		"{\"audience\":[\"user\",\"assistant\"],\"priority\":0.5,"
		"\"lastModified\":\"2026-01-12T15:00:58Z\"}",
		"a:b", NULL, NULL},
	    {KIND_RESOURCE, "{\"audience\":\"user\"}", "a:b", NULL,
		"/annotations/audience"},
	    {KIND_RESOURCE, "{\"audience\":[\"me\"]}", "a:b", NULL,
		"/annotations/audience"},
	    {KIND_RESOURCE, "{\"priority\":1.5}", "a:b", NULL,
		"/annotations/priority"},
	    {KIND_RESOURCE, "{\"lastModified\":\"today\"}", "a:b", NULL,
		"/annotations/lastModified"},
	    {KIND_RESOURCE, "{\"title\":\"x\"}", "a:b", NULL, "/annotations"},
	    {KIND_RESOURCE, NULL, NULL, NULL, "/uri"},
	    {KIND_RESOURCE, NULL, "a:{b}", NULL, "/uri"},
	    {KIND_TEMPLATE, NULL, "a:{b}", NULL, NULL},
	    {KIND_TEMPLATE, NULL, "a:b", NULL, "/uri"},
	    {KIND_PROMPT, NULL, NULL, NULL, NULL},
	    {KIND_PROMPT, NULL, "a:b", NULL, "/uri"},
	    {KIND_PROMPT, "{}", NULL, NULL, "/annotations"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct ctx *ctx = test_ctx();
		struct kind_content c = {
		    .kind = cases[i].kind,
		    .annotations = cases[i].annotations != NULL
			? parse(ctx, cases[i].annotations)
			: NULL,
		    .uri = str_from(cases[i].uri),
		    .mime_type = str_from(cases[i].mime),
		    .whole = true,
		};
		enum fail_code rc = kind_check(ctx, &c);

		if ((rc == FAIL_NONE) != (cases[i].pointer == NULL) ||
		    (rc != FAIL_NONE &&
			fault_at(&ctx->fail, cases[i].pointer) == NULL))
			bad_case(i);
	}
}

static void
test_only_tools_have_schemas_and_tasks(void **state)
{
	struct ctx *ctx = test_ctx();
	struct kind_content c = {
	    .kind = KIND_PROMPT,
	    .input_schema = parse(ctx, "{\"type\":\"object\"}"),
	    .output_schema = parse(ctx, "{}"),
	    .task_mode = STR_LIT("optional"),
	    .size = {.given = true, .v = 1},
	    .whole = true,
	};

	(void)state;
	assert_int_equal(kind_check(ctx, &c), FAIL_INVALID);
	assert_non_null(fault_at(&ctx->fail, "/input_schema"));
	assert_non_null(fault_at(&ctx->fail, "/output_schema"));
	assert_non_null(fault_at(&ctx->fail, "/task_mode"));
	assert_non_null(fault_at(&ctx->fail, "/size"));
	fail_clear(&ctx->fail);
	c.kind = KIND_TOOL;
	c.size.given = false;
	assert_int_equal(kind_check(ctx, &c), FAIL_NONE);
}

static void
test_icons(void **state)
{
	static const struct {
		const char *icons, *pointer;
	} cases[] = {
	    {"[{\"src\":\"https://x.example/i.png\",\"mimeType\":"
	     "\"image/png\",\"sizes\":[\"48x48\",\"any\"],\"theme\":"
	     "\"dark\"}]",
		NULL},
	    {"[{\"src\":\"data:image/png;base64,AA==\"}]", NULL},
	    {"[{\"src\":\"http://x.example/i.png\"}]", "/icons/0/src"},
	    {"[{\"src\":\"javascript:alert(1)\"}]", "/icons/0/src"},
	    {"[{\"src\":\"data:text/html,x\"}]", "/icons/0/src"},
	    {"[{\"src\":\"https://x.example/ \"}]", "/icons/0/src"},
	    {"[{\"src\":5}]", "/icons/0/src"},
	    {"[{}]", "/icons/0"},
	    {"[5]", "/icons/0"},
	    {"[{\"src\":\"https://x/\",\"sizes\":[\"big\"]}]",
		"/icons/0/sizes"},
	    {"[{\"src\":\"https://x/\",\"sizes\":[\"0x5\"]}]",
		"/icons/0/sizes"},
	    {"[{\"src\":\"https://x/\",\"theme\":\"pink\"}]", "/icons/0/theme"},
	    {"[{\"src\":\"https://x/\",\"mimeType\":\"png\"}]",
		"/icons/0/mimeType"},
	    {"[{\"src\":\"https://x/\",\"onload\":\"x\"}]", "/icons/0"},
	    {"[{\"src\":\"https://x/\"},{},{},{},{},{},{},{},{}]", "/icons"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct ctx *ctx = test_ctx();
		struct kind_content c = {
		    .kind = KIND_PROMPT,
		    .icons = parse(ctx, cases[i].icons),
		};
		enum fail_code rc = kind_check(ctx, &c);

		if ((rc == FAIL_NONE) != (cases[i].pointer == NULL) ||
		    (rc != FAIL_NONE &&
			fault_at(&ctx->fail, cases[i].pointer) == NULL))
			bad_case(i);
	}
}

static void
test_input_schema(void **state)
{
	static const struct {
		const char *schema;
		bool good;
	} cases[] = {
	    {"{\"type\":\"object\"}", true},
	    {"{\"type\":\"array\"}", false},
	    {"{}", false},
	    {"{\"type\":\"object\",\"properties\":5}", false},
	    {"{\"type\":\"object\",\"properties\":{\"a\":"
	     "{\"$ref\":\"https://x.example/s\"}}}",
		false},
	    {"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
	     "\"type\":\"object\",\"$defs\":{\"address\":{\"$anchor\":\"a\","
	     "\"type\":\"object\"}},\"properties\":{\"x\":{\"$ref\":"
	     "\"#/$defs/address\"}},\"allOf\":[{\"anyOf\":[{\"required\":"
	     "[\"x\"]}]}],\"if\":{},\"then\":{},\"else\":{},"
	     "\"additionalProperties\":false}",
		true},
	    {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":"
	     "\"number\",\"x-mcp-header\":\"A\"}}}",
		false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct ctx *ctx = test_ctx();
		struct kind_content c = {
		    .kind = KIND_TOOL,
		    .input_schema = parse(ctx, cases[i].schema),
		};

		if ((kind_check(ctx, &c) == FAIL_NONE) != cases[i].good)
			bad_case(i);
	}
}

#define P(x) "{\"type\":\"object\",\"properties\":{" x "}}"
#define H(type, name) "{\"type\":\"" type "\",\"x-mcp-header\":\"" name "\"}"

static void
test_xheader(void **state)
{
	static const struct {
		const char *schema;
		bool good;
	} cases[] = {
	    {P("\"a\":" H("string", "Region")), true},
	    {P("\"a\":" H("integer", "X-1") ",\"b\":" H("boolean", "B")), true},
	    {P("\"a\":" P("\"b\":" H("string", "Deep"))), true},
	    {P("\"a\":{\"const\":{\"x-mcp-header\":\"\"}}"), true},
	    {P("\"a\":" H("number", "A")), false},
	    {P("\"a\":" H("string", "")), false},
	    {P("\"a\":" H("string", "a b")), false},
	    {P("\"a\":" H("string", "a_b")), false},
	    {P("\"a\":" H("string", "\xc3\xa9")), false},
	    {P("\"a\":{\"type\":\"string\",\"x-mcp-header\":{}}"), false},
	    {P("\"a\":" H("string", "A") ",\"b\":" H("string", "a")), false},
	    {P("\"a\":{\"type\":\"array\",\"items\":" H("string", "A") "}"),
		false},
	    {"{\"type\":\"object\",\"x-mcp-header\":\"A\"}", false},
	    {"{\"type\":\"object\",\"allOf\":[" P(
		 "\"a\":" H("string", "A")) "]}",
		false},
	    {"{\"type\":\"object\",\"$defs\":{\"d\":" H("string", "A") "}}",
		false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct ctx *ctx = test_ctx();

		xheader_check(
		    parse(ctx, cases[i].schema), "/input_schema", &ctx->fail);
		if ((ctx->fail.nfields == 0) != cases[i].good)
			bad_case(i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_each_kind_has),
	    cmocka_unit_test(test_only_tools_have_schemas_and_tasks),
	    cmocka_unit_test(test_icons),
	    cmocka_unit_test(test_input_schema),
	    cmocka_unit_test(test_xheader),
	};

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
