/*
 * test_cursor.c: cursors are ours, or they are nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "noun/cursor.h"
#include "mcp_test.h"
#include "keyring.h"
#include "settings.h"

#include <cmocka.h> /* last: it has a macro named fail */

static void
test_cursor(void **state)
{
	struct settings s = {.keys = keyring_random(1)};
	struct settings s2 = {.keys = keyring_random(1)};
	struct arena *a = arena_new(1 << 20);
	struct ctx ctx = {.arena = a, .settings = &s, .caller.id = "local"};
	struct str name,
	    text = str_from(
		cursor_make(&ctx, "tools", STR_LIT("weather__today")));
	char *bad;

	(void)state;
	assert_true(cursor_read(&ctx, "tools", text, &name));
	assert_true(str_eq_c(name, "weather__today"));

	/* for another list, caller or key it is worth nothing */
	assert_false(cursor_read(&ctx, "tool", text, &name));
	ctx.caller.id = "other";
	assert_false(cursor_read(&ctx, "tools", text, &name));
	ctx.caller.id = "local";
	ctx.settings = &s2;
	assert_false(cursor_read(&ctx, "tools", text, &name));
	ctx.settings = &s;

	/* nor with any character changed, taken away or added */
	for (size_t i = 0; i < text.n; i++) {
		bad = arena_strndup(a, text.p, text.n);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_false(cursor_read(&ctx, "tools", str_from(bad), &name));
	}
	assert_false(
	    cursor_read(&ctx, "tools", str_sub(text, 0, text.n - 1), &name));
	assert_false(cursor_read(
	    &ctx, "tools", str_from(arena_printf(a, "%sA", text.p)), &name));
	assert_false(cursor_read(&ctx, "tools", STR_LIT(""), &name));
	assert_false(cursor_read(&ctx, "tools", STR_LIT("AQ"), &name));
	bad = arena_alloc(a, 5000);
	memset(bad, 'A', 5000);
	assert_false(
	    cursor_read(&ctx, "tools", (struct str){bad, 5000}, &name));

	keyring_free(s.keys);
	keyring_free(s2.keys);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cursor)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
