/*
 * Orders of a real PostgreSQL to end runs reach a sandboxd of our own making.
 * Runs in the root of the tree.
 */
#include "core_test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#include "box.h"
#include "clock.h"
#include "fdio.h"
#include "loop.h"
#include "settings.h"
#include "wire.h"

#define WAIT_MS 20000
#define TOLD_MAX 8192

static char folder[] = "/tmp/mcpbox-kill-XXXXXX";
static char home[] = "/nowhere", url[128], path[64], box[64];
static struct settings settings = {
    .home = home,
    .database_url = url,
    .db_user = "mcpbox_admin",
    .sandbox_socket = box,
};

static struct loop *loop;
static struct queue *queue;
static int listener, signals[2];
static pthread_t loop_thread;
static _Atomic int missed, sent;

/* --- the other side ------------------------------------------------------- */

static int sandbox;
static pthread_t sandbox_thread;
static _Atomic bool stop;
/* Connections that are closed without an answer before one is served. */
static _Atomic int rude;
static _Atomic size_t ntold;
static struct {
	enum box_kill_what what;
	char value[64];
	char why[64];
} told[TOLD_MAX]; /* written before ntold moves */

static void
remember(struct str payload)
{
	size_t n = atomic_load(&ntold);
	struct box_kill k;

	if (n == TOLD_MAX || !box_kill_decode(payload, &k))
		return;
	told[n].what = k.what;
	(void)snprintf(
	    told[n].value, sizeof(told[n].value), "%.*s", STR_FMT(k.value));
	(void)snprintf(
	    told[n].why, sizeof(told[n].why), "%.*s", STR_FMT(k.why));
	atomic_store(&ntold, n + 1);
}

static void
serve_one(int fd)
{
	struct wire_reader r;
	struct wire_frame f;
	struct buf out;
	bool whole = false;

	wire_reader_init(&r, WIRE_UP, 65536);
	while (!whole) {
		size_t room;
		char *p = wire_reader_room(&r, &room);
		ssize_t n = read(fd, p, room);

		if (n <= 0)
			break;
		wire_reader_added(&r, (size_t)n);
		whole = wire_reader_next(&r, &f) == WIRE_NEXT_FRAME;
	}
	if (whole && f.type == WIRE_T_KILL) {
		remember(f.payload);
		buf_init(&out, 64);
		wire_put(
		    &out, WIRE_T_KILLED, f.id, 0, STR_LIT("\x01\x00\x00\x00"));
		(void)!write(fd, out.p, out.n);
		buf_free(&out);
	}
	wire_reader_free(&r);
}

static void *
serve(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		struct pollfd p = {.fd = sandbox, .events = POLLIN};
		int fd;

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(sandbox, NULL, NULL);
		if (fd < 0)
			continue;
		if (atomic_load(&rude) > 0)
			atomic_fetch_sub(&rude, 1);
		else
			serve_one(fd);
		(void)close(fd);
	}
	return NULL;
}

/* --- our side ------------------------------------------------------------- */

static void
on_ordered(void *arg, bool some_missed)
{
	assert_ptr_equal(arg, &settings);
	atomic_fetch_add(some_missed ? &missed : &sent, 1);
}

static void *
run_loop(void *arg)
{
	(void)arg;
	return loop_run(loop) ? NULL : arg;
}

static void
sql_as(const char *role, const char *text)
{
	char command[1024];

	(void)snprintf(command, sizeof(command),
	    "psql -X -q -At -v ON_ERROR_STOP=1 "
	    "'%s&user=%s&options=-csearch_path%%3Dmcpbox' -c \"%s\" "
	    ">/dev/null",
	    url, role, text);
	assert_int_equal(system(command), 0);
}

static void
wait_int(_Atomic int *value, int least)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	struct timespec pause = {.tv_nsec = 2000000};

	while (atomic_load(value) < least) {
		if (clock_mono_ms() > deadline)
			fail_test("waited for %d", least);
		(void)nanosleep(&pause, NULL);
	}
}

/* The order about `value`, once it came. */
static size_t
wait_told(const char *value)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	struct timespec pause = {.tv_nsec = 2000000};

	for (size_t i = 0;;) {
		for (; i < atomic_load(&ntold); i++) {
			if (strcmp(told[i].value, value) == 0)
				return i;
		}
		if (clock_mono_ms() > deadline)
			fail_test("not told of %s", value);
		(void)nanosleep(&pause, NULL);
	}
}

static void
test_an_order(void **state)
{
	int before;

	(void)state;
	wait_int(&missed, 1); /* it listens, and may have missed some */
	before = atomic_load(&sent);
	sql_as("mcpbox_gateway",
	    "INSERT INTO server (name, created_by) VALUES ('one', 'x'); "
	    "UPDATE server SET status = 'running' WHERE name = 'one';");
	sql_as("mcpbox_gateway",
	    "UPDATE server SET status = 'stopped' WHERE name = 'one'");
	wait_int(&sent, before + 1);
	sql_as("postgres", "SELECT kill_runs('tool', 'a__b', 'w.', true)");
	assert_int_equal(wait_told("a__b"), 1);
	assert_int_equal(told[0].what, BOX_KILL_ENV);
	assert_true(str_is_uuid(str_from(told[0].value)));
	assert_string_equal(told[0].why, "The server was stopped.");
	assert_int_equal(told[1].what, BOX_KILL_TOOL);
	assert_string_equal(told[1].why, "w.");
}

/* Anyone may notify; what is not in the table is nothing. */
static void
test_nobody_makes_one_up(void **state)
{
	size_t n = atomic_load(&ntold);

	(void)state;
	sql_as("mcpbox_gateway",
	    "SELECT pg_notify('mcpbox_kill', p) FROM unnest(ARRAY['tool:a__b',"
	    "'', '-1', '0', '1e3', '1,2', '999999', '9999999999999999999999']) "
	    "p");
	sql_as("postgres", "SELECT kill_runs('tool', 'c__d', 'w.', true)");
	assert_int_equal(wait_told("c__d"), n);
}

static void
test_many_at_once(void **state)
{
	(void)state;
	sql_as("postgres",
	    "SELECT kill_runs('tool', 's__t' || i, 'w.', true) "
	    "FROM generate_series(1, 300) i");
	for (int i = 1; i <= 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "s__t%d", i);
		(void)wait_told(name);
	}
}

/* More than are asked for one by one: all of the last minutes are read. */
static void
test_too_many(void **state)
{
	int before = atomic_load(&missed);

	(void)state;
	sql_as("postgres",
	    "SELECT kill_runs('tool', 's__t' || i, 'w.', true) "
	    "FROM generate_series(1, 3000) i");
	wait_int(&missed, before + 1);
}

static void
test_a_sandbox_that_hangs_up(void **state)
{
	(void)state;
	atomic_store(&rude, 3);
	sql_as("postgres", "SELECT kill_runs('tool', 'again__x', 'w.', true)");
	(void)wait_told("again__x");
	assert_int_equal(atomic_load(&rude), 0);
}

static void
test_connection_lost(void **state)
{
	int before = atomic_load(&missed);

	(void)state;
	sql_as("postgres",
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	    "WHERE application_name = 'mcpbox notify'");
	wait_int(&missed, before + 1);
	sql_as("postgres", "SELECT kill_runs('tool', 'new__x', 'w.', true)");
	(void)wait_told("new__x");
}

/* Last: the loop goes on without a sandbox. */
static void
test_nobody_there(void **state)
{
	int before = atomic_load(&sent);

	(void)state;
	assert_int_equal(unlink(box), 0);
	sql_as("postgres", "SELECT kill_runs('tool', 'x__x', 'w.', true)");
	wait_int(&sent, before + 1);
}

static int
set_up(void **state)
{
	char command[128];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(
	    url, sizeof(url), "postgresql:///mcpbox?host=%s", folder);
	(void)snprintf(command, sizeof(command),
	    "tests/sql/cluster.sh start '%s' >/dev/null", folder);
	if (system(command) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/web", folder);
	(void)snprintf(box, sizeof(box), "%s/box", folder);
	listener = fdio_listen_unix(path, 0600, 16);
	sandbox = fdio_listen_unix(box, 0600, 16);
	if (listener < 0 || sandbox < 0 || pipe(signals) != 0 ||
	    fdio_nonblock(signals[0]) != 0 ||
	    pthread_create(&sandbox_thread, NULL, serve, NULL) != 0)
		return -1;
	queue = queue_new();
	loop = loop_new(&(struct loop_setup){
	    .settings = &settings,
	    .pool = POOL_ADMIN,
	    .listener = listener,
	    .signal_fd = signals[0],
	    .queue = queue,
	    .ordered = on_ordered,
	    .arg = &settings,
	});
	return pthread_create(&loop_thread, NULL, run_loop, &settings);
}

static int
tear_down(void **state)
{
	static const struct signalfd_siginfo info;
	char command[128];
	void *failed;

	(void)state;
	atomic_store(&stop, true);
	if (write(signals[1], &info, sizeof(info)) != sizeof(info) ||
	    pthread_join(loop_thread, &failed) != 0 || failed != NULL ||
	    pthread_join(sandbox_thread, NULL) != 0)
		return -1;
	loop_free(loop);
	queue_free(queue);
	(void)close(listener);
	(void)close(sandbox);
	(void)close(signals[0]);
	(void)close(signals[1]);
	(void)snprintf(
	    command, sizeof(command), "tests/sql/cluster.sh stop '%s'", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_order),
	    cmocka_unit_test(test_nobody_makes_one_up),
	    cmocka_unit_test(test_many_at_once),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_a_sandbox_that_hangs_up),
	    cmocka_unit_test(test_connection_lost),
	    cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
