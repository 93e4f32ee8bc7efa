/*
 * approval_auto.h: what the policy decides without a person.
 *
 * The decision is the database's: SQL functions that read the policy and what
 * runs are made from, and that the pool of the models can call but not write
 * around (sql/migrations/0017_approvals.sql).  This file only asks, and does
 * not even ask when a text looks odd (noun/aids).
 */
#ifndef MCPBOX_APPROVAL_AUTO_H
#define MCPBOX_APPROVAL_AUTO_H

#include "op/ctx.h"
#include "op/op.h"

#define APPROVAL_TOOL_MODES "never|description_only|no_new_powers|no_powers"
#define APPROVAL_NETWORK_MODES "never|public"

struct approval_policy {
	const char *tool_mode;    /* APPROVAL_TOOL_MODES */
	const char *network_mode; /* APPROVAL_NETWORK_MODES */
	const char *updated_by;   /* NULL: never changed */
	const char *updated_at;
};

struct approval_policy_args {
	struct str tool_mode; /* absent: as it is */
	struct str network_mode;
};

extern const struct field approval_policy_fields[];

enum fail_code approval_get_policy(
    struct ctx *ctx, struct approval_policy *out) ATTR_NODISCARD;
/* FAIL_INVALID when nothing is given. */
enum fail_code approval_set_policy(struct ctx *ctx,
    const struct approval_policy_args *args,
    struct approval_policy *out) ATTR_NODISCARD;

/*
 * In a transaction that holds the tool, before its last step: approves what
 * waits for review if the policy does.  The audit trail has its own row for
 * it.
 */
enum fail_code approval_auto(
    struct ctx *ctx, struct str tool_id) ATTR_NODISCARD;
/* The same for a request for network access that does not need `private`. */
enum fail_code approval_auto_network(
    struct ctx *ctx, struct str request_id) ATTR_NODISCARD;

#endif
