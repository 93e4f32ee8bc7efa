/* Unit tests of ctl/chain.c. */
#include "chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 6

struct trail {
	struct chain_row rows[ROWS];
	char hash[ROWS + 1][CRYPT_SHA256_HEX_MAX];
};

static struct trail t;

/* Six rows that follow each other. */
static int
make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	memset(t.hash[0], '0', CRYPT_SHA256_HEX_MAX - 1);
	for (size_t i = 0; i < ROWS; i++) {
		t.rows[i] = (struct chain_row){
		    .seq = (int64_t)i + 1,
		    .at = "2026-07-28T12:00:00.123456Z",
		    .db_role = "mcpbox_admin",
		    .actor = "person:anna",
		    .operation = i % 2 == 0 ? "create_tool" : "grüße",
		    .after = "{\"a\":1}",
		    .prev = t.hash[i],
		    .hash = t.hash[i + 1],
		};
		chain_hash(&t.rows[i], t.hash[i + 1]);
	}
	return 0;
}

/* Walks rows in an order; the findings, to be freed. */
static char *
walk(const size_t *order, size_t n, int64_t head, int64_t *faults)
{
	struct chain c;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	chain_begin(&c, f);
	for (size_t i = 0; i < n; i++)
		chain_next(&c, &t.rows[order[i]]);
	chain_end(&c, head, t.hash[head]);
	assert_int_equal(fclose(f), 0);
	*faults = c.faults;
	return text;
}

static void
expect(const size_t *order, size_t n, int64_t head, int64_t faults,
    const char *text)
{
	int64_t found;
	char *said = walk(order, n, head, &found);

	assert_string_equal(said, text);
	assert_int_equal(found, faults);
	free(said);
}

static const size_t straight[] = {0, 1, 2, 3, 4, 5};

static void
test_unbroken(void **state)
{
	(void)state;
	expect(straight, ROWS, ROWS, 0, "");
}

/* Made by hand, as the migration says: printf of the fields into sha256sum. */
static void
test_known_hash(void **state)
{
	struct chain_row row = {
	    .seq = 1,
	    .at = "2026-07-28T12:00:00.123456Z",
	    .db_role = "r",
	    .actor = "é",
	    .operation = "o",
	    .prev = t.hash[0],
	};
	static const char text[] = "1:1"
				   "27:2026-07-28T12:00:00.123456Z"
				   "1:r2:é--1:o----";
	char joined[CRYPT_SHA256_LEN + sizeof(text)] = {0};
	char expected[CRYPT_SHA256_HEX_MAX], got[CRYPT_SHA256_HEX_MAX];

	(void)state;
	memcpy(joined + CRYPT_SHA256_LEN, text, sizeof(text) - 1);
	crypt_sha256_hex(
	    (struct str){joined, CRYPT_SHA256_LEN + sizeof(text) - 1},
	    expected);
	chain_hash(&row, got);
	assert_string_equal(got, expected);
}

static void
test_altered(void **state)
{
	(void)state;
	t.rows[2].actor = "person:bert";
	expect(straight, ROWS, ROWS, 1,
	    "row 3 was altered: its hash is not that of what it says\n");
}

static void
test_null_is_not_empty(void **state)
{
	(void)state;
	t.rows[2].ip = "";
	expect(straight, ROWS, ROWS, 1,
	    "row 3 was altered: its hash is not that of what it says\n");
}

/* Whoever alters a row and its hash breaks the next one. */
static void
test_written_anew(void **state)
{
	(void)state;
	t.rows[2].actor = "person:bert";
	chain_hash(&t.rows[2], t.hash[3]);
	t.rows[3].prev = "0000000000000000000000000000000000000000000000000000"
			 "000000000000";
	chain_hash(&t.rows[3], t.hash[4]);
	t.rows[4].prev = t.hash[4];
	chain_hash(&t.rows[4], t.hash[5]);
	chain_hash(&t.rows[5], t.hash[6]);
	expect(straight, ROWS, ROWS, 1,
	    "row 4 does not follow row 3: one of them was inserted, or written "
	    "anew\n");
}

static void
test_removed(void **state)
{
	static const size_t one[] = {0, 1, 3, 4, 5}, two[] = {0, 3, 4, 5};
	static const size_t last[] = {0, 1, 2, 3};

	(void)state;
	expect(one, 5, ROWS, 1, "row 3 is missing\n");
	expect(two, 4, ROWS, 1, "rows 2 to 3 are missing\n");
	expect(last, 4, ROWS, 1,
	    "rows 5 to 6 are missing: the trail ends early\n");
}

static void
test_inserted(void **state)
{
	(void)state;
	/* Behind the head. */
	expect(straight, ROWS, 5, 1,
	    "rows 6 to 6 were inserted behind the end of the trail\n");
}

static void
test_reordered(void **state)
{
	static const size_t swapped[] = {0, 2, 1, 3, 4, 5};
	int64_t faults;
	char *said = walk(swapped, ROWS, ROWS, &faults);

	(void)state;
	assert_true(faults >= 2);
	assert_non_null(
	    strstr(said, "row 2 is out of order: it comes after row 3\n"));
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_unbroken, make),
	    cmocka_unit_test_setup(test_known_hash, make),
	    cmocka_unit_test_setup(test_altered, make),
	    cmocka_unit_test_setup(test_null_is_not_empty, make),
	    cmocka_unit_test_setup(test_written_anew, make),
	    cmocka_unit_test_setup(test_removed, make),
	    cmocka_unit_test_setup(test_inserted, make),
	    cmocka_unit_test_setup(test_reordered, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
