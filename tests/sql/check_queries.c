/*
 * check_queries.c: every named statement, prepared as the roles that use it.
 *
 *	check_queries URL      of a migrated scratch database
 *
 * For each statement and role: it prepares, has as many parameters as the
 * generated list says, and passes the permission checks of the executor
 * (EXPLAIN starts the plan without running it).  Where the field table is
 * known here, each column has a field of its name and a type that fits.  What
 * a role must not do is asked for, too, and has to be refused.
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "buf.h"
#include "db/db.h"
#include "db/stmt.h"
#include "noun/account.h"
#include "noun/apitoken.h"
#include "noun/approval_auto.h"
#include "noun/approval_rows.h"
#include "noun/comment.h"
#include "noun/mcptask.h"
#include "noun/activity.h"
#include "noun/dashboard.h"
#include "noun/network.h"
#include "noun/resource_rows.h"
#include "noun/audit.h"
#include "noun/invite.h"
#include "noun/people.h"
#include "noun/session.h"
#include "noun/run.h"
#include "noun/runlog.h"
#include "noun/secrets.h"
#include "noun/search.h"
#include "noun/server.h"
#include "noun/tool.h"
#include "noun/version.h"

enum { ADMIN = 1, GATEWAY = 2, JOBS = 4 };

static const struct {
	unsigned bit;
	const char *name;
} roles[] = {
    {ADMIN, "mcpbox_admin"},
    {GATEWAY, "mcpbox_gateway"},
    {JOBS, "mcpbox_jobs"},
};

/*
 * Who uses what, by the beginning of the name; the longest row wins.  The
 * admin pool is the one for everything that is not listed.
 */
static const struct {
	const char *prefix;
	unsigned roles;
} users[] = {
    {"", ADMIN},
    {"apitoken_use", ADMIN | GATEWAY},
    {"audit_append", ADMIN | GATEWAY | JOBS},
    {"approval_auto", ADMIN | GATEWAY},
    {"approval_extra", ADMIN | GATEWAY},
    {"approval_history", ADMIN | GATEWAY},
    {"approval_policy", ADMIN | GATEWAY},
    {"comment_", ADMIN | GATEWAY},
    {"comment_ask", ADMIN},
    {"comment_resolve", ADMIN},
    {"comment_resolve_all", ADMIN},
    {"jobs_", JOBS},
    {"network_auto", ADMIN | GATEWAY},
    {"network_get", ADMIN | GATEWAY},
    {"network_list", ADMIN | GATEWAY},
    {"network_of_tool", ADMIN | GATEWAY},
    {"network_place", ADMIN | GATEWAY},
    {"network_request", ADMIN | GATEWAY},
    {"network_standing", ADMIN | GATEWAY},
    {"network_waiting", ADMIN | GATEWAY},
    {"mcpsession_", GATEWAY},
    {"mcptask_", GATEWAY},
    {"mcptask_stop", ADMIN},
    {"mcptask_get", ADMIN},
    {"mcptask_list", ADMIN},
    {"mcpstream_", GATEWAY},
    {"run_", ADMIN | GATEWAY},
    {"run_find_test", ADMIN},
    {"runlog_", ADMIN | GATEWAY},
    {"logs_", ADMIN},
    {"secret_", ADMIN | GATEWAY},
    {"secret_delete", ADMIN},
    {"secret_lock", ADMIN},
    {"secret_set", ADMIN},
    {"search_", ADMIN | GATEWAY},
    {"server_", ADMIN | GATEWAY},
    {"server_update", ADMIN},
    {"token_state", ADMIN | GATEWAY},
    {"tool_", ADMIN | GATEWAY},
    {"version_", ADMIN | GATEWAY},
};

/* Statements that a role must be refused (SQLSTATE 42501). */
static const struct {
	enum q q;
	unsigned role;
} refused[] = {
    {Q_approval_set, GATEWAY},
    {Q_approval_clear, GATEWAY},
    {Q_approval_reject, GATEWAY},
    {Q_approval_unreject, GATEWAY},
    {Q_approval_record, GATEWAY},
    {Q_approval_set_policy, GATEWAY},
    {Q_approval_trials, GATEWAY},
    {Q_comment_ask, GATEWAY},
    {Q_comment_resolve, GATEWAY},
    {Q_comment_resolve_all, GATEWAY},
    {Q_network_grant, GATEWAY},
    {Q_network_lock, GATEWAY},
    {Q_network_approve, GATEWAY},
    {Q_network_reject, GATEWAY},
    {Q_network_revoke, GATEWAY},
    {Q_network_delete, GATEWAY},
    {Q_limit_get, GATEWAY},
    {Q_limit_put, GATEWAY},
    {Q_kill_orders, GATEWAY},
    {Q_kill_recent, GATEWAY},
    {Q_account_get, GATEWAY},
    {Q_account_by_name, GATEWAY},
    {Q_account_insert, GATEWAY},
    {Q_session_by_cookie, GATEWAY},
    {Q_session_list, GATEWAY},
    {Q_people_list, GATEWAY},
    {Q_people_policy, GATEWAY},
    {Q_people_set_policy, GATEWAY},
    {Q_invite_find, GATEWAY},
    {Q_factor_get, GATEWAY},
    {Q_apitoken_list, GATEWAY},
    {Q_apitoken_insert, GATEWAY},
    {Q_quorum_cast, GATEWAY},
    {Q_audit_list, GATEWAY},
    {Q_audit_list, JOBS},
    {Q_run_find_test, GATEWAY},
    {Q_secret_delete, GATEWAY},
    {Q_secret_set, GATEWAY},
    {Q_secret_list, JOBS},
    {Q_tool_get, JOBS},
    {Q_jobs_maintain, GATEWAY},
    {Q_logs_list, GATEWAY},
    {Q_logs_get, GATEWAY},
    {Q_logs_forget, GATEWAY},
    {Q_activity_list, GATEWAY},
    {Q_dashboard_stats, GATEWAY},
    {Q_jobs_maintain_records, GATEWAY},
    {Q_jobs_count_runs, ADMIN},
    {Q_jobs_maintain_mcp, GATEWAY},
    {Q_mcpsession_find, ADMIN},
    {Q_mcptask_find, ADMIN},
    {Q_mcptask_finish, ADMIN},
    {Q_mcptask_beat, JOBS},
    {Q_mcpsession_find, JOBS},
    {Q_mcpstream_read, ADMIN},
};

/* Field tables that rows are read by. */
static const struct {
	enum q q;
	const struct field *fields;
	const char *skip; /* a column for somebody else */
} tables[] = {
    {Q_server_list, server_fields, "full_count"},
    {Q_server_get, server_fields, NULL},
    {Q_tool_list, tool_summary_fields, "full_count"},
    {Q_search_tools, search_row_fields, NULL},
    {Q_tool_get, tool_fields, NULL},
    {Q_version_get, version_fields, NULL},
    {Q_approval_stats, approval_stats_fields, NULL},
    {Q_approval_list, approval_item_fields, "full_count"},
    {Q_approval_history, approval_event_fields, NULL},
    {Q_approval_trials, approval_trial_fields, NULL},
    {Q_approval_policy, approval_policy_fields, NULL},
    {Q_comment_list, comment_fields, "full_count"},
    {Q_comment_open, comment_fields, NULL},
    {Q_comment_get, comment_fields, NULL},
    {Q_mcptask_find, mcptask_fields, NULL},
    {Q_mcptask_read, mcptask_fields, NULL},
    {Q_mcptask_list, mcptask_row_fields, "full_count"},
    {Q_mcptask_get, mcptask_row_fields, NULL},
    {Q_network_list, network_fields, "full_count"},
    {Q_network_of_tool, network_fields, NULL},
    {Q_network_get, network_fields, NULL},
    {Q_network_standing, network_standing_fields, NULL},
    {Q_network_same, network_standing_fields, NULL},
    {Q_network_place, network_place_fields, NULL},
    {Q_run_find, run_tool_fields, NULL},
    {Q_run_find_trial, run_tool_fields, NULL},
    {Q_run_find_test, run_tool_fields, NULL},
    {Q_run_list, run_tool_fields, NULL},
    {Q_resource_place, resource_place_fields, NULL},
    {Q_resource_templates, resource_place_fields, NULL},
    {Q_secret_list, secrets_row_fields, NULL},
    {Q_secret_get, secrets_row_fields, NULL},
    {Q_secret_uses, secrets_use_fields, NULL},
    {Q_people_list, people_fields, "full_count"},
    {Q_people_get, people_fields, NULL},
    {Q_people_policy, people_policy_fields, NULL},
    {Q_invite_list, invite_fields, "full_count"},
    {Q_invite_get, invite_fields, NULL},
    {Q_apitoken_list, apitoken_fields, "full_count"},
    {Q_apitoken_get, apitoken_fields, NULL},
    {Q_session_list, session_row_fields, "full_count"},
    {Q_audit_list, audit_entry_fields, NULL},
    {Q_logs_list, runlog_row_fields, NULL},
    {Q_logs_export, runlog_export_fields, NULL},
    {Q_logs_get, runlog_fields, NULL},
    {Q_logs_totals, runlog_totals_fields, NULL},
    {Q_runlog_of_tool, runlog_brief_fields, NULL},
    {Q_activity_list, activity_row_fields, NULL},
    {Q_activity_run, activity_row_fields, NULL},
    {Q_activity_audit, activity_row_fields, NULL},
    {Q_activity_between, activity_row_fields, NULL},
    {Q_dashboard_stats, dashboard_stats_fields, NULL},
    {Q_account_get, account_fields, NULL},
    {Q_account_by_name, account_fields, NULL},
    {Q_account_insert, account_fields, NULL},
};

/* pg_type oids are part of the wire protocol's stable catalogue. */
enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_TEXT_ARRAY = 1009,
	OID_UUID = 2950,
	OID_JSONB = 3802
};

static const struct {
	enum field_type type;
	Oid oids[4];
} fits[] = {
    {FIELD_T_STR, {OID_TEXT, OID_UUID, OID_JSON, OID_JSONB}},
    {FIELD_T_UUID, {OID_UUID}},
    {FIELD_T_TIME, {OID_TEXT}},
    {FIELD_T_INT, {OID_INT8, OID_INT4, OID_INT2}},
    {FIELD_T_OPT_INT, {OID_INT8, OID_INT4, OID_INT2}},
    {FIELD_T_BOOL, {OID_BOOL}},
    {FIELD_T_JSON, {OID_JSON, OID_JSONB}},
    {FIELD_T_STRS, {OID_TEXT_ARRAY}},
};

static const int nparams[Q__MAX] = {
#define QUERY(name, n, text) [Q_##name] = (n),
#include "query.def"
#undef QUERY
};

static int checks, faults;

static void ATTR_PRINTF(2, 3) fault(const char *where, const char *fmt, ...)
{
	va_list ap;

	faults++;
	fprintf(stderr, "%s: ", where);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* --- columns -------------------------------------------------------------- */

static bool
type_fits(enum field_type type, Oid oid)
{
	for (size_t i = 0; i < NELEM(fits); i++) {
		if (fits[i].type != type)
			continue;
		for (size_t j = 0; j < NELEM(fits[i].oids); j++) {
			if (fits[i].oids[j] == oid)
				return true;
		}
	}
	return false;
}

static const struct field *
find_field(const struct field *fields, const char *name)
{
	for (; fields->name != NULL; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

static void
check_columns(
    const PGresult *res, enum q q, const struct field *fields, const char *skip)
{
	for (int i = 0; i < PQnfields(res); i++) {
		const char *name = PQfname(res, i);
		const struct field *f = find_field(fields, name);

		if (skip != NULL && strcmp(name, skip) == 0)
			continue;
		if (f == NULL)
			fault(stmt_name(q), "no field for column %s", name);
		else if (!type_fits(f->type, PQftype(res, i)))
			fault(stmt_name(q), "column %s has type %u", name,
			    PQftype(res, i));
	}
}

/* --- statements ----------------------------------------------------------- */

static PGresult *
explain(PGconn *conn, enum q q)
{
	PGresult *res;
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "EXPLAIN (COSTS OFF) EXECUTE %s", stmt_name(q));
	for (int i = 0; i < nparams[q]; i++)
		buf_puts(&b, i == 0 ? "(NULL" : ", NULL");
	if (nparams[q] > 0)
		buf_putc(&b, ')');
	res = PQexec(conn, b.p);
	buf_free(&b);
	return res;
}

static bool
is_plain(enum q q)
{
	const char *text = stmt_text(q);

	return strncmp(text, "SELECT", 6) != 0 &&
	    strncmp(text, "INSERT", 6) != 0 &&
	    strncmp(text, "UPDATE", 6) != 0 &&
	    strncmp(text, "DELETE", 6) != 0 && strncmp(text, "WITH", 4) != 0;
}

/* False, and one line, when it does not prepare. */
static bool
prepare(PGconn *conn, enum q q, const char *role)
{
	PGresult *res = PQprepare(conn, stmt_name(q), stmt_text(q), 0, NULL);
	bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

	if (!ok)
		fault(
		    stmt_name(q), "as %s: %s", role, PQresultErrorMessage(res));
	PQclear(res);
	return ok;
}

static void
check_one(PGconn *conn, enum q q, const char *role)
{
	PGresult *res;

	checks++;
	if (is_plain(q) || !prepare(conn, q, role))
		return; /* BEGIN and the like: nothing to describe */
	res = PQdescribePrepared(conn, stmt_name(q));
	if (PQnparams(res) != nparams[q])
		fault(stmt_name(q), "has %d parameters, the list says %d",
		    PQnparams(res), nparams[q]);
	for (size_t i = 0; i < NELEM(tables); i++) {
		if (tables[i].q == q)
			check_columns(res, q, tables[i].fields, tables[i].skip);
	}
	PQclear(res);
	res = explain(conn, q);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		fault(
		    stmt_name(q), "as %s: %s", role, PQresultErrorMessage(res));
	PQclear(res);
}

static unsigned
users_of(enum q q)
{
	size_t best = 0;

	for (size_t i = 0; i < NELEM(users); i++) {
		size_t n = strlen(users[i].prefix);

		if (strncmp(stmt_name(q), users[i].prefix, n) == 0 &&
		    n >= strlen(users[best].prefix))
			best = i;
	}
	return users[best].roles;
}

static void
check_refused(PGconn *conn, unsigned role, const char *name)
{
	for (size_t i = 0; i < NELEM(refused); i++) {
		enum q q = refused[i].q;
		const char *state;
		PGresult *res;

		if (refused[i].role != role)
			continue;
		checks++;
		if (!prepare(conn, q, name))
			continue;
		res = explain(conn, q);
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		if (state == NULL || strcmp(state, "42501") != 0)
			fault(stmt_name(q), "%s is not refused", name);
		PQclear(res);
	}
}

static PGconn *
connect_as(const char *url, const char *role)
{
	const char *keys[] = {"dbname", "user", "options", NULL};
	const char *values[] = {url, role, "-c search_path=mcpbox", NULL};
	PGconn *conn = PQconnectdbParams(keys, values, 1);

	if (PQstatus(conn) != CONNECTION_OK) {
		fprintf(stderr, "%s: %s", role, PQerrorMessage(conn));
		exit(1);
	}
	return conn;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: check_queries URL\n");
		return 2;
	}
	for (size_t i = 0; i < NELEM(roles); i++) {
		PGconn *conn = connect_as(argv[1], roles[i].name);

		for (unsigned q = 0; q < Q__MAX; q++) {
			if ((users_of((enum q)q) & roles[i].bit) != 0)
				check_one(conn, (enum q)q, roles[i].name);
		}
		check_refused(conn, roles[i].bit, roles[i].name);
		PQfinish(conn);
	}
	printf("sql: %d checks, %d faults\n", checks, faults);
	return faults > 0 ? 1 : 0;
}
