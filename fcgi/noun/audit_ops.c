/*
 * audit_ops.c: the audit trail, read over REST.
 */
#include "noun/audit.h"

#include "db/db.h"
#include "op/op.h"

#define TIME_PATTERN                                                           \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"               \
	"([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"

struct audit_entry {
	int64_t seq;
	const char *at;
	const char *db_role;
	const char *actor;
	const char *ip;
	const char *request_id;
	const char *operation;
	const char *target_kind;
	const char *target_id;
	json_t *before;
	json_t *after;
	const char *prev;
	const char *hash;
};

struct audit_list_args {
	struct opt_int before_seq;
	struct opt_int limit;
	struct str actor;
	struct str operation;
	struct str target_kind;
	struct str target_id;
	struct str since;
	struct str until;
};

struct audit_page {
	struct list items;
	struct opt_int next_before_seq;
};

/* clang-format off */
#define TEXT_ROW(m, most, text) \
	PARAM_STR(struct audit_list_args, m, .from = FROM_QUERY, \
	    .min = 1, .max = (most), .doc = text)
#define TIME_ROW(m, text) \
	PARAM_STR(struct audit_list_args, m, .from = FROM_QUERY, \
	    .min = 1, .max = 40, .pattern = TIME_PATTERN, .doc = text)

static const struct param list_params[] = {
	PARAM_INT(struct audit_list_args, before_seq, .from = FROM_QUERY,
	    .min = 1, .max = 9007199254740991,
	    .doc = "Only rows before this number: next_before_seq of the page "
		   "before."),
	PARAM_INT(struct audit_list_args, limit, .from = FROM_QUERY,
	    .min = 1, .max = 200, .def = "50", .doc = "Rows a page."),
	TEXT_ROW(actor, 200, "Only what this caller did, as in 'person:anna'."),
	TEXT_ROW(operation, 100, "Only this operation."),
	TEXT_ROW(target_kind, 100, "Only what was done to this kind of thing."),
	TEXT_ROW(target_id, 200, "Only what was done to this thing."),
	TIME_ROW(since, "Only from this time on (RFC 3339)."),
	TIME_ROW(until, "Only before this time (RFC 3339)."),
	PARAM_END
};

const struct field audit_entry_fields[] = {
	FIELD_INT(struct audit_entry, seq, .doc = "Its number; there are no gaps."),
	FIELD_TIME(struct audit_entry, at, .doc = "When."),
	FIELD_STR(struct audit_entry, db_role,
	    .doc = "The database role that wrote it."),
	FIELD_STR(struct audit_entry, actor, .doc = "Who did it."),
	FIELD_STR(struct audit_entry, ip, .flags = FIELD_NULLABLE,
	    .doc = "From where."),
	FIELD_STR(struct audit_entry, request_id, .flags = FIELD_NULLABLE,
	    .doc = "In which request."),
	FIELD_STR(struct audit_entry, operation, .doc = "What was done."),
	FIELD_STR(struct audit_entry, target_kind, .flags = FIELD_NULLABLE,
	    .doc = "To what kind of thing."),
	FIELD_STR(struct audit_entry, target_id, .flags = FIELD_NULLABLE,
	    .doc = "To which."),
	FIELD_JSON(struct audit_entry, before, .flags = FIELD_NULLABLE,
	    .doc = "How it was."),
	FIELD_JSON(struct audit_entry, after, .flags = FIELD_NULLABLE,
	    .doc = "How it is."),
	FIELD_STR(struct audit_entry, prev,
	    .doc = "Hash of the row before, in hexadecimal."),
	FIELD_STR(struct audit_entry, hash, .doc = "Hash of this row."),
	FIELD_END
};

static const struct field page_fields[] = {
	FIELD_LIST(struct audit_page, items, .child = audit_entry_fields,
	    .child_size = sizeof(struct audit_entry),
	    .child_name = "AuditEntry", .doc = "Newest first."),
	FIELD_OPT_INT(struct audit_page, next_before_seq,
	    .flags = FIELD_NULLABLE,
	    .doc = "Ask for the next page with it; null: this is the last."),
	FIELD_END
};
/* clang-format on */

/* One row more than asked for tells of another page. */
static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	const struct audit_list_args *a = args;
	struct audit_page *out = result;
	const struct audit_entry *v;
	size_t limit = (size_t)a->limit.v;
	enum fail_code rc = db_all(ctx, Q_audit_list,
	    DB_ARGS(DB_OPT_INT(a->before_seq), DB_STR(a->actor),
		DB_STR(a->operation), DB_STR(a->target_kind),
		DB_STR(a->target_id), DB_STR(a->since), DB_STR(a->until),
		DB_INT(a->limit.v + 1)),
	    audit_entry_fields, sizeof(struct audit_entry), &out->items);

	if (rc != FAIL_NONE || out->items.n <= limit)
		return rc;
	out->items.n = limit;
	v = out->items.v;
	out->next_before_seq = (struct opt_int){
	    .given = true, .v = v[limit - 1].seq};
	return FAIL_NONE;
}

/* clang-format off */
const struct op audit_ops[] = {
	{
		.name = "list_audit",
		.title = "The audit trail",
		.doc = "Who changed what, newest first. Each row holds the hash "
		       "of the row before it: 'mcpboxctl audit verify' "
		       "recomputes them.",
		.params = list_params,
		.args_size = sizeof(struct audit_list_args),
		.result = page_fields, .result_size = sizeof(struct audit_page),
		.result_name = "AuditPage",
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	{.name = NULL},
};

const struct route audit_routes[] = {
	{"GET", "/api/audit", &audit_ops[0], 200, false},
	ROUTE_END
};
/* clang-format on */
