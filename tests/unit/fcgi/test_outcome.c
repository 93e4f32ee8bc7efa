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
		    &o);
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
	outcome_read(a, &run, NULL, &o);
	assert_int_equal(o.printed.n, 0);
	buf_puts(&run.output, "one\ntwo\n");
	outcome_read(a, &run, NULL, &o);
	assert_true(str_eq_c(o.printed, "one\ntwo\n"));
	run.exit.cut = 5;
	outcome_read(a, &run, NULL, &o);
	assert_true(str_starts(o.printed, "one\ntwo\n"));
	assert_true(str_ends(o.printed, "(5 more bytes)"));
	buf_free(&run.output);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
