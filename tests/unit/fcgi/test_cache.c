/*
 * test_cache.c: pages that are kept, and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mcp/cache.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

static void
put(const struct cache_key *key, const char *text)
{
	cache_release(cache_put(key, str_from(text), false, STR_LIT("last")));
}

static bool
holds(const struct cache_key *key, const char *text)
{
	struct cache_page *p = cache_get(key);
	bool same = p != NULL && str_eq_c(p->text, text);

	if (p != NULL)
		cache_release(p);
	return same;
}

static void
test_key(void **state)
{
	struct cache_key key = {ERA_2026_07_28, 7, "", "", 1, "tools"}, other;

	(void)state;
	cache_clear();
	assert_null(cache_get(&key));
	put(&key, "text");
	assert_true(holds(&key, "text"));
	other = key;
	other.revision = ERA_2025_11_25;
	assert_null(cache_get(&other));
	other = key;
	other.perms = 6;
	assert_null(cache_get(&other));
	other = key;
	other.scope[0] = 'x';
	assert_null(cache_get(&other));
	other = key;
	other.version = 2;
	assert_null(cache_get(&other));
	other = key;
	other.after[0] = 'x';
	assert_null(cache_get(&other));
	put(&other, "else");
	put(&key, "new");
	assert_true(holds(&key, "new"));
	assert_true(holds(&other, "else"));
	cache_clear();
	assert_null(cache_get(&key));
}

static void
test_held_page_survives(void **state)
{
	struct cache_key key = {ERA_2026_07_28, 7, "", "", 1, "tools"};
	struct cache_page *page;

	(void)state;
	cache_clear();
	page = cache_put(&key, STR_LIT("text"), true, STR_LIT("a__b"));
	put(&key, "new");
	cache_clear();
	assert_true(str_eq_c(page->text, "text"));
	assert_true(page->more);
	assert_string_equal(page->last, "a__b");
	cache_release(page);
}

static void
test_least_used_goes(void **state)
{
	struct cache_key first = {ERA_2026_07_28, 0, "", "", 1, "tools"},
			 key = first;
	int kept = 0;

	(void)state;
	cache_clear();
	put(&first, "first");
	for (unsigned i = 1; i < 3 * CACHE_ENTRIES; i++) {
		key.perms = i;
		put(&key, "x");
		assert_true(holds(&first, "first")); /* used all the time */
	}
	for (unsigned i = 1; i < 3 * CACHE_ENTRIES; i++) {
		key.perms = i;
		kept += holds(&key, "x") ? 1 : 0;
	}
	assert_int_equal(kept, CACHE_ENTRIES - 1);
	cache_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_key),
	    cmocka_unit_test(test_held_page_survives),
	    cmocka_unit_test(test_least_used_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
