/*
 * mcpbox-fcgi: the web and MCP side of mcpbox, behind a web server.
 *
 * Theory of operation.
 *
 *	nginx --FastCGI--> listening sockets (made once, kept by the master)
 *	                     |            |
 *	                admin pool    gateway pool    jobs
 *	                (N workers)   (N workers)     (1)
 *
 * The master (master.c) opens the listeners, forks the processes and replaces
 * what ends.  It serves nothing and links state to nothing: no database, no
 * JSON.  On HUP it replaces the processes one by one, each only after its
 * successor serves, so that no request is lost.
 *
 * A worker (worker.c) is an event loop (loop.h) and a few request threads.
 * The loop reads whole requests without blocking and hands them to a thread
 * through a bounded queue.  The thread runs one step of the exchange: parse,
 * authorize, bind, operate, render (web/dispatch.c), and writes the answer
 * itself.  An operation that waits for the sandbox gives its exchange back to
 * the loop ("parks") and holds no thread; when the run has ended any thread
 * resumes it.  What belongs to one request lives in the exchange's arena,
 * which travels with it.
 *
 * Privileges.  Started as root, the master stays root (it must fork children
 * under several users) and reads no input but its settings.  Each child reads
 * the secrets of its own role, then becomes the service user of its pool:
 * no capabilities, no way back, killed by the kernel when the master dies.
 * The two pools differ in user and in database role: the pool that talks to
 * models (gateway) cannot write a decision, whatever happens in it.  Started
 * as an ordinary user everything runs as that user, and the database roles are
 * the wall.
 *
 * Pipes and sockets.  A readiness pipe from each child to the master; from a
 * worker to PostgreSQL one connection a thread and one that listens for
 * notifications; to sandboxd one connection a run.  There is no other route
 * out.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "master.h"
#include "op/limit.h"
#include "op/metric.h"
#include "out/breaker.h"
#include "registry.h"
#include "settings.h"
#include "web/dispatch.h"

extern char **environ;

enum action { SERVE, CHECK, DUMP, OPENAPI, MDOC, PERMISSIONS };

enum { OPT_HELP = 256, OPT_VERSION, OPT_OPENAPI, OPT_MDOC, OPT_PERMISSIONS };

static const struct option options[] = {
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {"openapi", no_argument, NULL, OPT_OPENAPI},
    {"mdoc", no_argument, NULL, OPT_MDOC},
    {"permissions", no_argument, NULL, OPT_PERMISSIONS},
    {NULL, 0, NULL, 0},
};

static void
usage(FILE *out)
{
	(void)fputs("usage: mcpbox-fcgi [-tT] [-c file] [--openapi] [--mdoc]\n"
		    "                   [--permissions] [--help] [--version]\n",
	    out);
}

static void
help(void)
{
	usage(stdout);
	(void)fputs(
	    "\nServes mcpbox over FastCGI, in the foreground.\n\n"
	    "  -c file    settings (NAME = value lines); the environment wins\n"
	    "  -t         check settings and tables, then exit\n"
	    "  -T         print the effective settings, then exit\n"
	    "  --openapi  print the OpenAPI document, then exit\n"
	    "  --mdoc     print the settings as mdoc source, then exit\n"
	    "  --permissions  print who may do what, then exit\n\n"
	    "Signals: HUP replaces the workers without losing a request; TERM\n"
	    "and INT finish what is in flight and stop.\n\n"
	    "Settings (each also as NAME_FILE, naming a file with the "
	    "value):\n\n",
	    stdout);
	conf_help(settings_defs, stdout);
}

static int
print_openapi(void)
{
	json_t *doc = registry_openapi();
	int rc = json_dumpf(doc, stdout, JSON_INDENT(2));

	(void)putchar('\n');
	json_decref(doc);
	return rc == 0 && fflush(stdout) == 0 ? 0 : 1;
}

/* Ends the process for what needs no settings; else what to do. */
static enum action
parse_args(int argc, char **argv, const char **file_out)
{
	enum action action = SERVE;
	int c;

	while ((c = getopt_long(argc, argv, "c:tT", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			*file_out = optarg;
			break;
		case 't':
			action = CHECK;
			break;
		case 'T':
			action = DUMP;
			break;
		case OPT_OPENAPI:
			action = OPENAPI;
			break;
		case OPT_MDOC:
			action = MDOC;
			break;
		case OPT_PERMISSIONS:
			action = PERMISSIONS;
			break;
		case OPT_HELP:
			help();
			exit(0);
		case OPT_VERSION:
			(void)puts("mcpbox-fcgi " MCPBOX_VERSION);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
	return action;
}

static int
serve(struct settings *s, const char *file)
{
	int status;

	dispatch_init();
	limit_init(s->home);
	metric_init();
	breaker_init(s->breaker_failures, s->breaker_seconds);
	status = master_run(s, file);
	dispatch_end();
	return status;
}

int
main(int argc, char **argv)
{
	struct settings s = {.home = NULL};
	const char *file = NULL;
	enum action action = parse_args(argc, argv, &file);
	int status = 1;

	log_init("mcpbox-fcgi", LOG_LEVEL_INFO);
	if (action == MDOC) {
		conf_mdoc(settings_defs, stdout);
		return 0;
	}
	if (!registry_check())
		return 1;
	if (action == OPENAPI)
		return print_openapi();
	if (action == PERMISSIONS) {
		registry_permissions(stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (!settings_load(&s, file, environ)) {
		settings_free(&s);
		return 1;
	}
	switch (action) {
	case SERVE:
		status = serve(&s, file);
		break;
	case CHECK:
		status = 0;
		break;
	case DUMP:
		conf_dump(settings_defs, &s, stdout);
		status = 0;
		break;
	case OPENAPI:
	case MDOC:
	case PERMISSIONS:
		break;
	}
	settings_free(&s);
	return status;
}
