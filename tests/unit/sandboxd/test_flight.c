/* Unit tests of sandboxd/flight.c: requests that are under way. */
#include "flight.h"

#include "box_test.h"

static struct flights f;

static int
set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	return 0;
}

static bool
answer(enum wire_type type, uint32_t id)
{
	struct wire_frame frame = {.type = (uint16_t)type, .id = id};

	return flight_answer(&f, &frame);
}

static void
test_one_request(void **state)
{
	(void)state;
	assert_true(flight_landed(&f));
	assert_int_equal(flight_begin(&f, 7), FLIGHT_BEGUN);
	assert_false(flight_landed(&f));
	assert_true(answer(WIRE_T_FETCH_HEAD, 7));
	assert_true(answer(WIRE_T_FETCH_DATA, 7));
	assert_true(answer(WIRE_T_FETCH_DATA, 7));
	assert_true(answer(WIRE_T_FETCH_DONE, 7));
	assert_false(flight_landed(&f));
	assert_true(answer(WIRE_T_FETCH_RECORD, 7));
	assert_true(flight_landed(&f));
}

static void
test_refused_request(void **state)
{
	(void)state;
	assert_int_equal(flight_begin(&f, 7), FLIGHT_BEGUN);
	assert_true(answer(WIRE_T_FETCH_DONE, 7));
	assert_true(answer(WIRE_T_FETCH_RECORD, 7));
	assert_true(flight_landed(&f));
}

/* Every state, every frame: what is not in this table must be refused. */
static void
test_every_state(void **state)
{
	static const enum wire_type all[] = {
#define WIRE(name, number, dir, cap) WIRE_T_##name,
#include "wire.def"
#undef WIRE
	};
	enum { UNKNOWN, ASKED, HEADED, OVER, STATES };
	/* clang-format off */
	static const struct {
		enum wire_type type;
		bool allowed[STATES];
	} rows[] = {
		{WIRE_T_FETCH_HEAD,   {[ASKED] = true}},
		{WIRE_T_FETCH_DATA,   {[HEADED] = true}},
		{WIRE_T_FETCH_DONE,   {[ASKED] = true, [HEADED] = true}},
		{WIRE_T_FETCH_RECORD, {[OVER] = true}},
	};
	/* clang-format on */

	(void)state;
	for (int at = UNKNOWN; at < STATES; at++) {
		for (size_t k = 0; k < NELEM(all); k++) {
			bool want = false;

			memset(&f, 0, sizeof(f));
			if (at != UNKNOWN)
				assert_int_equal(
				    flight_begin(&f, 1), FLIGHT_BEGUN);
			if (at == HEADED)
				assert_true(answer(WIRE_T_FETCH_HEAD, 1));
			if (at == OVER)
				assert_true(answer(WIRE_T_FETCH_DONE, 1));
			for (size_t i = 0; i < NELEM(rows); i++)
				want |= rows[i].type == all[k] &&
				    rows[i].allowed[at];
			assert_int_equal(answer(all[k], 1), want);
		}
	}
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_int_equal(flight_begin(&f, 0), FLIGHT_BAD);
	assert_int_equal(flight_begin(&f, UINT32_MAX), FLIGHT_BEGUN);
	assert_int_equal(flight_begin(&f, UINT32_MAX), FLIGHT_BAD);
	assert_int_equal(flight_begin(&f, 1), FLIGHT_BEGUN);
	assert_false(answer(WIRE_T_FETCH_HEAD, 0));
	assert_false(answer(WIRE_T_FETCH_HEAD, 2));
	assert_true(answer(WIRE_T_FETCH_DONE, 1));
	/* One that is over may be taken again. */
	assert_int_equal(flight_begin(&f, 1), FLIGHT_BEGUN);
	assert_true(answer(WIRE_T_FETCH_RECORD, 1));
	assert_true(answer(WIRE_T_FETCH_HEAD, 1));
	assert_true(answer(WIRE_T_FETCH_HEAD, UINT32_MAX));
}

static void
test_full(void **state)
{
	(void)state;
	for (uint32_t id = 1; id <= FLIGHT_MAX; id++)
		assert_int_equal(flight_begin(&f, id), FLIGHT_BEGUN);
	assert_int_equal(flight_begin(&f, 1000), FLIGHT_FULL);
	assert_int_equal(flight_begin(&f, 3), FLIGHT_BAD);
	assert_true(answer(WIRE_T_FETCH_DONE, 3));
	assert_int_equal(flight_begin(&f, 1000), FLIGHT_BEGUN);
	for (uint32_t id = 1; id <= FLIGHT_MAX; id++)
		assert_int_equal(answer(WIRE_T_FETCH_DONE, id), id != 3);
	assert_true(answer(WIRE_T_FETCH_DONE, 1000));
	assert_int_equal(f.n, 0);
	assert_int_equal(f.owed, FLIGHT_MAX + 1);
}

static void
test_cancel(void **state)
{
	(void)state;
	assert_false(flight_cancel(&f, 1));
	assert_int_equal(flight_begin(&f, 1), FLIGHT_BEGUN);
	assert_true(flight_cancel(&f, 1));
	assert_false(flight_cancel(&f, 1));
	/* What was on its way comes; and the end. */
	assert_true(answer(WIRE_T_FETCH_HEAD, 1));
	assert_true(answer(WIRE_T_FETCH_DONE, 1));
	assert_false(flight_cancel(&f, 1));
}

static void
test_drop(void **state)
{
	struct flight one;

	(void)state;
	assert_int_equal(flight_begin(&f, 1), FLIGHT_BEGUN);
	assert_int_equal(flight_begin(&f, 2), FLIGHT_BEGUN);
	assert_true(answer(WIRE_T_FETCH_HEAD, 2));
	one = flight_drop(&f);
	assert_int_equal(one.id, 2);
	assert_int_equal(one.state, FLIGHT_HEADED);
	one = flight_drop(&f);
	assert_int_equal(one.id, 1);
	assert_int_equal(one.state, FLIGHT_ASKED);
	assert_true(flight_landed(&f));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_one_request),
	    TEST(test_refused_request),
	    TEST(test_every_state),
	    TEST(test_numbers),
	    TEST(test_full),
	    TEST(test_cancel),
	    TEST(test_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
