/* Unit tests of sandboxd/cgroup.c, on a folder that looks like a cgroup. */
#include "cgroup.h"

#include <sys/stat.h>

#include "fdio.h"

#include "box_test.h"

static char dir[64];

static void
put(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(fdio_write_file(path, text, strlen(text), 0644), 0);
}

static void
is(const char *name, const char *want)
{
	char path[256];
	char *text;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	text = fdio_read_file(path, 1000, NULL);
	assert_non_null(text);
	/* A real control file takes each write as a value of its own. */
	assert_int_equal(strncmp(text, want, strlen(want)), 0);
	free(text);
}

static void
make_group(const char *name)
{
	static const char *const files[] = {"cgroup.procs", "memory.max",
	    "pids.max", "cpu.weight", "memory.events"};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
	for (size_t i = 0; i < NELEM(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		put(path, "");
	}
}

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/mcpbox-cgroup-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
test_not_delegated(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_null(cgroup_open(dir, &why));
	assert_non_null(strstr(why, "not delegated"));
	put("cgroup.controllers", "cpu memory hugetlb\n");
	assert_null(cgroup_open(dir, &why));
	/* All there, but nothing may be switched on. */
	put("cgroup.controllers", "cpuset cpu io memory pids\n");
	assert_null(cgroup_open(dir, &why));
	assert_non_null(strstr(why, "not ours alone"));
}

static void
test_delegated(void **state)
{
	const char *why = NULL;
	struct cgroup *g;
	char pid[32];

	(void)state;
	put("cgroup.controllers", "cpuset cpu io memory pids\n");
	put("cgroup.subtree_control", "");
	make_group("supervisor");
	make_group("jail-3");
	g = cgroup_open(dir, &why);
	assert_non_null(g);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	is("supervisor/cgroup.procs", pid);
	is("cgroup.subtree_control", "+memory +pids +cpu");
	assert_int_equal(cgroup_add(g, 3, 4711), 0);
	is("jail-3/cgroup.procs", "4711");
	is("jail-3/memory.max", "4294967296");
	is("jail-3/pids.max", "2048");
	put("jail-3/memory.events",
	    "low 0\nhigh 0\nmax 4\noom 1\noom_kill 7\n");
	assert_int_equal(cgroup_oom_kills(g, 3), 7);
	assert_int_equal(cgroup_oom_kills(g, 4), 0);
	cgroup_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_not_delegated, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_delegated, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
