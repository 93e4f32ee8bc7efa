/*
 * main.c: mcpbox-sandboxd, the supervisor of the sandbox.
 *
 * Theory of operation
 *
 * Five kinds of processes, from the most to the least trusted:
 *
 *   supervisor      this program.  Root in root mode, else a plain user.  No
 *                   Python, no TLS, no JSON parser, no network.  One thread,
 *                   one epoll (loop).  Listens on a Unix socket (listen);
 *                   keeps runs (call) and whose turn it is (queue); decides
 *                   which process gets which run (pool) and how many are kept
 *                   warm (pool_size); writes uid maps and cgroups; keeps
 *                   deadlines, kills, and says how a run ended (reap).
 *   mcpbox-egress   executed with little environment and a listening socket
 *                   (egress_proc).  The only one with a network: it makes the
 *                   tools' requests, those that a run's grants allow.
 *   root zygote     mcpbox-run, executed with an empty environment and no
 *                   descriptor but 0-2 and its control socket (spawn, gen).
 *                   Boots Python, imports what tools may import, compiles the
 *                   filters.  As root it keeps SETUID, SETGID and SYS_ADMIN.
 *   zygote          one for each server (jail): a clone of the root zygote
 *                   in seven new namespaces.  Pid 1, read-only root, no
 *                   network, its own user ids, the same three capabilities
 *                   but only inside its user namespace, its own seccomp
 *                   filter.  Never runs a line of a tool.
 *   child           one for each call (cell): a clone of its zygote in a pid
 *                   namespace of its own, made ahead of time.  No capability,
 *                   its slot's user id, Landlock, seccomp.  Takes one run,
 *                   answers, is killed.
 *
 * Sockets:
 *   worker - supervisor      stream, frames of lib/wire, one run each
 *   supervisor - root zygote \ SEQPACKET, messages of wall/ctl; descriptors
 *   supervisor - zygote      / (a child's socket, pidfds) travel here only
 *   supervisor - child       stream: 8 bytes of greeting, then frames.  The
 *                            child can read and write, not pass descriptors.
 *   supervisor - egress      stream, one for each run that makes requests
 *                            (egress_link); what is granted goes first, and
 *                            comes from the worker, not from the child
 *
 * Who dies with whom: the root zygote and egress with the supervisor, and
 * zygotes with the root zygote (PR_SET_PDEATHSIG); children with their zygote,
 * which is the init of their pid namespace.  So `kill -9` of anything leaves
 * nothing behind, and what is needed is started again.
 *
 * A run that a child answers is over with its answer; every other end is
 * judged from the wait status and the supervisor's own deeds, never from what
 * the child says.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "config.h"
#include "demote.h"
#include "egress_proc.h"
#include "lease.h"
#include "listen.h"
#include "log.h"
#include "loop.h"
#include "pool.h"
#include "privs.h"
#include "proc.h"
#include "report.h"
#include "selfcheck.h"

#define MESSAGE_MAX 2048

#define CONNECTIONS_SPARE 160 /* for checks, health and kills */

struct super {
	struct config config;
	const char *file; /* of settings; NULL: the default one */
	struct loop *loop;
	struct cgroup *cgroup;
	const char *cgroup_why; /* NULL: there is one */
	struct pool *pool;
	struct listener *listener;
	struct layers layers;
	struct calls calls;
	struct leases leases;
	char *egress_socket;
	int64_t started_ms;
	struct watch signals;
	bool stop;
};

/* --- arguments
 * ------------------------------------------------------------------ */

enum mode { MODE_SERVE, MODE_SELFCHECK, MODE_HELP, MODE_VERSION, MODE_MDOC };

static const struct {
	const char *option;
	enum mode mode;
} modes[] = {
    {"--selfcheck", MODE_SELFCHECK},
    {"--help", MODE_HELP},
    {"--version", MODE_VERSION},
    {"--mdoc", MODE_MDOC},
};

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: mcpbox-sandboxd [-c FILE] [--selfcheck] [--help] "
	    "[--version] [--mdoc]\n"
	    "\n"
	    "Runs the tools' code, each call in a process of its own.\n"
	    "\n"
	    "  -c FILE      settings, instead of etc/mcpbox.conf in "
	    "MCPBOX_HOME\n"
	    "  --selfcheck  try the sandbox, print its layers as a table and "
	    "as JSON\n"
	    "  --mdoc       print the settings as mdoc, for the manual\n",
	    out);
}

static bool
parse(int argc, char **argv, enum mode *mode, const char **file)
{
	for (int i = 1; i < argc; i++) {
		bool known = false;

		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			*file = argv[++i];
			continue;
		}
		for (size_t k = 0; k < NELEM(modes); k++) {
			if (strcmp(argv[i], modes[k].option) == 0) {
				*mode = modes[k].mode;
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

/* --- setting up
 * ------------------------------------------------------------------- */

static void
on_signal(struct watch *w, uint32_t events)
{
	struct super *s = LOOP_OWNER(struct super, signals, w);
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			s->stop = true;
	}
}

static void
watch_signals(struct super *s)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
	int fd = proc_signalfd(signals);

	if (fd < 0)
		log_fatal("cannot watch signals", strerror(errno));
	loop_watch(s->loop, &s->signals, fd, EPOLLIN, on_signal);
}

/* A connection is a descriptor, a process two or three. */
static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		log_warning("cannot raise the number of descriptors",
		    LOG_STR("error", strerror(errno)));
}

static void
set_up(struct super *s)
{
	const char *why;

	raise_limit();
	demote_reserve((unsigned)s->config.reserved_cpus);
	s->started_ms = clock_mono_ms();
	s->loop = loop_new();
	watch_signals(s);
	s->cgroup = cgroup_open(NULL, &why);
	s->cgroup_why = s->cgroup == NULL ? why : NULL;
	s->pool = pool_new(s->loop, &s->config, s->cgroup);
	s->calls.loop = s->loop;
	s->calls.pool = s->pool;
	leases_init(&s->leases, &s->calls, (unsigned)s->config.leases);
	s->calls.leases = &s->leases;
}

/* `socket`: its path; NULL: it needs none that others could find. */
static void
start_egress(struct super *s, const char *socket)
{
	struct egress_proc_config c = {
	    .program = s->config.egress_program,
	    .socket = socket,
	    .file = s->file,
	    .environ = environ,
	};

	s->calls.egress = egress_proc_new(s->loop, &c);
}

static void
tear_down(struct super *s)
{
	int fd = s->signals.fd;

	listen_free(s->listener);
	pool_free(s->pool);
	egress_proc_free(s->calls.egress);
	free(s->egress_socket);
	cgroup_free(s->cgroup);
	loop_unwatch(s->loop, &s->signals);
	(void)close(fd);
	loop_free(s->loop);
}

static void
report(void *arg, struct buf *out)
{
	const struct super *s = arg;
	struct report r = {
	    .config = &s->config,
	    .pool = s->pool,
	    .calls = &s->calls,
	    .layers = &s->layers,
	    .started_ms = s->started_ms,
	    .connections = listen_connections(s->listener),
	};

	report_json(&r, out);
}

/* Creates the folders above a path. */
static bool
make_parents(const char *path)
{
	char *copy = strdup(path);
	bool ok = copy != NULL;

	for (char *p = copy; ok && (p = strchr(p + 1, '/')) != NULL;) {
		*p = '\0';
		ok = mkdir(copy, 0755) == 0 || errno == EEXIST;
		*p = '/';
	}
	free(copy);
	return ok;
}

/* For a plain user all are one; so they are where both have the same name. */
static uid_t
gateway_user(const struct super *s)
{
	uid_t uid, own;
	gid_t gid;

	if (geteuid() != 0 || !privs_user(s->config.gateway_user, &uid, &gid))
		return (uid_t)-1;
	if (privs_user(s->config.user, &own, &gid) && own == uid)
		return (uid_t)-1;
	return uid;
}

static void
start_listening(struct super *s)
{
	struct listen_config c = {
	    .path = s->config.socket,
	    .mode = 0600,
	    .gid = (gid_t)-1,
	    .max = (unsigned)(s->config.max_runs + s->config.max_queue) +
		CONNECTIONS_SPARE,
	    .gateway = gateway_user(s),
	    .report = report,
	    .arg = s,
	};

	if (geteuid() == 0) {
		if (privs_group(s->config.user, &c.gid))
			c.mode = 0660;
		else
			log_warning("no such group: only root may connect",
			    LOG_STR("group", s->config.user));
	}
	if (!make_parents(c.path))
		log_fatal("cannot make the socket's folder", strerror(errno));
	s->listener = listen_new(&s->calls, &c);
	if (s->listener == NULL && errno == EADDRINUSE)
		log_fatal("another sandboxd listens on the socket", c.path);
	if (s->listener == NULL)
		log_fatal("cannot listen on the socket", strerror(errno));
}

/* --- modes
 * ------------------------------------------------------------------------- */

/* Who talks to the outside must be nobody else, least of all root. */
static bool
have_egress_user(const struct super *s)
{
	const char *name = s->config.egress_user;
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0 ||
	    (privs_user_or_id(name, &uid, &gid) && uid != 0 && gid != 0))
		return true;
	(void)fprintf(stderr,
	    "MCPBOX_EGRESS_USER: there is no user %s, or it is root. Make it "
	    "(useradd --system --user-group --no-create-home --shell "
	    "/usr/sbin/nologin mcpbox-egress), or set MCPBOX_EGRESS_USER to "
	    "another user or to a number that nobody has.\n",
	    name);
	log_error("mcpbox-egress has no user; not starting",
	    LOG_STR("setting", "MCPBOX_EGRESS_USER"), LOG_STR("user", name));
	return false;
}

static int
serve(struct super *s)
{
	char *pidfile = config_path(&s->config, "run/sandboxd.pid");
	struct buf why;

	if (!config_enforce(&s->config))
		log_warning("the language policy is off: for hostile tests "
			    "only");
	set_up(s);
	buf_init(&why, MESSAGE_MAX);
	if (!selfcheck_layers(s->loop, s->pool, &s->config, s->cgroup_why,
		&s->layers, &why)) {
		log_error("the sandbox does not hold here; not starting",
		    LOG_VIEW("detail", buf_str(&why)));
		buf_free(&why);
		free(pidfile);
		tear_down(s);
		return 1;
	}
	buf_free(&why);
	start_listening(s);
	s->egress_socket = config_path(&s->config, "run/sandboxd/egress.sock");
	if (!make_parents(s->egress_socket))
		log_fatal("cannot make the socket's folder", strerror(errno));
	start_egress(s, s->egress_socket);
	if (!make_parents(pidfile) || !proc_pidfile(pidfile))
		log_fatal("cannot write the pid file", strerror(errno));
	log_info("ready", LOG_STR("socket", s->config.socket),
	    LOG_STR("policy", s->config.policy));
	proc_notify("READY=1");
	while (!s->stop)
		loop_once(s->loop);
	log_info("stopping");
	proc_notify("STOPPING=1");
	(void)unlink(pidfile);
	free(pidfile);
	tear_down(s);
	return 0;
}

static void
print_row(
    const char *name, const char *state, const char *need, struct str text)
{
	(void)printf(
	    "%-13s %-8s %-9s %.*s\n", name, state, need, STR_FMT(text));
}

/* It is no wall: without it the sandbox holds, and tools have no network. */
static void
check_egress(struct super *s, struct buf *json)
{
	struct buf text;
	bool ok;

	buf_init(&text, MESSAGE_MAX);
	start_egress(s, NULL);
	ok = selfcheck_egress(s->loop, s->calls.egress, &text);
	print_row("egress", ok ? "on" : "missing", "optional", buf_str(&text));
	buf_printf(
	    json, ",\"egress\":{\"ok\":%s,\"detail\":", ok ? "true" : "false");
	buf_json(json, buf_str(&text));
	buf_putc(json, '}');
	buf_free(&text);
}

static int
check(struct super *s)
{
	struct buf why, json;
	bool ok;

	/* The probe makes raw system calls, and its spare is enough. */
	free(s->config.policy);
	s->config.policy = strdup("off");
	s->config.spares = 1;
	if (s->config.policy == NULL)
		log_panic("out of memory", "selfcheck");
	set_up(s);
	buf_init(&why, MESSAGE_MAX);
	buf_init(&json, 65536);
	ok = selfcheck_layers(s->loop, s->pool, &s->config, s->cgroup_why,
		 &s->layers, &why) &&
	    selfcheck_probe(s->loop, s->pool, &why);
	layers_print(&s->layers, stdout);
	print_row("probe", ok ? "on" : "off", "required",
	    str_from(ok ? "a hostile call got nothing" : "see below"));
	buf_puts(&json, "{\"layers\":");
	layers_json(&s->layers, &json);
	buf_printf(&json, ",\"ok\":%s,\"detail\":", ok ? "true" : "false");
	buf_json(&json, buf_str(&why));
	check_egress(s, &json);
	if (!ok)
		(void)printf("\n%.*s\n", STR_FMT(buf_str(&why)));
	(void)printf("%.*s}\n", STR_FMT(buf_str(&json)));
	buf_free(&why);
	buf_free(&json);
	tear_down(s);
	return ok ? 0 : 1;
}

static int
print(enum mode mode)
{
	if (mode == MODE_VERSION) {
		(void)puts("mcpbox-sandboxd " MCPBOX_VERSION);
		return 0;
	}
	if (mode == MODE_MDOC) {
		conf_mdoc(config_defs, stdout);
		return 0;
	}
	usage(stdout);
	(void)puts("\nSettings (environment or mcpbox.conf):");
	conf_help(config_defs, stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct super s;
	enum mode mode = MODE_SERVE;
	enum log_level least = LOG_LEVEL_INFO;
	const char *file = NULL;
	int status;

	if (!parse(argc, argv, &mode, &file))
		return 2;
	if (mode != MODE_SERVE && mode != MODE_SELFCHECK)
		return print(mode);
	log_init("mcpbox-sandboxd", least);
	if (!config_load(&s.config, file, environ, stderr))
		return 2;
	(void)log_level_parse(str_from(s.config.log_level), &least);
	if (mode == MODE_SELFCHECK && least < LOG_LEVEL_WARNING)
		least = LOG_LEVEL_WARNING;
	log_init("mcpbox-sandboxd", least);
	s.file = file;
	if (!have_egress_user(&s))
		status = 1;
	else
		status = mode == MODE_SERVE ? serve(&s) : check(&s);
	config_free(&s.config);
	return status;
}
