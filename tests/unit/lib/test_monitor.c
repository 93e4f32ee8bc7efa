/* Unit tests of lib/monitor.c: which frame is allowed when. */
#include "monitor.h"

#include "lib_test.h"

static enum monitor_verdict
judge(struct monitor *m, enum wire_type type, struct str payload,
    size_t *pass_out)
{
	struct wire_frame f = {
	    .type = (uint16_t)type, .id = 1, .payload = payload};

	return monitor_frame(m, &f, pass_out);
}

static enum monitor_verdict
empty(struct monitor *m, enum wire_type type)
{
	size_t pass;

	return judge(m, type, STR_LIT("{}"), &pass);
}

static const enum wire_type all[] = {
#define WIRE(name, number, dir, cap) WIRE_T_##name,
#include "wire.def"
#undef WIRE
};

/* Every state, every frame: what is not in this table must be refused. */
static void
test_every_state(void **state)
{
	/* clang-format off */
	static const struct {
		enum monitor_state state;
		enum wire_type allowed[12];
		size_t n; /* of `allowed` that count */
	} rows[] = {
		{MONITOR_FRESH,    {WIRE_T_RUN, WIRE_T_HEALTH, WIRE_T_KILL,
		    WIRE_T_LEASE}, 4},
		{MONITOR_LEASING,  {WIRE_T_BEGIN}, 1},
		{MONITOR_LENT,     {WIRE_T_DONE, WIRE_T_HANDOVER,
		    WIRE_T_CANCEL}, 3},
		{MONITOR_RUNNING,  {WIRE_T_CANCEL, WIRE_T_ANSWER}, 2},
		{MONITOR_SERVED,   {WIRE_T_RUN}, 0},
		{MONITOR_SPARE,    {WIRE_T_RUN}, 0},
		{MONITOR_BUSY,     {WIRE_T_OUTPUT, WIRE_T_PROGRESS, WIRE_T_LOG,
		    WIRE_T_CHANGED, WIRE_T_DETACH, WIRE_T_RESULT, WIRE_T_ERROR,
		    WIRE_T_FETCH, WIRE_T_FETCH_CANCEL, WIRE_T_ASK}, 10},
		{MONITOR_ANSWERED, {WIRE_T_RUN}, 0},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		for (size_t k = 0; k < NELEM(all); k++) {
			struct monitor m = {.state = rows[i].state,
			    .result = 100,
			    .output = 100,
			    .requests = 3,
			    .ask = BOX_ASK_WAIT};
			bool want = false;

			for (size_t a = 0; a < rows[i].n; a++)
				want |= rows[i].allowed[a] == all[k];
			assert_int_equal(empty(&m, all[k]),
			    want ? MONITOR_PASS : MONITOR_BAD);
		}
	}
}

static void
test_worker_moves_on(void **state)
{
	struct monitor m;

	(void)state;
	monitor_worker(&m);
	assert_int_equal(m.state, MONITOR_FRESH);
	assert_int_equal(empty(&m, WIRE_T_RUN), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_RUNNING);
	assert_int_equal(empty(&m, WIRE_T_RUN), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_HEALTH), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_CANCEL), MONITOR_PASS);
	/* Once. */
	assert_int_equal(empty(&m, WIRE_T_CANCEL), MONITOR_BAD);
}

static void
test_lease_moves_on(void **state)
{
	struct monitor m;

	(void)state;
	monitor_worker(&m);
	assert_int_equal(empty(&m, WIRE_T_LEASE), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_LEASING);
	assert_int_equal(empty(&m, WIRE_T_DONE), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_BEGIN), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_LENT);
	assert_int_equal(empty(&m, WIRE_T_BEGIN), MONITOR_BAD);
	/* From there it is a run like any other. */
	assert_int_equal(empty(&m, WIRE_T_HANDOVER), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_RUNNING);
	assert_int_equal(empty(&m, WIRE_T_HANDOVER), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_DONE), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_CANCEL), MONITOR_PASS);
}

static void
test_child_answers_once(void **state)
{
	struct monitor m;

	(void)state;
	monitor_child(&m, 100, 100, 3);
	assert_int_equal(empty(&m, WIRE_T_LOG), MONITOR_PASS);
	assert_int_equal(empty(&m, WIRE_T_RESULT), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_ANSWERED);
	assert_int_equal(empty(&m, WIRE_T_ERROR), MONITOR_BAD);
	assert_int_equal(empty(&m, WIRE_T_OUTPUT), MONITOR_BAD);
}

static void
test_result_limit(void **state)
{
	struct monitor m;
	size_t pass;

	(void)state;
	monitor_child(&m, 4, 100, 3);
	assert_int_equal(
	    judge(&m, WIRE_T_RESULT, STR_LIT("1234"), &pass), MONITOR_PASS);
	assert_int_equal(pass, 4);
	monitor_child(&m, 4, 100, 3);
	assert_int_equal(
	    judge(&m, WIRE_T_RESULT, STR_LIT("12345"), &pass), MONITOR_BAD);
	assert_int_equal(m.state, MONITOR_BUSY);
}

static void
test_output_is_cut(void **state)
{
	struct monitor m;
	size_t pass;

	(void)state;
	monitor_child(&m, 100, 8, 3);
	assert_int_equal(
	    judge(&m, WIRE_T_OUTPUT, STR_LIT("12345"), &pass), MONITOR_PASS);
	assert_int_equal(pass, 5);
	/* Three bytes are left; a sign of three starts at the second. */
	assert_int_equal(
	    judge(&m, WIRE_T_OUTPUT, STR_LIT("6\xe2\x82\xac"), &pass),
	    MONITOR_DROP);
	assert_int_equal(pass, 1);
	assert_int_equal(m.excess, 3);
	assert_int_equal(
	    judge(&m, WIRE_T_OUTPUT, STR_LIT("7"), &pass), MONITOR_DROP);
	assert_int_equal(pass, 0);
	assert_int_equal(m.excess, 4);
	/* It may still answer. */
	assert_int_equal(empty(&m, WIRE_T_RESULT), MONITOR_PASS);
}

static void
test_output_flood(void **state)
{
	static char big[60000];
	struct str s = {big, sizeof(big)};
	enum monitor_verdict v = MONITOR_PASS;
	struct monitor m;
	size_t pass, sent = 0;

	(void)state;
	memset(big, 'x', sizeof(big));
	monitor_child(&m, 100, 1000, 3);
	while (v != MONITOR_BAD && sent < (size_t)10 * MONITOR_EXCESS_MAX) {
		v = judge(&m, WIRE_T_OUTPUT, s, &pass);
		sent += s.n;
	}
	assert_int_equal(v, MONITOR_BAD);
	assert_true(sent <= MONITOR_EXCESS_MAX + 1000 + 2 * sizeof(big));
}

static void
test_message_flood(void **state)
{
	static const enum wire_type types[] = {
	    WIRE_T_PROGRESS, WIRE_T_LOG, WIRE_T_OUTPUT};

	(void)state;
	for (size_t i = 0; i < NELEM(types); i++) {
		struct monitor m;
		unsigned n = 0;
		size_t pass;

		monitor_child(&m, 100, 1000, 3);
		while (
		    judge(&m, types[i], STR_LIT(""), &pass) == MONITOR_PASS &&
		    n <= MONITOR_MESSAGES_MAX)
			n++;
		assert_int_equal(n, MONITOR_MESSAGES_MAX);
	}
}

static void
test_message_bytes(void **state)
{
	static char big[64 * 1024];
	struct monitor m;
	size_t pass, n = 0;

	(void)state;
	monitor_child(&m, 100, 1000, 3);
	while (judge(&m, WIRE_T_LOG, (struct str){big, sizeof(big)}, &pass) ==
	    MONITOR_PASS)
		n++;
	assert_int_equal(n, MONITOR_BYTES_MAX / sizeof(big));
}

static enum monitor_verdict
request(struct monitor *m, enum wire_type type, uint32_t id, uint32_t flags)
{
	struct wire_frame f = {.type = (uint16_t)type,
	    .id = id,
	    .flags = flags,
	    .payload = STR_LIT("\xff bytes")};
	size_t pass;
	enum monitor_verdict v = monitor_frame(m, &f, &pass);

	if (v == MONITOR_PASS)
		assert_int_equal(pass, f.payload.n);
	return v;
}

static void
test_requests(void **state)
{
	static const enum wire_type types[] = {
	    WIRE_T_FETCH, WIRE_T_FETCH_CANCEL};
	struct monitor m;

	(void)state;
	for (size_t i = 0; i < NELEM(types); i++) {
		monitor_child(&m, 100, 100, 3);
		/* Not text; a number, and nothing that means nothing yet. */
		assert_int_equal(request(&m, types[i], 1, 0), MONITOR_PASS);
		assert_int_equal(request(&m, types[i], 0, 0), MONITOR_BAD);
		assert_int_equal(request(&m, types[i], 1, 1), MONITOR_BAD);
		assert_int_equal(m.state, MONITOR_BUSY);
	}
}

/* Refusing has an end, too. */
static void
test_request_flood(void **state)
{
	static const uint32_t limits[] = {0, 3, 100};

	(void)state;
	for (size_t i = 0; i < NELEM(limits); i++) {
		struct monitor m;
		uint32_t n = 0;

		monitor_child(&m, 100, 100, limits[i]);
		while (request(&m, WIRE_T_FETCH, n + 1, 0) == MONITOR_PASS)
			n++;
		assert_int_equal(n, limits[i] + MONITOR_REFUSED_MAX);
		assert_int_equal(m.fetches, n);
	}
}

static void
test_cancel_flood(void **state)
{
	struct monitor m;
	unsigned n = 0;

	(void)state;
	monitor_child(&m, 100, 100, 3);
	while (request(&m, WIRE_T_FETCH_CANCEL, 1, 0) == MONITOR_PASS)
		n++;
	assert_int_equal(n, MONITOR_MESSAGES_MAX);
}

static void
test_nobody_to_ask(void **state)
{
	struct monitor m;

	(void)state;
	monitor_child(&m, 100, 100, 3);
	assert_int_equal(empty(&m, WIRE_T_ASK), MONITOR_BAD);
}

static void
test_last_question(void **state)
{
	struct monitor m;

	(void)state;
	monitor_child(&m, 100, 100, 3);
	monitor_may_ask(&m, BOX_ASK_END);
	assert_int_equal(empty(&m, WIRE_T_LOG), MONITOR_PASS);
	assert_int_equal(empty(&m, WIRE_T_ASK), MONITOR_PASS);
	assert_int_equal(m.state, MONITOR_ANSWERED);
	assert_int_equal(m.asking, 0);
	assert_false(monitor_answer(&m, 0));
	assert_false(monitor_answer(&m, 1));
	for (size_t k = 0; k < NELEM(all); k++)
		assert_int_equal(empty(&m, all[k]), MONITOR_BAD);
	/* Nor after another answer. */
	monitor_child(&m, 100, 100, 3);
	monitor_may_ask(&m, BOX_ASK_END);
	assert_int_equal(empty(&m, WIRE_T_RESULT), MONITOR_PASS);
	assert_int_equal(empty(&m, WIRE_T_ASK), MONITOR_BAD);
}

static void
test_question_and_answer(void **state)
{
	struct wire_frame f = {.type = WIRE_T_ASK, .payload = STR_LIT("{}")};
	struct monitor m;
	size_t pass;

	(void)state;
	monitor_child(&m, 1000, 100, 3);
	monitor_may_ask(&m, BOX_ASK_WAIT);
	f.id = 7;
	assert_int_equal(monitor_frame(&m, &f, &pass), MONITOR_PASS);
	assert_int_equal(pass, 2);
	assert_int_equal(m.asking, 7);
	/* Meanwhile it may talk, but not ask. */
	assert_int_equal(empty(&m, WIRE_T_LOG), MONITOR_PASS);
	assert_int_equal(empty(&m, WIRE_T_FETCH), MONITOR_PASS);
	assert_false(monitor_answer(&m, 8));
	assert_false(monitor_answer(&m, 0));
	assert_true(monitor_answer(&m, 7));
	assert_false(monitor_answer(&m, 7));
	assert_int_equal(monitor_frame(&m, &f, &pass), MONITOR_PASS);
	assert_int_equal(monitor_frame(&m, &f, &pass), MONITOR_BAD);

	/* An answer needs a number; a flag means nothing. */
	monitor_child(&m, 1000, 100, 3);
	monitor_may_ask(&m, BOX_ASK_WAIT);
	f.id = 0;
	assert_int_equal(monitor_frame(&m, &f, &pass), MONITOR_BAD);
	monitor_child(&m, 1000, 100, 3);
	monitor_may_ask(&m, BOX_ASK_WAIT);
	f.id = 7;
	f.flags = 4;
	assert_int_equal(monitor_frame(&m, &f, &pass), MONITOR_BAD);
}

/* Questions are as long as a result may be, all together, and few. */
static void
test_question_flood(void **state)
{
	struct wire_frame f = {
	    .type = WIRE_T_ASK, .id = 1, .payload = STR_LIT("{}")};
	struct monitor m;
	size_t pass;
	unsigned n;

	(void)state;
	monitor_child(&m, 7, 100, 3);
	monitor_may_ask(&m, BOX_ASK_WAIT);
	for (n = 0; monitor_frame(&m, &f, &pass) == MONITOR_PASS; n++)
		assert_true(monitor_answer(&m, 1));
	assert_int_equal(n, 3);
	monitor_child(&m, 1000, 100, 3);
	monitor_may_ask(&m, BOX_ASK_WAIT);
	for (n = 0; monitor_frame(&m, &f, &pass) == MONITOR_PASS; n++)
		assert_true(monitor_answer(&m, 1));
	assert_int_equal(n, MONITOR_ASKS_MAX);
}

static void
test_children_speak_utf8(void **state)
{
	static const enum wire_type types[] = {WIRE_T_OUTPUT, WIRE_T_PROGRESS,
	    WIRE_T_LOG, WIRE_T_RESULT, WIRE_T_ERROR, WIRE_T_ASK};

	(void)state;
	for (size_t i = 0; i < NELEM(types); i++) {
		struct monitor m;
		size_t pass;

		monitor_child(&m, 100, 100, 3);
		monitor_may_ask(&m, BOX_ASK_WAIT);
		assert_int_equal(
		    judge(&m, types[i], STR_LIT("\"\xff\""), &pass),
		    MONITOR_BAD);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_state),
	    cmocka_unit_test(test_worker_moves_on),
	    cmocka_unit_test(test_lease_moves_on),
	    cmocka_unit_test(test_child_answers_once),
	    cmocka_unit_test(test_result_limit),
	    cmocka_unit_test(test_output_is_cut),
	    cmocka_unit_test(test_output_flood),
	    cmocka_unit_test(test_message_flood),
	    cmocka_unit_test(test_message_bytes),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_request_flood),
	    cmocka_unit_test(test_cancel_flood),
	    cmocka_unit_test(test_nobody_to_ask),
	    cmocka_unit_test(test_last_question),
	    cmocka_unit_test(test_question_and_answer),
	    cmocka_unit_test(test_question_flood),
	    cmocka_unit_test(test_children_speak_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
