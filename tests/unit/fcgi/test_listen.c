/*
 * What a subscriptions/listen wants to hear, and what of it is honoured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/change.h"
#include "mcp/listen.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define ALL                                                                    \
	(1U << NEWS_TOOLS | 1U << NEWS_PROMPTS | 1U << NEWS_RESOURCES |        \
	    1U << NEWS_UPDATED)

/* clang-format off */
static const struct sample {
	const char *filter;
	unsigned served;
	const char *honoured; /* NULL: refused */
} samples[] = {
	{"{}", ALL, "{}"},
	{"{'toolsListChanged':true}", ALL, "{'toolsListChanged':true}"},
	{"{'toolsListChanged':false,'promptsListChanged':true}", ALL, "{'promptsListChanged':true}"},
	{"{'toolsListChanged':true,'promptsListChanged':true,'resourcesListChanged':true}", 1U << NEWS_TOOLS, "{'toolsListChanged':true}"},
	{"{'resourceSubscriptions':['a:b','c:\\u0064\\u0022']}", ALL, "{'resourceSubscriptions':['a:b','c:d\\\"']}"},
	{"{'resourceSubscriptions':['a:b']}", 1U << NEWS_TOOLS, "{}"},
	{"{'resourceSubscriptions':[]}", ALL, "{}"},
	{"{'unknown':7}", ALL, "{}"},
	{"{'taskIds':['x']}", ALL, "{'taskIds':['x']}"},
	{"{'toolsListChanged':1}", ALL, NULL},
	{"{'toolsListChanged':null}", ALL, NULL},
	{"{'resourceSubscriptions':'a:b'}", ALL, NULL},
	{"{'resourceSubscriptions':[1]}", ALL, NULL},
	{"{'resourceSubscriptions':['']}", ALL, NULL},
	{"{'taskIds':['x','y'],'toolsListChanged':true}", ALL, "{'toolsListChanged':true,'taskIds':['x','y']}"},
	{"{'taskIds':[]}", ALL, "{}"},
	{"{'taskIds':'x'}", ALL, NULL},
	{"{'taskIds':[7]}", ALL, NULL},
	{"[]", ALL, NULL},
	{"null", ALL, NULL},
	{"7", ALL, NULL},
};
/* clang-format on */

static const char *
double_quotes(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return copy;
}

static void
test_filters(void **state)
{
	struct arena *a = arena_new((size_t)1 << 22);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		const struct sample *s = &samples[i];
		struct listen_filter filter;
		enum fail_code rc;
		struct fail f;
		json_t *v;
		struct buf b;

		fail_clear(&f);
		v = mcp_json(a, s->filter);
		rc = listen_read(a, v, s->served, &filter, &f);
		if ((rc == FAIL_NONE) != (s->honoured != NULL))
			fail_msg("%s: %d %s", s->filter, (int)rc, f.message);
		if (rc != FAIL_NONE) {
			assert_true(f.message[0] != '\0');
			continue;
		}
		buf_init(&b, 4096);
		listen_put(&b, &filter);
		assert_string_equal(b.p, double_quotes(a, s->honoured));
		buf_free(&b);
	}
	arena_free(a);
}

static void
test_limits(void **state)
{
	struct arena *a = arena_new((size_t)1 << 22);
	json_t *v = json_keep(a, json_obj()), *list = json_arr();
	static char text[LISTEN_URIS_MAX + 1];
	struct listen_filter filter;
	struct fail f;

	(void)state;
	fail_clear(&f);
	json_put(v, "resourceSubscriptions", list);
	for (int i = 0; i < LISTEN_URIS; i++)
		json_add(list, json_string("test://resource"));
	assert_int_equal(listen_read(a, v, ALL, &filter, &f), FAIL_NONE);
	assert_int_equal(filter.nuris, LISTEN_URIS);
	json_add(list, json_string("test://resource"));
	assert_int_equal(listen_read(a, v, ALL, &filter, &f), FAIL_INVALID);
	list = json_arr();
	json_put(v, "resourceSubscriptions", list);
	memset(text, 'u', sizeof(text));
	json_add(list, json_stringn(text, sizeof(text)));
	assert_int_equal(listen_read(a, v, ALL, &filter, &f), FAIL_INVALID);
	arena_free(a);
}

static void
test_notifications(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	change_put(&b, change_of(NEWS_TOOLS), STR_NONE, STR_NONE);
	assert_string_equal(b.p,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/"
	    "list_changed\"}");
	buf_reset(&b);
	change_put(
	    &b, change_of(NEWS_UPDATED), STR_LIT("test://\"a\""), STR_LIT("7"));
	assert_string_equal(b.p,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/"
	    "updated\",\"params\":{\"uri\":\"test://\\\"a\\\"\",\"_meta\":{"
	    "\"io.modelcontextprotocol/subscriptionId\":7}}}");
	assert_null(change_of(NEWS_END));
	assert_true(
	    change_served(change_of(NEWS_TOOLS), era_of(ERA_2026_07_28)));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
