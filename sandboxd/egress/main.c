/*
 * main.c: mcpbox-egress, the only way out.
 *
 * Theory of operation
 *
 * sandboxd starts it with a listening Unix socket as descriptor 3 and starts
 * it again when it ends; it dies with sandboxd.  It has a user of its own, no
 * capability, no secret of mcpbox, no database and no Python (cage).
 *
 * One thread, one epoll (loop): the socket (door), a connection for each run
 * that uses the network (client), libcurl's sockets (pool), c-ares' sockets
 * (dns), the kernel's news about this host's addresses (own).
 *
 *   door -> client -> job -> transfer -> pool -> libcurl -> the world
 *                      |         \-> body -> decode -> client
 *                      +-> url, host, grant, header, dns, judge
 *                      +-> record
 *
 * A connection begins with OPEN, which says who asks and what is granted
 * (run); what a tool says later cannot change that.  Each FETCH becomes a
 * job.  It is decided in one place and in one order (job.c), on the host in
 * its one spelling (host) and on every address that it leads to (judge); the
 * address that is connected to is judged again at the last moment, and so is
 * the peer of a connection that is used again (transfer).
 *
 * A peer that is slow costs what OUT_HIGH in client.c says: above it answers
 * wait, in libcurl, in the kernel and at the server.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "egress/cage.h"
#include "egress/door.h"
#include "egress/engine.h"
#include "egress/url.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"

#define LISTEN_FD 3
#define BACKLOG 256

static bool stop;

/* --- arguments
 * ------------------------------------------------------------------ */

enum mode { MODE_SERVE, MODE_HELP, MODE_VERSION, MODE_MDOC };

static const struct {
	const char *option;
	enum mode mode;
} modes[] = {
    {"--help", MODE_HELP},
    {"--version", MODE_VERSION},
    {"--mdoc", MODE_MDOC},
};

struct args {
	enum mode mode;
	const char *file;
	const char *socket; /* NULL: descriptor 3 */
};

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: mcpbox-egress [-c FILE] [--socket PATH] [--help] "
	    "[--version] [--mdoc]\n"
	    "\n"
	    "Makes the tools' HTTP requests, those that are granted.\n"
	    "\n"
	    "  -c FILE        settings, instead of etc/mcpbox.conf in "
	    "MCPBOX_HOME\n"
	    "  --socket PATH  listen here, instead of on descriptor 3\n"
	    "  --mdoc         print the settings as mdoc, for the manual\n",
	    out);
}

static bool
parse(int argc, char **argv, struct args *a)
{
	for (int i = 1; i < argc; i++) {
		bool known = false;

		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			a->file = argv[++i];
			continue;
		}
		if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc) {
			a->socket = argv[++i];
			continue;
		}
		for (size_t k = 0; k < NELEM(modes); k++) {
			if (strcmp(argv[i], modes[k].option) == 0) {
				a->mode = modes[k].mode;
				known = true;
			}
		}
		if (!known) {
			usage(stderr);
			return false;
		}
	}
	return true;
}

static int
print(enum mode mode)
{
	if (mode == MODE_VERSION) {
		(void)puts("mcpbox-egress " MCPBOX_VERSION);
		return 0;
	}
	if (mode == MODE_MDOC) {
		conf_mdoc(settings_defs, stdout);
		return 0;
	}
	usage(stdout);
	(void)puts("\nSettings (environment or mcpbox.conf):");
	conf_help(settings_defs, stdout);
	return 0;
}

/* --- setting up
 * ------------------------------------------------------------------- */

/* A listening Unix stream socket, and nothing else. */
static bool
is_listener(int fd)
{
	static const struct {
		int option, value;
	} want[] = {
	    {SO_DOMAIN, AF_UNIX},
	    {SO_TYPE, SOCK_STREAM},
	    {SO_ACCEPTCONN, 1},
	};

	for (size_t i = 0; i < NELEM(want); i++) {
		int value = -1;
		socklen_t n = sizeof(value);

		if (getsockopt(fd, SOL_SOCKET, want[i].option, &value, &n) !=
			0 ||
		    value != want[i].value)
			return false;
	}
	return true;
}

static int
get_listener(const char *path)
{
	int fd = LISTEN_FD;

	/* What else the starter had open is none of our business. */
	if (close_range(path != NULL ? LISTEN_FD : LISTEN_FD + 1, ~0U, 0) != 0)
		log_fatal("cannot close descriptors", strerror(errno));
	if (path != NULL) {
		fd = fdio_listen_unix(path, 0600, BACKLOG);
		if (fd < 0)
			log_fatal(
			    "cannot listen on the socket", strerror(errno));
		return fd;
	}
	if (!is_listener(fd))
		log_fatal("descriptor 3 is not a listening Unix socket",
		    "use --socket PATH to start it by hand");
	if (fdio_nonblock(fd) != 0 || fdio_cloexec(fd) != 0)
		log_fatal("cannot use descriptor 3", strerror(errno));
	return fd;
}

/*
 * Nothing of the environment reaches the libraries: they know a dozen names
 * there that redirect traffic or write keys to files.
 */
static void
start_libraries(void)
{
	struct outcome o;
	struct url u;

	if (clearenv() != 0)
		log_fatal("cannot clear the environment", strerror(errno));
	/* For names that are not ASCII, which libidn2 reads by the locale. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		log_warning("no locale C.UTF-8: only ASCII names are known");
	if (curl_global_init(CURL_GLOBAL_ALL) != 0)
		log_fatal("cannot start libcurl", NULL);
	/* What is loaded on first use is loaded while it can be. */
	if (url_parse(&u,
		STR_LIT("https://b\xc3\xbc"
			"cher.example/"),
		&o))
		url_free(&u);
}

static void
on_signal(struct watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		stop = true;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
set_up(struct engine *e, const struct settings *s)
{
	e->loop = loop_new();
	e->settings = s;
	e->ca_folder = is_folder(s->ca_bundle);
	e->judge = judge_new(e->loop, s->nat64, stderr);
	e->dns = dns_new(e->loop, s->dns, stderr);
	if (s->proxy != NULL)
		e->proxy = proxy_new(
		    s->proxy, strcmp(s->proxy_names, "proxy") == 0, stderr);
	e->pools = pools_new(e->loop, (size_t)s->max_pools, s->idle_s * 1000);
	return e->judge != NULL && e->dns != NULL &&
	    (s->proxy == NULL || e->proxy != NULL);
}

static void
tear_down(struct engine *e)
{
	pools_free(e->pools);
	dns_free(e->dns);
	judge_free(e->judge);
	proxy_free(e->proxy);
	loop_free(e->loop);
	curl_global_cleanup();
}

static int
serve(const struct args *a, const struct settings *s)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct engine e = {.loop = NULL};
	pid_t parent = getppid();
	uid_t starter = getuid(), uid;
	gid_t gid;
	int listener = get_listener(a->socket);
	struct watch watch;
	struct door *door;
	int fd;

	cage_user(s, &uid, &gid);
	start_libraries();
	if (!set_up(&e, s)) {
		tear_down(&e);
		return 2;
	}
	fd = proc_signalfd(signals);
	if (fd < 0)
		log_fatal("cannot wait for signals", strerror(errno));
	cage_enter(s, uid, gid, parent);
	loop_watch(e.loop, &watch, fd, EPOLLIN, on_signal);
	door = door_new(&e, listener, starter, (unsigned)s->max_clients);
	log_info("ready", LOG_INT("uid", geteuid()),
	    LOG_BOOL("proxy", e.proxy != NULL));
	while (!stop)
		loop_once(e.loop);
	log_info("stopping");
	door_free(door);
	loop_unwatch(e.loop, &watch);
	(void)close(fd);
	(void)close(listener);
	tear_down(&e);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct settings s;
	enum log_level least = LOG_LEVEL_INFO;
	struct args a = {.mode = MODE_SERVE};
	int status;

	if (!parse(argc, argv, &a))
		return 2;
	if (a.mode != MODE_SERVE)
		return print(a.mode);
	log_init("mcpbox-egress", least);
	if (!settings_load(&s, a.file, environ, stderr))
		return 2;
	(void)log_level_parse(str_from(s.log_level), &least);
	log_init("mcpbox-egress", least);
	status = serve(&a, &s);
	settings_free(&s);
	return status;
}
