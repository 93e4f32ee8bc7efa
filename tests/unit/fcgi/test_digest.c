/* Unit tests of fcgi/noun/digest.c. */
#include "noun/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

#define ARENA_CAP ((size_t)1024 * 1024)

static int
setup(void **state)
{
	*state = arena_new(ARENA_CAP);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static json_t *
parse(struct arena *a, const char *text)
{
	json_t *v;

	assert_int_equal(
	    json_parse(a, str_from(text), 4096, &v, NULL), FAIL_NONE);
	return v;
}

static struct digest_content
sample(struct arena *a)
{
	static struct str names[] = {{"KEY", 3}};
	static struct str needs[] = {{"roots", 5}};

	return (struct digest_content){
	    .kind = "tool",
	    .name = "s__t",
	    .description = "\xc3\x9cnicode \"q\"",
	    .input_schema = parse(a,
		"{\"type\":\"object\",\"properties\":"
		"{\"b\":{\"type\":\"number\",\"maximum\":1.5},\"a\":{}}}"),
	    .annotations = parse(a, "{\"readOnlyHint\":true}"),
	    .code = "async def main():\n\treturn 1\n",
	    .secret_names = {.given = true, .n = 1, .v = names},
	    .client_capabilities = {.given = true, .n = 1, .v = needs},
	    .task_mode = "none",
	};
}

/* Computed by another program: json.dumps(sort_keys, compact) and SHA-256. */
static void
test_known_value(void **state)
{
	struct digest_content c = sample(*state);

	assert_string_equal(digest_content(*state, &c),
	    "614305d9abc2186c7aa12c06d8dcf6b7b6682e797a96e18eb88067315edd3773");
}

static void
test_order_of_keys_does_not_matter(void **state)
{
	struct digest_content c = sample(*state);
	const char *before = digest_content(*state, &c);

	c.input_schema = parse(*state,
	    "{\"properties\":{\"a\":{},\"b\":{\"maximum\":1.5,"
	    "\"type\":\"number\"}},\"type\":\"object\"}");
	assert_string_equal(digest_content(*state, &c), before);
}

/* What is stored and read again must give the same digest. */
static void
test_survives_storage(void **state)
{
	struct digest_content c = sample(*state);
	const char *before = digest_content(*state, &c);

	c.input_schema = parse(*state, json_text(*state, c.input_schema).p);
	assert_string_equal(digest_content(*state, &c), before);
}

#define CHANGES(member, value)                                                 \
	do {                                                                   \
		struct digest_content c = sample(*state);                      \
		const char *before = digest_content(*state, &c);               \
                                                                               \
		c.member = (value);                                            \
		assert_string_not_equal(digest_content(*state, &c), before);   \
	} while (0)

static void
test_every_part_counts(void **state)
{
	static struct str other[] = {{"OTHER", 5}};

	CHANGES(kind, "prompt");
	CHANGES(name, "s__u");
	CHANGES(title, "");
	CHANGES(title, "T");
	CHANGES(description, "x");
	CHANGES(input_schema, parse(*state, "{\"type\":\"object\"}"));
	CHANGES(output_schema, parse(*state, "{}"));
	CHANGES(annotations, NULL);
	CHANGES(code, "async def main():\n\treturn 2\n");
	CHANGES(timeout_ms, ((struct opt_int){.given = true, .v = 1000}));
	CHANGES(secret_names, ((struct strs){.n = 0}));
	CHANGES(
	    secret_names, ((struct strs){.given = true, .n = 1, .v = other}));
	CHANGES(uri, "x:y");
	CHANGES(mime_type, "text/plain");
	CHANGES(size, ((struct opt_int){.given = true, .v = 0}));
	CHANGES(icons, parse(*state, "[{\"src\":\"https://x/y\"}]"));
	CHANGES(client_capabilities, ((struct strs){.n = 0}));
	CHANGES(task_mode, "optional");
	CHANGES(input_schema_given, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_known_value, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_order_of_keys_does_not_matter, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_survives_storage, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_every_part_counts, setup, teardown),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
