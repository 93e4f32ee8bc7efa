/*
 * egress_proc.h: the process mcpbox-egress, as the supervisor keeps it.
 *
 * It is started beside us with a listening socket that is ours, so that it
 * can be started again without anyone noticing but those who were talking to
 * it.  It dies with us.  Without it everything works but tools' requests.
 */
#ifndef MCPBOX_SANDBOXD_EGRESS_PROC_H
#define MCPBOX_SANDBOXD_EGRESS_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "buf.h"
#include "loop.h"

struct egress_proc;

struct egress_proc_config {
	const char *program;
	const char *socket;   /* path; NULL: one without a name in any folder */
	const char *file;     /* of settings, for its -c; NULL: none */
	char *const *environ; /* what of it egress may see, it gets */
};

/* Somebody who talks to it; embedded. */
struct egress_user {
	struct egress_user *next, *prev;
	/* It is gone.  May leave, must not free others. */
	void (*lost)(struct egress_user *u);
};

/* Starts it now, and again whenever it ends. */
struct egress_proc *egress_proc_new(
    struct loop *loop, const struct egress_proc_config *c) ATTR_RETURNS_NONNULL;
/* Ends it and removes the socket; all users have left.  NULL is nothing. */
void egress_proc_free(struct egress_proc *p);

/*
 * A non-blocking connection, and `u` on its list; -1 when egress is not
 * there (NULL: there is none).
 */
int egress_proc_join(
    struct egress_proc *p, struct egress_user *u) ATTR_NODISCARD;
void egress_proc_leave(struct egress_proc *p, struct egress_user *u);
/* It has answered somebody. */
void egress_proc_heard(struct egress_proc *p);

/* It runs, and not only since its last failure a moment ago. */
bool egress_proc_well(const struct egress_proc *p);

/* {"state","healthy","pid","starts","connections","last_exit"} */
void egress_proc_report(const struct egress_proc *p, struct buf *out);

#endif
