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
	static const char *const imports[] = {"json", "os.path"};
	static const char *const needs[] = {
	    "elicitation", "elicitation.url", "sampling", "roots"};
	static const struct {
		const char *kind, *text;
	} want[] = {
	    {"run", "Runs in the sandbox for up to 1.500 seconds"},
	    {"run", "Runs with up to 64 MiB of memory"},
	    {"run", "Runs with up to 5 outbound requests"},
	    {"secret", "Reads the secret API_KEY"},
	    {"host", "Reaches a.example, port 443"},
	    {"host", "Reaches b.example, any port"},
	    {"host",
		"Reaches 10.0.0.1, any port, also in private address space"},
	    {"host",
		"Reaches [fd00::1], port 8443, also in private address space"},
	    {"host", "Reaches [2620:fe::fe], port 53"},
	    {"module", "Imports json"},
	    {"module", "Imports os.path"},
	    {"client", "Asks the client's user to fill in forms"},
	    {"client", "Asks the client's user to open pages"},
	    {"client", "Asks the client's model to answer its prompts"},
	    {"client", "Asks which folders the client works with"},
	};
	struct ctx *ctx = test_ctx();
	struct powers_source now = {
	    .timeout_ms = 1500,
	    .secret_names = names(ctx, NELEM(secrets), secrets),
	    .hosts = names(ctx, NELEM(hosts), hosts),
	    .limits = {.memory_mib = {.given = true, .v = 64},
		.requests = {.given = true, .v = 5}},
	    .imports = names(ctx, NELEM(imports), imports),
	    .client_capabilities = names(ctx, NELEM(needs), needs),
	};
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
	    .timeout_ms = 1000, .hosts = names(ctx, NELEM(before), before)};
	struct powers_source is = {
	    .timeout_ms = 1000, .hosts = names(ctx, NELEM(after), after)};
	struct list fresh;
	const struct power *v;
	struct list list;

	(void)state;
	powers_list(ctx, &is, &was, &list);
	v = list.v;
	assert_int_equal(list.n, 3);
	assert_false(v[0].new);
	assert_false(v[1].new);
	assert_true(v[2].new);
	powers_new(ctx, &list, &fresh);
	assert_int_equal(fresh.n, 1);
	v = fresh.v;
	assert_string_equal(v[0].text, "Reaches a.example, port 80");
}

/* What was on the screen at the approval says what is new since. */
static void
test_new_since_then(void **state)
{
	static const char *const hosts[] = {"a.example:443", "b.example:80"};
	struct ctx *ctx = test_ctx();
	struct powers_source s = {
	    .timeout_ms = 1000, .hosts = names(ctx, 1, hosts)};
	struct list then, now;
	json_t *odd = json_pack("[{s:i},s,n]", "kind", 1, "x");
	const struct power *v;

	(void)state;
	powers_list(ctx, &s, NULL, &then);
	s.hosts = names(ctx, 2, hosts);
	powers_list(ctx, &s, &s, &now);
	v = now.v;
	assert_false(v[2].new);
	powers_mark(&now, powers_json(ctx, &then));
	assert_false(v[0].new);
	assert_false(v[1].new);
	assert_true(v[2].new);
	powers_mark(&now, odd);
	assert_true(v[0].new &&v[1].new &&v[2].new);
	json_decref(odd);
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
		    .timeout_ms = 1000, .hosts = names(ctx, i % 2 + 1, hosts)};
		struct list list;

		powers_list(ctx, &s, NULL, &list);
		digests[i] = powers_digest(ctx, &list);
	}
	assert_string_not_equal(digests[0], digests[1]);
	assert_string_equal(digests[0], digests[2]);
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *kind, *uri, *task_mode, *text;
	} cases[] = {
	    {KIND_RESOURCE, "x:y", "none", "Is read by clients as x:y"},
	    {KIND_TEMPLATE, "x:{a}", "none",
		"Is read by clients as any URI of x:{a}"},
	    {KIND_PROMPT, NULL, "none",
		"Puts messages before a client's model, as a prompt"},
	    {KIND_TOOL, NULL, "optional",
		"Runs as a task where a client can, and goes on after the call"},
	    {KIND_TOOL, NULL, "required",
		"Runs as a task, and goes on after the call"},
	};
	static const char *const needs[] = {"elicitation.url"};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct ctx *ctx = test_ctx();
		struct powers_source s = {
		    .timeout_ms = 1000,
		    .kind = cases[i].kind,
		    .uri = cases[i].uri,
		    .task_mode = cases[i].task_mode,
		    .client_capabilities = names(ctx, 1, needs),
		};
		const struct power *v;
		struct list list;

		powers_list(ctx, &s, NULL, &list);
		assert_int_equal(list.n, 3);
		v = list.v;
		assert_string_equal(v[1].text, cases[i].text);
		assert_string_equal(
		    v[2].text, "Asks the client's user to open pages");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_new),
	    cmocka_unit_test(test_new_since_then),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
