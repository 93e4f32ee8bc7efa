/*
 * approval_rows.c: the field tables of noun/approval.
 */
#include "noun/approval_rows.h"

#include "noun/aids.h"
#include "noun/approval.h"
#include "noun/code_host.h"
#include "noun/comment.h"
#include "noun/compare.h"
#include "noun/network.h"
#include "noun/powers.h"
#include "noun/tool_rows.h"

_Static_assert(offsetof(struct approval_item, tool) == 0 &&
	offsetof(struct approval_review, tool) == 0,
    "both begin with the tool, so that its field rows fit");

/* clang-format off */
#define SCOPE_DOC \
	"What there is to look at. new: all of it, no approval stands; full: " \
	"what changed since; description: title and description alone " \
	"changed, a light review; none: it is what is approved."

const struct field approval_stats_fields[] = {
	FIELD_INT(struct approval_stats, pending_tools,
	    .doc = "Tools that wait for review."),
	FIELD_INT(struct approval_stats, approved_tools,
	    .doc = "Tools whose current version is approved."),
	FIELD_INT(struct approval_stats, rejected_tools,
	    .doc = "Tools whose current version was rejected."),
	FIELD_INT(struct approval_stats, draft_tools,
	    .doc = "Tools that nobody asked review for."),
	FIELD_INT(struct approval_stats, pending_resources,
	    .doc = "Resources and templates among those that wait."),
	FIELD_INT(struct approval_stats, pending_prompts,
	    .doc = "Prompts among those that wait."),
	FIELD_INT(struct approval_stats, pending_light,
	    .doc = "Of those that wait: only title and description changed."),
	FIELD_TIME(struct approval_stats, oldest_pending_at,
	    .flags = FIELD_NULLABLE, .doc = "Since when the first waits."),
	FIELD_INT(struct approval_stats, recently_approved,
	    .doc = "Approvals of the last 7 days."),
	FIELD_INT(struct approval_stats, recently_auto_approved,
	    .doc = "Of these: by the policy, without a person."),
	FIELD_INT(struct approval_stats, recently_rejected,
	    .doc = "Rejections of the last 7 days."),
	FIELD_INT(struct approval_stats, pending_network_requests,
	    .doc = "Requests for network access that wait."),
	FIELD_INT(struct approval_stats, approved_network_requests,
	    .doc = "Grants of network access in force."),
	FIELD_INT(struct approval_stats, rejected_network_requests,
	    .doc = "Requests for network access that were rejected."),
	FIELD_END
};

const struct field approval_item_fields[] = {
	TOOL_SUMMARY_ROWS,
	FIELD_STR(struct approval_item, requested_by, .flags = FIELD_NULLABLE,
	    .doc = "Who asked for review."),
	FIELD_INT(struct approval_item, findings_high,
	    .doc = "Findings and remarks with severity high."),
	FIELD_INT(struct approval_item, findings_warning,
	    .doc = "Findings and remarks with severity warning."),
	FIELD_BOOL(struct approval_item, is_new,
	    .doc = "True if no version of it was ever approved."),
	FIELD_STR(struct approval_item, scope, .choices = APPROVAL_SCOPES,
	    .doc = SCOPE_DOC),
	FIELD_STR(struct approval_item, author,
	    .doc = "Who made the current version."),
	FIELD_STR(struct approval_item, change_summary,
	    .doc = "What changed, in the author's words."),
	FIELD_TIME(struct approval_item, since,
	    .doc = "When it came to where it is."),
	FIELD_INT(struct approval_item, open_comments,
	    .doc = "Threads that are open."),
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
	FIELD_STR(struct approval_base, uri, .flags = FIELD_NULLABLE,
	    .doc = "URI of a resource, or a template."),
	FIELD_STR(struct approval_base, mime_type, .flags = FIELD_NULLABLE,
	    .doc = "MIME type of a resource's content."),
	FIELD_STRS(struct approval_base, client_capabilities,
	    .doc = "What a client must have declared."),
	FIELD_STR(struct approval_base, task_mode, .choices = KIND_TASK_MODES,
	    .doc = "May, or must, a call become a task?"),
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

const struct field approval_trial_fields[] = {
	FIELD_UUID(struct approval_trial, id, .doc = "Identifies the run."),
	FIELD_STR(struct approval_trial, caller, .doc = "Who tried it."),
	FIELD_INT(struct approval_trial, version, .doc = "What was tried."),
	FIELD_STR(struct approval_trial, outcome, .doc = "How it ended."),
	FIELD_BOOL(struct approval_trial, success, .doc = "With a result?"),
	FIELD_STR(struct approval_trial, input_args, .flags = FIELD_NULLABLE,
	    .doc = "The arguments, as JSON text."),
	FIELD_STR(struct approval_trial, result, .flags = FIELD_NULLABLE,
	    .doc = "The result, as JSON text."),
	FIELD_STR(struct approval_trial, error, .flags = FIELD_NULLABLE,
	    .doc = "What went wrong."),
	{
		.name = "stdout", .type = FIELD_T_STR,
		.offset = offsetof(struct approval_trial, stdout_text),
		.flags = FIELD_NULLABLE,
		.doc = "What it printed.",
	},
	FIELD_STR(struct approval_trial, requests, .flags = FIELD_NULLABLE,
	    .doc = "Outbound requests that it made, as JSON text."),
	FIELD_INT(struct approval_trial, duration_ms, .doc = "Time it took."),
	FIELD_INT(struct approval_trial, cpu_ms,
	    .doc = "Processor time it took."),
	FIELD_INT(struct approval_trial, peak_kib,
	    .doc = "Most memory it held, KiB."),
	FIELD_TIME(struct approval_trial, created_at, .doc = "When."),
	FIELD_END
};

static const struct field failed_fields[] = {
	FIELD_UUID(struct approval_failed, id, .doc = "The tool."),
	FIELD_STR(struct approval_failed, error, .doc = "Why not."),
	FIELD_END
};

static const struct field outcome_fields[] = {
	FIELD_UUID(struct approval_outcome, id, .doc = "The tool."),
	FIELD_BOOL(struct approval_outcome, success, .doc = "Was it decided?"),
	FIELD_STR(struct approval_outcome, approval_status,
	    .choices = TOOL_STATUSES, .flags = FIELD_NULLABLE,
	    .doc = "Where it stands now; null when it was not decided."),
	FIELD_STR(struct approval_outcome, problem, .flags = FIELD_NULLABLE,
	    .doc = "Name of what went wrong, such as digest-moved."),
	FIELD_STR(struct approval_outcome, error, .flags = FIELD_NULLABLE,
	    .doc = "The same in a sentence."),
	FIELD_END
};

const struct field approval_bulk_fields[] = {
	FIELD_BOOL(struct approval_bulk, success, .doc = "Were all decided?"),
	FIELD_INT(struct approval_bulk, processed_count,
	    .doc = "How many were."),
	FIELD_LIST(struct approval_bulk, failed, .child = failed_fields,
	    .child_size = sizeof(struct approval_failed),
	    .child_name = "ReviewFailure",
	    .doc = "Those that could not be decided."),
	FIELD_LIST(struct approval_bulk, results, .child = outcome_fields,
	    .child_size = sizeof(struct approval_outcome),
	    .child_name = "ReviewOutcome",
	    .doc = "Each, in the order they were given in."),
	FIELD_END
};

/* What author and reviewer see alike. */
#define AID_ROWS \
	FIELD_STR(struct approval_review, scope, .choices = APPROVAL_SCOPES, \
	    .doc = SCOPE_DOC), \
	LIST(powers, powers_fields, struct power, "Power", \
	    "What the version may do once it is approved."), \
	LIST(new_powers, powers_fields, struct power, "Power", \
	    "Those of the powers that the version that is approved did not " \
	    "have when it was."), \
	LIST(findings, code_finding_fields, struct code_finding, "Finding", \
	    "Remarks of the checker."), \
	CODE_HOSTS_ROW(struct approval_review), \
	LIST(hidden, remark_fields, struct remark, "Remark", \
	    "Characters that do not show or look like others, in code and " \
	    "texts."), \
	LIST(lint, remark_fields, struct remark, "Remark", \
	    "Sentences in its texts that seem meant for a model."), \
	FIELD_ROW(struct approval_review, changes, struct compare *, \
	    FIELD_T_OBJECT, .flags = FIELD_NULLABLE, \
	    .child = compare_fields, .child_size = sizeof(struct compare), \
	    .child_name = "VersionComparison", \
	    .doc = "What changed since the version that is approved; null: " \
		   "none is."), \
	LIST(network_requests, network_fields, struct network, \
	    "NetworkAccess", \
	    "Requests for network access that wait, for this tool or every " \
	    "tool of its server. An approval can name some."), \
	LIST(comments, comment_fields, struct comment, "ReviewComment", \
	    "Threads that are open, at most 100 comments.")
#define LIST(m, fields, T, name_, text) \
	FIELD_LIST(struct approval_review, m, .child = fields, \
	    .child_size = sizeof(T), .child_name = name_, .doc = text)

const struct field approval_preview_fields[] = {
	FIELD_UUID(struct tool, id, .doc = "Identifies the tool."),
	FIELD_STR(struct tool, full_name, .doc = "What clients call."),
	FIELD_INT(struct tool, current_version,
	    .doc = "The version that would be reviewed."),
	FIELD_STR(struct tool, approval_status, .choices = TOOL_STATUSES,
	    .doc = "Where it stands."),
	AID_ROWS,
	FIELD_END
};

const struct field approval_review_fields[] = {
	TOOL_SUMMARY_ROWS,
	TOOL_CODE_ROWS,
	FIELD_STR(struct approval_review, requested_by,
	    .flags = FIELD_NULLABLE, .doc = "Who asked for review."),
	FIELD_STR(struct approval_review, powers_digest,
	    .doc = "SHA-256 of the powers; a decision names it."),
	AID_ROWS,
	FIELD_ROW(struct approval_review, base, struct approval_base *,
	    FIELD_T_OBJECT, .flags = FIELD_NULLABLE,
	    .child = approval_base_fields,
	    .child_size = sizeof(struct approval_base),
	    .child_name = "ReviewBase",
	    .doc = "The version whose approval stands, to compare with."),
	LIST(history, approval_event_fields, struct approval_event,
	    "Decision", "Decisions so far, newest first, at most 200."),
	LIST(trials, approval_trial_fields, struct approval_trial,
	    "ReviewTrial",
	    "The last runs of this very content that were no calls, newest "
	    "first, at most 10: what its author and reviewers tried. Texts "
	    "are cut at 8,000 characters."),
	FIELD_END
};
/* clang-format on */
