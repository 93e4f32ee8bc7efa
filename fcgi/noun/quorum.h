/*
 * quorum.h: how many people it takes to approve.
 *
 * The policy (noun/people) says how many must approve a version of a tool and
 * whether its authors may.  Each approval is a vote for what its reviewer saw:
 * version, content and powers.  The votes count together, and the database
 * refuses an approval without enough of them (approval_quorum in the
 * migration), whoever writes it.
 */
#ifndef MCPBOX_QUORUM_H
#define MCPBOX_QUORUM_H

#include "op/ctx.h"
#include "op/op.h"

struct quorum_vote {
	const char *username;
	int64_t version;
	const char *voted_at;
	const char *powers_digest;
};

struct quorum {
	int64_t version; /* the current one, which is voted on */
	int64_t needed;
	bool author_may_approve;
	bool is_author;    /* the caller wrote a part of it */
	bool voted;        /* the caller did already */
	struct list votes; /* struct quorum_vote, the earliest first */
};

extern const struct field quorum_fields[];

/*
 * In the transaction that approves: the caller's vote for what they saw.
 * *enough_out: go on and approve; else commit, so that the vote stays, and
 * leave the tool as it is.  Writes an audit row ("vote_tool") when it is not
 * enough.  FAIL_CONFLICT for an author, if those may not.
 */
enum fail_code quorum_cast(struct ctx *ctx, const char *tool_id,
    int64_t version, const char *digest, const char *powers_digest,
    bool *enough_out) ATTR_NODISCARD;

/* FAIL_NOT_FOUND without such a tool. */
enum fail_code quorum_state(
    struct ctx *ctx, struct str tool_id, struct quorum *out) ATTR_NODISCARD;

#endif
