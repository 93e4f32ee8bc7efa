/*
 * addr.c: is this IP address a public one?
 */
#include "addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct range {
	uint8_t net[16];
	uint8_t bits;
	uint8_t class; /* enum addr_class */
};

/* clang-format off */

/* First match wins: single addresses before the ranges around them. */
static const struct range v4[] = {
	/* Metadata and host services of the clouds. */
	{{168, 63, 129, 16},   32, ADDR_METADATA}, /* Azure; in public space */
	{{100, 100, 100, 200}, 32, ADDR_METADATA}, /* Alibaba; in CGNAT space */
	{{192, 0, 0, 192},     32, ADDR_METADATA}, /* Oracle */
	{{169, 254, 169, 254}, 32, ADDR_METADATA}, /* nearly all */
	{{169, 254, 170, 2},   32, ADDR_METADATA}, /* Amazon, containers */

	{{0},              8, ADDR_UNSPECIFIED}, /* "this network", RFC 791 */
	{{10},             8, ADDR_PRIVATE},   /* RFC 1918 */
	{{100, 64},       10, ADDR_PRIVATE},   /* CGNAT, RFC 6598 */
	{{127},            8, ADDR_LOOPBACK},  /* RFC 1122 */
	{{169, 254},      16, ADDR_LINKLOCAL}, /* RFC 3927 */
	{{172, 16},       12, ADDR_PRIVATE},   /* RFC 1918 */
	{{192, 0, 0},     24, ADDR_SPECIAL},   /* protocol assignments, RFC 6890 */
	{{192, 0, 2},     24, ADDR_SPECIAL},   /* TEST-NET-1, RFC 5737 */
	{{192, 31, 196},  24, ADDR_SPECIAL},   /* AS112, RFC 7535 */
	{{192, 52, 193},  24, ADDR_SPECIAL},   /* AMT, RFC 7450 */
	{{192, 88, 99},   24, ADDR_SPECIAL},   /* 6to4 relays, RFC 7526 */
	{{192, 168},      16, ADDR_PRIVATE},   /* RFC 1918 */
	{{192, 175, 48},  24, ADDR_SPECIAL},   /* AS112, RFC 7534 */
	{{198, 18},       15, ADDR_SPECIAL},   /* benchmarks, RFC 2544 */
	{{198, 51, 100},  24, ADDR_SPECIAL},   /* TEST-NET-2, RFC 5737 */
	{{203, 0, 113},   24, ADDR_SPECIAL},   /* TEST-NET-3, RFC 5737 */
	{{224},            4, ADDR_MULTICAST}, /* RFC 1112 */
	{{255, 255, 255, 255}, 32, ADDR_MULTICAST}, /* broadcast, RFC 919 */
	{{240},            4, ADDR_SPECIAL},   /* reserved, RFC 1112 */
};

/* What is neither here nor a carrier nor in 2000::/3 is special. */
static const struct range v6[] = {
	/* Metadata services in unique local space: Amazon, Google. */
	{{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54},  128, ADDR_METADATA},
	{{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54},  128, ADDR_METADATA},

	{{0xfe, 0x80},                         10, ADDR_LINKLOCAL}, /* RFC 4291 */
	{{0xfc},                                7, ADDR_PRIVATE},   /* RFC 4193 */
	{{0xff},                                8, ADDR_MULTICAST}, /* RFC 4291 */
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, ADDR_EMBEDDED},  /* local NAT64, RFC 8215 */
	{{0x20, 0x01, 0x00, 0x00},             32, ADDR_EMBEDDED},  /* Teredo, RFC 4380 */
	{{0x20, 0x01, 0x00},                   23, ADDR_SPECIAL},   /* ORCHID, benchmarks, ..., RFC 2928 */
	{{0x20, 0x01, 0x0d, 0xb8},             32, ADDR_SPECIAL},   /* documentation, RFC 3849 */
	{{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48, ADDR_SPECIAL},   /* AS112, RFC 7534 */
	{{0x3f, 0xff, 0x00},                   20, ADDR_SPECIAL},   /* documentation, RFC 9637 */
	{{0x20},                                3, ADDR_PUBLIC},    /* global unicast, RFC 4291 */
};

/* IPv6 forms that carry an IPv4 address, and where. */
static const struct {
	uint8_t net[16];
	uint8_t bits;
	uint8_t at;
} carriers[] = {
	{{[10] = 0xff, 0xff},          96, 12}, /* mapped, RFC 4291 */
	{{[8] = 0xff, 0xff},           96, 12}, /* translated, RFC 2765 */
	{{0x00, 0x64, 0xff, 0x9b},     96, 12}, /* NAT64, RFC 6052 */
	{{0x20, 0x02},                 16,  2}, /* 6to4, RFC 3056 */
	{{0},                          96, 12}, /* compatible, RFC 4291 */
};
/* clang-format on */

/* Do the first `bits` of a and b agree? */
static bool
match(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

/* Dotted quad; glibc's inet_pton takes leading zeros for what they are not. */
static bool
parse4(struct str s, uint8_t *out)
{
	for (int i = 0; i < 4; i++) {
		struct str part = str_split(&s, '.');
		int v = 0;

		if (part.n < 1 || part.n > 3 ||
		    (part.n > 1 && part.p[0] == '0'))
			return false;
		for (size_t k = 0; k < part.n; k++) {
			if (part.p[k] < '0' || part.p[k] > '9')
				return false;
			v = v * 10 + (part.p[k] - '0');
		}
		if (v > 255 || (s.p == NULL) != (i == 3))
			return false;
		out[i] = (uint8_t)v;
	}
	return true;
}

static bool
parse6(struct str s, uint8_t *out)
{
	char text[INET6_ADDRSTRLEN];

	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_sub(s, 1, s.n - 2);
	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET6, text, out) == 1;
}

bool
addr_parse(struct str s, struct addr *out)
{
	struct addr a = {.family = AF_INET};

	if (!parse4(s, a.b)) {
		a = (struct addr){.family = AF_INET6};
		if (!parse6(s, a.b))
			return false;
	}
	*out = a;
	return true;
}

bool
addr_from_sockaddr(const struct sockaddr *sa, socklen_t n, struct addr *out)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (n >= sizeof(in) && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		*out = (struct addr){.family = AF_INET};
		memcpy(out->b, &in.sin_addr, 4);
		return true;
	}
	if (n >= sizeof(in6) && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		*out = (struct addr){.family = AF_INET6};
		memcpy(out->b, &in6.sin6_addr, 16);
		out->scope = in6.sin6_scope_id;
		return true;
	}
	return false;
}

static enum addr_class
class4(const uint8_t *b)
{
	for (size_t i = 0; i < NELEM(v4); i++) {
		if (match(b, v4[i].net, v4[i].bits))
			return (enum addr_class)v4[i].class;
	}
	return ADDR_PUBLIC;
}

static enum addr_class
class6(const uint8_t *b)
{
	static const uint8_t none[16];

	/* :: and ::1 are no carriers, though they look like it. */
	if (memcmp(b, none, 15) == 0 && b[15] <= 1)
		return b[15] == 0 ? ADDR_UNSPECIFIED : ADDR_LOOPBACK;
	for (size_t i = 0; i < NELEM(carriers); i++) {
		enum addr_class inside;

		if (!match(b, carriers[i].net, carriers[i].bits))
			continue;
		/* Whatever could be allowed inside is still a disguise. */
		inside = class4(b + carriers[i].at);
		if (inside == ADDR_LOOPBACK || inside == ADDR_LINKLOCAL ||
		    inside == ADDR_METADATA)
			return inside;
		return ADDR_EMBEDDED;
	}
	for (size_t i = 0; i < NELEM(v6); i++) {
		if (match(b, v6[i].net, v6[i].bits))
			return (enum addr_class)v6[i].class;
	}
	return ADDR_SPECIAL;
}

enum addr_class
addr_class(const struct addr *a)
{
	if (a->family == AF_INET)
		return class4(a->b);
	if (a->family != AF_INET6)
		return ADDR_UNKNOWN;
	return a->scope != 0 ? ADDR_LINKLOCAL : class6(a->b);
}

const char *
addr_class_name(enum addr_class c)
{
	static const char *const names[] = {
	    [ADDR_PUBLIC] = "public",
	    [ADDR_PRIVATE] = "private",
	    [ADDR_LOOPBACK] = "loopback",
	    [ADDR_LINKLOCAL] = "link-local",
	    [ADDR_METADATA] = "metadata",
	    [ADDR_MULTICAST] = "multicast",
	    [ADDR_UNSPECIFIED] = "unspecified",
	    [ADDR_EMBEDDED] = "embedded",
	    [ADDR_SPECIAL] = "special",
	    [ADDR_UNKNOWN] = "unknown",
	};

	return (unsigned)c < NELEM(names) ? names[c] : names[ADDR_UNKNOWN];
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && a->scope == b->scope &&
	    memcmp(a->b, b->b, a->family == AF_INET ? 4 : 16) == 0;
}

void
addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	if ((a->family != AF_INET && a->family != AF_INET6) ||
	    inet_ntop(a->family, a->b, out, ADDR_TEXT_MAX) == NULL)
		memcpy(out, "?", 2);
}

bool
addr_net_parse(struct str cidr, struct addr_net *out)
{
	struct str text = str_split(&cidr, '/');
	struct addr_net net;
	int64_t n;

	if (!addr_parse(text, &net.base) || !str_to_i64(cidr, &n) || n < 0 ||
	    n > (net.base.family == AF_INET ? 32 : 128))
		return false;
	net.bits = (unsigned)n;
	*out = net;
	return true;
}

bool
addr_in(const struct addr *a, const char *cidr)
{
	struct addr_net net;

	return addr_net_parse(str_from(cidr), &net) &&
	    a->family == net.base.family && match(a->b, net.base.b, net.bits);
}

bool
addr_nat64_prefix(const struct addr_net *net)
{
	return net->base.family == AF_INET6 &&
	    (net->bits == 96 ||
		(net->bits >= 32 && net->bits <= 64 && net->bits % 8 == 0));
}

bool
addr_nat64(
    const struct addr *a, const struct addr_net *net, struct addr *inside_out)
{
	unsigned at = net->bits / 8;

	if (!addr_nat64_prefix(net) || a->family != AF_INET6 ||
	    !match(a->b, net->base.b, net->bits))
		return false;
	*inside_out = (struct addr){.family = AF_INET};
	for (size_t i = 0; i < 4; i++) {
		/* Bits 64 to 71 are no part of it. */
		if (at == 8)
			at++;
		inside_out->b[i] = a->b[at++];
	}
	return true;
}
