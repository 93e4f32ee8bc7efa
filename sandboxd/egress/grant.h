/*
 * grant.h: what a run may reach (fetch.h says how a grant is written).
 */
#ifndef MCPBOX_EGRESS_GRANT_H
#define MCPBOX_EGRESS_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "egress/host.h"
#include "str.h"

struct grant {
	struct host host;
	uint16_t port; /* 0 = any */
	bool private;  /* may lead into private space */
};

struct grants {
	struct grant *list;
	size_t n;
};

/* False for what is not a grant. */
bool grant_read(struct str line, struct grant *out) ATTR_NODISCARD;

/* Lines that cannot be read grant nothing.  grants_free() them. */
void grants_read(struct grants *out, const struct str *lines, size_t n);
void grants_free(struct grants *g);

/* Is host and port granted, and (*private_out) by a private grant? */
bool grants_match(const struct grants *g, const struct host *host,
    uint16_t port, bool *private_out);

#endif
