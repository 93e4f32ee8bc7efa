/* Unit tests of lib/privs.c.  Most of it needs root; else it is skipped. */
#include "privs.h"

#include "lib_test.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#define NOBODY 65534

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* The value of a line of /proc/self/status, without white space in front. */
static const char *
status_of(const char *name)
{
	static char line[1024];
	size_t n = strlen(name);
	FILE *f = fopen("/proc/self/status", "r");

	if (f == NULL)
		_exit(90);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *p = line + n + 1;

		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		(void)fclose(f);
		line[strcspn(line, "\n")] = '\0';
		while (*p == ' ' || *p == '\t')
			p++;
		return p;
	}
	_exit(91);
}

static void
check_dropped(void)
{
	static const char *const caps[] = {
	    "CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"};

	if (strcmp(status_of("Uid"), "65534\t65534\t65534\t65534") != 0)
		_exit(10);
	if (strcmp(status_of("Gid"), "65534\t65534\t65534\t65534") != 0)
		_exit(11);
	if (status_of("Groups")[0] != '\0')
		_exit(12);
	for (int i = 0; i < (int)NELEM(caps); i++) {
		if (strcmp(status_of(caps[i]), "0000000000000000") != 0)
			_exit(20 + i);
	}
	if (strcmp(status_of("NoNewPrivs"), "1") != 0)
		_exit(13);
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		_exit(14);
	if (open("/etc/shadow", O_RDONLY) >= 0)
		_exit(15);
}

static void
drop_from_root(void)
{
	gid_t groups[] = {1, 2, 3};

	if (setgroups(NELEM(groups), groups) != 0)
		_exit(2);
	privs_drop(NOBODY, NOBODY);
	check_dropped();
	/* Once more is no mistake. */
	privs_drop(NOBODY, NOBODY);
	check_dropped();
}

/* Capabilities kept across the change of uid must go as well. */
static void
drop_with_keepcaps(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1) != 0)
		_exit(2);
	privs_drop(NOBODY, NOBODY);
	check_dropped();
}

/* A saved root uid is the classic way back. */
static void
drop_with_saved_root(void)
{
	if (setresuid(NOBODY, NOBODY, 0) != 0)
		_exit(2);
	privs_drop(NOBODY, NOBODY);
	_exit(3);
}

static void
drop_to_root(void)
{
	privs_drop(0, NOBODY);
	_exit(3);
}

static void
drop_to_root_group(void)
{
	privs_drop(NOBODY, 0);
	_exit(3);
}

static void
drop_to_another_without_right(void)
{
	privs_drop(NOBODY, NOBODY);
	privs_drop(NOBODY - 1, NOBODY);
	_exit(3);
}

static void
test_drop(void **state)
{
	(void)state;
	need_root();
	assert_exits(drop_from_root, 0);
	assert_exits(drop_with_keepcaps, 0);
}

static void
test_drop_refuses(void **state)
{
	(void)state;
	assert_exits(drop_to_root, 1);
	assert_exits(drop_to_root_group, 1);
	need_root();
	/* Without CAP_SETGID it cannot drop the groups: the end, not a try. */
	assert_exits(drop_with_saved_root, 1);
	assert_exits(drop_to_another_without_right, 1);
}

static void
only_caps(void)
{
	if (privs_drop_caps() != 0)
		_exit(2);
	if (strcmp(status_of("CapEff"), "0000000000000000") != 0 ||
	    strcmp(status_of("CapPrm"), "0000000000000000") != 0 ||
	    strcmp(status_of("CapBnd"), "0000000000000000") != 0)
		_exit(3);
	if (setresuid(NOBODY, NOBODY, NOBODY) == 0)
		_exit(4);
	/* Nothing left to drop is fine. */
	if (privs_drop_caps() != 0)
		_exit(5);
}

static void
no_new_privs(void)
{
	privs_no_new_privs();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		_exit(2);
}

static void
test_pieces(void **state)
{
	(void)state;
	assert_exits(no_new_privs, 0);
	need_root();
	assert_exits(only_caps, 0);
}

static void
test_lookup(void **state)
{
	uid_t uid = 1;
	gid_t gid = 1;

	(void)state;
	assert_true(privs_user("root", &uid, &gid));
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	assert_true(privs_user("root", NULL, NULL));
	assert_false(privs_user("no-such-user-here", &uid, &gid));
	assert_false(privs_user("", &uid, &gid));
	gid = 1;
	assert_true(privs_group("root", &gid));
	assert_int_equal(gid, 0);
	assert_false(privs_group("no-such-group-here", &gid));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_drop),
	    cmocka_unit_test(test_drop_refuses),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_lookup),
	};

	return cmocka_run_group_tests_name("privs", tests, NULL, NULL);
}
