/*
 * What PostgreSQL's notifications say.
 */
#include "core_test.h"

#include "op/news.h"

/* clang-format off */
static const struct sample {
	bool sessions;
	const char *payload;
	int kind; /* -1: nothing to a stream */
	int64_t session;
	const char *what;
} samples[] = {
	{false, "tools", NEWS_TOOLS, 0, ""},
	{false, "tools:0f8f", NEWS_TOOLS, 0, "0f8f"},
	{false, "prompts", NEWS_PROMPTS, 0, ""},
	{false, "resources", NEWS_RESOURCES, 0, ""},
	{false, "updated:test://a:b/c", NEWS_UPDATED, 0, "test://a:b/c"},
	{false, "accounts", -1, 0, ""},
	{false, "", -1, 0, ""},
	{false, "toolsx", -1, 0, ""},
	{true, "end:7", NEWS_END, 7, ""},
	{true, "cancel:7:00ff", NEWS_CANCEL, 7, "00ff"},
	{true, "answer:7:a:b", NEWS_ANSWER, 7, "a:b"},
	{true, "stream:9223372036854775807:x-y_z", NEWS_STREAM, INT64_MAX, "x-y_z"},
	{true, "listen:1:-5", NEWS_LISTEN, 1, "-5"},
	{true, "task:12", NEWS_TASK, 12, ""},
	{true, "input:12", NEWS_INPUT, 12, ""},
	{true, "stop:12:A person: enough.", NEWS_STOP, 12, "A person: enough."},
	{true, "task:", -1, 0, ""},
	{false, "task:12", -1, 0, ""},
	{true, "end", -1, 0, ""},
	{true, "end:", -1, 0, ""},
	{true, "end:x", -1, 0, ""},
	/* each on its own channel */
	{true, "tools", -1, 0, ""},
	{false, "end:7", -1, 0, ""},
};
/* clang-format on */

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		const struct sample *s = &samples[i];
		struct news n;

		if (!news_read(s->sessions, str_from(s->payload), &n)) {
			if (s->kind >= 0)
				fail_test("%s was not read", s->payload);
			continue;
		}
		if ((int)n.kind != s->kind || n.session != s->session ||
		    !str_eq_c(n.what, s->what))
			fail_test("%s: %d %lld %.*s", s->payload, (int)n.kind,
			    (long long)n.session, STR_FMT(n.what));
	}
}

static void
test_concerns(void **state)
{
	struct news n = {.kind = NEWS_TOOLS};

	(void)state;
	assert_true(news_concerns(&n, NULL));
	assert_true(news_concerns(&n, "b"));
	n.what = STR_LIT("a,b,c");
	assert_true(news_concerns(&n, NULL));
	assert_true(news_concerns(&n, "b"));
	assert_false(news_concerns(&n, "d"));
	n.kind = NEWS_UPDATED;
	assert_true(news_concerns(&n, "d"));
}

static void
test_request(void **state)
{
	char number[NEWS_REQUEST_MAX], string[NEWS_REQUEST_MAX];

	(void)state;
	news_request(STR_LIT("1"), number);
	news_request(STR_LIT("\"1\""), string);
	assert_int_equal(strlen(number), NEWS_REQUEST_MAX - 1);
	assert_string_not_equal(number, string);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_concerns),
	    cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
