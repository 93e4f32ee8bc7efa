/*
 * url.h: what a request asks for, parsed once.
 *
 * libcurl's parser reads the text; what it read is checked, the host is put
 * into its one spelling, and that very object is handed to libcurl again for
 * the request: no second parser has a say.
 */
#ifndef MCPBOX_EGRESS_URL_H
#define MCPBOX_EGRESS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "egress/host.h"
#include "egress/outcome.h"
#include "str.h"

struct url {
	void *handle; /* CURLU *; NULL before and after */
	char *text;   /* as it will be asked for, without fragment */
	struct host host;
	uint16_t port; /* never 0 */
	bool tls;
};

/* False with URL, SCHEME or ADDRESS (a zone) in `o`; then *out is empty. */
bool url_parse(
    struct url *out, struct str text, struct outcome *o) ATTR_NODISCARD;
void url_free(struct url *u);

#endif
