/*
 * Binding: every type, every fault, both faces.
 */
#include "core_test.h"

#include "json.h"
#include "op/param.h"

struct thing_args {
	struct str id;
	struct str name;
	struct str note;
	struct str color;
	struct opt_int size;
	struct opt_int page;
	struct opt_bool force;
	struct strs words;
	json_t *extra;
};

static const struct param thing_params[] = {
    PARAM_UUID(
	struct thing_args, id, .from = FROM_PATH, .required = true, .doc = "d"),
    PARAM_STR(struct thing_args, name, .required = true, .min = 1, .max = 10,
	.pattern = "^[a-z][a-z0-9_]*$", .doc = "d"),
    PARAM_STR(struct thing_args, note, .nullable = true, .max = 20, .doc = "d"),
    PARAM_ENUM(struct thing_args, color, .choices = "red|green", .def = "red",
	.doc = "d"),
    PARAM_INT(struct thing_args, size, .min = 1, .max = 100, .nullable = true,
	.doc = "d"),
    PARAM_INT(struct thing_args, page, .from = FROM_QUERY, .min = 1,
	.max = 1000, .def = "1", .doc = "d"),
    PARAM_BOOL(struct thing_args, force, .from = FROM_QUERY, .def = "false",
	.doc = "d"),
    PARAM_STRS(struct thing_args, words, .max = 3, .doc = "d"),
    PARAM_JSON(struct thing_args, extra, .nullable = true, .doc = "d"),
    PARAM_END,
};

static const struct op thing = {
    .name = "thing",
    .params = thing_params,
    .args_size = sizeof(struct thing_args),
};

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct ctx *ctx;
static struct thing_args args;

static enum fail_code
bind_to(const char *id, const char *query, const char *body)
{
	struct param_text path = {STR_LIT("id"), str_from(id)};
	struct param_text q[8];
	struct str rest = str_from(query);
	json_t *json = NULL;
	size_t n = 0;

	ctx = test_ctx();
	if (body != NULL)
		assert_int_equal(
		    json_parse(ctx->arena, str_from(body), 10000, &json, NULL),
		    FAIL_NONE);
	while (query != NULL && rest.p != NULL) {
		struct str value = str_split(&rest, '&');

		q[n].name = str_split(&value, '=');
		q[n++].value = value;
	}
	return param_bind_rest(ctx, &thing, &path, 1, q, n, json, &args);
}

static const char *
fault(const char *body, const char *pointer)
{
	assert_int_equal(bind_to(ID, NULL, body), FAIL_INVALID);
	return fault_at(&ctx->fail, pointer);
}

static void
test_all(void **state)
{
	(void)state;
	assert_int_equal(
	    bind_to("0F8FAD5B-d9cb-469f-a165-70867728950e", "page=7&force=true",
		"{\"name\":\"ab_1\",\"note\":\"\xc3\xa4\\n\",\"color\":"
		"\"green\",\"size\":5,\"words\":[\"x\",\"y z\"],"
		"\"extra\":{\"a\":[1]}}"),
	    FAIL_NONE);
	assert_true(str_eq_c(args.id, ID)); /* lower case */
	assert_string_equal(args.name.p, "ab_1");
	assert_true(str_eq_c(args.note, "\xc3\xa4\n"));
	assert_true(str_eq_c(args.color, "green"));
	assert_true(args.size.given && args.size.v == 5 && !args.size.null);
	assert_true(args.page.given && args.page.v == 7);
	assert_true(args.force.given && args.force.v);
	assert_true(args.words.given && args.words.n == 2);
	assert_string_equal(args.words.v[1].p, "y z");
	assert_int_equal(json_object_size(args.extra), 1);
}

static void
test_absent_and_default(void **state)
{
	(void)state;
	assert_int_equal(bind_to(ID, NULL, "{\"name\":\"a\"}"), FAIL_NONE);
	assert_null(args.note.p);
	assert_true(str_eq_c(args.color, "red"));
	assert_false(args.size.given);
	assert_true(args.page.given && args.page.v == 1);
	assert_true(args.force.given && !args.force.v);
	assert_false(args.words.given);
	assert_null(args.extra);
}

static void
test_null(void **state)
{
	(void)state;
	assert_int_equal(bind_to(ID, NULL,
			     "{\"name\":\"a\",\"note\":null,\"size\":null,"
			     "\"extra\":null}"),
	    FAIL_NONE);
	assert_non_null(args.note.p);
	assert_int_equal(args.note.n, 0);
	assert_true(args.size.given && args.size.null);
	assert_true(json_is_null(args.extra));
	assert_string_equal(
	    fault("{\"name\":null}", "/name"), "must not be null");
}

static void
test_types(void **state)
{
	(void)state;
	assert_string_equal(fault("{\"name\":5}", "/name"), "must be a string");
	assert_string_equal(fault("{\"name\":\"a\",\"size\":\"5\"}", "/size"),
	    "must be an integer");
	assert_string_equal(fault("{\"name\":\"a\",\"size\":5.0}", "/size"),
	    "must be an integer");
	assert_string_equal(fault("{\"name\":\"a\",\"words\":\"x\"}", "/words"),
	    "must be an array of strings");
	assert_string_equal(fault("{\"name\":\"a\",\"words\":[1]}", "/words"),
	    "must contain strings only");
	assert_string_equal(fault("{\"name\":\"a\",\"extra\":[]}", "/extra"),
	    "must be an object");
	assert_string_equal(fault("[]", ""), "must be an object");
}

static void
test_limits(void **state)
{
	(void)state;
	assert_string_equal(fault("{}", "/name"), "is required");
	assert_string_equal(fault(NULL, "/name"), "is required");
	assert_string_equal(
	    fault("{\"name\":\"\"}", "/name"), "must not be empty");
	assert_string_equal(fault("{\"name\":\"abcdefghijk\"}", "/name"),
	    "is longer than 10 characters");
	assert_non_null(fault("{\"name\":\"A\"}", "/name"));
	/* '$' must not match before a line break at the end. */
	assert_non_null(fault("{\"name\":\"a\\n\"}", "/name"));
	assert_string_equal(fault("{\"name\":\"a\",\"size\":0}", "/size"),
	    "is not between 1 and 100");
	assert_non_null(
	    fault("{\"name\":\"a\",\"size\":9223372036854775807}", "/size"));
	assert_string_equal(
	    fault("{\"name\":\"a\",\"color\":\"blue\"}", "/color"),
	    "is none of red|green");
	assert_non_null(fault("{\"name\":\"a\",\"color\":\"re\"}", "/color"));
	assert_non_null(
	    fault("{\"name\":\"a\",\"color\":\"red|green\"}", "/color"));
	assert_non_null(fault(
	    "{\"name\":\"a\",\"words\":[\"1\",\"2\",\"3\",\"4\"]}", "/words"));
	assert_non_null(fault("{\"name\":\"a\",\"words\":[\"\"]}", "/words"));
	/* Characters, not bytes: 20 of two bytes fit. */
	assert_int_equal(
	    bind_to(ID, NULL,
		"{\"name\":\"a\",\"note\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\"}"),
	    FAIL_NONE);
	assert_string_equal(
	    fault("{\"name\":\"a\",\"note\":\"a\\u0007b\"}", "/note"),
	    "contains control characters");
	assert_non_null(
	    fault("{\"name\":\"a\",\"note\":\"\\u007f\"}", "/note"));
}

static void
test_unknown(void **state)
{
	(void)state;
	assert_string_equal(fault("{\"name\":\"a\",\"nmae\":1}", "/nmae"),
	    "there is no such member");
	/* A pointer is escaped. */
	assert_non_null(fault("{\"name\":\"a\",\"a/b~c\":1}", "/a~1b~0c"));
	/* A path parameter is no body member. */
	assert_non_null(fault("{\"name\":\"a\",\"id\":\"x\"}", "/id"));
	assert_int_equal(
	    bind_to(ID, "pgae=1", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_string_equal(
	    fault_at(&ctx->fail, "/pgae"), "there is no such parameter");
}

static void
test_texts(void **state)
{
	(void)state;
	assert_int_equal(
	    bind_to("nope", NULL, "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_string_equal(fault_at(&ctx->fail, "/id"), "is not a UUID");
	assert_int_equal(
	    bind_to(ID, "page=x", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_string_equal(fault_at(&ctx->fail, "/page"), "is not an integer");
	assert_int_equal(
	    bind_to(ID, "page=0", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_int_equal(
	    bind_to(ID, "page=", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_int_equal(
	    bind_to(ID, "force=yes", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_int_equal(
	    bind_to(ID, "page=1&page=2", "{\"name\":\"a\"}"), FAIL_INVALID);
	assert_string_equal(
	    fault_at(&ctx->fail, "/page"), "is given more than once");
}

static void
test_collects(void **state)
{
	(void)state;
	assert_int_equal(
	    bind_to("x", "page=0", "{\"size\":\"\",\"zz\":1}"), FAIL_INVALID);
	assert_int_equal(ctx->fail.nfields, 5);
	assert_non_null(fault_at(&ctx->fail, "/id"));
	assert_non_null(fault_at(&ctx->fail, "/page"));
	assert_non_null(fault_at(&ctx->fail, "/name"));
	assert_non_null(fault_at(&ctx->fail, "/size"));
	assert_non_null(fault_at(&ctx->fail, "/zz"));
}

static void
test_mcp(void **state)
{
	json_t *json;

	(void)state;
	ctx = test_ctx();
	assert_int_equal(
	    json_parse(ctx->arena,
		STR_LIT("{\"id\":\"" ID "\",\"name\":\"a\",\"page\":3,"
			"\"force\":true}"),
		1000, &json, NULL),
	    FAIL_NONE);
	assert_int_equal(param_bind_mcp(ctx, &thing, json, &args), FAIL_NONE);
	assert_int_equal(args.page.v, 3);
	assert_true(args.force.v);
	/* Types are JSON's, also for what REST has in the query. */
	json_put_str(json, "page", "3");
	assert_int_equal(
	    param_bind_mcp(ctx, &thing, json, &args), FAIL_INVALID);
	assert_int_equal(
	    param_bind_mcp(ctx, &thing, NULL, &args), FAIL_INVALID);
	assert_non_null(fault_at(&ctx->fail, "/id"));
}

/* The good row `of` with one thing made wrong is refused. */
#define REFUSED(of, change)                                                    \
	do {                                                                   \
		struct param table[] = {(of), PARAM_END};                      \
		struct op op = {.name = "bad", .params = table};               \
                                                                               \
		table[0].change;                                               \
		assert_false(param_check_table(&op));                          \
	} while (0)

static void
test_table_check(void **state)
{
	const struct param *id = &thing_params[0], *name = &thing_params[1];
	const struct param *color = &thing_params[3], *size = &thing_params[4];
	const struct param *words = &thing_params[7];

	(void)state;
	REFUSED(*name, doc = NULL);
	REFUSED(*name, doc = "");
	REFUSED(*name, max = 0);
	REFUSED(*name, min = 11);
	REFUSED(*name, pattern = "[a-z]");
	REFUSED(*name, pattern = "^[a-z$");
	REFUSED(*name, choices = "a|b");
	REFUSED(*name, def = "x");
	REFUSED(*id, required = false);
	REFUSED(*color, choices = NULL);
	REFUSED(*words, from = FROM_QUERY);
	REFUSED(*size, pattern = "^a$");
}

static int
set_up(void **state)
{
	(void)state;
	return param_check_table(&thing) ? 0 : -1;
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
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_absent_and_default),
	    cmocka_unit_test(test_null),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_collects),
	    cmocka_unit_test(test_mcp),
	    cmocka_unit_test(test_table_check),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
