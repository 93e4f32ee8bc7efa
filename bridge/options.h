/*
 * options.h: what the command line and the environment say.
 */
#ifndef MCPBOX_BRIDGE_OPTIONS_H
#define MCPBOX_BRIDGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "log.h"

struct options {
	char *url;              /* as curl wants it; never NULL */
	const char *socket;     /* path of a Unix socket, or NULL */
	const char *token;      /* from the environment, or NULL */
	const char *token_file; /* or NULL; goes before `token` */
	const char *ca;         /* bundle of certificates, or NULL */
	int64_t connect_ms;     /* to be connected */
	int64_t refused_ms;     /* of asking again where nobody listens */
	int64_t idle_ms;        /* without a byte of the answer */
	int64_t total_ms;       /* of one request */
	int64_t grace_ms;       /* for what runs when the input ends */
	enum log_level level;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/*
 * Reads them.  OPTIONS_DONE after --help or --version; OPTIONS_WRONG after a
 * sentence on standard error.  Strings are argv's and the environment's.
 */
enum options_result options_read(
    struct options *o, int argc, char **argv) ATTR_NODISCARD;
void options_free(struct options *o);

#endif
