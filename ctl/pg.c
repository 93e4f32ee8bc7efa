/*
 * pg.c: the connection of a command.
 */
#include "pg.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define ROLE "mcpbox_admin"

static const struct {
	const char *name;
	int nparams;
	const char *text;
} statements[] = {
#define QUERY(name, nparams, text) {#name, (nparams), (text)},
#include "ctl_query.def"
#undef QUERY
};

static PGconn *conn;

/* The sentence of our own rules (class MB); of others only what happened. */
static void ATTR_NORETURN
refused(enum q q, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool ours = state != NULL && strncmp(state, "MB", 2) == 0;

	if (ours && text != NULL)
		(void)fprintf(stderr, "mcpboxctl: %s\n", text);
	else
		(void)fprintf(stderr,
		    "mcpboxctl: the database refused %s (SQLSTATE %s). Is the "
		    "instance up to date (make up)?\n",
		    statements[q].name, state != NULL ? state : "unknown");
	exit(1);
}

void
pg_open(const struct config *c)
{
	const char *keys[8], *values[8];
	size_t n = 0;
	char *url = NULL;

	if (c->database_url == NULL &&
	    asprintf(&url, "postgresql:///mcpbox?host=%s/run/pg", c->home) < 0)
		log_panic("out of memory", "pg");
#define SET(key, value) (keys[n] = (key), values[n++] = (value))
	/* The URL comes first: what follows overrides it. */
	SET("dbname", url != NULL ? url : c->database_url);
	SET("user", ROLE);
	SET("password", secret_view(c->password).p);
	SET("application_name", "mcpboxctl");
	SET("options",
	    "-c client_encoding=UTF8 -c search_path=mcpbox "
	    "-c lock_timeout=30s");
	SET("connect_timeout", "10");
#undef SET
	keys[n] = values[n] = NULL;
	conn = PQconnectdbParams(keys, values, 1);
	free(url);
	if (conn != NULL && PQstatus(conn) == CONNECTION_OK)
		return;
	(void)fprintf(stderr,
	    "mcpboxctl: the database cannot be reached. Does the instance run "
	    "(make status)?\n");
	exit(1);
}

void
pg_close(void)
{
	PQfinish(conn);
	conn = NULL;
}

PGresult *
pg_query(enum q q, const char *const *args)
{
	PGresult *res = PQexecParams(conn, statements[q].text,
	    statements[q].nparams, NULL, args, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);

	if (res == NULL ||
	    (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK))
		refused(q, res);
	return res;
}

long
pg_run(enum q q, const char *const *args)
{
	PGresult *res = pg_query(q, args);
	long n = strtol(PQcmdTuples(res), NULL, 10);

	PQclear(res);
	return n;
}

const char *
pg_text(const PGresult *res, int row, const char *column)
{
	int i = PQfnumber(res, column);

	if (i < 0)
		log_panic("no such column", column);
	return PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i);
}

const char *
pg_actor(void)
{
	static char actor[64];
	const struct passwd *pw = getpwuid(getuid());

	if (pw != NULL)
		(void)snprintf(actor, sizeof(actor), "ctl:%s", pw->pw_name);
	else
		(void)snprintf(actor, sizeof(actor), "ctl:%ld", (long)getuid());
	return actor;
}

void
pg_audit(const char *operation, const char *kind, const char *target,
    const char *after)
{
	(void)pg_run(Q_audit_append,
	    (const char *const[]){pg_actor(), operation, kind, target, after});
}
