/*
 * code_host.h: the hosts that a tool's source names, and whether it may.
 *
 * The checker finds them (sandboxd/run/jail/hosts.py) and they are stored with
 * the version's findings.  What is granted changes without the version, so it
 * is looked up when somebody looks: for an author that is the list of what to
 * ask for, for a reviewer where the tool talks to.
 */
#ifndef MCPBOX_CODE_HOST_H
#define MCPBOX_CODE_HOST_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"

struct code_host {
	const char *host; /* as noun/network_host spells it, or as written */
	int64_t port;
	const char *access; /* CODE_HOST_ACCESS */
	const char *advice; /* what to do; NULL: nothing */
	int64_t line, column;
};
#define CODE_HOST_ACCESS "granted|waiting|rejected|missing|never|unknown"

/* For whom it is looked up.  Both empty: for nobody, access is unknown. */
struct code_place {
	struct str server_id;
	struct str tool_id; /* empty: any tool of the server */
};

extern const struct field code_host_fields[];
#define CODE_HOSTS_ROW(S)                                                      \
	FIELD_LIST(S, hosts, .child = code_host_fields,                        \
	    .child_size = sizeof(struct code_host), .child_name = "CodeHost",  \
	    .doc = "Hosts that its requests name, as far as the source says "  \
		   "them. One that is made at run time is not among them.")

/*
 * `stored`: findings of a version.  *hosts becomes a list of struct code_host,
 * *findings (noun/code.h code_findings, of the same) is told which of them are
 * not granted.  FAIL_NOT_FOUND without that tool.
 */
enum fail_code code_hosts(struct ctx *ctx, const json_t *stored,
    const struct code_place *place, struct list *hosts,
    struct list *findings) ATTR_NODISCARD;

#endif
