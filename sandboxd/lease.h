/*
 * lease.h: ready processes that workers hold for their next calls
 * (docs/decisions/0005-leases.md).
 *
 * A lease counts as a run of its server from the start.  It becomes a call
 * with BEGIN; until then it may be called back at any time.
 */
#ifndef MCPBOX_SANDBOXD_LEASE_H
#define MCPBOX_SANDBOXD_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"
#include "call.h"

struct lease;

struct lease_user {
	/* It has a process now (lease_ready). */
	void (*given)(void *arg);
	/* The worker should give it back. */
	void (*reclaim)(void *arg);
	/* It is gone: its process ended, it was not given back in time, or
	 * there was none to give.  The lease is freed afterwards. */
	void (*lost)(void *arg);
};

struct leases {
	struct calls *calls;
	unsigned max; /* of those below; 0 = none is given */
	unsigned n;
	struct lease *first, *last; /* asked for, or idle; oldest first */
	struct {
		uint64_t given, refused, begun, reclaimed, lost;
	} total;
};

void leases_init(struct leases *all, struct calls *calls, unsigned max);

/*
 * Asks for a process: it has one at once (lease_ready), or `given` follows, or
 * `lost`.  NULL: there are too many leases.
 */
struct lease *lease_new(struct leases *all, const struct box_lease *ask,
    const struct lease_user *user, void *arg) ATTR_NODISCARD;
bool lease_ready(const struct lease *l);

/* The child's data socket, to be passed on; it stays ours, too. */
int lease_socket(const struct lease *l);
struct box_leased lease_terms(const struct lease *l);

/*
 * The worker has given its run to the process: a call from now on.  NULL when
 * the run is not one for this lease; the lease stays.
 */
struct call *lease_begin(struct lease *l, const struct box_run *run,
    struct call_peer peer, const struct call_user *user,
    void *arg) ATTR_NODISCARD;

/* Kills the process and frees the lease; `lost` is not called. */
void lease_drop(struct lease *l);

/* Members of a JSON object, comma-separated, for the report. */
void leases_report(const struct leases *all, struct buf *out);

#endif
