/*
 * network_host.h: one spelling for each host that somebody may ask for.
 *
 * What is stored, shown, granted and compared is the text that comes out
 * here.  Egress reads the same text again, and decides by the address that it
 * connects to; this file refuses early, and in words, what can never work.
 */
#ifndef MCPBOX_NETWORK_HOST_H
#define MCPBOX_NETWORK_HOST_H

#include <stdbool.h>

#include "arena.h"
#include "attr.h"
#include "str.h"

#define NETWORK_HOST_MAX 253 /* bytes of the result */

struct network_host {
	const char *name; /* lower-case A-labels without a dot at the end, or
			   * an address in its canonical form, no brackets */
	bool literal;     /* an address */
	bool private;     /* leads, or looks as if it leads, into private or
			   * other special-purpose space */
};

/*
 * Reads a host as people write it: any case, other scripts (IDNA 2008), a dot
 * at the end, white space around it, an IPv6 address with or without brackets.
 * Refused are URLs and parts of them, wildcards, numbers that are another
 * spelling of an IPv4 address, and what no grant makes reachable: loopback,
 * link-local, metadata services, multicast, the unspecified address, IPv4 in
 * IPv6 disguise.  On failure false, and *why_out is a phrase that follows "the
 * host ".  The texts are in the arena or static.
 */
bool network_host_read(struct arena *a, struct str text,
    struct network_host *out, const char **why_out) ATTR_NODISCARD;

#endif
