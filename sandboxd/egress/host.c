/*
 * host.c: one spelling for each host.
 *
 * What is compared with the grants, looked up, sent as Host and connected to
 * is the text that comes out here, nothing else.
 */
#include "egress/host.h"

#include <string.h>

#define LABEL_MAX 63

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c + ('a' - 'A'));
	return c;
}

static int
digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

/* A number as inet_aton(3) reads it: 0x is hex, 0 octal. */
static bool
number(struct str s, uint64_t *out)
{
	int base = 10;
	uint64_t v = 0;

	if (s.n >= 2 && s.p[0] == '0' && s.p[1] == 'x') {
		base = 16;
		s = str_sub(s, 2, s.n);
	} else if (s.n >= 2 && s.p[0] == '0') {
		base = 8;
	}
	for (size_t i = 0; i < s.n; i++) {
		int d = digit(s.p[i]);

		if (d >= base || v > UINT32_MAX)
			return false;
		v = v * (uint64_t)base + (uint64_t)d;
	}
	*out = v;
	return v <= UINT32_MAX;
}

/* Would a resolver take a name that ends in this label for a number? */
static bool
looks_numeric(struct str label)
{
	size_t i = 0;

	if (label.n >= 2 && label.p[0] == '0' && label.p[1] == 'x') {
		for (i = 2; i < label.n && digit(label.p[i]) < 16; i++)
			;
		return i == label.n;
	}
	while (i < label.n && is_digit(label.p[i]))
		i++;
	return i == label.n;
}

static struct str
last_label(struct str s)
{
	struct str label = s;

	while (s.p != NULL)
		label = str_split(&s, '.');
	return label;
}

/* One to four numbers; the last fills the bytes that are left. */
static bool
read_ipv4(struct str s, struct addr *out)
{
	uint64_t parts[4] = {0}, last;
	size_t n = 0;

	while (s.p != NULL) {
		struct str part = str_split(&s, '.');

		if (n == 4 || part.n == 0 || !number(part, &parts[n]))
			return false;
		n++;
	}
	if (n == 0)
		return false;
	last = parts[n - 1];
	if (last >= UINT64_C(1) << (8 * (5 - n)))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		last |= parts[i] << (8 * (3 - i));
	}
	*out = (struct addr){.family = AF_INET};
	for (size_t i = 0; i < 4; i++)
		out->b[i] = (uint8_t)(last >> (8 * (3 - i)));
	return true;
}

static bool
is_label(struct str s)
{
	if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

static bool
is_name(struct str s)
{
	while (s.p != NULL) {
		if (!is_label(str_split(&s, '.')))
			return false;
	}
	return true;
}

static bool
literal(struct host *h)
{
	h->literal = true;
	addr_text(&h->addr, h->name);
	return true;
}

bool
host_read(struct str text, struct host *out, const char **why_out)
{
	struct host h = {.literal = false};
	struct str s;

	*why_out = "is empty";
	if (text.n == 0)
		return false;
	if (text.p[0] == '[') {
		*why_out = "is not an IPv6 address";
		if (!addr_parse(text, &h.addr) || h.addr.family != AF_INET6)
			return false;
		(void)literal(&h);
		*out = h;
		return true;
	}
	if (text.p[text.n - 1] == '.')
		text.n--;
	*why_out = "is too long";
	if (text.n > HOST_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++)
		h.name[i] = lower(text.p[i]);
	s = (struct str){h.name, text.n};
	*why_out = "is not a DNS name";
	if (s.n == 0 || memchr(s.p, 0, s.n) != NULL || !is_name(s))
		return false;
	if (looks_numeric(last_label(s))) {
		*why_out = "is a number but not an IPv4 address";
		if (!read_ipv4(s, &h.addr))
			return false;
		memset(h.name, 0, sizeof(h.name));
		(void)literal(&h);
	}
	*out = h;
	return true;
}

bool
host_equal(const struct host *a, const struct host *b)
{
	if (a->literal || b->literal)
		return a->literal && b->literal &&
		    addr_equal(&a->addr, &b->addr);
	return strcmp(a->name, b->name) == 0;
}
