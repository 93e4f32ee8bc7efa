/*
 * test_secrets_seal.c: a value opens where it was stored, and nowhere else.
 */
#include "core_test.h"

#include "crypt.h"
#include "keyring.h"
#include "noun/secrets.h"
#include "noun/secrets_seal.h"
#include "settings.h"

#define SERVER STR_LIT("0f8fad5b-d9cb-469f-a165-70867728950e")
#define OTHER STR_LIT("7c9e6679-7425-40de-944b-e07fc1f90ae7")
#define NAME STR_LIT("API_KEY")

static struct settings settings;

static struct ctx *
context(void)
{
	struct ctx *ctx = test_ctx();

	ctx->settings = &settings;
	return ctx;
}

static struct str
sealed(struct ctx *ctx, struct str value)
{
	struct buf b;
	char *hex;
	size_t n;

	buf_init(&b, CRYPT_SEALED(SECRETS_VALUE_MAX));
	secrets_seal(ctx, SERVER, NAME, value, &b);
	assert_false(b.overflow);
	assert_int_equal(b.n, CRYPT_SEALED(value.n));
	n = 2 * b.n;
	hex = arena_alloc(ctx->arena, n + 1);
	str_hex(b.p, b.n, hex);
	buf_free(&b);
	return (struct str){hex, n};
}

static void
test_round_trip(void **state)
{
	char *large = calloc(1, SECRETS_VALUE_MAX);
	struct str values[] = {
	    STR_LIT("x"), STR_LIT("a\nb c"), {large, SECRETS_VALUE_MAX}};

	(void)state;
	memset(large, 'v', SECRETS_VALUE_MAX);
	for (size_t i = 0; i < NELEM(values); i++) {
		struct ctx *ctx = context();
		struct str hex = sealed(ctx, values[i]);
		struct secret *out;

		assert_int_equal(
		    secrets_unseal(ctx, SERVER, NAME, hex, &out), FAIL_NONE);
		assert_true(str_eq(secret_view(out), values[i]));
		secret_free(out);
		/* Never twice the same. */
		assert_false(str_eq(hex, sealed(ctx, values[i])));
	}
	free(large);
}

static void
refused(struct ctx *ctx, struct str server, struct str name, struct str hex)
{
	struct secret *out;

	fail_clear(&ctx->fail);
	assert_int_equal(
	    secrets_unseal(ctx, server, name, hex, &out), FAIL_CONFLICT);
	assert_null(out);
	assert_non_null(strstr(ctx->fail.message, "another encryption key"));
}

static void
test_elsewhere(void **state)
{
	struct ctx *ctx = context();
	struct str hex = sealed(ctx, STR_LIT("value"));
	char *bent = arena_strndup(ctx->arena, hex.p, hex.n);

	(void)state;
	refused(ctx, OTHER, NAME, hex);
	refused(ctx, SERVER, STR_LIT("API_KEY2"), hex);
	/* The parts of the identity cannot be moved against each other. */
	refused(ctx, SERVER, STR_LIT("PI_KEY"), hex);
	refused(ctx, SERVER, NAME, str_sub(hex, 0, hex.n - 2));
	refused(ctx, SERVER, NAME, str_sub(hex, 0, hex.n - 1));
	refused(ctx, SERVER, NAME, STR_LIT("zz"));
	refused(ctx, SERVER, NAME, STR_NONE);
	/* test_crypt.c bends every bit. */
	for (size_t i = 0; i < hex.n; i += 9) {
		bent[i] = bent[i] == '0' ? '1' : '0';
		refused(ctx, SERVER, NAME, (struct str){bent, hex.n});
		bent[i] = hex.p[i];
	}
}

/* While the instance changes its key, both open, and the new one seals. */
static void
test_two_keys(void **state)
{
	struct keyring *was = settings.keys, *next = keyring_random(2),
		       *both[] = {keyring_pair(was, 0, next, 0),
			   keyring_pair(next, 0, was, 0)};
	struct ctx *ctx = context();
	struct str old = sealed(ctx, STR_LIT("value")), fresh;
	struct secret *out;

	(void)state;
	for (size_t i = 0; i < NELEM(both); i++) {
		settings.keys = both[i];
		fresh = sealed(ctx, STR_LIT("value"));
		assert_memory_equal(fresh.p, i == 0 ? "0101" : "0102", 4);
		assert_int_equal(
		    secrets_unseal(ctx, SERVER, NAME, old, &out), FAIL_NONE);
		secret_free(out);
		assert_int_equal(
		    secrets_unseal(ctx, SERVER, NAME, fresh, &out), FAIL_NONE);
		secret_free(out);
	}
	settings.keys = next;
	assert_int_equal(
	    secrets_unseal(ctx, SERVER, NAME, fresh, &out), FAIL_NONE);
	secret_free(out);
	refused(ctx, SERVER, NAME, old);
	settings.keys = was;
	keyring_free(both[0]);
	keyring_free(both[1]);
	keyring_free(next);
}

static int
set_up(void **state)
{
	(void)state;
	settings.keys = keyring_random(1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	keyring_free(settings.keys);
	arena_free(test_ctx()->arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_elsewhere),
	    cmocka_unit_test(test_two_keys),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
