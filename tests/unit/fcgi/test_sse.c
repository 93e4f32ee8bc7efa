/*
 * Server-sent events.
 */
#include "core_test.h"

#include "mcp/sse.h"

static void
expect(struct buf *b, const char *text)
{
	assert_string_equal(b->p, text);
	buf_reset(b);
}

static void
test_events(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	sse_event(&b, NULL, STR_LIT("{\"a\":1}"));
	expect(&b, "data: {\"a\":1}\n\n");
	sse_event(&b, "x-1", STR_LIT("{}"));
	expect(&b, "id: x-1\ndata: {}\n\n");
	/* Nothing that a tool writes can end the line. */
	sse_event(&b, NULL, STR_LIT("{\n\"a\":\r\n1\n\n}"));
	expect(&b, "data: { \"a\":  1  }\n\n");
	sse_prime(&b, "x-0");
	expect(&b, "id: x-0\nretry: 1000\ndata: \n\n");
	buf_free(&b);
}

/* clang-format off */
static const struct sample {
	const char *id, *name;
	int64_t seq;
} samples[] = {
	{"abc-1", "abc", 1},
	{"a-b_c-120", "a-b_c", 120},
	{"-a-0", "-a", 0},
	{"abc", NULL, 0},
	{"-1", NULL, 0},
	{"abc-", NULL, 0},
	{"abc-x", NULL, 0},
	{"abc-1x", NULL, 0},
	{"abc-99999999999999999999", NULL, 0},
	{"", NULL, 0},
	{"-", NULL, 0},
};
/* clang-format on */

static void
test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct str name;
		int64_t seq;
		bool ok = sse_id_read(str_from(samples[i].id), &name, &seq);

		if (ok != (samples[i].name != NULL) ||
		    (ok &&
			(!str_eq_c(name, samples[i].name) ||
			    seq != samples[i].seq)))
			fail_test("%s", samples[i].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
