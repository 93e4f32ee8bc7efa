/*
 * config.h: which instance, and how it is reached.
 */
#ifndef MCPBOX_CTL_CONFIG_H
#define MCPBOX_CTL_CONFIG_H

#include <stdbool.h>

#include "conf.h"
#include "secret.h"

struct config {
	char *home;
	char *database_url; /* NULL: the embedded cluster */
	char *listen;
	char *public_url;
	char *tls_cert;

	struct secret *encryption_key; /* NULL: it is in the file */
	struct secret *password; /* of mcpbox_admin; NULL: none was readable */
};

extern const struct conf_def config_defs[];

/*
 * The settings that `make up` wrote into `home` (NULL: MCPBOX_HOME, else
 * ./var), else etc/mcpbox.conf there; the environment wins.  Prints mistakes
 * to stderr.  Free it in either case.
 */
bool config_load(struct config *c, const char *home) ATTR_NODISCARD;
void config_free(struct config *c);

#endif
