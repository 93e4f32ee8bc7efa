/*
 * test_peek.c: what a message is, without taking it apart.
 */
#include "peek.h"
#include "../lib/lib_test.h"

/* clang-format off */
static const struct {
	const char *text;
	bool whole;
	const char *id;
	const char *members; /* of "mre": method, result, error */
} samples[] = {
	{"{}", true, "", ""},
	{" {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n", true, "1", "r"},
	{"{\"id\" : \"a,}\\\"b\" , \"method\":\"x\"}", true, "\"a,}\\\"b\"", "m"},
	{"{\"error\":{\"id\":5,\"method\":1},\"id\":-12}", true, "-12", "e"},
	{"{\"result\":[{\"id\":1},[]],\"id\":\"\"}", true, "\"\"", "r"},
	{"{\"x\":\"\\\\\",\"id\":7}", true, "7", ""},
	{"{\"id\":{\"a\":[1,2]},\"method\":\"m\"}", true, "{\"a\":[1,2]}", "m"},
	{"{\"methods\":1,\"identity\":2,\"resultat\":3}", true, "", ""},
	{"{\"a\":\"method\",\"b\":\"id\"}", true, "", ""},
	{"{\"id\":1,\"id\":2}", false, NULL, NULL},
	{"", false, NULL, NULL},
	{"[]", false, NULL, NULL},
	{"1", false, NULL, NULL},
	{"\"id\"", false, NULL, NULL},
	{"{", false, NULL, NULL},
	{"{\"a\":\"", false, NULL, NULL},
	{"{\"a\":[}", false, NULL, NULL},
	{"{\"a\":{]}", false, NULL, NULL},
	{"{}}", false, NULL, NULL},
	{"{}{}", false, NULL, NULL},
	{"{} x", false, NULL, NULL},
	{"x{}", false, NULL, NULL},
	{"{\"a\":\"line\nbreak\"}", false, NULL, NULL},
};
/* clang-format on */

static void
check(size_t i, size_t step)
{
	struct str rest = str_from(samples[i].text);
	const char *members = samples[i].members;
	struct peek p;

	peek_init(&p);
	while (rest.n > 0) {
		peek_feed(&p, str_sub(rest, 0, step));
		rest = str_sub(rest, step, rest.n);
	}
	if (peek_whole(&p) != samples[i].whole)
		fail_test("sample %zu by %zu", i, step);
	if (!samples[i].whole)
		return;
	assert_str_is(((struct str){p.id, p.id_n}), samples[i].id);
	assert_int_equal(p.has_method, strchr(members, 'm') != NULL);
	assert_int_equal(p.has_result, strchr(members, 'r') != NULL);
	assert_int_equal(p.has_error, strchr(members, 'e') != NULL);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		check(i, 1);
		check(i, 3);
		check(i, 4096);
	}
}

static void
test_bounds(void **state)
{
	struct peek p;

	(void)state;
	for (size_t depth = PEEK_DEPTH_MAX - 1; depth <= PEEK_DEPTH_MAX;
	     depth++) {
		peek_init(&p);
		peek_feed(&p, STR_LIT("{\"a\":"));
		for (size_t i = 0; i < depth; i++)
			peek_feed(&p, STR_LIT("["));
		for (size_t i = 0; i < depth; i++)
			peek_feed(&p, STR_LIT("]"));
		peek_feed(&p, STR_LIT("}"));
		assert_int_equal(peek_whole(&p), depth < PEEK_DEPTH_MAX);
	}
	for (size_t n = PEEK_ID_MAX; n <= PEEK_ID_MAX + 1; n++) {
		peek_init(&p);
		peek_feed(&p, STR_LIT("{\"id\":"));
		for (size_t i = 0; i < n; i++)
			peek_feed(&p, STR_LIT("1"));
		peek_feed(&p, STR_LIT("}"));
		assert_int_equal(peek_whole(&p), n == PEEK_ID_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
