/*
 * master_listen.c: the listening sockets of the pools.
 */
#include "master_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "log.h"
#include "op/ctx.h"
#include "privs.h"
#include "proc.h"

/* A full queue is an instant 502 in nginx; the kernel caps it at somaxconn. */
#define BACKLOG 4096
#define LISTEN_FD 3 /* first descriptor passed by systemd */

static const char *const pool_names[] = {"admin", "gateway"};

static bool
failed(const char *what, const char *where)
{
	log_error("no listener", LOG_STR("step", what), LOG_STR("path", where),
	    LOG_STR("error", strerror(errno)));
	return false;
}

/* --- passed to us --------------------------------------------------------- */

static bool
is_listening(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 &&
	    on != 0;
}

/* The pool of the nth socket: by LISTEN_FDNAMES, else by its place. */
static int
pool_of(int nth)
{
	struct str names = str_from(getenv("LISTEN_FDNAMES")), name = names;

	for (int i = 0; i <= nth && names.p != NULL; i++)
		name = str_split(&names, ':');
	for (int pool = POOL_ADMIN; pool <= POOL_GATEWAY; pool++) {
		if (str_eq_c(name, pool_names[pool]))
			return pool;
	}
	return nth;
}

static bool
take_systemd(struct listeners *l)
{
	int n = proc_listen_fds();

	for (int i = 0; i < n; i++) {
		int fd = LISTEN_FD + i, pool = pool_of(i);

		if (pool > POOL_GATEWAY || l->fd[pool] >= 0 ||
		    !is_listening(fd)) {
			log_warning("a passed descriptor is of no use",
			    LOG_INT("fd", fd));
			continue;
		}
		if (fdio_nonblock(fd) != 0)
			return failed("fcntl", "LISTEN_FDS");
		l->fd[pool] = fd;
	}
	return true;
}

/* Off descriptor 0, where library code would expect a harmless input. */
static bool
take_stdin(struct listeners *l, const struct settings *s)
{
	int pool = strcmp(s->pool, "gateway") == 0 ? POOL_GATEWAY : POOL_ADMIN;
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, LISTEN_FD);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    fdio_nonblock(fd) != 0)
		return failed("dup", "descriptor 0");
	(void)close(null);
	l->fd[pool] = fd;
	return true;
}

/* --- by path -------------------------------------------------------------- */

struct owners {
	bool root;
	uid_t user;
	gid_t nginx;
};

static bool
find_owners(const struct settings *s, struct owners *o)
{
	o->root = geteuid() == 0;
	if (!o->root)
		return true;
	errno = ENOENT;
	if (!privs_user(s->user, &o->user, NULL))
		return failed("user", s->user);
	if (!privs_group(s->nginx_user, &o->nginx))
		return failed("group", s->nginx_user);
	return true;
}

/* The folder of a socket, made when it is missing: for us and for nginx. */
static bool
make_folder(const char *path, const struct owners *o)
{
	char *folder = strdup(path), *slash;
	bool ok = true;

	if (folder == NULL)
		log_panic("out of memory", "listener");
	slash = strrchr(folder, '/');
	*slash = '\0';
	if (mkdir(folder, 0750) == 0)
		ok = !o->root || chown(folder, 0, o->nginx) == 0;
	else
		ok = errno == EEXIST;
	if (!ok)
		(void)failed("folder", folder);
	free(folder);
	return ok;
}

static bool
open_path(struct listeners *l, enum pool pool, const char *path,
    const struct owners *o)
{
	if (!make_folder(path, o))
		return false;
	l->fd[pool] = fdio_listen_unix(path, 0660, BACKLOG);
	if (l->fd[pool] < 0)
		return failed("listen", path);
	(void)snprintf(l->path[pool], LISTENERS_PATH_MAX, "%s", path);
	if (o->root && chown(path, o->user, o->nginx) != 0)
		return failed("chown", path);
	return true;
}

bool
listeners_open(struct listeners *l, const struct settings *s)
{
	struct owners owners;

	*l = LISTENERS_NONE;
	if (!take_systemd(l))
		return false;
	if (l->fd[POOL_ADMIN] >= 0 || l->fd[POOL_GATEWAY] >= 0)
		return true;
	if (is_listening(STDIN_FILENO))
		return take_stdin(l, s);
	return find_owners(s, &owners) &&
	    open_path(l, POOL_ADMIN, s->admin_socket, &owners) &&
	    open_path(l, POOL_GATEWAY, s->gateway_socket, &owners);
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < NELEM(l->fd); i++) {
		if (l->fd[i] < 0)
			continue;
		(void)close(l->fd[i]);
		if (l->path[i][0] != '\0')
			(void)unlink(l->path[i]);
		l->fd[i] = -1;
	}
}
