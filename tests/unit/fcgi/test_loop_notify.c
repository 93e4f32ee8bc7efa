/*
 * Notifications of a real PostgreSQL move the cache versions, also after the
 * listening connection was killed.  Runs in the root of the tree.
 */
#include "core_test.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>

#include "clock.h"
#include "fdio.h"
#include "loop.h"
#include "op/cachever.h"
#include "settings.h"

#define WAIT_MS 10000

static char folder[] = "/tmp/mcpbox-notify-XXXXXX";
static char home[] = "/nowhere", url[128], path[64], box[] = "/nowhere/box";
static struct settings settings = {
    .home = home,
    .database_url = url,
    .db_user = "mcpbox_gateway",
    .sandbox_socket = box,
};

static struct loop *loop;
static struct queue *queue;
static int listener, signals[2];
static pthread_t thread;

static void *
run_loop(void *arg)
{
	(void)arg;
	return loop_run(loop) ? NULL : arg;
}

static void
superuser(const char *sql)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	    "psql -X -q -At '%s&user=postgres' -c \"%s\" >/dev/null", url, sql);
	assert_int_equal(system(command), 0);
}

/* Until the version is another than `old`. */
static void
wait_moved(enum cache_topic topic, uint64_t old)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	struct timespec pause = {.tv_nsec = 2000000};

	while (cache_version(topic) == old) {
		if (clock_mono_ms() > deadline)
			fail_test("topic %d did not move", (int)topic);
		(void)nanosleep(&pause, NULL);
	}
}

static void
test_notifications(void **state)
{
	uint64_t accounts, tools;

	(void)state;
	wait_moved(CACHE_ACCOUNTS, 0); /* the first connection moves all */
	accounts = cache_version(CACHE_ACCOUNTS);
	tools = cache_version(CACHE_TOOLS);
	superuser("NOTIFY mcpbox, 'tools:0f8fad5b'");
	wait_moved(CACHE_TOOLS, tools);
	assert_int_equal(cache_version(CACHE_ACCOUNTS), accounts);
	superuser("NOTIFY other, 'accounts'");
	superuser("NOTIFY mcpbox");
	wait_moved(CACHE_ACCOUNTS, accounts); /* no topic: all of them */
}

static void
test_connection_lost(void **state)
{
	uint64_t tools = cache_version(CACHE_TOOLS);

	(void)state;
	superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		  "WHERE application_name = 'mcpbox notify'");
	/* Once when it is lost, once when it is back. */
	wait_moved(CACHE_TOOLS, tools);
	wait_moved(CACHE_TOOLS, tools + 1);
	tools = cache_version(CACHE_TOOLS);
	superuser("NOTIFY mcpbox, 'tools'");
	wait_moved(CACHE_TOOLS, tools);
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
	listener = fdio_listen_unix(path, 0600, 16);
	if (listener < 0 || pipe(signals) != 0 ||
	    fdio_nonblock(signals[0]) != 0)
		return -1;
	queue = queue_new();
	loop = loop_new(&(struct loop_setup){
	    .settings = &settings,
	    .pool = POOL_GATEWAY,
	    .listener = listener,
	    .signal_fd = signals[0],
	    .queue = queue,
	});
	return pthread_create(&thread, NULL, run_loop, &settings);
}

static int
tear_down(void **state)
{
	static const struct signalfd_siginfo info;
	char command[128];
	void *failed;

	(void)state;
	if (write(signals[1], &info, sizeof(info)) != sizeof(info) ||
	    pthread_join(thread, &failed) != 0 || failed != NULL)
		return -1;
	loop_free(loop);
	queue_free(queue);
	(void)close(listener);
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
	    cmocka_unit_test(test_notifications),
	    cmocka_unit_test(test_connection_lost),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
