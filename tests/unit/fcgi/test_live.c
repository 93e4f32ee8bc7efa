/*
 * Calls of legacy sessions while they go on, in two workers with one
 * PostgreSQL, this test being web server and sandbox: events that are written
 * first and then sent, connections that are dropped and taken over, questions
 * whose answers come to the other worker.  Runs in the root of the tree.
 */
#include "stream_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "box.h"
#include "json.h"
#include "loop.h"
#include "mcp/ask.h"
#include "mcp/get.h"
#include "mcp/live.h"
#include "mcp/post.h"
#include "noun/mcpstream.h"
#include "db/db.h"
#include "out/run.h"
#include "settings.h"
#include "wire.h"

static char folder[] = "/tmp/mcpbox-live-XXXXXX";
static char home[] = "/nowhere", url[128], box_path[64], local[] = "local";
static struct settings settings = {
    .home = home,
    .database_url = url,
    .db_user = "mcpbox_gateway",
    .sandbox_socket = box_path,
    .mcp_auth = local,
};

static struct worker {
	struct loop *loop;
	struct queue *queue;
	int listener, signals[2];
	char path[64];
	pthread_t loop_thread, request_thread;
} workers[2];
static int box_listener;

/* --- a worker ------------------------------------------------------------- */

static exchange_fn ask_first, say_first;

static enum step
dispatch(struct exchange *x)
{
	x->ctx.caller = (struct caller){.kind = CALLER_CLIENT,
	    .id = "local",
	    .name = "local",
	    .perms = PERM_ANYONE};
	if (str_eq_c(x->req.path, "/ask"))
		return ask_first(x);
	if (str_eq_c(x->req.path, "/say"))
		return say_first(x);
	if (str_eq_c(x->req.method, "GET"))
		return get_handle(x);
	if (str_eq_c(x->req.method, "DELETE"))
		return delete_handle(x);
	return post_handle(x);
}

static void
answer(struct worker *w, struct exchange *x)
{
	enum conn_sent sent = CONN_SENT;

	if (x->conn != NULL)
		sent = conn_answer(x->conn, x, loop_leaving(w->loop));
	loop_answered(w->loop, x, sent);
}

static void *
serve(void *arg)
{
	struct worker *w = arg;
	struct db *db = db_new(&settings, POOL_GATEWAY);
	struct exchange *x;

	while ((x = queue_take(w->queue)) != NULL) {
		enum step step;

		x->ctx.db = db;
		x->ctx.settings = &settings;
		x->ctx.pool = POOL_GATEWAY;
		if (x->step == NULL) {
			if (conn_open(x->conn, x) != FAIL_NONE)
				abort();
			x->step = dispatch;
		}
		step = x->step(x);
		db_tidy(db);
		x->ctx.db = NULL;
		if (step == STEP_PARK)
			loop_park(w->loop, x);
		else if (step == STEP_STREAM)
			loop_stream(w->loop, x);
		else
			answer(w, x);
	}
	db_free(db);
	return NULL;
}

static void *
run_loop(void *arg)
{
	struct worker *w = arg;

	return loop_run(w->loop) ? NULL : arg;
}

static void
start_worker(struct worker *w, const char *name)
{
	(void)snprintf(w->path, sizeof(w->path), "%s/%s", folder, name);
	w->listener = fdio_listen_unix(w->path, 0600, 64);
	assert_true(w->listener >= 0);
	assert_int_equal(pipe(w->signals), 0);
	assert_int_equal(fdio_nonblock(w->signals[0]), 0);
	w->queue = queue_new();
	w->loop = loop_new(&(struct loop_setup){
	    .settings = &settings,
	    .pool = POOL_GATEWAY,
	    .listener = w->listener,
	    .signal_fd = w->signals[0],
	    .queue = w->queue,
	});
	assert_int_equal(pthread_create(&w->loop_thread, NULL, run_loop, w), 0);
	assert_int_equal(pthread_create(&w->request_thread, NULL, serve, w), 0);
}

static void
stop_worker(struct worker *w)
{
	static const struct signalfd_siginfo info;
	void *failed;

	assert_int_equal(
	    write(w->signals[1], &info, sizeof(info)), sizeof(info));
	assert_int_equal(pthread_join(w->loop_thread, &failed), 0);
	assert_null(failed);
	queue_close(w->queue);
	assert_int_equal(pthread_join(w->request_thread, NULL), 0);
	loop_free(w->loop);
	queue_free(w->queue);
	(void)close(w->listener);
	(void)close(w->signals[0]);
	(void)close(w->signals[1]);
}

/* --- a call that says things ---------------------------------------------- */

static struct message *
message(struct exchange *x)
{
	struct arena *a = x->ctx.arena;
	struct message *m = arena_zalloc(a, 1, sizeof(*m));
	struct mcpsession *mine = arena_zalloc(a, 1, sizeof(*mine));
	json_t *body;

	m->x = x;
	if (mcpsession_find(&x->ctx, req_header(&x->req, "Mcp-Session-Id"),
		mine) != FAIL_NONE)
		abort();
	m->session = mine;
	m->era = era_find(str_from(mine->revision));
	if (json_parse(a, x->req.body, 65536, &body, NULL) != FAIL_NONE ||
	    rpc_read(body, &m->rpc, &x->ctx.fail) != FAIL_NONE)
		abort();
	m->live = live_new(x, m->era, mine, m->rpc.id, true);
	x->user = m;
	return m;
}

static enum step
finish(struct exchange *x, const char *json)
{
	struct message *m = x->user;
	char *copy = arena_strdup(x->ctx.arena, json);

	if (!live_finish(m->live, str_from(copy)))
		response_text(x, 200, "application/json", str_from(copy));
	return STEP_DONE;
}

/* LOG frames are events; PROGRESS drops the connection. */
static void
said(void *user, struct run *run, uint16_t type, struct str payload)
{
	struct live *live = user;

	(void)run;
	if (type == WIRE_T_LOG)
		live_put(live, payload, LIVE_LOG);
	else
		live_drop(live);
}

static enum step
say_done(struct exchange *x)
{
	return finish(x, "{\"answer\":\n1}");
}

static enum step
say_first(struct exchange *x)
{
	struct message *m = message(x);
	struct box_run box = {
	    .kind = BOX_KIND_CALL,
	    .env = STR_LIT("0f8fad5b-d9cb-469f-a165-70867728950e"),
	    .args = STR_LIT("{}"),
	    .limits = {.wall_ms = 60000},
	};

	if (run_start(&x->ctx, &box) != FAIL_NONE)
		abort();
	x->ctx.run->said = said;
	x->ctx.run->said_user = m->live;
	x->step = say_done;
	return STEP_PARK;
}

/* --- a call that asks ----------------------------------------------------- */

static struct ask *asked[2]; /* by the one call at a time */

static enum step
ask_resumed(struct exchange *x)
{
	struct message *m = x->user;
	struct ask *first = asked[0], *second = asked[1];

	switch (ask_look(m)) {
	case ASK_WAIT:
		return ask_again(m);
	case ASK_DONE:
		break;
	case ASK_LATE:
		return finish(x, "{\"late\":true}");
	case ASK_CANCELLED:
		return finish(x, "{}");
	}
	return finish(x,
	    arena_printf(x->ctx.arena, "{\"roots\":%s,\"form\":%s}",
		json_text(x->ctx.arena, first->answer).p,
		json_text(x->ctx.arena, second->answer).p));
}

static enum step
ask_first(struct exchange *x)
{
	struct message *m = message(x);
	json_t *params = json_keep(x->ctx.arena, json_obj());
	bool late = json_object_get(m->rpc.params, "late") != NULL;

	json_put_str(params, "message", "Who?");
	if (!live_may(m->live))
		return finish(x, "{\"may\":\"not\"}");
	if (ask_send(m, "roots/list", NULL, &asked[0]) != FAIL_NONE ||
	    ask_send(m, "elicitation/create", params, &asked[1]) != FAIL_NONE)
		abort();
	x->step = ask_resumed;
	return ask_wait(m, NULL, late ? 100 : 60000);
}

/* --- the web server's side ------------------------------------------------ */

#define V "HTTP_MCP_PROTOCOL_VERSION", "2025-11-25"
#define JSON                                                                   \
	"CONTENT_TYPE", "application/json", "HTTP_ACCEPT",                     \
	    "application/json, text/event-stream"

static char session[128]; /* the id at hand */

static void
post(struct client *c, struct worker *w, const char *path, const char *body)
{
	const char *pairs[] = {"REQUEST_METHOD", "POST", "DOCUMENT_URI", path,
	    JSON, V, "HTTP_MCP_SESSION_ID", session, NULL};

	client_ask(c, w->path, pairs, str_from(body));
}

/* A POST that is answered at once. */
static void
post_now(struct worker *w, const char *body, const char *want)
{
	struct client c;

	post(&c, w, "/mcp", body);
	client_end(&c);
	if (!client_has(&c, want))
		fail_test("%s: %s", body, c.text.p);
	client_leave(&c);
}

static void
get(struct client *c, struct worker *w, const char *last)
{
	const char *pairs[] = {"REQUEST_METHOD", "GET", "DOCUMENT_URI", "/mcp",
	    "HTTP_ACCEPT", "text/event-stream", V, "HTTP_MCP_SESSION_ID",
	    session, "HTTP_LAST_EVENT_ID", last, NULL};

	if (last == NULL)
		pairs[9] = NULL;
	client_ask(c, w->path, pairs, STR_NONE);
}

static void
initialize(struct worker *w, const char *capabilities)
{
	const char *pairs[] = {
	    "REQUEST_METHOD", "POST", "DOCUMENT_URI", "/mcp", JSON, NULL};
	struct client c;
	char body[512];
	const char *at;

	(void)snprintf(body, sizeof(body),
	    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
	    "\"params\":{\"protocolVersion\":\"2025-11-25\","
	    "\"capabilities\":%s}}",
	    capabilities);
	client_ask(&c, w->path, pairs, str_from(body));
	client_end(&c);
	at = strstr(c.text.p, "Mcp-Session-Id: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Mcp-Session-Id: %120[^\r]", session), 1);
	client_leave(&c);
}

/* The id of the n-th event, from 0. */
static void
event_id(const struct client *c, size_t n, char out[64])
{
	const char *p = c->text.p;

	for (size_t i = 0; i <= n; i++) {
		p = strstr(i == 0 ? p : p + 1, "\nid: ");
		assert_non_null(p);
	}
	assert_int_equal(sscanf(p, "\nid: %60s", out), 1);
}

/* --- the sandbox's side --------------------------------------------------- */

static int
box_accept(void)
{
	char bytes[4096];
	int fd;

	assert_true(
	    fdio_poll(box_listener, POLLIN, clock_mono_ms() + WAIT_MS) > 0);
	fd = accept(box_listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_true(recv(fd, bytes, sizeof(bytes), 0) > 0);
	return fd;
}

static void
box_say(int fd, enum wire_type type, const char *text)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	wire_put(&b, type, 0, 0, str_from(text));
	assert_int_equal(
	    fdio_write_full(fd, b.p, b.n, clock_mono_ms() + WAIT_MS), 0);
	buf_free(&b);
}

static void
box_end(int fd)
{
	struct box_exit e = {.outcome = BOX_OUTCOME_RESULT};
	struct buf b, payload;

	box_say(fd, WIRE_T_RESULT, "1");
	buf_init(&b, 4096);
	buf_init(&payload, 4096);
	box_exit_encode(&payload, &e);
	wire_put(&b, WIRE_T_EXIT, 0, 0, buf_str(&payload));
	assert_int_equal(
	    fdio_write_full(fd, b.p, b.n, clock_mono_ms() + WAIT_MS), 0);
	buf_free(&b);
	buf_free(&payload);
	(void)close(fd);
}

/* --- tests ---------------------------------------------------------------- */

#define CALL                                                                   \
	"{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"method\":\"tools/call\","         \
	"\"params\":{}}"

static void
test_events_and_answer(void **state)
{
	struct client c;
	char id[64];
	int box;

	(void)state;
	initialize(&workers[0], "{}");
	post(&c, &workers[0], "/say", CALL);
	box = box_accept();
	box_say(box, WIRE_T_LOG, "{\"n\":1}");
	client_until(&c, "data: {\"n\":1}\n\n");
	box_say(box, WIRE_T_LOG, "{\"n\":2}");
	box_say(box, WIRE_T_LOG, "{\"n\":3}");
	box_end(box);
	client_end(&c);
	/* One line an event, each with its number, primed. */
	assert_true(client_has(&c, "Content-Type: text/event-stream\r\n"));
	assert_true(client_has(&c, "X-Accel-Buffering: no\r\n"));
	assert_true(client_has(&c, "-0\nretry: 1000\ndata: \n\n"));
	assert_true(client_has(&c, "-3\ndata: {\"n\":3}\n\n"));
	assert_true(client_has(&c, "-4\ndata: {\"answer\": 1}\n\n"));
	assert_int_equal(client_count(&c, "\nid: "), 5);
	event_id(&c, 0, id);
	client_leave(&c);
	/* The other worker knows all that was sent. */
	get(&c, &workers[1], id);
	client_end(&c);
	assert_int_equal(client_count(&c, "data: "), 4);
	assert_true(client_has(&c, "-4\ndata: {\"answer\": 1}\n\n"));
	client_leave(&c);
}

static void
test_says_nothing(void **state)
{
	struct client c;

	(void)state;
	initialize(&workers[0], "{}");
	post(&c, &workers[0], "/say", CALL);
	box_end(box_accept());
	client_end(&c);
	assert_true(client_has(&c, "Content-Type: application/json\r\n"));
	client_leave(&c);
}

/* The client leaves; another worker takes up where it was; then a third
 * connection, and the second ends. */
static void
test_taken_over(void **state)
{
	struct client a, b, c;
	char id[64];
	int box;

	(void)state;
	initialize(&workers[1], "{}");
	post(&a, &workers[0], "/say", CALL);
	box = box_accept();
	box_say(box, WIRE_T_LOG, "{\"n\":1}");
	client_until(&a, "data: {\"n\":1}\n\n");
	event_id(&a, 1, id);
	client_leave(&a);
	box_say(box, WIRE_T_LOG, "{\"n\":2}");
	get(&b, &workers[1], id);
	client_until(&b, "data: {\"n\":2}\n\n");
	assert_false(client_has(&b, "\"n\":1"));
	box_say(box, WIRE_T_LOG, "{\"n\":3}");
	client_until(&b, "data: {\"n\":3}\n\n");
	get(&c, &workers[0], id);
	client_until(&c, "data: {\"n\":3}\n\n");
	client_end(&b);
	assert_false(client_has(&b, "answer"));
	box_end(box);
	client_end(&c);
	assert_true(client_has(&c, "data: {\"answer\": 1}\n\n"));
	client_leave(&b);
	client_leave(&c);
}

/* Between the connections nothing is lost, and nobody waits for the end. */
static void
test_dropped(void **state)
{
	struct client c;
	char id[64];
	int box;

	(void)state;
	for (int early = 0; early < 2; early++) {
		initialize(&workers[0], "{}");
		post(&c, &workers[0], "/say", CALL);
		box = box_accept();
		if (!early) {
			box_say(box, WIRE_T_LOG, "{\"n\":1}");
			client_until(&c, "data: {\"n\":1}\n\n");
		}
		box_say(box, WIRE_T_PROGRESS, "");
		client_end(&c);
		assert_true(client_has(&c, "-0\nretry: 1000\ndata: \n\n"));
		assert_false(client_has(&c, "answer"));
		event_id(&c, 0, id);
		client_leave(&c);
		box_end(box);
		get(&c, &workers[1], id);
		client_end(&c);
		assert_true(client_has(&c, "data: {\"answer\": 1}\n\n"));
		client_leave(&c);
	}
}

static void
test_cancelled_elsewhere(void **state)
{
	struct client a, b;
	int box_a, box_b;
	char c;

	(void)state;
	initialize(&workers[0], "{}");
	post(&a, &workers[0], "/say", CALL);
	box_a = box_accept();
	post(&b, &workers[1], "/say",
	    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\"}");
	box_b = box_accept();
	post_now(&workers[1],
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":\"c\"}}",
	    "Status: 202");
	/* The run is killed, the answer is none. */
	assert_int_equal(recv(box_a, &c, 1, 0), 0);
	client_end(&a);
	assert_true(client_has(&a, "Content-Type: text/event-stream\r\n"));
	assert_false(client_has(&a, "data: {"));
	box_end(box_b);
	client_end(&b);
	assert_true(client_has(&b, "{\"answer\":\n1}"));
	(void)close(box_a);
	client_leave(&a);
	client_leave(&b);
}

/* "id":"…" of the n-th question. */
static void
question_id(const struct client *c, const char *method, char out[64])
{
	const char *end = strstr(c->text.p, method), *p = end;

	assert_non_null(end);
	while (p > c->text.p && strncmp(p, "\"id\":\"", 6) != 0)
		p--;
	assert_int_equal(sscanf(p, "\"id\":\"%60[^\"]", out), 1);
}

static void
reply(struct worker *w, const char *id, const char *what)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
	    "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",%s}", id, what);
	post_now(w, body, "Status: 202");
}

#define CAN_ASK "{\"elicitation\":{},\"roots\":{\"listChanged\":true}}"

static void
test_questions(void **state)
{
	struct client c;
	char roots[64], form[64], before[128];

	(void)state;
	/* Somebody else's session, with an answer to our question. */
	initialize(&workers[0], CAN_ASK);
	(void)snprintf(before, sizeof(before), "%s", session);
	initialize(&workers[0], CAN_ASK);
	post(&c, &workers[0], "/ask", CALL);
	client_until(&c, "\"method\":\"roots/list\"}\n\n");
	client_until(&c,
	    "\"method\":\"elicitation/create\",\"params\":{\"message\":"
	    "\"Who?\"}}\n\n");
	question_id(&c, "\"method\":\"roots/list\"", roots);
	question_id(&c, "\"method\":\"elicitation/create\"", form);
	assert_string_not_equal(roots, form);
	{
		char mine[128];

		(void)snprintf(mine, sizeof(mine), "%s", session);
		(void)snprintf(session, sizeof(session), "%s", before);
		reply(&workers[1], roots, "\"result\":{\"stolen\":1}");
		reply(&workers[1], form, "\"result\":{\"stolen\":1}");
		(void)snprintf(session, sizeof(session), "%s", mine);
	}
	reply(&workers[1], form, "\"error\":{\"code\":-1,\"message\":\"no\"}");
	reply(&workers[1], form, "\"result\":{\"second\":1}");
	reply(&workers[1], "unknown", "\"result\":{}");
	reply(&workers[1], roots, "\"result\":{\"roots\":[]}");
	client_end(&c);
	assert_true(client_has(&c,
	    "data: {\"roots\":{\"result\":{\"roots\":[]}},\"form\":{\"error\":"
	    "{\"code\":-1,\"message\":\"no\"}}}\n\n"));
	client_leave(&c);
}

/* The client comes back by another worker before it answers. */
static void
test_questions_after_a_loss(void **state)
{
	struct client c;
	char roots[64], form[64], id[64];

	(void)state;
	initialize(&workers[0], CAN_ASK);
	post(&c, &workers[0], "/ask", CALL);
	client_until(&c, "elicitation/create");
	event_id(&c, 0, id);
	client_leave(&c);
	get(&c, &workers[1], id);
	client_until(&c, "elicitation/create");
	question_id(&c, "\"method\":\"elicitation/create\"", form);
	question_id(&c, "\"method\":\"roots/list\"", roots);
	reply(&workers[0], roots, "\"result\":{\"roots\":[]}");
	reply(&workers[1], form, "\"result\":{\"action\":\"accept\"}");
	client_until(&c, "\"form\":{\"result\":{\"action\":\"accept\"}}}\n\n");
	client_end(&c);
	client_leave(&c);
}

static void
test_questions_unanswered(void **state)
{
	struct client c;

	(void)state;
	initialize(&workers[0], CAN_ASK);
	post(&c, &workers[0], "/ask",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"late\":true}}");
	client_end(&c);
	assert_true(client_has(&c, "data: {\"late\":true}\n\n"));
	/* Who still thinks about it may stop. */
	assert_true(client_has(&c,
	    "\"method\":\"notifications/cancelled\",\"params\":"
	    "{\"requestId\":"));
	client_leave(&c);
	/* Cancelled instead. */
	post(&c, &workers[0], "/ask", CALL);
	client_until(&c, "elicitation/create");
	post_now(&workers[1],
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	    "\"params\":{\"requestId\":\"c\"}}",
	    "Status: 202");
	client_end(&c);
	assert_false(client_has(&c, "data: {}"));
	client_leave(&c);
}

/* --- resources ------------------------------------------------------------ */

static void
superuser(const char *sql)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	    "psql -X -q -At '%s&user=postgres' -c \"%s\" >/dev/null", url, sql);
	assert_int_equal(system(command), 0);
}

/* Subscriptions are rows; who has a stream is found by them. */
static void
test_subscriptions(void **state)
{
	struct ctx *ctx = test_ctx();
	struct mcpsession row;
	struct list found;
	int64_t ids[2];

	(void)state;
	ctx->db = db_new(&settings, POOL_GATEWAY);
	ctx->settings = &settings;
	ctx->caller.id = "local";
	for (size_t i = 0; i < 2; i++) {
		initialize(&workers[0], "{}");
		assert_int_equal(
		    mcpsession_find(ctx, str_from(session), &row), FAIL_NONE);
		ids[i] = row.id;
	}
	assert_int_equal(
	    mcpsession_subscribe(ctx, ids[1], STR_LIT("a:b")), FAIL_NONE);
	assert_int_equal(
	    mcpsession_subscribe(ctx, ids[1], STR_LIT("a:b")), FAIL_NONE);
	assert_int_equal(
	    mcpsession_subscribed(ctx, STR_LIT("a:b"), ids, 2, &found),
	    FAIL_NONE);
	assert_int_equal(found.n, 1);
	assert_int_equal(*(const int64_t *)found.v, ids[1]);
	for (int i = 1; i < MCPSESSION_SUBSCRIPTIONS; i++)
		assert_int_equal(
		    mcpsession_subscribe(ctx, ids[1],
			str_from(arena_printf(ctx->arena, "x:%d", i))),
		    FAIL_NONE);
	assert_int_equal(
	    mcpsession_subscribe(ctx, ids[1], STR_LIT("y:1")), FAIL_INVALID);
	assert_int_equal(
	    mcpsession_unsubscribe(ctx, ids[1], STR_LIT("a:b")), FAIL_NONE);
	assert_int_equal(
	    mcpsession_subscribed(ctx, STR_LIT("a:b"), ids, 2, &found),
	    FAIL_NONE);
	assert_int_equal(found.n, 0);
	/* What happens to a resource that nobody serves is nobody's news. */
	superuser("NOTIFY mcpbox, 'updated:x:1'");
	db_free(ctx->db);
}

static int
set_up(void **state)
{
	char command[128];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(
	    url, sizeof(url), "postgresql:///mcpbox?host=%s", folder);
	(void)snprintf(command, sizeof(command),
	    "tests/sql/cluster.sh start '%s' >/dev/null", folder);
	if (system(command) != 0)
		return -1;
	(void)snprintf(box_path, sizeof(box_path), "%s/box", folder);
	box_listener = fdio_listen_unix(box_path, 0600, 16);
	start_worker(&workers[0], "one");
	start_worker(&workers[1], "two");
	return box_listener >= 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	stop_worker(&workers[0]);
	stop_worker(&workers[1]);
	exchange_free_all();
	(void)close(box_listener);
	(void)snprintf(
	    command, sizeof(command), "tests/sql/cluster.sh stop '%s'", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_events_and_answer),
	    cmocka_unit_test(test_says_nothing),
	    cmocka_unit_test(test_taken_over),
	    cmocka_unit_test(test_dropped),
	    cmocka_unit_test(test_cancelled_elsewhere),
	    cmocka_unit_test(test_questions),
	    cmocka_unit_test(test_questions_after_a_loss),
	    cmocka_unit_test(test_questions_unanswered),
	    cmocka_unit_test(test_subscriptions),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
