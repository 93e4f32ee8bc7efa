/*
 * test_question.c: what a child asks is read with care, and what a client
 * answers, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "noun/question.h"
#include "mcp_test.h"
#include "noun/redact.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define CAPS "{'elicitation':{'form':{},'url':{}},'sampling':{},'roots':{}}"
#define FORM                                                                   \
	"{'method':'elicitation/create','params':{'message':'Name?',"          \
	"'requestedSchema':{'type':'object','properties':{'name':"             \
	"{'type':'string','maxLength':5},'n':{'type':'integer','default':3},"  \
	"'c':{'type':'string','enum':['a','b']}},'required':['name','n']}}}"
#define PAGE(url)                                                              \
	"{'method':'elicitation/create','params':{'mode':'url','message':"     \
	"'Look.','url':'" url "'}}"
#define SAMPLE                                                                 \
	"{'method':'sampling/createMessage','params':{'maxTokens':5,"          \
	"'messages':[{'role':'user','content':{'type':'text','text':'x'}}]}}"
#define ROOTS "{'method':'roots/list'}"

static struct ctx ctx;
static struct run run;

static void
put_asked(const char *text)
{
	struct str json = json_text(ctx.arena, mcp_json(ctx.arena, text));

	buf_free(&run.asked);
	buf_init(&run.asked, SIZE_MAX);
	buf_putstr(&run.asked, json);
}

static enum fail_code
read_all(const char *text, const char *caps, struct questions *q)
{
	put_asked(text);
	fail_clear(&ctx.fail);
	return question_read(&ctx, &run, mcp_json(ctx.arena, caps), q);
}

static void
test_read(void **state)
{
	struct questions q;

	(void)state;
	assert_int_equal(
	    read_all("{'requests':{'who':" FORM ",'page':" PAGE(
			 "https://a.example/x") ",'m':" SAMPLE ",'r':" ROOTS
						"},'state':[1],'used':['x']}",
		CAPS, &q),
	    FAIL_NONE);
	assert_int_equal(q.n, 4);
	assert_string_equal(q.v[0].key, "who");
	assert_string_equal(q.v[0].need, "elicitation.form");
	assert_string_equal(q.v[1].need, "elicitation.url");
	assert_string_equal(q.v[2].need, "sampling");
	assert_string_equal(q.v[3].need, "roots");
	assert_string_equal(json_text(ctx.arena, q.state).p, "[1]");
	assert_int_equal(json_array_size(q.used), 1);
	assert_string_equal(question_text(ctx.arena, &q),
	    "who (elicitation/create), page (elicitation/create), "
	    "m (sampling/createMessage), r (roots/list)");
	assert_true(json_equal(question_requests(ctx.arena, &q),
	    mcp_json(ctx.arena,
		"{'who':" FORM ",'page':" PAGE(
		    "https://a.example/x") ",'m':" SAMPLE
					   ",'r':{'method':'roots/list','params':{}}}")));
}

/* Only a run that may become a task ends by that. */
static void
test_becomes(void **state)
{
	struct questions q;

	(void)state;
	put_asked("{'requests':{},'task':true,'state':{'a':1},'used':['x']}");
	assert_true(question_becomes(&ctx, &run, &q));
	assert_int_equal(q.n, 0);
	assert_string_equal(json_text(ctx.arena, q.state).p, "{\"a\":1}");
	assert_int_equal(json_array_size(q.used), 1);
	assert_int_equal(
	    read_all("{'requests':{},'task':true}", CAPS, &q), FAIL_CONFLICT);
	put_asked("{'requests':{'r':" ROOTS "}}");
	assert_false(question_becomes(&ctx, &run, &q));
	put_asked("{'requests':{},'task':'true'}");
	assert_false(question_becomes(&ctx, &run, &q));
	put_asked("[]");
	assert_false(question_becomes(&ctx, &run, &q));
}

static void
test_odd(void **state)
{
	static const char *const odd[] = {
	    "[]",
	    "{}",
	    "{'requests':[]}",
	    "{'requests':{}}",
	    "{'requests':{'':" ROOTS "}}",
	    "{'requests':{'a b':" ROOTS "}}",
	    "{'requests':{'a/b':" ROOTS "}}",
	    "{'requests':{'" /* 65 characters */
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "':" ROOTS "}}",
	    "{'requests':{'a':null}}",
	    "{'requests':{'a':{}}}",
	    "{'requests':{'a':{'method':'tools/call','params':{}}}}",
	    "{'requests':{'a':{'method':'ping'}}}",
	    "{'requests':{'a':{'method':'elicitation/create','params':{}}}}",
	    "{'requests':{'a':{'method':'elicitation/create','params':"
	    "{'message':'x','requestedSchema':{'type':'string'}}}}}",
	    "{'requests':{'a':{'method':'elicitation/create','params':"
	    "{'message':'x','requestedSchema':{'type':'object',"
	    "'properties':{'a':true}}}}}}",
	    "{'requests':{'a':{'method':'elicitation/create','params':"
	    "{'message':'x','requestedSchema':{'type':'object',"
	    "'properties':{'a':{'type':'string','minLength':'x'}}}}}}}",
	    "{'requests':{'a':" PAGE("http://a.example/") "}}",
	    "{'requests':{'a':" PAGE("https://a.example/ x") "}}",
	    "{'requests':{'a':" PAGE("javascript:alert(1)") "}}",
	    "{'requests':{'a':{'method':'sampling/createMessage','params':"
	    "{'messages':[],'maxTokens':5}}}}",
	    "{'requests':{'a':{'method':'sampling/createMessage','params':"
	    "{'messages':[1],'maxTokens':0}}}}",
	    "{'requests':{'1':" ROOTS ",'2':" ROOTS ",'3':" ROOTS ",'4':" ROOTS
	    ",'5':" ROOTS ",'6':" ROOTS ",'7':" ROOTS ",'8':" ROOTS
	    ",'9':" ROOTS "}}",
	};
	struct questions q;

	(void)state;
	for (size_t i = 0; i < NELEM(odd); i++) {
		if (read_all(odd[i], CAPS, &q) != FAIL_CONFLICT)
			fail_msg("%s", odd[i]);
		assert_non_null(strstr(ctx.fail.message, "cannot be passed"));
	}
	buf_reset(&run.asked);
	buf_puts(&run.asked, "{\"requests\":");
	assert_int_equal(
	    question_read(&ctx, &run, mcp_json(ctx.arena, CAPS), &q),
	    FAIL_CONFLICT);
}

static void
test_what_the_client_has(void **state)
{
	/* clang-format off */
	static const struct {
		const char *asked, *caps;
		bool ok;
	} rows[] = {
		{FORM, "{}", false},
		{FORM, "{'elicitation':{}}", true},
		{FORM, "{'elicitation':{'form':{}}}", true},
		{FORM, "{'elicitation':{'url':{}}}", false},
		{FORM, "{'elicitation':null}", false},
		{PAGE("https://a"), "{'elicitation':{}}", false},
		{PAGE("https://a"), "{'elicitation':{'url':{}}}", true},
		{SAMPLE, "{'elicitation':{}}", false},
		{SAMPLE, "{'sampling':{}}", true},
		{ROOTS, "{'sampling':{}}", false},
		{ROOTS, "{'roots':{'listChanged':true}}", true},
		{"{'method':'sampling/createMessage','params':{'maxTokens':1,"
		 "'messages':[1],'tools':[]}}", "{'sampling':{}}", false},
		{"{'method':'sampling/createMessage','params':{'maxTokens':1,"
		 "'messages':[1],'tools':[]}}", "{'sampling':{'tools':{}}}", true},
	};
	/* clang-format on */
	struct questions q;

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *text = arena_printf(
		    ctx.arena, "{'requests':{'a':%s}}", rows[i].asked);

		if ((read_all(text, rows[i].caps, &q) == FAIL_NONE) !=
		    rows[i].ok)
			fail_msg("%s %s", rows[i].asked, rows[i].caps);
	}
	put_asked("{'requests':{'a':" ROOTS "}}");
	assert_int_equal(question_read(&ctx, &run, NULL, &q), FAIL_CONFLICT);
}

static void
test_capabilities(void **state)
{
	struct str names[] = {STR_LIT("sampling"), STR_LIT("elicitation.url"),
	    STR_LIT("elicitation"), STR_LIT("roots")};
	struct strs needs = {.v = names, .n = 4};

	(void)state;
	assert_string_equal(
	    json_text(ctx.arena, question_needs(ctx.arena, &needs)).p,
	    "{\"sampling\":{},\"elicitation\":{\"url\":{}},\"roots\":{}}");
	assert_string_equal(
	    json_text(ctx.arena,
		question_caps(ctx.arena,
		    mcp_json(ctx.arena,
			"{'roots':{'listChanged':true},'x':{'y':1},"
			"'elicitation':{'url':{'a':1},'b':{}},'sampling':5}")))
		.p,
	    "{\"elicitation\":{\"url\":{}},\"roots\":{}}");
	assert_string_equal(
	    json_text(ctx.arena, question_caps(ctx.arena, NULL)).p, "{}");
	assert_false(question_able(mcp_json(ctx.arena, CAPS), STR_LIT("")));
	assert_false(question_able(mcp_json(ctx.arena, CAPS),
	    STR_LIT("a name that is longer than any of them is")));
}

static struct str
hide(void *redact, struct arena *a, struct str json)
{
	return redact_json(a, redact, json, 600);
}

static void
test_secrets(void **state)
{
	struct box_pair secret = {STR_LIT("KEY"), STR_LIT("hunter22")};
	struct questions q;

	(void)state;
	run.clean = hide;
	run.clean_user = redact_new(ctx.arena, &secret, 1);
	assert_int_equal(
	    read_all("{'requests':{'a':{'method':'elicitation/create',"
		     "'params':{'message':'Is it hunter22?','requestedSchema':"
		     "{'type':'object','properties':{'hunter22':"
		     "{'type':'boolean'}}}}}},'state':'hunter22'}",
		CAPS, &q),
	    FAIL_NONE);
	assert_null(
	    strstr(json_text(ctx.arena, question_requests(ctx.arena, &q)).p,
		"hunter22"));
	/* Which is encrypted before it leaves. */
	assert_string_equal(json_string_value(q.state), "hunter22");
	run.clean = NULL;
}

static void
test_answers(void **state)
{
	/* clang-format off */
	static const struct {
		const char *asked, *answer, *why; /* NULL: it fits */
	} rows[] = {
		{FORM, "{'action':'accept','content':{'name':'a','n':1}}", NULL},
		/* what is left out has its default */
		{FORM, "{'action':'accept','content':{'name':'a'}}", NULL},
		{FORM, "{'action':'accept','content':{'name':'a','x':[]}}", NULL},
		{FORM, "{'action':'decline'}", NULL},
		{FORM, "{'action':'cancel','content':5}", NULL},
		{FORM, "{'action':'accept','content':{'name':5}}", "content/name"},
		{FORM, "{'action':'accept','content':{'name':'abcdef'}}", "content/name"},
		{FORM, "{'action':'accept','content':{'name':'a','c':'z'}}", "content/c"},
		{FORM, "{'action':'accept','content':{'name':'a','n':1.5}}", "content/n"},
		{FORM, "{'action':'accept','content':{}}", "content"},
		{FORM, "{'action':'accept'}", "no object"},
		{FORM, "{'action':'accept','content':[]}", "no object"},
		{FORM, "{'action':'yes'}", "action"},
		{FORM, "{}", "action"},
		{FORM, "[]", "no object"},
		{FORM, "'text'", "no object"},
		{FORM, "null", "no object"},
		{PAGE("https://a"), "{'action':'accept'}", NULL},
		{PAGE("https://a"), "{'action':5}", "action"},
		{SAMPLE, "{'role':'assistant','model':'m','content':{'type':'text','text':'x'}}", NULL},
		{SAMPLE, "{'role':'assistant','model':'m','content':[{'type':'text'}]}", NULL},
		{SAMPLE, "{'role':'assistant','model':'m','content':['x']}", "content"},
		{SAMPLE, "{'role':'assistant','model':'m','content':'x'}", "content"},
		{SAMPLE, "{'role':'assistant','content':{'type':'text'}}", "model"},
		{ROOTS, "{'roots':[]}", NULL},
		{ROOTS, "{'roots':[{'uri':'file:///a','name':'a'}]}", NULL},
		{ROOTS, "{'roots':[{'name':'a'}]}", "uri"},
		{ROOTS, "{'roots':{}}", "roots"},
		{ROOTS, "{}", "roots"},
	};
	/* clang-format on */
	struct questions q;

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *why;
		json_t *both;

		assert_int_equal(
		    read_all(arena_printf(ctx.arena, "{'requests':{'a':%s}}",
				 rows[i].asked),
			CAPS, &q),
		    FAIL_NONE);
		both = mcp_json(
		    ctx.arena, arena_printf(ctx.arena, "[%s]", rows[i].answer));
		why = question_misfit(
		    ctx.arena, &q.v[0], json_array_get(both, 0));
		if ((why == NULL) != (rows[i].why == NULL) ||
		    (why != NULL && strstr(why, rows[i].why) == NULL))
			fail_msg("%s: %s", rows[i].answer, why);
	}
}

static int
set_up(void **state)
{
	(void)state;
	ctx = (struct ctx){.arena = arena_new((size_t)64 << 20)};
	run = (struct run){.fd = -1};
	buf_init(&run.asked, SIZE_MAX);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&run.asked);
	arena_free(ctx.arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_read),
	    TEST(test_becomes),
	    TEST(test_odd),
	    TEST(test_what_the_client_has),
	    TEST(test_capabilities),
	    TEST(test_secrets),
	    TEST(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
