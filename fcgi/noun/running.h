/*
 * running.h: the runs that are under way on this node, and their end.
 *
 * What is listed is what this node's sandboxd says of itself.  A person can
 * stop a run by its request id.  Runs that a revocation, a switch or a deletion
 * made wrong are ended by orders of the database (sql/migrations/
 * 0008_kill.sql, loop_notify.c); what a worker did not hear of, it makes up
 * for here.
 */
#ifndef MCPBOX_RUNNING_H
#define MCPBOX_RUNNING_H

#include "op/ctx.h"
#include "op/op.h"

#define RUNNING_KINDS "call|trial|test|check"

struct running {
	const char *request_id;
	const char *tool;      /* full name; NULL: a check */
	const char *server_id; /* NULL: a check */
	const char *kind;      /* RUNNING_KINDS */
	bool waiting;          /* for a free process */
	int64_t since_ms;      /* since it was asked for */
};

struct running_list {
	struct list items; /* struct running, newest first */
	int64_t total;     /* on this node, whatever is listed */
};

struct running_args {
	struct str server_id;
	struct str tool;
};

struct running_ended {
	const char *request_id;
	int64_t ended; /* runs */
};

extern const struct op running_ops[];
extern const struct route running_routes[];

/* FAIL_UNAVAILABLE when the sandbox does not answer. */
enum fail_code running_list(struct ctx *ctx, const struct running_args *args,
    struct running_list *out) ATTR_NODISCARD;
/*
 * Ends it now, with outcome "cancelled".  FAIL_NOT_FOUND when no such run is
 * under way on this node.
 */
enum fail_code running_cancel(struct ctx *ctx, struct str request_id,
    struct running_ended *out) ATTR_NODISCARD;
/*
 * Ends the runs that an order of the last minutes was about, if they began
 * before it, or cannot have known of it.  For a worker that may have missed
 * some, and for the calls that an order met half-way to the sandbox.
 */
enum fail_code running_catch_up(struct ctx *ctx) ATTR_NODISCARD;

#endif
