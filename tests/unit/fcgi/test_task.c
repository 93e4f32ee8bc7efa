/*
 * Tasks as a client sees them: which members there are, and which never.
 */
#include "core_test.h"

#include "mcp/task.h"
#include "mcp_test.h"

static const struct mcptask base = {
    .number = 77,
    .tool_name = "s__t",
    .status = "working",
    .poll_ms = 1000,
    .ttl_ms = 60000,
    .created_at = "2026-01-01T00:00:00Z",
    .updated_at = "2026-01-01T00:00:01Z",
};

#define COMMON                                                                 \
	"'createdAt':'2026-01-01T00:00:00Z','lastUpdatedAt':"                  \
	"'2026-01-01T00:00:01Z','ttlMs':60000,'pollIntervalMs':1000"

static void
expect(struct arena *a, const struct mcptask *t, bool all, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_putc(&b, '{');
	(all ? task_put_all : task_put)(&b, STR_LIT("i\"d"), t);
	buf_putc(&b, '}');
	if (!json_equal(mcp_json(a, b.p), mcp_json(a, want)))
		fail_test("%s\nis not %s", b.p, want);
	buf_free(&b);
}

static void
test_put(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct mcptask t = base;

	(void)state;
	expect(
	    a, &t, true, "{'taskId':'i\\\"d','status':'working'," COMMON "}");
	t.status_message = "step 1";
	t.result = "{}";
	t.error = "{}";
	t.requests = mcp_json(a, "{'k':{'method':'roots/list'}}");
	/* When it is created nothing else is told, whatever there is. */
	expect(a, &t, false,
	    "{'taskId':'i\\\"d','status':'working','statusMessage':'step 1'," COMMON
	    "}");
	t = base;
	t.status = "input_required";
	t.requests = mcp_json(a, "{'k':{'method':'roots/list'}}");
	expect(a, &t, true,
	    "{'taskId':'i\\\"d','status':'input_required'," COMMON
	    ",'inputRequests':{'k':{'method':'roots/list'}}}");
	t = base;
	t.status = "completed";
	t.result = "{\"content\":[]}";
	expect(a, &t, true,
	    "{'taskId':'i\\\"d','status':'completed'," COMMON
	    ",'result':{'content':[]}}");
	t = base;
	t.status = "failed";
	t.error = "{\"code\":-32603,\"message\":\"x\"}";
	expect(a, &t, true,
	    "{'taskId':'i\\\"d','status':'failed'," COMMON
	    ",'error':{'code':-32603,'message':'x'}}");
	arena_free(a);
}

static void
test_declared(void **state)
{
	/* clang-format off */
	static const struct {
		bool modern;
		const char *params;
		bool declared;
	} samples[] = {
		{true, "{'_meta':{'io.modelcontextprotocol/clientCapabilities':{'extensions':{'io.modelcontextprotocol/tasks':{}}}}}", true},
		{true, "{'_meta':{'io.modelcontextprotocol/clientCapabilities':{'extensions':{'io.modelcontextprotocol/tasks':true}}}}", false},
		{true, "{'_meta':{'io.modelcontextprotocol/clientCapabilities':{'extensions':{'tasks':{}}}}}", false},
		{true, "{'_meta':{'io.modelcontextprotocol/clientCapabilities':{'tasks':{}}}}", false},
		{true, "{'task':{}}", false},
		{false, "{'_meta':{'io.modelcontextprotocol/clientCapabilities':{'extensions':{'io.modelcontextprotocol/tasks':{}}}}}", false},
	};
	/* clang-format on */
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		struct message m = {
		    .era = era_of(
			samples[i].modern ? ERA_2026_07_28 : ERA_2025_11_25),
		    .rpc.params = mcp_json(a, samples[i].params),
		};

		if (task_declared(&m) != samples[i].declared)
			fail_test("%s", samples[i].params);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_put),
	    cmocka_unit_test(test_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
