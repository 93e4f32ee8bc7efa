/*
 * test_outcome.c: what a finished run means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "noun/outcome.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define SCHEMA                                                                 \
	"{'type':'object','required':['n'],'properties':{'n':{'type':'integer'}}}"

/* clang-format off */
static const struct {
	enum box_outcome exit;
	const char *result, *error;
	const char *schema;
	enum box_outcome want;
	const char *text; /* the whole of it, or its beginning */
	const char *json; /* NULL: none */
} samples[] = {
	{BOX_OUTCOME_RESULT, "'hi'", NULL, NULL, BOX_OUTCOME_RESULT, "hi", "\"hi\""},
	{BOX_OUTCOME_RESULT, "''", NULL, NULL, BOX_OUTCOME_RESULT, "", "\"\""},
	{BOX_OUTCOME_RESULT, "{'a':0.1}", NULL, NULL, BOX_OUTCOME_RESULT, "{\"a\":0.1}", "{\"a\":0.1}"},
	{BOX_OUTCOME_RESULT, "[1,2]", NULL, NULL, BOX_OUTCOME_RESULT, "[1,2]", "[1,2]"},
	{BOX_OUTCOME_RESULT, "null", NULL, NULL, BOX_OUTCOME_RESULT, "null", "null"},
	{BOX_OUTCOME_RESULT, "{'n':1}", NULL, SCHEMA, BOX_OUTCOME_RESULT, "{\"n\":1}", "{\"n\":1}"},
	/* not what the schema promises */
	{BOX_OUTCOME_RESULT, "{'n':'x'}", NULL, SCHEMA, BOX_OUTCOME_ERROR, "The tool's result does not fit its output schema:\n- /n: must be of type integer", NULL},
	{BOX_OUTCOME_RESULT, "3", NULL, SCHEMA, BOX_OUTCOME_ERROR, "The tool's result does not fit its output schema:\n- (the whole): must be of type object", NULL},
	{BOX_OUTCOME_RESULT, "3", NULL, "{'$ref':'#/$defs/x'}", BOX_OUTCOME_ERROR, "The schema has a $ref", NULL},
	/* no JSON: the child is not to be trusted */
	{BOX_OUTCOME_RESULT, "{'a':NaN}", NULL, NULL, BOX_OUTCOME_OUTPUT, "The tool's result could not be read.", NULL},
	{BOX_OUTCOME_RESULT, "{'a':1,'a':2}", NULL, NULL, BOX_OUTCOME_OUTPUT, "The tool's result could not be read.", NULL},
	{BOX_OUTCOME_RESULT, "'\xff'", NULL, NULL, BOX_OUTCOME_OUTPUT, "The tool's result could not be read.", NULL},
	{BOX_OUTCOME_RESULT, "", NULL, NULL, BOX_OUTCOME_OUTPUT, "The tool's result could not be read.", NULL},
	{BOX_OUTCOME_RESULT, NULL, NULL, NULL, BOX_OUTCOME_OUTPUT, "The tool's result could not be read.", NULL},
	/* the tool raised */
	{BOX_OUTCOME_ERROR, NULL, "{'type':'ValueError','message':'no rows','line':12}", NULL, BOX_OUTCOME_ERROR, "ValueError: no rows (line 12)", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'KeyError','message':'x'}", NULL, BOX_OUTCOME_ERROR, "KeyError: x", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'E','message':''}", NULL, BOX_OUTCOME_ERROR, "E: (no message)", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'line':'x'}", NULL, BOX_OUTCOME_ERROR, "Error: (no message)", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'PolicyError','message':'introspection: no','rule':'introspection','line':3}", NULL, BOX_OUTCOME_ERROR, "PolicyError: introspection: no (rule introspection, line 3)", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'ImportError','message':'m','rule':'import'}", NULL, BOX_OUTCOME_ERROR, "ImportError: m (rule import)", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'E','message':'m','rule':'Not a rule'}", NULL, BOX_OUTCOME_ERROR, "E: m", NULL},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'HTTPStatusError','message':'m','line':2,'http':{'status':429,'url':'https://a.test/x','headers':{'retry-after':'30'},'body':'slow down'}}", NULL, BOX_OUTCOME_ERROR, "HTTPStatusError: m (line 2)\nThe server answered 429 to https://a.test/x\nretry-after: 30\n\nslow down", NULL},
	{BOX_OUTCOME_ERROR, NULL, "nonsense", NULL, BOX_OUTCOME_ERROR, NULL, NULL},
	{BOX_OUTCOME_ERROR, NULL, NULL, NULL, BOX_OUTCOME_ERROR, NULL, NULL},
	/* the kernel's word counts, not the child's */
	{BOX_OUTCOME_MEMORY, "{'n':1}", NULL, NULL, BOX_OUTCOME_MEMORY, NULL, NULL},
	{BOX_OUTCOME_TIMEOUT, "{'n':1}", "{'type':'E','message':'x'}", NULL, BOX_OUTCOME_TIMEOUT, NULL, NULL},
	{BOX_OUTCOME_FAILED, NULL, NULL, NULL, BOX_OUTCOME_FAILED, NULL, NULL},
};
/* clang-format on */

static void
put(struct buf *b, const char *text)
{
	buf_init(b, 1 << 20);
	for (; text != NULL && *text != '\0'; text++)
		buf_putc(b, *text == '\'' ? '"' : *text);
}

static void
test_samples(void **state)
{
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct run run = {
		    .have_result = samples[i].result != NULL,
		    .have_error = samples[i].error != NULL,
		    .exit.outcome = samples[i].exit,
		};
		/* The quotes of a raised text are its own. */
		const char *text = samples[i].text != NULL
		    ? samples[i].text
		    : box_outcome_text(samples[i].want);
		struct outcome o;

		put(&run.result, samples[i].result);
		put(&run.error, samples[i].error);
		buf_init(&run.output, 100);
		outcome_read(a, &run,
		    samples[i].schema != NULL ? mcp_json(a, samples[i].schema)
					      : NULL,
		    NULL, &o);
		if (o.code != samples[i].want)
			fail_msg("sample %zu: %s", i, box_outcome_name(o.code));
		if (!str_starts(o.text, text))
			fail_msg("sample %zu: %.*s", i, STR_FMT(o.text));
		if (samples[i].json != NULL)
			assert_true(str_eq_c(o.json, samples[i].json));
		else
			assert_null(o.json.p);
		assert_int_equal(o.value != NULL, samples[i].json != NULL);
		buf_free(&run.result);
		buf_free(&run.error);
	}
	arena_free(a);
}

static void
test_printed(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct run run = {.exit.outcome = BOX_OUTCOME_EXITED};
	struct outcome o;

	(void)state;
	buf_init(&run.result, 1);
	buf_init(&run.error, 1);
	buf_init(&run.output, 100);
	outcome_read(a, &run, NULL, NULL, &o);
	assert_int_equal(o.printed.n, 0);
	buf_puts(&run.output, "one\ntwo\n");
	outcome_read(a, &run, NULL, NULL, &o);
	assert_true(str_eq_c(o.printed, "one\ntwo\n"));
	run.exit.cut = 5;
	outcome_read(a, &run, NULL, NULL, &o);
	assert_true(str_starts(o.printed, "one\ntwo\n"));
	assert_true(str_ends(o.printed, "(5 more bytes)"));
	buf_free(&run.output);
	arena_free(a);
}

/* --- secrets -------------------------------------------------------------- */

#define KEYS "{'type':'object','additionalProperties':{'type':'integer'}}"

/* clang-format off */
static const struct {
	enum box_outcome exit;
	const char *result, *error, *output;
	const char *schema;
	enum box_outcome want;
	const char *text, *json, *printed;
} hidden[] = {
	{BOX_OUTCOME_RESULT, "'s3cr3t'", NULL, "s3cr3t\n", NULL, BOX_OUTCOME_RESULT, "[secret KEY]", "'[secret KEY]'", "[secret KEY]\n"},
	{BOX_OUTCOME_RESULT, "{'a':[0.1,'xs3cr3t']}", NULL, "", NULL, BOX_OUTCOME_RESULT, "{'a':[0.1,'x[secret KEY]']}", "{'a':[0.1,'x[secret KEY]']}", ""},
	/* keys that cannot be kept apart */
	{BOX_OUTCOME_RESULT, "{'s3cr3t':1,'czNjcjN0':2,'[secret KEY] (2)':3}", NULL, "", NULL, BOX_OUTCOME_RESULT, "{'[secret KEY]':1,'[secret KEY]':2,'[secret KEY] (2)':3}",
	    "'{\\'[secret KEY]\\':1,\\'[secret KEY]\\':2,\\'[secret KEY] (2)\\':3}'", ""},
	/* the schema is about what the client gets */
	{BOX_OUTCOME_RESULT, "{'s3cr3t':1}", NULL, "", KEYS, BOX_OUTCOME_RESULT, "{'[secret KEY]':1}", "{'[secret KEY]':1}", ""},
	{BOX_OUTCOME_RESULT, "{'a':'s3cr3t'}", NULL, "", KEYS, BOX_OUTCOME_ERROR, "With the secrets taken out of it, the tool's result does not fit its output schema:\n- /a: must be of type integer", NULL, ""},
	{BOX_OUTCOME_RESULT, "{'s3cr3t':'x'}", NULL, "", KEYS, BOX_OUTCOME_ERROR, "With the secrets taken out of it, the tool's result does not fit its output schema:\n- /[secret KEY]: must be of type integer", NULL, ""},
	{BOX_OUTCOME_ERROR, NULL, "{'type':'s3cr3t','message':'bad: czNjcjN0','line':3}", "s3cr3t", NULL, BOX_OUTCOME_ERROR, "[secret KEY]: bad: [secret KEY] (line 3)", NULL, "[secret KEY]"},
	{BOX_OUTCOME_MEMORY, NULL, NULL, "733363723374", NULL, BOX_OUTCOME_MEMORY, "The tool needed more memory than it may have.", NULL, "[secret KEY]"},
};
/* clang-format on */

static void
test_hidden(void **state)
{
	static const struct box_pair key = {{"KEY", 3}, {"s3cr3t", 6}};
	struct arena *a = arena_new(1 << 22);
	struct redact *r = redact_new(a, &key, 1);

	(void)state;
	for (size_t i = 0; i < NELEM(hidden); i++) {
		struct run run = {
		    .have_result = hidden[i].result != NULL,
		    .have_error = hidden[i].error != NULL,
		    .exit.outcome = hidden[i].exit,
		};
		struct outcome o;
		struct buf want;

		put(&run.result, hidden[i].result);
		put(&run.error, hidden[i].error);
		put(&run.output, hidden[i].output);
		outcome_read(a, &run,
		    hidden[i].schema != NULL ? mcp_json(a, hidden[i].schema)
					     : NULL,
		    r, &o);
		if (o.code != hidden[i].want)
			fail_msg("hidden %zu: %s", i, box_outcome_name(o.code));
		/* In our own sentences a quote is a quote. */
		put(&want, hidden[i].text);
		if (!str_eq(o.text, buf_str(&want)) &&
		    !str_eq_c(o.text, hidden[i].text))
			fail_msg("hidden %zu: %.*s", i, STR_FMT(o.text));
		buf_free(&want);
		put(&want, hidden[i].json);
		if (!str_eq(o.json, buf_str(&want)))
			fail_msg("hidden %zu: %.*s", i, STR_FMT(o.json));
		buf_free(&want);
		if (!str_eq_c(o.printed, hidden[i].printed))
			fail_msg("hidden %zu: %.*s", i, STR_FMT(o.printed));
		buf_free(&run.result);
		buf_free(&run.error);
		buf_free(&run.output);
	}
	arena_free(a);
}

/* A tool that fails the call itself says which code, within limits. */
static void
test_rpc(void **state)
{
	/* clang-format off */
	static const struct {
		const char *error;
		int code;
	} codes[] = {
		{"{'type':'ProtocolError','message':'no','rpc':-32603}", -32603},
		{"{'type':'ProtocolError','message':'no','rpc':-32602}", -32602},
		{"{'type':'ProtocolError','message':'no','rpc':7}", 7},
		{"{'type':'ProtocolError','message':'no','rpc':-40000}", -40000},
		{"{'type':'ProtocolError','message':'no','rpc':-32601}", 0},
		{"{'type':'ProtocolError','message':'no','rpc':-32000}", 0},
		{"{'type':'ProtocolError','message':'no','rpc':4294967296}", 0},
		{"{'type':'ProtocolError','message':'no','rpc':'7'}", 0},
		{"{'type':'ProtocolError','message':'no'}", 0},
	};
	/* clang-format on */
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < NELEM(codes); i++) {
		struct run run = {
		    .have_error = true,
		    .exit.outcome = BOX_OUTCOME_ERROR,
		};
		struct outcome o;

		put(&run.error, codes[i].error);
		outcome_read(a, &run, NULL, NULL, &o);
		assert_int_equal(o.rpc_code, codes[i].code);
		if (o.rpc_code != 0)
			assert_true(str_eq_c(o.rpc_text, "no"));
		assert_true(str_eq_c(o.text, "ProtocolError: no"));
		buf_free(&run.error);
	}
	arena_free(a);
}

static void
test_cut_short(void **state)
{
	static const struct box_pair key = {{"KEY", 3}, {"s3cr3t", 6}};
	struct arena *a = arena_new(1 << 22);
	struct run run = {
	    .have_error = true,
	    .exit = {.outcome = BOX_OUTCOME_ERROR, .cut = 2},
	};
	struct outcome o;

	(void)state;
	put(&run.output, "out s3cr");
	put(&run.error, "{'type':'E','message':'");
	for (int i = 0; i < 1996; i++)
		buf_putc(&run.error, '.');
	buf_puts(&run.error, "s3cr\"}");
	outcome_read(a, &run, NULL, redact_new(a, &key, 1), &o);
	assert_true(str_starts(o.printed, "out [secret KEY]\n"));
	assert_true(str_ends(o.text, "...[secret KEY]"));
	buf_free(&run.output);
	buf_free(&run.error);
	arena_free(a);
}

static void
test_requests(void **state)
{
	static const struct box_pair key = {{"KEY", 3}, {"s3cr3t", 6}};
	struct arena *a = arena_new(1 << 22);
	struct run run = {.exit.outcome = BOX_OUTCOME_EXITED};
	struct outcome o;

	(void)state;
	outcome_read(a, &run, NULL, NULL, &o);
	assert_null(o.requests);
	assert_int_equal(o.nrequests, 0);
	buf_init(&run.requests, 4096);
	buf_lstr(&run.requests,
	    STR_LIT("{\"url\":\"https://x/?k=s%33cr3t\",\"status\":200}"));
	buf_lstr(&run.requests, STR_LIT("no JSON"));
	buf_lstr(&run.requests, STR_LIT("{}"));
	run.nrequests = 7;
	outcome_read(a, &run, NULL, redact_new(a, &key, 1), &o);
	assert_true(str_eq_c(json_text(a, o.requests),
	    "[{\"url\":\"https://x/?k=[secret KEY]\",\"status\":200},{}]"));
	assert_int_equal(o.nrequests, 7);
	run.exit.requests = 9; /* the supervisor's count is higher */
	outcome_read(a, &run, NULL, NULL, &o);
	assert_int_equal(o.nrequests, 9);
	buf_free(&run.requests);
	arena_free(a);
}

/* clang-format off */
static const struct {
	enum box_outcome exit;
	uint32_t retry_ms;
	const char *message;
	int seconds;
	const char *text; /* NULL: that of lib/box */
} refusals[] = {
	{BOX_OUTCOME_BUSY, 0, "", 1, "All sandboxes are in use. Try again in 1 second."},
	{BOX_OUTCOME_BUSY, 1000, "", 1, "All sandboxes are in use. Try again in 1 second."},
	{BOX_OUTCOME_BUSY, 1001, "the queue is full", 2, "The run was refused: the queue is full. Try again in 2 seconds."},
	{BOX_OUTCOME_RATE, 59999, "", 60, "The tools of this server are called more often than its limit allows. Try again in 60 seconds."},
	{BOX_OUTCOME_RATE, UINT32_MAX, "", 4294968, "The tools of this server are called more often than its limit allows. Try again in 4294968 seconds."},
	{BOX_OUTCOME_CANCELLED, 0, "", 0, NULL},
	{BOX_OUTCOME_CANCELLED, 0, "a person stopped the run", 0, "The call was cancelled: a person stopped the run."},
	{BOX_OUTCOME_FAILED, 5000, "/some/path", 0, NULL},
};
/* clang-format on */

static void
test_refusals(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < NELEM(refusals); i++) {
		struct run run = {
		    .exit =
			{
			    .outcome = refusals[i].exit,
			    .retry_ms = refusals[i].retry_ms,
			    .message = str_from(refusals[i].message),
			},
		};
		const char *text = refusals[i].text != NULL
		    ? refusals[i].text
		    : box_outcome_text(refusals[i].exit);
		struct outcome o;

		outcome_read(a, &run, NULL, NULL, &o);
		if (!str_eq_c(o.text, text))
			fail_msg("refusal %zu: %.*s", i, STR_FMT(o.text));
		assert_int_equal(o.retry_after, refusals[i].seconds);
	}
	arena_free(a);
}

/* The child may claim anything: only what has the right form is told. */
static void
test_http_claims(void **state)
{
	static const struct {
		const char *http;
		bool told;
	} cases[] = {
	    {"{'status':404,'url':'u'}", true},
	    {"{'status':404,'url':'u','headers':7,'body':[]}", true},
	    {"{'status':404}", false},
	    {"{'status':99,'url':'u'}", false},
	    {"{'status':600,'url':'u'}", false},
	    {"{'status':'404','url':'u'}", false},
	    {"{'url':'u'}", false},
	    {"[]", false},
	    {"null", false},
	};
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct run run = {
		    .have_error = true,
		    .exit.outcome = BOX_OUTCOME_ERROR,
		};
		struct outcome o;

		put(&run.error,
		    arena_printf(a, "{'type':'E','message':'m','http':%s}",
			cases[i].http));
		buf_init(&run.output, 100);
		outcome_read(a, &run, NULL, NULL, &o);
		if ((o.http != NULL) != cases[i].told)
			fail_msg("case %zu", i);
		if (o.http != NULL) {
			assert_string_equal(
			    json_string_value(json_object_get(o.http, "body")),
			    "");
			assert_int_equal(json_object_size(o.http), 4);
		}
		buf_free(&run.error);
	}
	arena_free(a);
}

static void
test_http_is_cut_and_clean(void **state)
{
	const struct box_pair secret = {
	    STR_LIT("KEY"), STR_LIT("hunter2hunter2")};
	struct arena *a = arena_new(1 << 22);
	struct run run = {
	    .have_error = true, .exit.outcome = BOX_OUTCOME_ERROR};
	struct redact *r = redact_new(a, &secret, 1);
	const char *body;
	struct outcome o;

	(void)state;
	buf_init(&run.error, 1 << 20);
	buf_puts(&run.error,
	    "{\"type\":\"E\",\"message\":\"m\",\"http\":{\"status\":401,"
	    "\"url\":\"https://a.test/?k=hunter2hunter2\",\"headers\":"
	    "{\"x-deny-reason\":\"hunter2hunter2\"},\"body\":\"hunter2hunter2 ");
	for (int i = 0; i < 600; i++)
		buf_puts(&run.error, "\xc3\xa9");
	buf_puts(&run.error, "\"}}");
	buf_init(&run.output, 100);
	outcome_read(a, &run, NULL, r, &o);
	assert_non_null(o.http);
	body = json_string_value(json_object_get(o.http, "body"));
	assert_int_equal(strncmp(body, "[secret KEY] ", 13), 0);
	/* 500 characters, of which 15 became 13. */
	assert_int_equal(strlen(body), 13 + 2 * 485);
	assert_null(memmem(o.text.p, o.text.n, "hunter2", 7));
	assert_non_null(memmem(o.text.p, o.text.n, "[secret KEY]", 12));
	buf_free(&run.error);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_printed),
	    cmocka_unit_test(test_http_claims),
	    cmocka_unit_test(test_http_is_cut_and_clean),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_rpc),
	    cmocka_unit_test(test_cut_short),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
