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
	ADDR_PUBLIC,  /* globally reachable, nothing special */
	ADDR_PRIVATE, /* RFC 1918, CGNAT, unique local: by explicit grant only
		       */
	ADDR_SPECIAL, /* documentation, benchmarks, reserved, ...: as private
		       */
	/* Never, whatever is granted. */
	ADDR_LOOPBACK,
	ADDR_LINKLOCAL,   /* also any address with a scope */
	ADDR_METADATA,    /* what a cloud tells its machines */
	ADDR_MULTICAST,   /* and the broadcast address */
	ADDR_UNSPECIFIED, /* ::, and 0.0.0.0/8, "this network" */
	ADDR_EMBEDDED,    /* IPv6 that carries an IPv4 address */
	ADDR_UNKNOWN      /* not an IP address family */
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
/* IPv4-mapped, -compatible, -translated, NAT64, 6to4 and Teredo are EMBEDDED,
 * or LOOPBACK, LINKLOCAL, METADATA when the address inside is; a scope makes it
 * LINKLOCAL. */
enum addr_class addr_class(const struct addr *a);
const char *addr_class_name(enum addr_class c);              /* "link-local" */
bool addr_equal(const struct addr *a, const struct addr *b); /* and scope */
/* Canonical text (RFC 5952), no brackets, no zone; "?" for another family. */
#define ADDR_TEXT_MAX 46
void addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* Does the address lie in "10.0.0.0/8" or "fd00::/8"?  False on bad text. */
bool addr_in(const struct addr *a, const char *cidr);

/* A range of addresses. */
struct addr_net {
	struct addr base;
	unsigned bits;
};
bool addr_net_parse(struct str cidr, struct addr_net *out);
/*
 * RFC 6052: is `a` an IPv4 address behind this NAT64 prefix?  The prefix is
 * IPv6 and has 32, 40, 48, 56, 64 or 96 bits.
 */
bool addr_nat64_prefix(const struct addr_net *net);
bool addr_nat64(
    const struct addr *a, const struct addr_net *net, struct addr *inside_out);

#endif
