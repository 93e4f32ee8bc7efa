/*
 * judge.h: may a tool talk to this address?
 *
 * One function for every place that asks: a literal in the URL, each address
 * that a name leads to, the socket about to be connected, the peer of a
 * connection that is used again.
 */
#ifndef MCPBOX_EGRESS_JUDGE_H
#define MCPBOX_EGRESS_JUDGE_H

#include <stdbool.h>
#include <stdio.h>

#include "addr.h"
#include "attr.h"
#include "egress/host.h"
#include "sandboxd/loop.h"

struct judge;

/* `nat64`: prefixes, separated by commas.  NULL after a line to `err`. */
struct judge *judge_new(struct loop *loop, const char *nat64, FILE *err);
void judge_free(struct judge *j);

enum judge_verdict {
	JUDGE_YES,
	JUDGE_GRANT, /* not without a private grant */
	JUDGE_NEVER  /* whatever is granted */
};

/* *what_out, when it is not YES, is a phrase: "a private address". */
enum judge_verdict judge_address(
    struct judge *j, const struct addr *a, const char **what_out);

/* Names that never mean anything but this machine or its cloud's metadata. */
bool judge_name(const struct host *host, const char **what_out);

#endif
