/*
 * fuzz_addr.c: address literals and raw addresses.
 *
 * Beside the round trip, an independent rule: whatever is public lies in
 * 2000::/3, or is IPv4 outside the plain private, loopback, link-local,
 * multicast and reserved blocks, written here as arithmetic, not as a table.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static bool
plainly_bad4(const uint8_t *b)
{
	return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 ||
	    (b[0] == 169 && b[1] == 254) || (b[0] == 192 && b[1] == 168) ||
	    (b[0] == 172 && b[1] >= 16 && b[1] <= 31) ||
	    (b[0] == 100 && b[1] >= 64 && b[1] <= 127);
}

static void
judge(const struct addr *a)
{
	enum addr_class c = addr_class(a);

	require(strcmp(addr_class_name(c), "unknown") != 0);
	if (c != ADDR_PUBLIC)
		return;
	require(a->scope == 0);
	if (a->family == AF_INET)
		require(!plainly_bad4(a->b));
	else
		require((a->b[0] & 0xe0) == 0x20);
}

static void
literal(struct str s)
{
	char text[INET6_ADDRSTRLEN], cidr[INET6_ADDRSTRLEN + 8];
	struct addr a, again;

	if (!addr_parse(s, &a))
		return;
	judge(&a);
	require(inet_ntop(a.family, a.b, text, sizeof(text)) != NULL);
	require(addr_parse(str_from(text), &again));
	require(again.family == a.family && memcmp(a.b, again.b, 16) == 0);
	(void)snprintf(
	    cidr, sizeof(cidr), "%s/%d", text, a.family == AF_INET ? 32 : 128);
	require(addr_in(&a, cidr));
}

static void
raw(const uint8_t *data, size_t size)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	struct addr a;

	if (size < 16)
		return;
	memset(&u, 0, sizeof(u));
	u.in6.sin6_family = AF_INET6;
	memcpy(&u.in6.sin6_addr, data, 16);
	require(addr_from_sockaddr(&u.any, sizeof(u.in6), &a));
	judge(&a);
	memset(&u, 0, sizeof(u));
	u.in.sin_family = AF_INET;
	memcpy(&u.in.sin_addr, data, 4);
	require(addr_from_sockaddr(&u.any, sizeof(u.in), &a));
	judge(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct addr ten = {.family = AF_INET, .b = {10, 0, 0, 1}};

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	literal((struct str){copy, size});
	raw(data, size);
	(void)addr_in(&ten, copy);
	free(copy);
	return 0;
}
