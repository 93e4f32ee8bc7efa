/*
 * judge.c: may a tool talk to this address?
 */
#include "egress/judge.h"

#include <stdlib.h>
#include <string.h>

#include "addr_name.h"
#include "egress/own.h"
#include "log.h"

#define NETS_MAX 16

struct judge {
	struct own *own;
	struct addr_net nat64[NETS_MAX];
	size_t n;
};

static const struct {
	enum judge_verdict verdict;
	const char *what;
} classes[] = {
    [ADDR_PUBLIC] = {JUDGE_YES, NULL},
    [ADDR_PRIVATE] = {JUDGE_GRANT, "a private address"},
    [ADDR_SPECIAL] = {JUDGE_GRANT, "an address for special purposes"},
    [ADDR_LOOPBACK] = {JUDGE_NEVER, "a loopback address"},
    [ADDR_LINKLOCAL] = {JUDGE_NEVER, "a link-local address"},
    [ADDR_METADATA] = {JUDGE_NEVER, "a cloud's metadata service"},
    [ADDR_MULTICAST] = {JUDGE_NEVER, "a multicast or broadcast address"},
    [ADDR_UNSPECIFIED] = {JUDGE_NEVER, "the unspecified address"},
    [ADDR_EMBEDDED] = {JUDGE_NEVER, "an IPv4 address in disguise"},
    [ADDR_UNKNOWN] = {JUDGE_NEVER, "no IP address"},
};

static const char this_machine[] = "this machine itself";

static bool
read_prefixes(struct judge *j, const char *text, FILE *err)
{
	struct str rest = str_from(text);

	while (rest.n > 0) {
		struct str one = str_trim(str_split(&rest, ','));

		if (j->n == NETS_MAX || !addr_net_parse(one, &j->nat64[j->n]) ||
		    !addr_nat64_prefix(&j->nat64[j->n])) {
			(void)fprintf(err,
			    "MCPBOX_EGRESS_NAT64: not a NAT64 prefix (of 32, "
			    "40, 48, 56, 64 or 96 bits), or more than %d: "
			    "%.*s\n",
			    NETS_MAX, STR_FMT(one));
			return false;
		}
		j->n++;
	}
	return true;
}

struct judge *
judge_new(struct loop *loop, const char *nat64, FILE *err)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (j == NULL)
		log_panic("out of memory", "judge");
	if (!read_prefixes(j, nat64, err)) {
		free(j);
		return NULL;
	}
	j->own = own_new(loop);
	if (j->own == NULL) {
		(void)fputs("cannot watch this host's addresses\n", err);
		free(j);
		return NULL;
	}
	return j;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	own_free(j->own);
	free(j);
}

enum judge_verdict
judge_address(struct judge *j, const struct addr *a, const char **what_out)
{
	struct addr inside;
	enum addr_class c;

	*what_out = this_machine;
	if (own_has(j->own, a))
		return JUDGE_NEVER;
	for (size_t i = 0; a->scope == 0 && i < j->n; i++) {
		if (!addr_nat64(a, &j->nat64[i], &inside))
			continue;
		if (own_has(j->own, &inside))
			return JUDGE_NEVER;
		a = &inside;
		break;
	}
	c = addr_class(a);
	*what_out = classes[c].what;
	return classes[c].verdict;
}

bool
judge_name(const struct host *host, const char **what_out)
{
	enum addr_class c = ADDR_PUBLIC;

	if (!host->literal)
		c = addr_name_class(str_from(host->name));
	if (c == ADDR_PUBLIC)
		return true;
	*what_out = c == ADDR_LOOPBACK ? this_machine : classes[c].what;
	return false;
}
