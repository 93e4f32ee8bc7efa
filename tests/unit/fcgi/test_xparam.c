/*
 * test_xparam.c: arguments and the headers that repeat them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/xparam.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define SCHEMA                                                                 \
	"{'type':'object','properties':{"                                      \
	"'region':{'type':'string','x-mcp-header':'Region'},"                  \
	"'n':{'type':'integer','x-mcp-header':'My-Count'},"                    \
	"'on':{'type':'boolean','x-mcp-header':'On'},"                         \
	"'plain':{'type':'string'},"                                           \
	"'in':{'type':'object','properties':{"                                 \
	"'deep':{'type':'string','x-mcp-header':'Deep'}}},"                    \
	"'list':{'items':{'x-mcp-header':'Never'}}}}"

/* clang-format off */
static const struct {
	const char *arguments;
	const char *name, *value; /* the header, or NULL */
	const char *error;        /* part of the sentence, or NULL */
} samples[] = {
	{"{}", NULL, NULL, NULL},
	{"{'plain':'x','list':['y']}", NULL, NULL, NULL},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "eu", NULL},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "=?base64?ZXU=?=", NULL},
	{"{'region':'ä'}", "HTTP_MCP_PARAM_REGION", "=?base64?w6Q=?=", NULL},
	{"{'region':''}", "HTTP_MCP_PARAM_REGION", "", NULL},
	{"{'region':'eu'}", NULL, NULL, "missing"},
	{"{'region':''}", NULL, NULL, "missing"},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "us", "not what"},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "EU", "not what"},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "=?base64?ZXU?=", "malformed"},
	{"{'region':'eu'}", "HTTP_MCP_PARAM_REGION", "\xc3\xa4", "malformed"},
	{"{'region':null}", NULL, NULL, NULL},
	{"{}", "HTTP_MCP_PARAM_REGION", "eu", "without"},
	{"{'region':['eu']}", NULL, NULL, NULL},
	{"{'n':42}", "HTTP_MCP_PARAM_MY_COUNT", "42", NULL},
	{"{'n':42}", "HTTP_MCP_PARAM_MY_COUNT", "42.0", NULL},
	{"{'n':42.0}", "HTTP_MCP_PARAM_MY_COUNT", "42", NULL},
	{"{'n':42}", "HTTP_MCP_PARAM_MY_COUNT", "43", "not what"},
	{"{'n':42}", "HTTP_MCP_PARAM_MY_COUNT", "42x", "not what"},
	{"{'n':9007199254740993}", "HTTP_MCP_PARAM_MY_COUNT", "9007199254740992", "not what"},
	{"{'n':0}", "HTTP_MCP_PARAM_MY_COUNT", "", "not what"},
	{"{'n':16}", "HTTP_MCP_PARAM_MY_COUNT", "0x10", "not what"},
	{"{'on':true}", "HTTP_MCP_PARAM_ON", "true", NULL},
	{"{'on':false}", "HTTP_MCP_PARAM_ON", "true", "not what"},
	{"{'on':true}", "HTTP_MCP_PARAM_ON", "1", "not what"},
	{"{'in':{'deep':'x'}}", "HTTP_MCP_PARAM_DEEP", "x", NULL},
	{"{'in':{'deep':'x'}}", NULL, NULL, "missing"},
	{"{}", "HTTP_MCP_PARAM_OTHER", "x", NULL},
};
/* clang-format on */

static void
test_samples(void **state)
{
	struct arena *a = arena_new(1 << 20);
	const json_t *schema = mcp_json(a, SCHEMA);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct req r = mcp_req(a,
		    samples[i].name != NULL
			? PAIRS(samples[i].name, samples[i].value)
			: NULL);
		struct fail f;
		enum fail_code rc;

		fail_clear(&f);
		rc = xparam_check(
		    &r, a, schema, mcp_json(a, samples[i].arguments), &f);
		if (rc != (samples[i].error != NULL ? FAIL_REQUEST : FAIL_NONE))
			fail_msg("%s: %s", samples[i].arguments, f.message);
		if (rc != FAIL_NONE &&
		    strstr(f.message, samples[i].error) == NULL)
			fail_msg("%s: %s", samples[i].arguments, f.message);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
