/*
 * proxy.h: the corporate proxy, if there is one.
 */
#ifndef MCPBOX_EGRESS_PROXY_H
#define MCPBOX_EGRESS_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attr.h"
#include "egress/host.h"
#include "secret.h"

struct proxy {
	char *url;             /* without user and password */
	char *user, *password; /* NULL = none */
	struct host host;
	uint16_t port;
	bool names; /* it looks names up, we do not */
};

/* From the setting.  NULL after a line to `err` when it is not one. */
struct proxy *proxy_new(const struct secret *text, bool names, FILE *err);
void proxy_free(struct proxy *p);

#endif
