/* Unit tests of lib/fail.c. */
#include "fail.h"

#include "lib_test.h"

#include <signal.h>

/* Over 5 KiB: not on the stack of every test. */
static struct fail f;

static int
clear(void **state)
{
	(void)state;
	memset(&f, 0x5a, sizeof(f));
	fail_clear(&f);
	return 0;
}

static void
test_clear(void **state)
{
	(void)state;
	assert_int_equal(f.code, FAIL_NONE);
	assert_string_equal(f.message, "");
	assert_string_equal(f.detail, "");
	assert_int_equal(f.retry_after, 0);
	assert_int_equal(f.nfields, 0);
}

static void
test_sets_and_returns(void **state)
{
	(void)state;
	assert_int_equal(
	    fail(&f, FAIL_NOT_FOUND, "No server %d.", 7), FAIL_NOT_FOUND);
	assert_int_equal(f.code, FAIL_NOT_FOUND);
	assert_string_equal(f.message, "No server 7.");
}

static void
test_default_sentence(void **state)
{
	(void)state;
	for (unsigned c = 0; c < FAIL__MAX; c++) {
		enum fail_code code = (enum fail_code)c;

		assert_int_equal(fail(&f, code, NULL), code);
		assert_string_equal(f.message, fail_text(code));
	}
}

static void
test_never_empty(void **state)
{
	(void)state;
	(void)fail(&f, FAIL_BUSY, "%s", "");
	assert_string_equal(f.message, fail_text(FAIL_BUSY));
}

static void
test_null_record(void **state)
{
	(void)state;
	assert_int_equal(fail(NULL, FAIL_RATE, "%s", "x"), FAIL_RATE);
	assert_int_equal(fail_field(NULL, "/a", "x"), FAIL_INVALID);
	fail_detail(NULL, "x");
}

static void
test_keeps_detail_and_fields(void **state)
{
	(void)state;
	fail_detail(&f, "errno %d", 5);
	(void)fail_field(&f, "/name", "too short");
	(void)fail(&f, FAIL_CONFLICT, "No.");
	assert_string_equal(f.detail, "errno 5");
	assert_int_equal(f.nfields, 1);
	assert_int_equal(f.code, FAIL_CONFLICT);
	assert_string_equal(f.message, "No.");
}

static void
test_fields(void **state)
{
	(void)state;
	assert_int_equal(
	    fail_field(&f, "/a/0", "at least %d", 3), FAIL_INVALID);
	assert_int_equal(f.code, FAIL_INVALID);
	assert_string_equal(f.message, fail_text(FAIL_INVALID));
	assert_string_equal(f.fields[0].pointer, "/a/0");
	assert_string_equal(f.fields[0].message, "at least 3");
	for (int i = 1; i < FAIL_FIELDS_MAX + 5; i++)
		(void)fail_field(&f, "/b", "no");
	assert_int_equal(f.nfields, FAIL_FIELDS_MAX);
}

static void
test_field_replaces_code_keeps_message(void **state)
{
	(void)state;
	(void)fail(&f, FAIL_INVALID, "Two values are wrong.");
	(void)fail_field(&f, "", "no");
	assert_string_equal(f.message, "Two values are wrong.");
	assert_string_equal(f.fields[0].pointer, "");
	(void)fail(&f, FAIL_CONFLICT, "Other.");
	(void)fail_field(&f, "/x", "no");
	assert_int_equal(f.code, FAIL_INVALID);
	assert_string_equal(f.message, fail_text(FAIL_INVALID));
}

static void
test_cut_whole_characters(void **state)
{
	char text[4 * FAIL_MESSAGE_MAX];

	(void)state;
	/* Each offset of a 3-byte character against the end of the record. */
	for (size_t lead = 0; lead < 3; lead++) {
		size_t n = 0;

		while (n < lead)
			text[n++] = 'x';
		while (n + 3 < sizeof(text)) {
			memcpy(text + n, "\xe2\x82\xac", 3);
			n += 3;
		}
		text[n] = '\0';
		(void)fail(&f, FAIL_INTERNAL, "%s", text);
		fail_detail(&f, "%s", text);
		f.nfields = 0;
		(void)fail_field(&f, text, "%s", text);
		assert_true(str_utf8_valid(str_from(f.detail)));
		assert_true(strlen(f.detail) > FAIL_DETAIL_MAX - 5);
		assert_true(str_utf8_valid(str_from(f.fields[0].pointer)));
		assert_true(str_utf8_valid(str_from(f.fields[0].message)));
		(void)fail(&f, FAIL_INTERNAL, "%s", text);
		assert_true(str_utf8_valid(str_from(f.message)));
		assert_true(strlen(f.message) > FAIL_MESSAGE_MAX - 5);
	}
}

static void
test_exact_fit(void **state)
{
	char text[FAIL_MESSAGE_MAX];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)fail(&f, FAIL_BUSY, "%s", text);
	assert_string_equal(f.message, text);
}

static void
test_facts(void **state)
{
	(void)state;
	assert_int_equal(fail_http(FAIL_NONE), 200);
	assert_int_equal(fail_http(FAIL_NOT_FOUND), 404);
	assert_int_equal(fail_rpc(FAIL_SYNTAX), -32700);
	assert_int_equal(fail_rpc(FAIL_METHOD), -32601);
	assert_string_equal(fail_slug(FAIL_MOVED), "digest-moved");
	for (unsigned c = 1; c < FAIL__MAX; c++) {
		enum fail_code code = (enum fail_code)c;
		int rpc = fail_rpc(code);

		assert_in_range(fail_http(code), 400, 504);
		assert_true(rpc > 0 || rpc == -32700 ||
		    (rpc <= -32600 && rpc >= -32603));
		assert_true(strlen(fail_slug(code)) > 0);
		for (unsigned d = 0; d < c; d++)
			assert_string_not_equal(
			    fail_slug(code), fail_slug((enum fail_code)d));
	}
}

static void
test_outside_the_enum(void **state)
{
	static const unsigned odd[] = {FAIL__MAX, 1000, 0xffffffffU};

	(void)state;
	for (size_t i = 0; i < NELEM(odd); i++) {
		enum fail_code code;

		memcpy(&code, &odd[i], sizeof(code));
		assert_int_equal(fail_http(code), 500);
		assert_string_equal(fail_slug(code), "internal");
		assert_int_equal(fail(&f, code, NULL), FAIL_INTERNAL);
		assert_int_equal(f.code, FAIL_INTERNAL);
	}
}

static void
die(void)
{
	fail_abort("test: abort");
}

static void
test_abort(void **state)
{
	(void)state;
	assert_aborts(die);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_clear, clear),
	    cmocka_unit_test_setup(test_sets_and_returns, clear),
	    cmocka_unit_test_setup(test_default_sentence, clear),
	    cmocka_unit_test_setup(test_never_empty, clear),
	    cmocka_unit_test_setup(test_null_record, clear),
	    cmocka_unit_test_setup(test_keeps_detail_and_fields, clear),
	    cmocka_unit_test_setup(test_fields, clear),
	    cmocka_unit_test_setup(
		test_field_replaces_code_keeps_message, clear),
	    cmocka_unit_test_setup(test_cut_whole_characters, clear),
	    cmocka_unit_test_setup(test_exact_fit, clear),
	    cmocka_unit_test_setup(test_facts, clear),
	    cmocka_unit_test_setup(test_outside_the_enum, clear),
	    cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests_name("fail", tests, NULL, NULL);
}
