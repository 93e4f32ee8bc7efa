/*
 * Result rows into structs, with results made by hand; SQLSTATEs.
 */
#include "core_test.h"

#include "db/row.h"
#include "db/sqlstate.h"
#include "json.h"

struct row {
	const char *name;
	const char *note;
	int64_t n;
	struct opt_int limit;
	bool on;
	json_t *data;
	struct strs words;
};

static const struct field fields[] = {
    FIELD_STR(struct row, name, .doc = "d"),
    FIELD_STR(struct row, note, .flags = FIELD_NULLABLE),
    FIELD_INT(struct row, n, .doc = "d"),
    FIELD_OPT_INT(struct row, limit, .doc = "d"),
    FIELD_BOOL(struct row, on, .doc = "d"),
    FIELD_JSON(struct row, data, .flags = FIELD_NULLABLE),
    FIELD_STRS(struct row, words, .doc = "d"),
    FIELD_END,
};

static struct row row;
static struct ctx *ctx;

/* One row of (column, value) pairs, read. */
static enum fail_code
read_one(const char *const *pairs, int n, const char *skip)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc attributes[16];
	enum fail_code rc;

	memset(attributes, 0, sizeof(attributes));
	for (int i = 0; i < n; i++)
		attributes[i].name = strdup(pairs[2 * i]);
	assert_int_equal(PQsetResultAttrs(res, n, attributes), 1);
	for (int i = 0; i < n; i++) {
		const char *value = pairs[2 * i + 1];
		char *copy = value != NULL ? strdup(value) : NULL;

		assert_int_equal(PQsetvalue(res, 0, i, copy,
				     copy != NULL ? (int)strlen(copy) : -1),
		    1);
		free(copy);
		free(attributes[i].name);
	}
	ctx = test_ctx();
	row = (struct row){.name = "untouched"};
	rc = row_read(ctx, res, 0, fields, skip, &row);
	PQclear(res);
	return rc;
}

#define READ(skip, ...)                                                        \
	read_one((const char *const[]){__VA_ARGS__},                           \
	    (int)(sizeof((const char *const[]){__VA_ARGS__}) /                 \
		sizeof(char *) / 2),                                           \
	    (skip))

static void
test_values(void **state)
{
	(void)state;
	assert_int_equal(READ(NULL, "n", "-5", "name", "x", "note", NULL,
			     "limit", "7", "on", "t", "data", "{\"a\":[1]}",
			     "words", "{a,\"b \\\"c\\\\\",\"\",\"x,y\"}"),
	    FAIL_NONE);
	assert_string_equal(row.name, "x");
	assert_null(row.note);
	assert_int_equal(row.n, -5);
	assert_true(row.limit.given && row.limit.v == 7);
	assert_true(row.on);
	assert_int_equal(json_array_size(json_get_arr(row.data, "a")), 1);
	assert_int_equal(row.words.n, 4);
	assert_string_equal(row.words.v[0].p, "a");
	assert_string_equal(row.words.v[1].p, "b \"c\\");
	assert_string_equal(row.words.v[2].p, "");
	assert_string_equal(row.words.v[3].p, "x,y");
}

static void
test_absent_columns(void **state)
{
	(void)state;
	assert_int_equal(
	    READ("full_count", "n", "1", "full_count", "99"), FAIL_NONE);
	assert_string_equal(row.name, "untouched");
	assert_int_equal(
	    READ(NULL, "limit", NULL, "words", "{}", "data", NULL), FAIL_NONE);
	assert_false(row.limit.given);
	assert_true(row.words.given);
	assert_int_equal(row.words.n, 0);
	assert_null(row.data);
}

static void
test_faults(void **state)
{
	(void)state;
	assert_int_equal(READ(NULL, "nam", "x"), FAIL_INTERNAL);
	assert_non_null(strstr(ctx->fail.detail, "nam"));
	assert_int_equal(READ(NULL, "name", NULL), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "n", NULL), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "n", "1.5"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "limit", "x"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "on", "true"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "data", "{"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "words", "a"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "words", "{a"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "words", "{a}b"), FAIL_INTERNAL);
	assert_int_equal(READ(NULL, "words", "{\"a}"), FAIL_INTERNAL);
}

static void
test_sqlstates(void **state)
{
	static const struct {
		const char *sqlstate;
		bool deleting;
		enum fail_code code;
		bool own;
	} table[] = {
	    {"23505", false, FAIL_DUPLICATE, false},
	    {"23503", false, FAIL_NOT_FOUND, false},
	    {"23503", true, FAIL_CONFLICT, false},
	    {"23514", false, FAIL_INVALID, false},
	    {"22P02", false, FAIL_INVALID, false},
	    {"40001", false, FAIL_BUSY, false},
	    {"40P01", false, FAIL_BUSY, false},
	    {"55P03", false, FAIL_BUSY, false},
	    {"57014", false, FAIL_TIMEOUT, false},
	    {"57P01", false, FAIL_UNAVAILABLE, false},
	    {"08006", false, FAIL_UNAVAILABLE, false},
	    {"42501", false, FAIL_FORBIDDEN, false},
	    {"42P01", false, FAIL_INTERNAL, false},
	    {"MB403", false, FAIL_FORBIDDEN, true},
	    {"MB404", false, FAIL_NOT_FOUND, true},
	    {"MB409", false, FAIL_CONFLICT, true},
	    {"MB410", false, FAIL_MOVED, true},
	    {"MB422", true, FAIL_INVALID, true},
	    {"MB999", false, FAIL_INTERNAL, false},
	    {NULL, false, FAIL_INTERNAL, false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(table); i++) {
		bool own;

		assert_int_equal(
		    sqlstate_fail(table[i].sqlstate, table[i].deleting, &own),
		    table[i].code);
		assert_int_equal(own, table[i].own);
	}
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
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_absent_columns),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_sqlstates),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
