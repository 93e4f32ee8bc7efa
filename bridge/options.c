/*
 * options.c: what the command line and the environment say.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "str.h"

#define PATH "/mcp"
#define SECONDS_MAX 86400

enum {
	O_CA = 256,
	O_CONNECT,
	O_GRACE,
	O_IDLE,
	O_LEVEL,
	O_NO_TOKEN,
	O_REFUSED,
	O_TOKEN,
	O_TOTAL
};

static const struct option long_options[] = {
    {"ca", required_argument, NULL, O_CA},
    {"connect-timeout", required_argument, NULL, O_CONNECT},
    {"grace", required_argument, NULL, O_GRACE},
    {"help", no_argument, NULL, 'h'},
    {"log-level", required_argument, NULL, O_LEVEL},
    {"max-time", required_argument, NULL, O_TOTAL},
    {"retry-refused", required_argument, NULL, O_REFUSED},
    {"timeout", required_argument, NULL, O_IDLE},
    {"token", required_argument, NULL, O_NO_TOKEN}, /* or --token-file would
						     * be meant */
    {"token-file", required_argument, NULL, O_TOKEN},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: mcpbox-stdio [options] ENDPOINT\n"
    "\n"
    "Connects an MCP client that speaks stdio with an MCP server that speaks\n"
    "Streamable HTTP, such as mcpbox. ENDPOINT is one of\n"
    "  http://127.0.0.1:8081/mcp   or https://HOST[:PORT][/mcp]\n"
    "  unix:/path/to/mcp.sock      a socket that speaks HTTP: run/mcp.sock in\n"
    "                              the folder of an instance\n"
    "\n"
    "options:\n"
    "  --token-file FILE       send the token in FILE; read again when it\n"
    "                          changes\n"
    "  --ca FILE               trust the certificates in FILE (PEM) only\n"
    "  --connect-timeout S     seconds to be connected (10)\n"
    "  --retry-refused S       seconds to ask again where nobody listens (10)\n"
    "  --timeout S             seconds without a byte of an answer (360)\n"
    "  --max-time S            seconds of one request in all (3600)\n"
    "  --grace S               seconds for what runs when the input ends (30)\n"
    "  --log-level LEVEL       debug, info, warning (default) or error, on\n"
    "                          standard error\n"
    "  -h, --help              this text\n"
    "  -V, --version           the version\n"
    "\n"
    "environment:\n"
    "  MCPBOX_TOKEN            the token, if there is no --token-file\n"
    "  MCPBOX_TOKEN_FILE       as --token-file\n";

static bool
wrong(const char *what, const char *why)
{
	(void)fprintf(stderr,
	    "mcpbox-stdio: %s: %s\n"
	    "mcpbox-stdio: see mcpbox-stdio --help\n",
	    what, why);
	return false;
}

static bool
seconds(const char *name, const char *text, int64_t *ms)
{
	int64_t s;

	if (!str_to_i64(str_from(text), &s) || s < 0 || s > SECONDS_MAX)
		return wrong(name, "a number of seconds, 0 to 86400, please");
	*ms = s * 1000;
	return true;
}

static bool
read_level(struct options *o, const char *text)
{
	return log_level_parse(str_from(text), &o->level) ||
	    wrong("--log-level", "debug, info, warning or error, please");
}

static bool
one(struct options *o, int c)
{
	switch (c) {
	case O_CA:
		o->ca = optarg;
		return true;
	case O_TOKEN:
		o->token_file = optarg;
		return true;
	case O_CONNECT:
		return seconds("--connect-timeout", optarg, &o->connect_ms);
	case O_REFUSED:
		return seconds("--retry-refused", optarg, &o->refused_ms);
	case O_IDLE:
		return seconds("--timeout", optarg, &o->idle_ms);
	case O_TOTAL:
		return seconds("--max-time", optarg, &o->total_ms);
	case O_GRACE:
		return seconds("--grace", optarg, &o->grace_ms);
	case O_LEVEL:
		return read_level(o, optarg);
	case O_NO_TOKEN:
		return wrong("--token",
		    "everybody sees the command line: use MCPBOX_TOKEN or "
		    "--token-file");
	default:
		return wrong("options", "one of them is unknown");
	}
}

static char *
join(const char *a, const char *b)
{
	char *s = NULL;

	if (asprintf(&s, "%s%s", a, b) < 0)
		fail_abort("options: out of memory");
	return s;
}

/* A credential inside a URL would be on the command line for all to see. */
static bool
read_url(struct options *o, const char *text)
{
	struct str rest = str_from(text), host;

	if (str_starts(rest, "unix:")) {
		o->socket = text + strlen("unix:");
		o->url = join("http://localhost", PATH);
		return o->socket[0] == '/' ||
		    wrong(text, "the path of a socket begins with /");
	}
	if (!str_starts(rest, "http://") && !str_starts(rest, "https://"))
		return wrong(text, "write http://…, https://… or unix:/…");
	rest = str_sub(rest, str_index(rest, '/') + 2, rest.n);
	host = str_sub(rest, 0, strcspn(rest.p, "/?#"));
	if (host.n == 0 || str_has_control(rest, "") ||
	    str_index(rest, '#') < rest.n)
		return wrong(text, "this is not the URL of an endpoint");
	if (str_index(host, '@') < host.n)
		return wrong("ENDPOINT",
		    "no credential in a URL: use MCPBOX_TOKEN or --token-file");
	o->url = join(text, host.n == rest.n ? PATH : "");
	return true;
}

static const char *
from_environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

enum options_result
options_read(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){
	    .token = from_environment("MCPBOX_TOKEN"),
	    .token_file = from_environment("MCPBOX_TOKEN_FILE"),
	    .connect_ms = 10000,
	    .refused_ms = 10000,
	    .idle_ms = 360000,
	    .total_ms = 3600000,
	    .grace_ms = 30000,
	    .level = LOG_LEVEL_WARNING,
	};
	while ((c = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(usage, stdout);
			return OPTIONS_DONE;
		}
		if (c == 'V') {
			(void)puts("mcpbox-stdio " MCPBOX_VERSION);
			return OPTIONS_DONE;
		}
		if (!one(o, c))
			return OPTIONS_WRONG;
	}
	if (argc - optind != 1) {
		(void)wrong("ENDPOINT", "exactly one, please");
		return OPTIONS_WRONG;
	}
	return read_url(o, argv[optind]) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void
options_free(struct options *o)
{
	free(o->url);
	o->url = NULL;
}
