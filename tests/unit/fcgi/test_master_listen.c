/*
 * Where the listening sockets come from.  Each case is a process of its own.
 */
#include "core_test.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fdio.h"
#include "master_listen.h"

static char folder[] = "/tmp/mcpbox-listen-XXXXXX";
static char admin[64], gateway[64], pool[] = "gateway", user[] = "nobody",
				    nginx[] = "nogroup";
static struct settings settings = {
    .admin_socket = admin,
    .gateway_socket = gateway,
    .pool = pool,
    .user = user,
    .nginx_user = nginx,
};

static void
require(bool ok)
{
	if (!ok)
		_exit(1);
}

static bool
usable(int fd)
{
	int flags = fcntl(fd, F_GETFL), cloexec = fcntl(fd, F_GETFD);

	return flags >= 0 && (flags & O_NONBLOCK) != 0 && cloexec >= 0 &&
	    (cloexec & FD_CLOEXEC) != 0;
}

/* A blocking listener as a service manager would pass it, on `fd`. */
static void
pass(int fd)
{
	char path[80];
	int made;

	(void)snprintf(path, sizeof(path), "%s/passed%d", folder, fd);
	made = fdio_listen_unix(path, 0600, 5);
	require(made >= 0);
	if (made != fd) {
		require(dup2(made, fd) == fd);
		(void)close(made);
	}
	require(fcntl(fd, F_SETFL, 0) == 0);
	require(fcntl(fd, F_SETFD, 0) == 0);
	(void)unlink(path);
}

static void
set_number(const char *name, long value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%ld", value);
	(void)setenv(name, text, 1);
}

static void
by_path(void)
{
	struct listeners l;
	struct stat st;

	(void)close(STDIN_FILENO);
	require(open("/dev/null", O_RDONLY) == STDIN_FILENO);
	require(listeners_open(&l, &settings));
	require(usable(l.fd[POOL_ADMIN]) && usable(l.fd[POOL_GATEWAY]));
	require(stat(admin, &st) == 0 && S_ISSOCK(st.st_mode));
	require((st.st_mode & 0777) == 0660);
	require(fdio_connect_unix(gateway, false) >= 0);
	listeners_close(&l);
	require(stat(admin, &st) != 0 && stat(gateway, &st) != 0);
	require(l.fd[POOL_ADMIN] == -1);
}

static void
in_use(void)
{
	struct listeners l, second;

	require(listeners_open(&l, &settings));
	require(!listeners_open(&second, &settings));
	listeners_close(&second);
	require(fdio_connect_unix(admin, false) >= 0); /* still there */
	listeners_close(&l);
}

static void
on_stdin(void)
{
	struct listeners l;

	(void)close(STDIN_FILENO);
	pass(STDIN_FILENO);
	require(listeners_open(&l, &settings));
	require(l.fd[POOL_ADMIN] == -1 && l.fd[POOL_GATEWAY] > 2);
	require(usable(l.fd[POOL_GATEWAY]));
	require(l.path[POOL_GATEWAY][0] == '\0');
	/* Descriptor 0 itself is harmless now. */
	require(read(STDIN_FILENO, folder, 1) == 0);
}

static void
systemd(const char *names, int admin_fd, int gateway_fd)
{
	struct listeners l;

	for (int fd = 3; fd < 20; fd++)
		(void)close(fd);
	pass(3);
	pass(4);
	set_number("LISTEN_PID", (long)getpid());
	set_number("LISTEN_FDS", 2);
	if (names != NULL)
		(void)setenv("LISTEN_FDNAMES", names, 1);
	require(listeners_open(&l, &settings));
	require(l.fd[POOL_ADMIN] == admin_fd);
	require(l.fd[POOL_GATEWAY] == gateway_fd);
	require(usable(3) && usable(4));
}

static void
systemd_in_order(void)
{
	systemd(NULL, 3, 4);
}

static void
systemd_by_name(void)
{
	systemd("gateway:admin", 4, 3);
}

static void
test_all(void **state)
{
	static void (*const cases[])(void) = {
	    by_path, in_use, on_stdin, systemd_in_order, systemd_by_name};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		int status = run_child(cases[i]);

		if (status != 0)
			fail_test("case %zu: status %d", i, status);
	}
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(admin, sizeof(admin), "%s/run/admin.sock", folder);
	(void)snprintf(gateway, sizeof(gateway), "%s/run/gateway.sock", folder);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
