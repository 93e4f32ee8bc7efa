/* Unit tests of lib/arena.c. */
#include "arena.h"

#include "lib_test.h"

#include <signal.h>

static char order[16];
static size_t norder;

static void
note(void *p)
{
	const char *c = p;

	order[norder++] = *c;
	order[norder] = '\0';
}

static int
forget(void **state)
{
	(void)state;
	norder = 0;
	order[0] = '\0';
	return 0;
}

static void
test_alignment_and_distinct(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char *last = NULL;

	(void)state;
	for (size_t n = 0; n < 200; n++) {
		char *p = arena_alloc(a, n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_ptr_not_equal(p, last);
		memset(p, 0xa5, n);
		last = p;
	}
	arena_free(a);
	arena_free(NULL);
}

static void
test_cap(void **state)
{
	struct arena *a = arena_new(1024);

	(void)state;
	assert_non_null(arena_try(a, 1024));
	assert_null(arena_try(a, 1));
	assert_null(arena_try(a, 0));
	assert_int_equal(arena_used(a), 1024);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_null(arena_try(a, 1025));
	assert_null(arena_try(a, SIZE_MAX));
	assert_null(arena_try(a, SIZE_MAX - 8));
	assert_non_null(arena_try(a, 1000));
	arena_free(a);
	/* What is handed out is rounded up, and the cap holds for that. */
	a = arena_new(31);
	assert_null(arena_try(a, 17));
	assert_non_null(arena_try(a, 16));
	assert_null(arena_try(a, 0));
	arena_free(a);
}

static void
over_cap(void)
{
	(void)arena_alloc(arena_new(100), 101);
}

static void
zalloc_overflow(void)
{
	(void)arena_zalloc(arena_new(SIZE_MAX), SIZE_MAX / 2, 3);
}

static void
test_aborts(void **state)
{
	(void)state;
	assert_aborts(over_cap);
	assert_aborts(zalloc_overflow);
}

static void
test_zalloc(void **state)
{
	struct arena *a = arena_new(1 << 20);
	static const char zeros[4000];

	(void)state;
	/* Dirty the memory first, then get it again. */
	memset(arena_alloc(a, 4000), 0xff, 4000);
	arena_reset(a);
	assert_memory_equal(arena_zalloc(a, 1000, 4), zeros, 4000);
	assert_non_null(arena_zalloc(a, 0, 8));
	assert_non_null(arena_zalloc(a, 8, 0));
	arena_free(a);
}

static void
test_strings(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct str s;

	(void)state;
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_string_equal(arena_strndup(a, "abc", 2), "ab");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	s = arena_str(a, STR_LIT("a\0b"));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	s = arena_str(a, STR_NONE);
	assert_int_equal(s.n, 0);
	assert_string_equal(s.p, "");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 5), "x-5");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	arena_free(a);
}

static void
test_defer_newest_first(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char names[] = "abc";

	(void)state;
	for (size_t i = 0; i < 3; i++)
		arena_defer(a, note, &names[i]);
	arena_reset(a);
	assert_string_equal(order, "cba");
	arena_reset(a);
	assert_string_equal(order, "cba");
	arena_defer(a, note, &names[0]);
	arena_free(a);
	assert_string_equal(order, "cbaa");
}

struct later {
	struct arena *a;
	char *large;
};

static void
use_large(void *p)
{
	const struct later *l = p;

	order[norder++] = l->large[99999];
	/* A clean-up may even ask for one more. */
	arena_defer(l->a, note, l->large);
}

static void
test_cleanup_runs_before_memory_goes(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct later *l = arena_zalloc(a, 1, sizeof(*l));

	(void)state;
	arena_defer(a, use_large, l);
	l->a = a;
	l->large = arena_alloc(a, 100000); /* younger than its clean-up */
	memset(l->large, 'L', 100000);
	arena_free(a);
	assert_string_equal(order, "LL");
}

static void
test_mark_and_release(void **state)
{
	struct arena *a = arena_new(10 << 20);
	char names[] = "abc";
	char *kept, *kept_large;
	struct arena_mark m;

	(void)state;
	arena_defer(a, note, &names[0]);
	kept = arena_strdup(a, "kept");
	kept_large = arena_alloc(a, 40000);
	memset(kept_large, 'k', 40000);
	m = arena_mark(a);
	for (int round = 0; round < 100; round++) {
		size_t used = arena_used(a);

		arena_defer(a, note, &names[1]);
		/* Over several blocks, and large ones between. */
		for (int i = 0; i < 10; i++) {
			memset(arena_alloc(a, 30000), 'x', 30000);
			memset(arena_alloc(a, 33000), 'y', 33000);
		}
		norder = 0;
		arena_release(a, m);
		assert_string_equal(order, "b");
		assert_int_equal(arena_used(a), used);
	}
	assert_string_equal(kept, "kept");
	assert_int_equal(kept_large[39999], 'k');
	norder = 0;
	arena_free(a);
	assert_string_equal(order, "a");
}

static void
test_nested_marks(void **state)
{
	struct arena *a = arena_new(10 << 20);
	struct arena_mark outer = arena_mark(a), inner;
	char *p;

	(void)state;
	p = arena_alloc(a, 50000);
	inner = arena_mark(a);
	(void)arena_alloc(a, 50000);
	arena_release(a, inner);
	memset(p, 'p', 50000); /* still there */
	arena_release(a, inner);
	memset(p, 'p', 50000);
	arena_release(a, outer);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

/* Many small and large allocations keep their contents apart. */
static void
test_contents_do_not_overlap(void **state)
{
	enum { COUNT = 3000 };
	static struct {
		unsigned char *p;
		size_t n;
	} all[COUNT];
	struct arena *a = arena_new((size_t)1 << 30);
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT; i++) {
			uint64_t r = next_random(&seed);

			all[i].n = r % (i % 100 == 0 ? 70000 : 300);
			all[i].p = arena_alloc(a, all[i].n);
			memset(all[i].p, (int)(i & 255), all[i].n);
		}
		for (size_t i = 0; i < COUNT; i++) {
			for (size_t k = 0; k < all[i].n; k++) {
				if (all[i].p[k] != (i & 255))
					fail_test(
					    "allocation %zu byte %zu", i, k);
			}
		}
		arena_reset(a);
	}
	arena_free(a);
}

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif

#ifdef ASAN
static volatile char sink;

static void
use_after_reset(void)
{
	struct arena *a = arena_new(1 << 20);
	char *p = arena_strdup(a, "gone");

	arena_reset(a);
	sink = *p;
}

static void
overrun(void)
{
	char *p = arena_alloc(arena_new(1 << 20), 16);

	sink = p[16];
}

static void
test_poison(void **state)
{
	(void)state;
	assert_int_not_equal(run_child(use_after_reset), 0);
	assert_int_not_equal(run_child(overrun), 0);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alignment_and_distinct),
	    cmocka_unit_test(test_cap),
	    cmocka_unit_test(test_aborts),
	    cmocka_unit_test(test_zalloc),
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test_setup(test_defer_newest_first, forget),
	    cmocka_unit_test_setup(
		test_cleanup_runs_before_memory_goes, forget),
	    cmocka_unit_test_setup(test_mark_and_release, forget),
	    cmocka_unit_test(test_nested_marks),
	    cmocka_unit_test(test_contents_do_not_overlap),
#ifdef ASAN
	    cmocka_unit_test(test_poison),
#endif
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
