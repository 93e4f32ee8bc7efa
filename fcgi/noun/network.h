/*
 * network.h: which hosts a server's tools may reach.
 *
 * A model (or a person) asks for a host and a port, for one tool or a whole
 * server; a person approves or rejects, and can take it back.  A grant is in
 * force at once and for every run that begins then; what has begun ends when a
 * grant is revoked (sql/migrations/0008_kill.sql).  It is no part of a tool's
 * content: an approved tool stays approved, and its powers say what it reaches.
 *
 * The database holds the line by itself: the pool that models talk to can
 * write nothing but requests (sql/roles.sql), one for each thing that waits.
 */
#ifndef MCPBOX_NETWORK_H
#define MCPBOX_NETWORK_H

#include "op/ctx.h"
#include "op/op.h"

#define NETWORK_STATUSES "pending|approved|rejected|revoked"
#define NETWORK_SORTS "waiting|newest|oldest|host"
#define NETWORK_WAITING_MAX 100 /* requests of one server that wait */
#define NETWORK_BULK_MAX 100

struct network {
	const char *id;
	const char *server_id;
	const char *server_name;
	const char *tool_id;   /* NULL: every tool of the server */
	const char *tool_name; /* full name, or NULL */
	const char *host;      /* as noun/network_host spells it */
	struct opt_int port;   /* not given: any */
	bool private;          /* granted into private address space */
	bool needs_private;    /* to approve it, a person must say private */
	const char *justification;
	const char *status; /* NETWORK_STATUSES */
	const char *source; /* "llm" or "manual" */
	const char *requested_by;
	const char *created_at;
	const char *decided_by; /* NULL while it waits */
	const char *decided_at;
	const char *reason; /* of the decision; may be NULL */
};

/* The answer to who asked. */
struct network_asked {
	struct network row; /* first: shares its field rows */
	const char *next_step;
};

struct network_list_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str status; /* NETWORK_STATUSES, or "all" */
	struct str server_id;
	struct str tool_id;
	struct str search; /* taken literally */
	struct str source;
	struct str requested_by;
	struct opt_int min_age_hours;
	struct opt_int max_age_hours;
	struct str sort;
};

/* Exactly one of server_id and tool_id. */
struct network_request_args {
	struct str server_id;
	struct str tool_id;
	struct str host;
	struct opt_int port;
	struct str justification;
};

struct network_grant_args {
	struct str server_id;
	struct str tool_id; /* absent: the server */
	struct str host;
	struct opt_int port;
	struct opt_bool private;
	struct str justification;
};

struct network_decide_args {
	struct str request_id;
	struct str action; /* "approve" or "reject" */
	struct opt_bool private;
	struct str reason;
};

struct network_revoke_args {
	struct str request_id;
	struct str reason;
};

struct network_bulk_args {
	struct strs request_ids;
	struct str action;
	struct str reason;
};

struct network_failed {
	const char *id;
	const char *problem; /* slug of the failure */
	const char *error;
};

struct network_bulk {
	bool success; /* all of them */
	int64_t processed_count;
	struct list failed; /* struct network_failed */
};

extern const struct field network_fields[];
extern const struct field network_asked_fields[];
extern const struct field network_bulk_fields[];
extern const struct op network_ops[];
extern const struct route network_routes[];

/* --- reading (network.c) -------------------------------------------------- */

enum fail_code network_list(struct ctx *ctx,
    const struct network_list_args *args, struct page *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such a row (as all below). */
enum fail_code network_get(
    struct ctx *ctx, struct str id, struct network *out) ATTR_NODISCARD;
/* What concerns a tool, also through its server, oldest first; `status`
 * absent: all.  struct network. */
enum fail_code network_of_tool(struct ctx *ctx, struct str tool_id,
    struct str status, struct list *out) ATTR_NODISCARD;

struct network_target;
struct network_standing;
/*
 * What covers a target's host and port, for its tool or (tool_id absent) any
 * tool of its server.  Nothing: FAIL_NONE and out->status is NULL.
 */
enum fail_code network_reach(struct ctx *ctx, const struct network_target *t,
    struct network_standing *out) ATTR_NODISCARD;
/* The server of a tool. */
enum fail_code network_server_of(
    struct ctx *ctx, struct str tool_id, struct str *server_id) ATTR_NODISCARD;

/* --- asking (network_ask.c) ----------------------------------------------- */

/*
 * FAIL_INVALID for a host that can never be reached, FAIL_DUPLICATE when it is
 * granted or asked for already, FAIL_CONFLICT when it was rejected before, or
 * too much waits.
 */
enum fail_code network_request(struct ctx *ctx,
    const struct network_request_args *args,
    struct network_asked *out) ATTR_NODISCARD;

/* --- deciding (network_decide.c) ------------------------------------------ */

/*
 * FAIL_CONFLICT unless it waits; FAIL_INVALID for a rejection without a
 * reason, and when a host that needs it is approved without `private`.
 */
enum fail_code network_decide(struct ctx *ctx,
    const struct network_decide_args *args, struct network *out) ATTR_NODISCARD;
/* Each by itself: what cannot be decided is told, the rest is. */
enum fail_code network_decide_all(struct ctx *ctx,
    const struct network_bulk_args *args,
    struct network_bulk *out) ATTR_NODISCARD;
/*
 * In the caller's transaction, which holds the tool: approves requests that
 * wait for this tool or its server, none of which needs `private`.
 */
enum fail_code network_approve_with(struct ctx *ctx, const char *tool_id,
    const struct strs *request_ids) ATTR_NODISCARD;
/* Without a request; one that waits for the same is answered by it. */
enum fail_code network_grant(struct ctx *ctx,
    const struct network_grant_args *args, struct network *out) ATTR_NODISCARD;
/* FAIL_CONFLICT unless it is approved. */
enum fail_code network_revoke(struct ctx *ctx,
    const struct network_revoke_args *args, struct network *out) ATTR_NODISCARD;
/* So that it can be asked for again.  FAIL_CONFLICT while it is approved. */
enum fail_code network_delete(struct ctx *ctx, struct str id) ATTR_NODISCARD;

/* --- between these files -------------------------------------------------- */

/* Where and what, resolved and spelled the one way. */
struct network_target {
	struct str server_id;
	struct str tool_id; /* p == NULL: the server */
	const char *host;
	bool needs_private;
	struct opt_int port;
};

struct network_place {
	const char *id;
};

/* What is there already for a target. */
struct network_standing {
	const char *id;
	const char *status;
	bool server_wide;
	struct opt_int port;
	bool private;
	const char *reason;
};

extern const struct field network_place_fields[];
extern const struct field network_standing_fields[];

/* Reads the host; a fault is about the field "/host". */
enum fail_code network_read_host(struct ctx *ctx, struct str text,
    struct network_target *out) ATTR_NODISCARD;
/*
 * In a transaction: holds tool and server, in this order, so that nobody else
 * changes what the server's tools may reach.  FAIL_NOT_FOUND.
 */
enum fail_code network_hold(
    struct ctx *ctx, struct network_target *t) ATTR_NODISCARD;
/* "api.example.com, port 443" */
const char *network_label(struct ctx *ctx, const char *host, struct opt_int p);
/* The last step of a mutation: reads the new state, writes the audit row. */
enum fail_code network_record(struct ctx *ctx, const char *operation,
    const struct network *before, struct str id,
    struct network *out) ATTR_NODISCARD;

#endif
