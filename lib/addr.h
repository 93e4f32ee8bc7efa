/*
 * addr.h: is this IP address a public one?
 *
 * The pure half of the egress rules: parsing and classification, no I/O.
 * Sources: the IANA special-purpose address registries for IPv4 and IPv6
 * (RFC 6890 and its updates), RFC 6052 (NAT64), RFC 3056 (6to4).
 */
#ifndef MCPBOX_ADDR_H
#define MCPBOX_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "str.h"

enum addr_class {
	ADDR_PUBLIC,    /* globally reachable, nothing special */
	ADDR_PRIVATE,   /* RFC 1918, CGNAT, unique local: by explicit grant only
			 */
	ADDR_LOOPBACK,  /* never */
	ADDR_LINKLOCAL, /* never; includes the cloud metadata addresses */
	ADDR_SPECIAL, /* unspecified, multicast, documentation, reserved, ... */
	ADDR_UNKNOWN  /* not an IP address family */
};

struct addr {
	int family; /* AF_INET or AF_INET6 */
	uint8_t b[16];
	uint32_t scope; /* IPv6 zone index, 0 = none */
};

/*
 * Parses a canonical literal: dotted quad with four decimal parts without
 * leading zeros, or RFC 4291 text with optional brackets; no zone, no port.
 */
bool addr_parse(struct str s, struct addr *out);
/* From a socket address; false for other families. */
bool addr_from_sockaddr(
    const struct sockaddr *sa, socklen_t n, struct addr *out);
/* IPv4-mapped, NAT64 and 6to4 are judged by the address inside, and are never
 * better than SPECIAL themselves; a scope makes it LINKLOCAL. */
enum addr_class addr_class(const struct addr *a);
const char *addr_class_name(enum addr_class c);
/* Does the address lie in "10.0.0.0/8" or "fd00::/8"?  False on bad text. */
bool addr_in(const struct addr *a, const char *cidr);

#endif
