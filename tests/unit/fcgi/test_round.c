/*
 * test_round.c: a requestState is ours and for its call, or it is nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "keyring.h"
#include "noun/round.h"
#include "mcp_test.h"
#include "settings.h"

#include <cmocka.h> /* last: it has a macro named fail */

static struct settings keys[2];
static struct ctx ctx;

static struct round_of
call(const char *arguments)
{
	return (struct round_of){
	    .method = "tools/call",
	    .name = "a__b",
	    .digest = "00ff",
	    .arguments = mcp_json(ctx.arena, arguments),
	};
}

static const char *
seal(const struct round_of *of)
{
	struct round r = {
	    .number = 3,
	    .answers = mcp_json(ctx.arena, "{'k':{'action':'accept'}}"),
	    .state = mcp_json(ctx.arena, "['mine',1]"),
	};
	const char *text;

	assert_int_equal(round_seal(&ctx, of, &r, &text), FAIL_NONE);
	return text;
}

static bool
opens(const struct round_of *of, struct str text)
{
	struct round r;
	enum fail_code rc = round_open(&ctx, of, text, &r);

	assert_true(rc == FAIL_NONE || rc == FAIL_INVALID);
	if (rc == FAIL_INVALID)
		assert_non_null(strstr(ctx.fail.message, "requestState"));
	fail_clear(&ctx.fail);
	return rc == FAIL_NONE;
}

static void
test_there_and_back(void **state)
{
	struct round_of of = call("{'a':1,'b':[2]}");
	const char *text = seal(&of);
	struct round r;

	(void)state;
	assert_int_equal(round_open(&ctx, &of, str_from(text), &r), FAIL_NONE);
	assert_int_equal(r.number, 3);
	assert_string_equal(json_text(ctx.arena, r.answers).p,
	    "{\"k\":{\"action\":\"accept\"}}");
	assert_string_equal(json_text(ctx.arena, r.state).p, "[\"mine\",1]");
	/* Another one each time, and nothing to be read in it. */
	assert_string_not_equal(text, seal(&of));
	assert_int_equal(strspn(text,
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
			     "wxyz0123456789-_"),
	    strlen(text));
	assert_null(strstr(text, "mine"));
	/* The order of the arguments is nothing that a caller must keep. */
	of = call("{'b':[2],'a':1}");
	assert_true(opens(&of, str_from(text)));
}

static void
test_of_another_call(void **state)
{
	struct round_of of = call("{'a':1}"), other;
	struct str text = str_from(seal(&of));

	(void)state;
	other = call("{'a':2}");
	assert_false(opens(&other, text));
	other = call("{}");
	assert_false(opens(&other, text));
	other = of;
	other.method = "prompts/get";
	assert_false(opens(&other, text));
	other = of;
	other.name = "a__c";
	assert_false(opens(&other, text));
	other = of;
	other.digest = "00fe";
	assert_false(opens(&other, text));
	ctx.caller.id = "other";
	assert_false(opens(&of, text));
	ctx.caller.id = "local";
	ctx.caller.kind = CALLER_PERSON;
	assert_false(opens(&of, text));
	ctx.caller.kind = CALLER_CLIENT;
	ctx.settings = &keys[1];
	assert_false(opens(&of, text));
	ctx.settings = &keys[0];
	assert_true(opens(&of, text));
}

static void
test_damage(void **state)
{
	struct round_of of = call("{}");
	struct str text = str_from(seal(&of));
	char *bad;

	(void)state;
	for (size_t i = 0; i < text.n; i++) {
		bad = arena_strndup(ctx.arena, text.p, text.n);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_false(opens(&of, str_from(bad)));
		assert_false(opens(&of, str_sub(text, 0, i)));
	}
	assert_false(opens(
	    &of, str_from(arena_printf(ctx.arena, "%s-TAMPERED", text.p))));
	assert_false(
	    opens(&of, str_from(arena_printf(ctx.arena, "%s=", text.p))));
	assert_false(
	    opens(&of, str_from(arena_printf(ctx.arena, " %s", text.p))));
	bad = arena_alloc(ctx.arena, ROUND_TEXT_MAX + 4);
	memset(bad, 'A', ROUND_TEXT_MAX + 4);
	assert_false(opens(&of, (struct str){bad, ROUND_TEXT_MAX}));
	assert_false(opens(&of, (struct str){bad, ROUND_TEXT_MAX + 4}));
}

/* What is sealed fits what is opened, up to the last byte. */
static void
test_size(void **state)
{
	struct round_of of = call("{}");
	json_t *answers = json_keep(ctx.arena, json_obj());
	struct round r = {.number = 1, .answers = answers};
	char *text = arena_alloc(ctx.arena, 70000);
	const char *sealed;
	size_t most = 0;

	(void)state;
	memset(text, 'x', 70000);
	for (size_t n = 65536 - 100; n < 65536; n++) {
		json_put_view(answers, "a", (struct str){text, n});
		if (round_seal(&ctx, &of, &r, &sealed) != FAIL_NONE)
			break;
		most = n;
		assert_true(strlen(sealed) <= ROUND_TEXT_MAX);
		assert_true(opens(&of, str_from(sealed)));
	}
	assert_true(most > 65536 - 100 && most < 65536);
	assert_int_equal(ctx.fail.code, FAIL_TOO_LARGE);
	fail_clear(&ctx.fail);
}

static int
set_up(void **state)
{
	(void)state;
	keys[0].keys = keyring_random(1);
	keys[1].keys = keyring_random(1);
	ctx = (struct ctx){.arena = arena_new((size_t)64 << 20),
	    .settings = &keys[0],
	    .caller = {.kind = CALLER_CLIENT, .id = "local"}};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	keyring_free(keys[0].keys);
	keyring_free(keys[1].keys);
	arena_free(ctx.arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_there_and_back),
	    TEST(test_of_another_call),
	    TEST(test_damage),
	    TEST(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
