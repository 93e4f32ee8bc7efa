/*
 * main.c: mcpbox-stdio, for MCP clients that only speak stdio.
 *
 * Theory of operation.  A client starts this program on the user's machine and
 * speaks with it over standard input and output, a JSON-RPC message a line.
 * Each message becomes a POST to the endpoint of an MCP server; what comes
 * back, as JSON or as a stream of events, goes out as lines.  Standard error
 * has the log, and never a message's content.
 *
 * It is one process with one thread, which waits for all of it at once: the
 * input, the output, signals, and HTTP by curl's multi interface.  It has no
 * privilege but the user's, keeps nothing on disk, and needs no more than the
 * network and, for a token, one file.
 *
 *	bridge   the loop; where each message goes
 *	msg      a message of the client         in, out   lines
 *	flight   one HTTP exchange               head, codec, token   its
 *headers call     a request until it is answered  note   all else that is sent
 *	session, stream   what only the legacy era has
 *	annot, relist     arguments that are mirrored into headers
 *	peek, sse         looking at what the server sends
 *	trouble           what the bridge answers itself
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge.h"
#include "log.h"
#include "options.h"
#include "token.h"

#define EXIT_USAGE 2

/* A descriptor for each request under way: as many as we may have. */
static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &r) != 0)
			log_debug("the limit of descriptors stays");
	}
}

/* A client that is gone is seen by what write(2) says, not by a signal. */
static int
take_signals(void)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
	sigset_t set;
	int fd;

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigemptyset(&set) != 0)
		log_fatal("signals cannot be set", "SIGPIPE");
	for (size_t i = 0; i < NELEM(ends); i++)
		(void)sigaddset(&set, ends[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		log_fatal("signals cannot be set", "signalfd");
	return fd;
}

static int
run(const struct options *options)
{
	struct token *token = token_new(options);
	struct bridge b;
	int signals;

	if (token == NULL)
		return EXIT_USAGE;
	raise_limit();
	signals = take_signals();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_fatal("curl does not start", "global");
	bridge_init(&b, options, token, STDIN_FILENO, STDOUT_FILENO, signals);
	bridge_run(&b);
	bridge_free(&b);
	curl_global_cleanup();
	token_free(token);
	(void)close(signals);
	return 0;
}

int
main(int argc, char **argv)
{
	struct options options;
	int rc = EXIT_USAGE;

	switch (options_read(&options, argc, argv)) {
	case OPTIONS_DONE:
		rc = fflush(stdout) == 0 ? 0 : EXIT_FAILURE;
		break;
	case OPTIONS_WRONG:
		break;
	case OPTIONS_RUN:
		log_init("mcpbox-stdio", options.level);
		rc = run(&options);
		break;
	}
	options_free(&options);
	return rc;
}
