/*
 * Structs as JSON, and their schemas.
 */
#include "core_test.h"

#include "json.h"
#include "op/schema.h"
#include "op/view.h"

struct part {
	int64_t n;
};

struct row {
	const char *name;
	const char *gone;
	const char *hash;
	int64_t count;
	struct opt_int limit;
	bool on;
	json_t *schema;
	struct strs words;
	struct list parts;
	struct part *best;
	struct part *none;
};

static const struct field part_fields[] = {
    FIELD_INT(struct part, n, .doc = "d"),
    FIELD_END,
};

static const struct field row_fields[] = {
    FIELD_STR(struct row, name, .choices = "a|b", .doc = "A name."),
    FIELD_TIME(struct row, gone, .flags = FIELD_NULLABLE),
    FIELD_STR(struct row, hash, .flags = FIELD_SECRET),
    FIELD_INT(struct row, count, .doc = "d"),
    FIELD_OPT_INT(struct row, limit, .doc = "d"),
    FIELD_BOOL(struct row, on, .doc = "d"),
    FIELD_JSON(struct row, schema, .flags = FIELD_NULLABLE),
    FIELD_STRS(struct row, words, .doc = "d"),
    FIELD_LIST(struct row, parts, .child = part_fields,
	.child_size = sizeof(struct part), .child_name = "Part"),
    FIELD_ROW(struct row, best, struct part *, FIELD_T_OBJECT,
	.child = part_fields, .child_size = sizeof(struct part),
	.child_name = "Part"),
    FIELD_ROW(struct row, none, struct part *, FIELD_T_OBJECT,
	.flags = FIELD_NULLABLE, .child = part_fields,
	.child_size = sizeof(struct part)),
    FIELD_END,
};

static const struct op op = {
    .name = "x",
    .result = row_fields,
    .result_size = sizeof(struct row),
};

static void
expect(json_t *v, const char *text)
{
	char *got = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(got, text);
	free(got);
	json_decref(v);
}

static void
test_object(void **state)
{
	struct part parts[] = {{1}, {2}};
	struct str words[] = {STR_LIT("x"), {"yz", 1}};
	json_t *schema = json_obj();
	struct row row = {
	    .name = "a",
	    .hash = "not for you",
	    .count = INT64_MAX,
	    .limit = {.given = true, .v = -3},
	    .on = true,
	    .schema = schema,
	    .words = {true, 2, words},
	    .parts = {2, parts},
	    .best = &parts[1],
	};

	(void)state;
	expect(view_object(row_fields, &row),
	    "{\"name\":\"a\",\"gone\":null,\"count\":9223372036854775807,"
	    "\"limit\":-3,\"on\":true,\"schema\":{},\"words\":[\"x\",\"y\"],"
	    "\"parts\":[{\"n\":1},{\"n\":2}],\"best\":{\"n\":2},"
	    "\"none\":null}");
	/* Borrowed: ours is still whole. */
	assert_int_equal(schema->refcount, 1);
	json_decref(schema);
}

static void
test_list(void **state)
{
	struct part parts[] = {{1}, {2}};
	struct list list = {2, parts}, none = {0, NULL};

	(void)state;
	expect(view_list(part_fields, sizeof(struct part), &list),
	    "[{\"n\":1},{\"n\":2}]");
	expect(view_list(part_fields, sizeof(struct part), &none), "[]");
}

static void
test_not_utf8(void **state)
{
	struct row row = {.name = "a\xff", .best = &(struct part){1}};
	json_t *v = view_object(row_fields, &row);

	(void)state;
	assert_string_equal(json_get_str(v, "name"), "\xef\xbf\xbd");
	json_decref(v);
}

static void
test_schema_named(void **state)
{
	json_t *defs = json_obj(), *s = schema_fields(row_fields, defs), *p;

	(void)state;
	p = json_get_obj(s, "properties");
	assert_null(json_object_get(p, "hash"));
	assert_string_equal(
	    json_get_str(
		json_get_obj(json_get_obj(p, "parts"), "items"), "$ref"),
	    "#/components/schemas/Part");
	assert_string_equal(json_get_str(json_get_obj(p, "best"), "$ref"),
	    "#/components/schemas/Part");
	assert_non_null(json_get_arr(json_get_obj(p, "none"), "anyOf"));
	assert_int_equal(json_object_size(defs), 1);
	assert_non_null(json_get_obj(json_get_obj(defs, "Part"), "properties"));
	/* Everything that is written is promised. */
	assert_int_equal(json_array_size(json_get_arr(s, "required")), 10);
	json_decref(s);
	json_decref(defs);
}

static void
test_schema_types(void **state)
{
	json_t *s = schema_output(&op), *p = json_get_obj(s, "properties");

	(void)state;
	expect(json_incref(json_get_obj(p, "name")),
	    "{\"type\":\"string\",\"enum\":[\"a\",\"b\"],"
	    "\"description\":\"A name.\"}");
	expect(json_incref(json_get_obj(p, "gone")),
	    "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
	expect(json_incref(json_object_get(json_get_obj(p, "limit"), "type")),
	    "[\"integer\",\"null\"]");
	assert_non_null(json_get_obj(
	    json_get_obj(json_get_obj(p, "parts"), "items"), "properties"));
	json_decref(s);
}

struct args {
	struct str name;
	struct str color;
	struct opt_int n;
	struct opt_bool f;
	struct strs l;
	json_t *o;
};

static void
test_schema_input(void **state)
{
	static const struct param params[] = {
	    PARAM_STR(struct args, name, .required = true, .min = 1, .max = 9,
		.pattern = "^a$", .doc = "d"),
	    PARAM_ENUM(
		struct args, color, .choices = "r|g", .def = "r", .doc = "d"),
	    PARAM_INT(struct args, n, .from = FROM_QUERY, .min = 1, .max = 5,
		.def = "2", .nullable = true, .doc = "d"),
	    PARAM_BOOL(struct args, f, .def = "true", .doc = "d"),
	    PARAM_STRS(struct args, l, .max = 3, .doc = "d"),
	    PARAM_JSON(struct args, o, .doc = "d"),
	    PARAM_END,
	};
	static const struct op in = {.name = "x", .params = params};

	(void)state;
	expect(schema_input(&in),
	    "{\"type\":\"object\",\"properties\":{"
	    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":9,"
	    "\"pattern\":\"^a$\",\"description\":\"d\"},"
	    "\"color\":{\"type\":\"string\",\"enum\":[\"r\",\"g\"],"
	    "\"default\":\"r\",\"description\":\"d\"},"
	    "\"n\":{\"type\":[\"integer\",\"null\"],\"minimum\":1,"
	    "\"maximum\":5,\"default\":2,\"description\":\"d\"},"
	    "\"f\":{\"type\":\"boolean\",\"default\":true,"
	    "\"description\":\"d\"},"
	    "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
	    "\"maxLength\":256},\"minItems\":0,\"maxItems\":3,"
	    "\"description\":\"d\"},"
	    "\"o\":{\"type\":\"object\",\"additionalProperties\":true,"
	    "\"description\":\"d\"}},"
	    "\"required\":[\"name\"],\"additionalProperties\":false}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_object),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_not_utf8),
	    cmocka_unit_test(test_schema_named),
	    cmocka_unit_test(test_schema_types),
	    cmocka_unit_test(test_schema_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
