/*
 * Powers in words, what is new about them, and their digest.
 */
#include "core_test.h"

#include "noun/powers.h"

static struct strs
names(struct ctx *ctx, size_t n, const char *const *texts)
{
	struct strs out = {.given = true, .n = n};

	out.v = arena_zalloc(ctx->arena, n, sizeof(*out.v));
	for (size_t i = 0; i < n; i++)
		out.v[i] = str_from(texts[i]);
	return out;
}

static void
test_sentences(void **state)
{
	static const char *const secrets[] = {"API_KEY"};
	static const char *const hosts[] = {"a.example:443", "b.example:*",
	    "private 10.0.0.1:*", "private [fd00::1]:8443", "[2620:fe::fe]:53"};
	static const char *const needs[] = {
	    "elicitation", "elicitation.url", "sampling", "roots"};
	static const struct {
		const char *kind, *text;
	} want[] = {
	    {"run", "Runs in the sandbox for up to 1.500 seconds"},
	    {"secret", "Reads the secret API_KEY"},
	    {"host", "Reaches a.example, port 443"},
	    {"host", "Reaches b.example, any port"},
	    {"host",
		"Reaches 10.0.0.1, any port, also in private address space"},
	    {"host",
		"Reaches [fd00::1], port 8443, also in private address space"},
	    {"host", "Reaches [2620:fe::fe], port 53"},
	    {"client", "Asks the client's user to fill in forms"},
	    {"client", "Asks the client's user to open pages"},
	    {"client", "Asks the client's model to answer its prompts"},
	    {"client", "Asks which folders the client works with"},
	};
	struct ctx *ctx = test_ctx();
	struct powers_source now = {1500, names(ctx, NELEM(secrets), secrets),
	    names(ctx, NELEM(hosts), hosts), NULL, NULL,
	    names(ctx, NELEM(needs), needs), NULL};
	const struct power *v;
	struct list list;

	(void)state;
	powers_list(ctx, &now, NULL, &list);
	assert_int_equal(list.n, NELEM(want));
	v = list.v;
	for (size_t i = 0; i < list.n; i++) {
		assert_string_equal(v[i].kind, want[i].kind);
		assert_string_equal(v[i].text, want[i].text);
		assert_true(v[i].new);
	}
}

static void
test_new(void **state)
{
	static const char *const before[] = {"a.example:443"};
	static const char *const after[] = {"a.example:443", "a.example:80"};
	struct ctx *ctx = test_ctx();
	struct powers_source was = {
	    1000, names(ctx, 0, NULL), names(ctx, NELEM(before), before),
	    NULL, NULL, names(ctx, 0, NULL), NULL};
	struct powers_source is = {
	    1000, names(ctx, 0, NULL), names(ctx, NELEM(after), after),
	    NULL, NULL, names(ctx, 0, NULL), NULL};
	const struct power *v;
	struct list list;

	(void)state;
	powers_list(ctx, &is, &was, &list);
	v = list.v;
	assert_int_equal(list.n, 3);
	assert_false(v[0].new);
	assert_false(v[1].new);
	assert_true(v[2].new);
}

/* A grant is a power: the digest moves with it, and back. */
static void
test_digest(void **state)
{
	static const char *const hosts[] = {"a.example:443", "b.example:443"};
	struct ctx *ctx = test_ctx();
	const char *digests[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct powers_source s = {
		    1000, names(ctx, 0, NULL), names(ctx, i % 2 + 1, hosts),
		    NULL, NULL, names(ctx, 0, NULL), NULL};
		struct list list;

		powers_list(ctx, &s, NULL, &list);
		digests[i] = powers_digest(ctx, &list);
	}
	assert_string_not_equal(digests[0], digests[1]);
	assert_string_equal(digests[0], digests[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_new),
	    cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
