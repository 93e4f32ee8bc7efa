/*
 * test_post.c: what a POST is answered, by the tables of the two eras: every
 * case that needs no database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mcp/post.h"
#include "mcp_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define K "io.modelcontextprotocol/"
#define META                                                                   \
	"'_meta':{'" K "protocolVersion':'2026-07-28','" K                     \
	"clientCapabilities':{}}"
#define CALL(method, params)                                                   \
	"{'jsonrpc':'2.0','id':7,'method':'" method "','params':{" params "}}"
#define V "HTTP_MCP_PROTOCOL_VERSION"
#define M "HTTP_MCP_METHOD"
#define N "HTTP_MCP_NAME"
#define S "HTTP_MCP_SESSION_ID"
#define NEW V, "2026-07-28"

struct sample {
	const char *what;
	const char *headers[10]; /* pairs */
	const char *body;
	int status;
	int code;         /* JSON-RPC error, 0: a result, 1: no body */
	const char *part; /* of the answer, or NULL */
};

/* clang-format off */
static const struct sample samples[] = {
	/* --- before the era is known (WIRE a.3) */
	{"no JSON", {NULL}, "{", 400, -32700, "{'jsonrpc':'2.0','error'"},
	{"nothing", {NULL}, "", 400, -32700, NULL},
	{"no UTF-8", {NULL}, "{'a':'\xff'}", 400, -32700, NULL},
	{"a key twice", {NULL}, "{'a':1,'a':2}", 400, -32700, NULL},
	{"trailing text", {NULL}, "{} x", 400, -32700, NULL},
	{"a number out of range", {NULL}, "{'jsonrpc':'2.0','id':99999999999999999999,'method':'ping'}", 400, -32700, NULL},
	{"a string", {NULL}, "'x'", 400, -32600, "{'jsonrpc':'2.0','error'"},
	{"no jsonrpc", {NULL}, "{'id':7,'method':'ping'}", 400, -32600, "{'jsonrpc':'2.0','error'"},
	{"null id", {NULL}, "{'jsonrpc':'2.0','id':null,'method':'ping'}", 400, -32600, "{'jsonrpc':'2.0','error'"},
	{"method is a number", {NULL}, "{'jsonrpc':'2.0','id':7,'method':1}", 400, -32600, "'id':7"},
	{"not JSON by type", {"CONTENT_TYPE", "text/plain"}, "{}", 415, -32600, NULL},
	{"answers refused", {"HTTP_ACCEPT", "text/html"}, CALL("ping", ""), 406, -32600, NULL},
	{"both accepted", {"HTTP_ACCEPT", "application/json, text/event-stream"}, CALL("ping", ""), 200, 0, NULL},

	/* --- modern, in the order of WIRE a.4 */
	{"discover", {NEW, M, "server/discover"}, CALL("server/discover", META), 200, 0, "'resultType':'complete','supportedVersions':['2026-07-28'],'capabilities':{'tools':{'listChanged':true},'resources':{'listChanged':true,'subscribe':true},'prompts':{'listChanged':true},'completions':{},'logging':{},'extensions':{'io.modelcontextprotocol/tasks':{}}}"},
	{"server's name in _meta", {NEW, M, "server/discover"}, CALL("server/discover", META), 200, 0, "'_meta':{'" K "serverInfo':{'name':'mcpbox','version':"},
	{"caching", {NEW, M, "server/discover"}, CALL("server/discover", META), 200, 0, "'ttlMs':60000,'cacheScope':'public'"},
	{"a string as id", {NEW, M, "server/discover"}, "{'jsonrpc':'2.0','id':'a/b','method':'server/discover','params':{" META "}}", 200, 0, "{'jsonrpc':'2.0','id':'a/b','result'"},
	{"no version header", {M, "server/discover"}, CALL("server/discover", META), 400, -32020, "'id':7"},
	{"no version header at all", {NULL}, CALL("server/discover", META), 400, -32020, NULL},
	{"no _meta", {NEW, M, "server/discover"}, CALL("server/discover", ""), 400, -32602, "'id':7"},
	{"no params", {NEW, M, "server/discover"}, "{'jsonrpc':'2.0','id':7,'method':'server/discover'}", 400, -32602, NULL},
	{"params are an array", {NEW, M, "server/discover"}, "{'jsonrpc':'2.0','id':7,'method':'server/discover','params':[]}", 400, -32602, NULL},
	{"no version in _meta", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "clientCapabilities':{}}"), 400, -32602, NULL},
	{"no capabilities in _meta", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'2026-07-28'}"), 400, -32602, NULL},
	{"capabilities are an array", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'2026-07-28','" K "clientCapabilities':[]}"), 400, -32602, NULL},
	{"header is not _meta", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'v999.0.0','" K "clientCapabilities':{}}"), 400, -32020, NULL},
	{"unknown version", {V, "v999.0.0", M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'v999.0.0','" K "clientCapabilities':{}}"), 400, -32022, "'data':{'supported':['2026-07-28'],'requested':'v999.0.0'}"},
	{"legacy version in modern dress", {V, "2025-06-18", M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'2025-06-18','" K "clientCapabilities':{}}"), 400, -32022, NULL},
	{"no Mcp-Method", {NEW}, CALL("server/discover", META), 400, -32020, NULL},
	{"another Mcp-Method", {NEW, M, "tools/list"}, CALL("server/discover", META), 400, -32020, NULL},
	{"Mcp-Method in capitals", {NEW, M, "SERVER/DISCOVER"}, CALL("server/discover", META), 400, -32020, NULL},
	{"Mcp-Method in base64", {NEW, M, "=?base64?c2VydmVyL2Rpc2NvdmVy?="}, CALL("server/discover", META), 200, 0, NULL},
	{"unknown method", {NEW, M, "no/such"}, CALL("no/such", META), 404, -32601, "'id':7"},
	{"initialize is legacy", {NEW, M, "initialize"}, CALL("initialize", META), 404, -32601, NULL},
	{"ping is legacy", {NEW, M, "ping"}, CALL("ping", META), 404, -32601, NULL},
	{"logging/setLevel", {NEW, M, "logging/setLevel"}, CALL("logging/setLevel", META ",'level':'info'"), 404, -32601, NULL},
	{"resources/subscribe", {NEW, M, "resources/subscribe"}, CALL("resources/subscribe", META), 404, -32601, NULL},
	{"resources/unsubscribe", {NEW, M, "resources/unsubscribe"}, CALL("resources/unsubscribe", META), 404, -32601, NULL},
	{"prompts/get without a name", {NEW, M, "prompts/get"}, CALL("prompts/get", META), 200, -32602, NULL},
	{"prompts/get, another name", {NEW, M, "prompts/get", "HTTP_MCP_NAME", "y"}, CALL("prompts/get", META ",'name':'x'"), 400, -32020, NULL},
	{"resources/read without a uri", {NEW, M, "resources/read"}, CALL("resources/read", META), 200, -32602, NULL},
	{"resources/read, another uri", {NEW, M, "resources/read", "HTTP_MCP_NAME", "a:c"}, CALL("resources/read", META ",'uri':'a:b'"), 400, -32020, NULL},
	{"resources/read without the header", {NEW, M, "resources/read"}, CALL("resources/read", META ",'uri':'a:b'"), 400, -32020, NULL},
	{"completion without a ref", {NEW, M, "completion/complete"}, CALL("completion/complete", META ",'argument':{'name':'a','value':''}"), 200, -32602, NULL},
	{"completion without an argument", {NEW, M, "completion/complete"}, CALL("completion/complete", META ",'ref':{'type':'ref/prompt','name':'x__y'}"), 200, -32602, NULL},
	{"tasks, not declared", {NEW, M, "tasks/get"}, CALL("tasks/get", META), 400, -32021, NULL},
	{"listen, no filter", {NEW, M, "subscriptions/listen"}, CALL("subscriptions/listen", META), 200, -32602, NULL},
	{"listen, odd filter", {NEW, M, "subscriptions/listen"}, CALL("subscriptions/listen", META ",'notifications':{'toolsListChanged':1}"), 200, -32602, "toolsListChanged must be"},
	{"listen, tasks", {NEW, M, "subscriptions/listen"}, CALL("subscriptions/listen", META ",'notifications':{'taskIds':['x']}"), 400, -32021, "'requiredCapabilities':{'extensions':{'" K "tasks':{}}}"},
	{"listen, JSON only", {NEW, M, "subscriptions/listen", "HTTP_ACCEPT", "application/json"}, CALL("subscriptions/listen", META ",'notifications':{}"), 406, -32600, NULL},
	{"a log level that there is not", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'2026-07-28','" K "clientCapabilities':{},'" K "logLevel':'loud'}"), 200, -32602, NULL},
	{"a log level", {NEW, M, "server/discover"}, CALL("server/discover", "'_meta':{'" K "protocolVersion':'2026-07-28','" K "clientCapabilities':{},'" K "logLevel':'debug'}"), 200, 0, NULL},
	{"no Mcp-Name", {NEW, M, "tools/call"}, CALL("tools/call", META ",'name':'x'"), 400, -32020, NULL},
	{"another Mcp-Name", {NEW, M, "tools/call", N, "y"}, CALL("tools/call", META ",'name':'x'"), 400, -32020, NULL},
	{"Mcp-Name without name", {NEW, M, "tools/call", N, "y"}, CALL("tools/call", META), 400, -32020, NULL},
	{"Mcp-Name malformed", {NEW, M, "tools/call", N, "=?base64?eA?="}, CALL("tools/call", META ",'name':'x'"), 400, -32020, NULL},
	{"no name", {NEW, M, "tools/call"}, CALL("tools/call", META), 200, -32602, NULL},
	{"unknown tool", {NEW, M, "tools/call", N, "x"}, CALL("tools/call", META ",'name':'x'"), 200, -32602, NULL},
	{"padded base64 name", {NEW, M, "tools/call", N, " =?base64?eA==?= "}, CALL("tools/call", META ",'name':'x'"), 200, -32602, NULL},
	{"unknown management tool", {NEW, M, "tools/call", N, "mcpbox_no"}, CALL("tools/call", META ",'name':'mcpbox_no'"), 200, -32602, NULL},
	{"arguments are an array", {NEW, M, "tools/call", N, "x"}, CALL("tools/call", META ",'name':'x','arguments':[]"), 200, -32602, NULL},
	{"bad cursor", {NEW, M, "tools/list"}, CALL("tools/list", META ",'cursor':'x'"), 200, -32602, NULL},
	{"cursor is a number", {NEW, M, "tools/list"}, CALL("tools/list", META ",'cursor':3"), 200, -32602, NULL},
	{"a session id is nothing to it", {NEW, M, "server/discover", S, "x"}, CALL("server/discover", META), 200, 0, NULL},
	{"a notification", {NEW, M, "notifications/cancelled"}, "{'jsonrpc':'2.0','method':'notifications/cancelled'}", 202, 1, NULL},
	{"a response", {NEW}, "{'jsonrpc':'2.0','id':7,'result':{}}", 400, -32600, NULL},
	{"no batches", {NEW}, "[" CALL("server/discover", META) "]", 400, -32600, "{'jsonrpc':'2.0','error'"},

	/* --- legacy (WIRE a.5) */
	{"initialize without version", {NULL}, CALL("initialize", ""), 200, -32602, NULL},
	{"initialize with an old session", {S, "x"}, CALL("initialize", "'protocolVersion':'2025-11-25'"), 404, -32600, NULL},
	{"ping", {V, "2025-11-25"}, CALL("ping", ""), 200, 0, "{'jsonrpc':'2.0','id':7,'result':{}}"},
	{"ping, no header", {NULL}, CALL("ping", ""), 200, 0, "{'jsonrpc':'2.0','id':7,'result':{}}"},
	{"initialized", {V, "2025-11-25"}, "{'jsonrpc':'2.0','method':'notifications/initialized'}", 202, 1, NULL},
	{"a response to nothing", {V, "2025-11-25"}, "{'jsonrpc':'2.0','id':7,'result':{}}", 202, 1, NULL},
	{"an unknown session", {V, "2025-11-25", S, "x"}, CALL("ping", ""), 404, -32600, "'id':7"},
	{"a notification in one", {V, "2025-11-25", S, "x"}, "{'jsonrpc':'2.0','method':'notifications/initialized'}", 404, -32600, NULL},
	{"an unknown version", {V, "2024-11-05"}, CALL("ping", ""), 400, -32602, NULL},
	{"an unknown method", {V, "2025-11-25"}, CALL("no/such", ""), 200, -32601, NULL},
	{"a level without a session", {V, "2025-11-25"}, CALL("logging/setLevel", "'level':'info'"), 200, -32600, NULL},
	{"a level that there is not", {V, "2025-11-25"}, CALL("logging/setLevel", "'level':'loud'"), 200, -32602, NULL},
	{"cancelled, without a session", {V, "2025-11-25"}, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':7}}", 202, 1, NULL},
	{"discover is modern", {V, "2025-11-25"}, CALL("server/discover", ""), 200, -32601, NULL},
	{"params are an array, legacy", {V, "2025-11-25"}, "{'jsonrpc':'2.0','id':7,'method':'ping','params':[]}", 200, -32602, NULL},
	{"no name, legacy", {V, "2025-11-25"}, CALL("tools/call", ""), 200, -32602, NULL},
	{"mirrored headers are nothing to it", {V, "2025-11-25", M, "x", N, "y"}, CALL("ping", ""), 200, 0, NULL},

	/* --- batches: 2025-03-26 alone */
	{"two pings", {NULL}, "[" CALL("ping", "") "," CALL("ping", "") "]", 200, 0, "[{'jsonrpc':'2.0','id':7,'result':{}},{'jsonrpc':'2.0','id':7,'result':{}}]"},
	{"a notification between", {V, "2025-03-26"}, "[{'jsonrpc':'2.0','method':'n'}," CALL("ping", "") ",{'jsonrpc':'2.0','method':'n'}]", 200, 0, "[{'jsonrpc':'2.0','id':7,'result':{}}]"},
	{"notifications alone", {NULL}, "[{'jsonrpc':'2.0','method':'n'},{'jsonrpc':'2.0','method':'n'}]", 202, 1, NULL},
	{"a bad one among them", {NULL}, "[1," CALL("ping", "") "]", 200, 0, "[{'jsonrpc':'2.0','error':{'code':-32600,'message':'A message is a JSON object.'}},{'jsonrpc':'2.0','id':7,'result':{}}]"},
	{"initialize among them", {NULL}, "[" CALL("initialize", "'protocolVersion':'2025-03-26'") "]", 200, 0, "'code':-32600"},
	{"an array in an array", {NULL}, "[[" CALL("ping", "") "]]", 200, 0, "'code':-32600"},
	{"an empty one", {NULL}, "[]", 400, -32600, NULL},
	{"too many", {NULL}, "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 400, -32600, NULL},
	{"in a later revision", {V, "2025-06-18"}, "[" CALL("ping", "") "]", 400, -32600, NULL},
	{"in a session", {S, "x"}, "[" CALL("ping", "") "]", 404, -32600, NULL},
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
post(struct exchange *x, const struct sample *s)
{
	struct arena *a = x->ctx.arena;

	x->req = mcp_req(a, s->headers);
	if (s->headers[0] != NULL && strcmp(s->headers[0], "CONTENT_TYPE") == 0)
		x->req.content_type = str_from(s->headers[1]);
	x->req.body = str_from(double_quotes(a, s->body));
	x->ctx.caller = (struct caller){.kind = CALLER_CLIENT,
	    .id = "local",
	    .name = "local",
	    .perms = PERM_ANYONE};
	assert_int_equal(post_handle(x), STEP_DONE);
}

/* The answer is well-formed JSON-RPC, with this code; -1 without an error. */
static void
check_body(const struct exchange *x, const struct sample *s)
{
	struct arena *a = x->ctx.arena;
	struct fail f;
	json_t *v, *error;

	fail_clear(&f);
	assert_string_equal(x->res.content_type, "application/json");
	if (json_parse(a, x->res.body, (size_t)1 << 24, &v, &f) != FAIL_NONE)
		fail_msg(
		    "%s: %s: %.*s", s->what, f.message, STR_FMT(x->res.body));
	if (json_is_array(v))
		return; /* `part` says it all */
	error = json_get_obj(v, "error");
	if ((error != NULL) != (s->code != 0) ||
	    json_get_int(error, "code", 0) != s->code)
		fail_msg("%s: %.*s", s->what, STR_FMT(x->res.body));
	assert_int_equal(
	    error != NULL ? 1 : 0, json_object_get(v, "result") == NULL);
	assert_false(json_is_null(json_object_get(v, "id")));
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++) {
		const struct sample *s = &samples[i];
		struct exchange *x = exchange_new();
		const char *part;

		post(x, s);
		if (x->res.status != s->status)
			fail_msg("%s: %d: %.*s", s->what, x->res.status,
			    STR_FMT(x->res.body));
		if (s->code == 1)
			assert_int_equal(x->res.body.n, 0);
		else
			check_body(x, s);
		part = s->part == NULL ? ""
				       : double_quotes(x->ctx.arena, s->part);
		if (s->part != NULL &&
		    memmem(x->res.body.p, x->res.body.n, part, strlen(part)) ==
			NULL)
			fail_msg("%s: no %s in %.*s", s->what, part,
			    STR_FMT(x->res.body));
		exchange_free(x);
	}
	exchange_free_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
