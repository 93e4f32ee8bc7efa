/*
 * host.h: one spelling for each host.
 */
#ifndef MCPBOX_EGRESS_HOST_H
#define MCPBOX_EGRESS_HOST_H

#include <stdbool.h>

#include "addr.h"
#include "attr.h"
#include "str.h"

#define HOST_MAX 253

struct host {
	char name[HOST_MAX + 1]; /* DNS name, or a literal without brackets */
	bool literal;
	struct addr addr; /* of a literal */
};

/*
 * Reads an ASCII host: lower case, without the dot at the end, and every
 * number that a resolver would take for an IPv4 address (2130706433, 0x7f.1,
 * 0177.0.0.1, 127.1) as that address.  IPv6 in brackets.  On failure false,
 * and *why_out is a phrase that follows "the host ".
 */
bool host_read(
    struct str text, struct host *out, const char **why_out) ATTR_NODISCARD;

bool host_equal(const struct host *a, const struct host *b);

#endif
