/*
 * dns.h: where a name leads, asked of the name servers (c-ares).
 *
 * The hosts file, then A and AAAA; the name is looked up as it is, without
 * search domains.  Each lookup has a channel of its own: its own source port,
 * the configuration of this moment, and an end at once when it is cancelled.
 */
#ifndef MCPBOX_EGRESS_DNS_H
#define MCPBOX_EGRESS_DNS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "attr.h"
#include "sandboxd/loop.h"

#define DNS_ADDRS_MAX 64

enum dns_status {
	DNS_OK,
	DNS_NO_NAME,    /* there is no such name */
	DNS_NO_ADDRESS, /* the name has no address */
	DNS_TIMEOUT,    /* no server answered */
	DNS_TOO_MANY,   /* more than DNS_ADDRS_MAX addresses */
	DNS_FAILED      /* anything else */
};

struct dns_answer {
	enum dns_status status;
	struct addr list[DNS_ADDRS_MAX];
	size_t n;
	uint32_t ttl; /* seconds, the least of all */
};

struct dns;
struct dns_lookup;

/* `servers`: host:port, separated by commas; "" = the system's.  NULL after a
 * line to `err`. */
struct dns *dns_new(struct loop *loop, const char *servers, FILE *err);
void dns_free(struct dns *d);

/*
 * Calls fn once, never before it returns, unless it is cancelled.  The answer
 * and the lookup are gone when fn returns.  NULL: not even begun.
 */
struct dns_lookup *dns_start(struct dns *d, const char *name,
    void (*fn)(void *arg, const struct dns_answer *answer), void *arg);
/* Nothing of it is left afterwards. */
void dns_cancel(struct dns_lookup *q);

#endif
