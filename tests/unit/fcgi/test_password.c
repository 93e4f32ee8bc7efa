/* Unit tests of fcgi/noun/password.c. */
#include "noun/password.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"

static void
test_the_missing_account(void **state)
{
	(void)state;
	/* Else its hash would be cheaper than a real one, and tell. */
	assert_false(password_dummy_stale());
	assert_false(password_verify(NULL, STR_LIT("whatever it may be")));
}

static void
test_hash_and_verify(void **state)
{
	char hash[CRYPT_PASSWORD_MAX];
	struct ctx ctx = {0};

	(void)state;
	assert_int_equal(
	    password_hash(&ctx, STR_LIT("correct horse"), hash), FAIL_NONE);
	assert_true(password_verify(hash, STR_LIT("correct horse")));
	assert_false(password_verify(hash, STR_LIT("correct horsf")));
}

struct waiter {
	pthread_t thread;
	struct ctx ctx;
	enum fail_code code;
};

static void *
enter(void *p)
{
	struct waiter *w = p;

	w->code = password_enter(&w->ctx);
	return NULL;
}

static void
test_one_too_many(void **state)
{
	struct waiter late[PASSWORD_QUEUE + 2];
	struct ctx ctx = {0};
	int refused = 0;

	(void)state;
	memset(late, 0, sizeof(late));
	for (int i = 0; i < PASSWORD_SLOTS; i++)
		assert_int_equal(password_enter(&ctx), FAIL_NONE);
	for (size_t i = 0; i < NELEM(late); i++)
		assert_int_equal(
		    pthread_create(&late[i].thread, NULL, enter, &late[i]), 0);
	for (size_t i = 0; i < NELEM(late); i++) {
		assert_int_equal(pthread_join(late[i].thread, NULL), 0);
		assert_int_equal(late[i].code, FAIL_BUSY);
		assert_int_equal(late[i].ctx.fail.retry_after, 1);
		refused++;
	}
	assert_int_equal(refused, PASSWORD_QUEUE + 2);
	for (int i = 0; i < PASSWORD_SLOTS; i++)
		password_leave();
}

static void
test_the_queue_moves_up(void **state)
{
	struct waiter w;
	struct ctx ctx = {0};
	int64_t start = clock_mono_ms();

	(void)state;
	memset(&w, 0, sizeof(w));
	w.code = FAIL_INTERNAL;
	for (int i = 0; i < PASSWORD_SLOTS; i++)
		assert_int_equal(password_enter(&ctx), FAIL_NONE);
	assert_int_equal(pthread_create(&w.thread, NULL, enter, &w), 0);
	password_leave(); /* whether it waits already or comes now */
	assert_int_equal(pthread_join(w.thread, NULL), 0);
	assert_int_equal(w.code, FAIL_NONE);
	assert_true(clock_mono_ms() - start < PASSWORD_WAIT_MS);
	for (int i = 0; i < PASSWORD_SLOTS; i++)
		password_leave();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_missing_account),
	    cmocka_unit_test(test_hash_and_verify),
	    cmocka_unit_test(test_one_too_many),
	    cmocka_unit_test(test_the_queue_moves_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
