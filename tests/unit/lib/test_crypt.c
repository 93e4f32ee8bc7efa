/* Unit tests of lib/crypt.c. */
#include "crypt.h"

#include "lib_test.h"

#include <pthread.h>
#include <signal.h>

static void
assert_hex(const uint8_t *bytes, size_t n, const char *want)
{
	char text[2 * 64 + 1];

	assert_true(n <= 64);
	str_hex(bytes, n, text);
	assert_string_equal(text, want);
}

/* FIPS 180-4 examples. */
static void
test_sha256(void **state)
{
	char hex[CRYPT_SHA256_HEX_MAX];
	uint8_t out[CRYPT_SHA256_LEN];

	(void)state;
	crypt_sha256_hex(STR_NONE, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	crypt_sha256_hex(STR_LIT("abc"), hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	crypt_sha256(STR_LIT("abcdbcdecdefdefgefghfghighijhijk"
			     "ijkljklmklmnlmnomnopnopq"),
	    out);
	assert_hex(out, 32,
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231 test cases 1, 2 and 6, and the empty key. */
static void
test_hmac(void **state)
{
	static const struct {
		struct str key, text;
		const char *want;
	} cases[] = {
	    {{"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	      "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
		 20},
		{"Hi There", 8},
		"b0344c61d8db38535ca8afceaf0bf12b"
		"881dc200c9833da726e9376c2e32cff7"},
	    {{"Jefe", 4}, {"what do ya want for nothing?", 28},
		"5bdcc146bf60754e6a042426089575c7"
		"5a003f089d2739839dec58b964ec3843"},
	    {{"", 0}, {"", 0},
		"b613679a0814d9ec772f95d778c35fc5"
		"ff1697c493715653c6c712144292c5ad"},
	};
	uint8_t out[CRYPT_SHA256_LEN];
	char key[131];

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		crypt_hmac(cases[i].key, cases[i].text, out);
		assert_hex(out, 32, cases[i].want);
	}
	crypt_hmac(STR_NONE, STR_NONE, out);
	assert_hex(out, 32, cases[2].want);
	memset(key, 0xaa, sizeof(key));
	crypt_hmac((struct str){key, sizeof(key)},
	    STR_LIT("Test Using Larger Than Block-Size Key - "
		    "Hash Key First"),
	    out);
	assert_hex(out, 32,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

static struct secret *
key_of(char c)
{
	char bytes[CRYPT_KEY_LEN];

	memset(bytes, c, sizeof(bytes));
	return secret_new(bytes, sizeof(bytes));
}

/* HKDF written out by RFC 5869 with crypt_hmac: no salt, one block. */
static void
test_subkey(void **state)
{
	static const char zeros[32];
	struct secret *master = key_of('m');
	struct secret *data = crypt_subkey(master, "data");
	struct secret *jwt = crypt_subkey(master, "jwt");
	struct secret *again = crypt_subkey(master, "data");
	uint8_t prk[32], okm[32];

	(void)state;
	assert_int_equal(secret_view(data).n, CRYPT_KEY_LEN);
	assert_true(secret_equal(secret_view(data), secret_view(again)));
	assert_false(secret_equal(secret_view(data), secret_view(jwt)));
	crypt_hmac((struct str){zeros, 32}, secret_view(master), prk);
	crypt_hmac(
	    (struct str){(char *)prk, 32}, STR_LIT("mcpbox data\x01"), okm);
	assert_memory_equal(secret_view(data).p, okm, 32);
	secret_free(master);
	secret_free(data);
	secret_free(jwt);
	secret_free(again);
}

static void
test_seal_and_open(void **state)
{
	static char big[SECRET_MAX + 1];
	struct secret *key = key_of('k');

	(void)state;
	memset(big, 'b', sizeof(big));
	for (size_t n = 0; n <= SECRET_MAX; n = n < 100 ? n + 1 : n * 5) {
		struct str plain = {n > 0 ? big : NULL, n};
		struct secret *back = NULL;
		struct buf b;

		buf_init(&b, 1 << 20);
		buf_puts(&b, "before");
		crypt_seal(key, 3, STR_LIT("row 1"), plain, &b);
		assert_false(b.overflow);
		assert_int_equal(b.n, 6 + CRYPT_SEALED(n));
		assert_true(crypt_open(key, 3, STR_LIT("row 1"),
		    str_sub(buf_str(&b), 6, b.n), &back));
		assert_true(str_eq(secret_view(back), plain));
		secret_free(back);
		buf_free(&b);
	}
	secret_free(key);
}

static void
test_too_long_is_not_sealed(void **state)
{
	static char big[SECRET_MAX + 1];
	struct secret *key = key_of('k');
	struct secret *back = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	crypt_seal(key, 1, STR_NONE, (struct str){big, SECRET_MAX}, &b);
	assert_false(b.overflow);
	assert_true(crypt_open(key, 1, STR_NONE, buf_str(&b), &back));
	secret_free(back);
	buf_reset(&b);
	crypt_seal(key, 1, STR_NONE, (struct str){big, SECRET_MAX + 1}, &b);
	assert_true(b.overflow);
	assert_int_equal(b.n, 0);
	buf_free(&b);
	buf_init(&b, CRYPT_SEALED(4) - 1);
	crypt_seal(key, 1, STR_NONE, STR_LIT("four"), &b);
	assert_true(b.overflow);
	buf_free(&b);
	secret_free(key);
}

static void
test_any_change_is_seen(void **state)
{
	struct secret *key = key_of('k'), *other = key_of('o');
	struct secret *back = key; /* must become NULL */
	struct str aad = STR_LIT("credential 7");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	crypt_seal(key, 3, aad, STR_LIT("hunter2"), &b);
	for (size_t bit = 0; bit < 8 * b.n; bit++) {
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
		assert_false(crypt_open(key, 3, aad, buf_str(&b), &back));
		assert_null(back);
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
	}
	for (size_t n = 0; n < b.n; n++)
		assert_false(
		    crypt_open(key, 3, aad, str_sub(buf_str(&b), 0, n), &back));
	assert_false(crypt_open(other, 3, aad, buf_str(&b), &back));
	assert_false(crypt_open(key, 4, aad, buf_str(&b), &back));
	assert_false(
	    crypt_open(key, 3, STR_LIT("credential 8"), buf_str(&b), &back));
	assert_false(crypt_open(key, 3, STR_NONE, buf_str(&b), &back));
	/* The key id is authenticated, not only compared. */
	b.p[1] = 4;
	assert_false(crypt_open(key, 4, aad, buf_str(&b), &back));
	b.p[1] = 3;
	buf_putc(&b, 'x');
	assert_false(crypt_open(key, 3, aad, buf_str(&b), &back));
	b.n--;
	assert_true(crypt_open(key, 3, aad, buf_str(&b), &back));
	secret_free(back);
	assert_false(crypt_open(key, 3, aad, STR_NONE, &back));
	buf_free(&b);
	secret_free(key);
	secret_free(other);
}

static void
test_same_text_seals_differently(void **state)
{
	struct secret *key = key_of('k');
	struct buf a, b;

	(void)state;
	buf_init(&a, 100);
	buf_init(&b, 100);
	crypt_seal(key, 1, STR_NONE, STR_LIT("same"), &a);
	crypt_seal(key, 1, STR_NONE, STR_LIT("same"), &b);
	assert_memory_not_equal(a.p + 2, b.p + 2, 12);
	assert_memory_not_equal(a.p + 14, b.p + 14, 4);
	buf_free(&a);
	buf_free(&b);
	secret_free(key);
}

static void
short_key(void)
{
	struct secret *key = secret_new("short", 5);
	struct buf b;

	buf_init(&b, 100);
	crypt_seal(key, 1, STR_NONE, STR_LIT("x"), &b);
}

static void
test_short_key_aborts(void **state)
{
	(void)state;
	assert_aborts(short_key);
}

static void
test_password(void **state)
{
	char encoded[CRYPT_PASSWORD_MAX], second[CRYPT_PASSWORD_MAX];

	(void)state;
	assert_int_equal(
	    crypt_password_hash(STR_LIT("correct horse"), encoded), FAIL_NONE);
	assert_true(
	    str_starts(str_from(encoded), "$argon2id$v=19$m=65536,t=3,p=4$"));
	assert_int_equal(strlen(encoded), 31 + 22 + 1 + 43);
	assert_true(crypt_password_verify(encoded, STR_LIT("correct horse")));
	assert_false(crypt_password_verify(encoded, STR_LIT("correct horsf")));
	assert_false(crypt_password_verify(encoded, STR_LIT("")));
	assert_false(crypt_password_verify(encoded, STR_NONE));
	assert_false(crypt_password_stale(encoded));
	assert_int_equal(
	    crypt_password_hash(STR_LIT("correct horse"), second), FAIL_NONE);
	assert_string_not_equal(encoded, second);
}

static void
test_password_bounds(void **state)
{
	static char big[1025];
	char out[CRYPT_PASSWORD_MAX];

	(void)state;
	memset(big, 'p', sizeof(big));
	assert_int_equal(crypt_password_hash(STR_NONE, out), FAIL_INVALID);
	assert_int_equal(
	    crypt_password_hash((struct str){big, 1025}, out), FAIL_INVALID);
	assert_int_equal(
	    crypt_password_hash((struct str){big, 1024}, out), FAIL_NONE);
	assert_true(crypt_password_verify(out, (struct str){big, 1024}));
	assert_false(crypt_password_verify(out, (struct str){big, 1023}));
	assert_false(crypt_password_verify(out, (struct str){big, 1025}));
	/* A NUL is a character like any other. */
	assert_int_equal(crypt_password_hash(STR_LIT("a\0b"), out), FAIL_NONE);
	assert_false(crypt_password_verify(out, STR_LIT("a\0c")));
}

#define SALT "$c29tZXNhbHQ$"
#define HASH "9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"

static void
test_password_encoded_forms(void **state)
{
	static const char *const stale[] = {
	    "",
	    "x",
	    "$argon2id$",
	    "$argon2i$v=19$m=65536,t=3,p=4" SALT HASH,
	    "$argon2id$v=16$m=65536,t=3,p=4" SALT HASH,
	    "$argon2id$v=19$m=65535,t=3,p=4" SALT HASH,
	    "$argon2id$v=19$m=65536,t=2,p=4" SALT HASH,
	    "$argon2id$v=19$m=65536,t=3,p=1" SALT HASH,
	    "$argon2id$v=19$t=3,m=65536,p=4" SALT HASH,
	    "$argon2id$v=19$m=65536,t=3,p=4,x=1" SALT HASH,
	    "$argon2id$v=19$m=-1,t=3,p=4" SALT HASH,
	    "$argon2id$v=19$m=99999999999999999999,t=3,p=4" SALT HASH,
	    "$2b$12$abcdefghijklmnopqrstuv",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(stale); i++) {
		if (!crypt_password_stale(stale[i]))
			fail_test("not stale: %s", stale[i]);
		assert_false(
		    crypt_password_verify(stale[i], STR_LIT("password!")));
	}
	assert_false(
	    crypt_password_stale("$argon2id$v=19$m=131072,t=4,p=4" SALT HASH));
	/* Costs that nobody but an attacker would ask for: refused at once. */
	assert_false(crypt_password_verify(
	    "$argon2id$v=19$m=4194304,t=3,p=4" SALT HASH, STR_LIT("x")));
	assert_false(crypt_password_verify(
	    "$argon2id$v=19$m=65536,t=1000000,p=4" SALT HASH, STR_LIT("x")));
}

/* A vector of the reference implementation: older, cheaper, still good. */
static void
test_password_known_answer(void **state)
{
	(void)state;
	assert_true(crypt_password_verify(
	    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
	    "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	    STR_LIT("password")));
	assert_true(crypt_password_stale(
	    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
	    "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
}

static void *
hash_in_a_thread(void *arg)
{
	uint8_t out[CRYPT_SHA256_LEN];

	for (int i = 0; i < 500; i++) {
		crypt_hmac(STR_LIT("Jefe"),
		    STR_LIT("what do ya want for nothing?"), out);
		if (out[0] != 0x5b || out[31] != 0x43)
			return arg;
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t t[8];

	(void)state;
	for (size_t i = 0; i < NELEM(t); i++)
		assert_int_equal(
		    pthread_create(&t[i], NULL, hash_in_a_thread, t), 0);
	for (size_t i = 0; i < NELEM(t); i++) {
		void *wrong = NULL;

		assert_int_equal(pthread_join(t[i], &wrong), 0);
		assert_null(wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_sha256),
	    cmocka_unit_test(test_hmac),
	    cmocka_unit_test(test_subkey),
	    cmocka_unit_test(test_seal_and_open),
	    cmocka_unit_test(test_too_long_is_not_sealed),
	    cmocka_unit_test(test_any_change_is_seen),
	    cmocka_unit_test(test_same_text_seals_differently),
	    cmocka_unit_test(test_short_key_aborts),
	    cmocka_unit_test(test_password),
	    cmocka_unit_test(test_password_bounds),
	    cmocka_unit_test(test_password_encoded_forms),
	    cmocka_unit_test(test_password_known_answer),
	};

	return cmocka_run_group_tests_name("crypt", tests, NULL, NULL);
}
