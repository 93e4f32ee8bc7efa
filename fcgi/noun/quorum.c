/*
 * quorum.c: votes for an approval.
 */
#include "noun/quorum.h"

#include <string.h>

#include "db/db.h"
#include "json.h"
#include "noun/audit.h"
#include "noun/tx.h"

struct cast {
	int64_t given;
	int64_t needed;
};

/* clang-format off */
static const struct field cast_fields[] = {
	FIELD_INT(struct cast, given, .doc = "Votes."),
	FIELD_INT(struct cast, needed, .doc = "How many it takes."),
	FIELD_END
};

static const struct field vote_fields[] = {
	FIELD_STR(struct quorum_vote, username, .doc = "Who."),
	FIELD_INT(struct quorum_vote, version, .doc = "Of which version."),
	FIELD_TIME(struct quorum_vote, voted_at, .doc = "When."),
	FIELD_STR(struct quorum_vote, powers_digest,
	    .doc = "Of the powers that the reviewer saw; a vote for others "
		   "does not count."),
	FIELD_END
};

const struct field quorum_fields[] = {
	FIELD_INT(struct quorum, version, .doc = "The current version."),
	FIELD_INT(struct quorum, needed,
	    .doc = "So many people must approve it."),
	FIELD_BOOL(struct quorum, author_may_approve,
	    .doc = "May those who wrote a part of it?"),
	FIELD_BOOL(struct quorum, is_author,
	    .doc = "Did the caller write a part of it?"),
	FIELD_BOOL(struct quorum, voted, .doc = "Did the caller approve it?"),
	FIELD_LIST(struct quorum, votes, .child = vote_fields,
	    .child_size = sizeof(struct quorum_vote),
	    .child_name = "ToolVote", .doc = "Who approved it so far."),
	FIELD_END
};
/* clang-format on */

enum fail_code
quorum_cast(struct ctx *ctx, const char *tool_id, int64_t version,
    const char *digest, const char *powers_digest, bool *enough_out)
{
	json_t *after = json_keep(ctx->arena, json_obj());
	struct cast votes;
	enum fail_code rc;

	*enough_out = false;
	if (ctx->caller.kind != CALLER_PERSON)
		return fail(&ctx->fail, FAIL_FORBIDDEN, NULL);
	rc = db_one(ctx, Q_quorum_cast,
	    DB_ARGS(DB_CSTR(tool_id), DB_INT(version), DB_CSTR(digest),
		DB_CSTR(powers_digest), DB_CSTR(ctx->caller.id)),
	    cast_fields, &votes);
	if (rc != FAIL_NONE)
		return rc;
	*enough_out = votes.given >= votes.needed;
	if (*enough_out)
		return FAIL_NONE;
	json_put_int(after, "version", version);
	json_put_str(after, "digest", digest);
	json_put_int(after, "given", votes.given);
	json_put_int(after, "needed", votes.needed);
	return audit_write(ctx, "vote_tool", "tool", tool_id, NULL, after);
}

enum fail_code
quorum_state(struct ctx *ctx, struct str tool_id, struct quorum *out)
{
	const struct quorum_vote *v;
	enum fail_code rc;

	rc = db_one(ctx, Q_quorum_state,
	    DB_ARGS(DB_STR(tool_id), DB_CSTR(ctx->caller.name)), quorum_fields,
	    out);
	if (rc != FAIL_NONE)
		return tx_not_found(ctx, rc, "tool");
	rc = db_all(ctx, Q_quorum_votes, DB_ARGS(DB_STR(tool_id)), vote_fields,
	    sizeof(struct quorum_vote), &out->votes);
	v = out->votes.v;
	for (size_t i = 0; rc == FAIL_NONE && i < out->votes.n; i++)
		out->voted |= strcmp(v[i].username, ctx->caller.name) == 0;
	return rc;
}
