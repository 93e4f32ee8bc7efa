/*
 * test_annot.c: which arguments are mirrored into headers.
 */
#include "annot.h"
#include "json.h"
#include "../lib/lib_test.h"

static json_t *
parse(const char *text)
{
	json_t *v;

	assert_int_equal(
	    json_parse(NULL, str_from(text), 65536, &v, NULL), FAIL_NONE);
	return v;
}

static void
collect(void *arg, const char *header, const json_t *value)
{
	struct buf *b = arg;

	buf_printf(b, "%s=", header);
	json_append(b, value);
	buf_putc(b, ';');
}

static void
learn(struct annot *a, const char *result)
{
	json_t *v = parse(result);

	annot_learn(a, v);
	json_decref(v);
}

static void
expect(const struct annot *a, const char *tool, const char *arguments,
    const char *want)
{
	json_t *v = arguments != NULL ? parse(arguments) : NULL;
	struct buf b;

	buf_init(&b, 4096);
	annot_each(a, tool, v, collect, &b);
	assert_str_is(buf_str(&b), want);
	buf_free(&b);
	json_decref(v);
}

#define SCHEMA                                                                   \
	"{\"properties\":{\"a\":{\"x-mcp-header\":\"A\"},\"b\":{\"properties\":" \
	"{\"c\":{\"x-mcp-header\":\"C\"}}},\"d\":{\"items\":{\"properties\":"    \
	"{\"e\":{\"x-mcp-header\":\"E\"}}}},\"f\":true,"                         \
	"\"g\":{\"x-mcp-header\":\"not a token\"},\"h\":{\"x-mcp-header\":7}}}"

static void
test_learn(void **state)
{
	struct annot *a = annot_new();

	(void)state;
	expect(a, "t", "{\"a\":1}", "");
	learn(a,
	    "{\"tools\":[{\"name\":\"t\",\"inputSchema\":" SCHEMA "},"
	    "{\"name\":\"u\",\"inputSchema\":{}},{\"name\":7},8,{}]}");
	expect(a, "t",
	    "{\"a\":1,\"b\":{\"c\":\"x\"},\"d\":[{\"e\":1}],\"g\":1}",
	    "A=1;C=\"x\";");
	expect(a, "t", "{\"a\":null,\"b\":5}", "A=null;");
	expect(a, "t", "{}", "");
	expect(a, "t", NULL, "");
	expect(a, "u", "{\"a\":1}", "");
	annot_free(a);
}

static void
test_replace(void **state)
{
	struct annot *a = annot_new();

	(void)state;
	learn(a, "{\"tools\":[{\"name\":\"t\",\"inputSchema\":" SCHEMA "}]}");
	learn(a, "{\"tools\":[{\"name\":\"other\"}]}");
	expect(a, "t", "{\"a\":1}", "A=1;");
	learn(a, "{\"tools\":[{\"name\":\"t\",\"inputSchema\":{}}]}");
	expect(a, "t", "{\"a\":1}", "");
	learn(a, "{\"tools\":7}");
	learn(a, "[]");
	annot_free(a);
}

static void
test_deep(void **state)
{
	struct annot *a = annot_new();
	struct buf b;

	(void)state;
	/* Deeper than we look; only that it does no harm. */
	buf_init(&b, 65536);
	buf_puts(&b, "{\"tools\":[{\"name\":\"t\",\"inputSchema\":");
	for (int i = 0; i < 28; i++)
		buf_puts(&b, "{\"properties\":{\"p\":");
	buf_puts(&b, "{\"x-mcp-header\":\"Deep\"}");
	for (int i = 0; i < 28; i++)
		buf_puts(&b, "}}");
	buf_puts(&b, "}]}");
	learn(a, b.p);
	expect(a, "t", "{\"p\":1}", "");
	buf_free(&b);
	annot_free(a);
}

static void
test_lists(void **state)
{
	json_t *v = parse("{\"tools\":[{\"name\":\"a\"},{},{\"name\":\"b\"}]}");

	(void)state;
	assert_true(annot_lists(v, "b"));
	assert_false(annot_lists(v, "c"));
	assert_false(annot_lists(NULL, "a"));
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_learn),
	    cmocka_unit_test(test_replace),
	    cmocka_unit_test(test_deep),
	    cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
