/*
 * test_rpc.c: the JSON-RPC envelope.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/rpc.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

enum { NOT = -1 };

/* clang-format off */
static const struct {
	const char *text;
	int kind; /* NOT: refused */
	const char *id;
} samples[] = {
	{"{'jsonrpc':'2.0','id':1,'method':'ping'}", RPC_REQUEST, "1"},
	{"{'jsonrpc':'2.0','id':'x','method':'ping','params':{}}", RPC_REQUEST, "\"x\""},
	{"{'jsonrpc':'2.0','id':-9223372036854775808,'method':'m'}", RPC_REQUEST, "-9223372036854775808"},
	{"{'jsonrpc':'2.0','id':'','method':''}", RPC_REQUEST, "\"\""},
	{"{'jsonrpc':'2.0','method':'notifications/x'}", RPC_NOTIFICATION, NULL},
	{"{'jsonrpc':'2.0','id':1,'result':{}}", RPC_RESPONSE, "1"},
	{"{'jsonrpc':'2.0','id':1,'error':{'code':1,'message':''}}", RPC_RESPONSE, "1"},
	{"{'jsonrpc':'2.0','id':1,'method':'m','result':{}}", RPC_REQUEST, "1"},
	/* refused, with the id where it could be read */
	{"{'jsonrpc':'2.0','id':1}", NOT, "1"},
	{"{'jsonrpc':'2.0','id':1,'result':{},'error':{}}", NOT, "1"},
	{"{'jsonrpc':'2.0','result':{}}", NOT, NULL},
	{"{'jsonrpc':'2.0','id':1,'method':7}", NOT, "1"},
	{"{'jsonrpc':'2.0','id':1,'method':null}", NOT, "1"},
	{"{'jsonrpc':'2.0','id':null,'method':'m'}", NOT, NULL},
	{"{'jsonrpc':'2.0','id':1.5,'method':'m'}", NOT, NULL},
	{"{'jsonrpc':'2.0','id':true,'method':'m'}", NOT, NULL},
	{"{'jsonrpc':'2.0','id':[1],'method':'m'}", NOT, NULL},
	{"{'jsonrpc':'1.0','id':1,'method':'m'}", NOT, NULL},
	{"{'jsonrpc':2,'id':1,'method':'m'}", NOT, NULL},
	{"{'id':1,'method':'m'}", NOT, NULL},
	{"{}", NOT, NULL},
	{"[]", NOT, NULL},
	{"'x'", NOT, NULL},
	{"null", NOT, NULL},
};
/* clang-format on */

static void
test_read(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct rpc_msg msg;
		struct fail f;
		enum fail_code rc;

		fail_clear(&f);
		rc = rpc_read(mcp_json(a, samples[i].text), &msg, &f);
		if ((rc == FAIL_NONE) != (samples[i].kind != NOT))
			fail_msg("%s: %s", samples[i].text, f.message);
		if (rc == FAIL_NONE)
			assert_int_equal(msg.kind, samples[i].kind);
		else
			assert_int_equal(rc, FAIL_REQUEST);
		if (samples[i].id == NULL)
			assert_null(msg.id);
		else
			assert_string_equal(
			    json_text(a, msg.id).p, samples[i].id);
	}
	arena_free(a);
}

static void
test_params(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct rpc_msg msg;

	(void)state;
	assert_int_equal(
	    rpc_read(
		mcp_json(a,
		    "{'jsonrpc':'2.0','id':1,'method':'m','params':{'a':1}}"),
		&msg, NULL),
	    FAIL_NONE);
	assert_int_equal(json_get_int(msg.params, "a", 0), 1);
	assert_false(msg.params_odd);
	assert_int_equal(
	    rpc_read(mcp_json(a,
			 "{'jsonrpc':'2.0','id':1,'method':'m','params':[1]}"),
		&msg, NULL),
	    FAIL_NONE);
	assert_null(msg.params);
	assert_true(msg.params_odd);
	assert_int_equal(
	    rpc_read(mcp_json(a, "{'jsonrpc':'2.0','id':1,'method':'m'}"), &msg,
		NULL),
	    FAIL_NONE);
	assert_null(msg.params);
	assert_false(msg.params_odd);
	arena_free(a);
}

static void
test_put(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	rpc_put_open(&b, mcp_json(a, "'q\\\"'"));
	buf_puts(&b, "\"a\":1");
	rpc_put_close(&b);
	assert_string_equal(
	    b.p, "{\"jsonrpc\":\"2.0\",\"id\":\"q\\\"\",\"result\":{\"a\":1}}");
	buf_reset(&b);
	rpc_put_error(&b, NULL, RPC_PARSE, "no \"good\"", NULL);
	assert_string_equal(b.p,
	    "{\"jsonrpc\":\"2.0\",\"error\":"
	    "{\"code\":-32700,\"message\":\"no \\\"good\\\"\"}}");
	buf_reset(&b);
	rpc_put_error(&b, mcp_json(a, "7"), -32022, "", mcp_json(a, "[1]"));
	assert_string_equal(b.p,
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":"
	    "{\"code\":-32022,\"message\":\"\",\"data\":[1]}}");
	buf_free(&b);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_params),
	    cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
