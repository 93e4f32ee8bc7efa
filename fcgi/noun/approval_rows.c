/*
 * approval_rows.c: the field tables of noun/approval.
 */
#include "noun/approval_rows.h"

#include "noun/approval.h"
#include "noun/code_host.h"
#include "noun/network.h"
#include "noun/powers.h"
#include "noun/tool_rows.h"

_Static_assert(offsetof(struct approval_item, tool) == 0 &&
	offsetof(struct approval_review, tool) == 0,
    "both begin with the tool, so that its field rows fit");

/* clang-format off */
const struct field approval_stats_fields[] = {
	FIELD_INT(struct approval_stats, pending_tools,
	    .doc = "Tools that wait for review."),
	FIELD_INT(struct approval_stats, approved_tools,
	    .doc = "Tools whose current version is approved."),
	FIELD_INT(struct approval_stats, rejected_tools,
	    .doc = "Tools whose current version was rejected."),
	FIELD_INT(struct approval_stats, draft_tools,
	    .doc = "Tools that nobody asked review for."),
	FIELD_INT(struct approval_stats, recently_approved,
	    .doc = "Approvals of the last 7 days."),
	FIELD_INT(struct approval_stats, recently_rejected,
	    .doc = "Rejections of the last 7 days."),
	FIELD_INT(struct approval_stats, pending_network_requests,
	    .doc = "Requests for network access that wait."),
	FIELD_INT(struct approval_stats, approved_network_requests,
	    .doc = "Grants of network access in force."),
	FIELD_END
};

const struct field approval_item_fields[] = {
	TOOL_SUMMARY_ROWS,
	FIELD_STR(struct approval_item, requested_by, .flags = FIELD_NULLABLE,
	    .doc = "Who asked for review."),
	FIELD_INT(struct approval_item, findings_high,
	    .doc = "Remarks of the checker with severity high."),
	FIELD_INT(struct approval_item, findings_warning,
	    .doc = "Remarks with severity warning."),
	FIELD_BOOL(struct approval_item, is_new,
	    .doc = "True if no version of it was ever approved."),
	FIELD_END
};

const struct field approval_base_fields[] = {
	FIELD_INT(struct approval_base, version, .doc = "Its number."),
	FIELD_STR(struct approval_base, digest, .doc = "Its digest."),
	FIELD_STR(struct approval_base, title, .flags = FIELD_NULLABLE,
	    .doc = "A name for people."),
	FIELD_STR(struct approval_base, description, .doc = "What it does."),
	FIELD_STR(struct approval_base, python_code, .doc = "Its source."),
	FIELD_JSON(struct approval_base, input_schema,
	    .doc = "JSON Schema of the arguments."),
	FIELD_OPT_INT(struct approval_base, timeout_ms,
	    .flags = FIELD_NULLABLE,
	    .doc = "Time limit; null: the server's default."),
	FIELD_END
};

const struct field approval_event_fields[] = {
	FIELD_STR(struct approval_event, verdict,
	    .choices = "approve|reject|revoke", .doc = "What was decided."),
	FIELD_INT(struct approval_event, version, .doc = "About which version."),
	FIELD_STR(struct approval_event, digest, .doc = "Its digest."),
	FIELD_STR(struct approval_event, reason, .flags = FIELD_NULLABLE,
	    .doc = "Why."),
	FIELD_STR(struct approval_event, decided_by, .doc = "By whom."),
	FIELD_TIME(struct approval_event, decided_at, .doc = "When."),
	FIELD_END
};

const struct field approval_review_fields[] = {
	TOOL_SUMMARY_ROWS,
	TOOL_CODE_ROWS,
	FIELD_STR(struct approval_review, requested_by,
	    .flags = FIELD_NULLABLE, .doc = "Who asked for review."),
	FIELD_STR(struct approval_review, powers_digest,
	    .doc = "SHA-256 of the powers; a decision names it."),
	FIELD_LIST(struct approval_review, powers, .child = powers_fields,
	    .child_size = sizeof(struct power), .child_name = "Power",
	    .doc = "What the version may do once it is approved."),
	FIELD_LIST(struct approval_review, findings,
	    .child = code_finding_fields,
	    .child_size = sizeof(struct code_finding), .child_name = "Finding",
	    .doc = "Remarks of the checker."),
	CODE_HOSTS_ROW(struct approval_review),
	FIELD_ROW(struct approval_review, base, struct approval_base *,
	    FIELD_T_OBJECT, .flags = FIELD_NULLABLE,
	    .child = approval_base_fields,
	    .child_size = sizeof(struct approval_base),
	    .child_name = "ReviewBase",
	    .doc = "The version whose approval stands, to compare with."),
	FIELD_LIST(struct approval_review, history,
	    .child = approval_event_fields,
	    .child_size = sizeof(struct approval_event),
	    .child_name = "Decision",
	    .doc = "Decisions so far, newest first, at most 200."),
	FIELD_LIST(struct approval_review, network_requests,
	    .child = network_fields, .child_size = sizeof(struct network),
	    .child_name = "NetworkAccess",
	    .doc = "Requests for network access that wait, for this tool or "
		   "every tool of its server. An approval can name some."),
	FIELD_END
};
/* clang-format on */
