/*
 * token.c: API tokens, for when one has got out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attr.h"
#include "command.h"
#include "json.h"
#include "log.h"
#include "pg.h"

int
token_list(const struct config *c, int argc, char **argv)
{
	static const char *const columns[] = {"prefix", "username", "name",
	    "scopes", "role", "expires", "last_used"};
	PGresult *res;

	(void)c;
	(void)argv;
	if (argc != 0)
		return command_usage("token list");
	res = pg_query(Q_token_list, NULL);
	command_table(res, columns, NELEM(columns));
	PQclear(res);
	return 0;
}

static char *
about(const PGresult *token)
{
	json_t *o = json_obj();
	char *text;

	json_put_str(o, "username", pg_text(token, 0, "username"));
	json_put_str(o, "name", pg_text(token, 0, "name"));
	json_put_str(o, "prefix", pg_text(token, 0, "prefix"));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		log_panic("out of memory", "token");
	return text;
}

int
token_revoke(const struct config *c, int argc, char **argv)
{
	PGresult *res;
	const char *id;
	char *after;

	(void)c;
	if (argc != 1)
		return command_usage("token revoke");
	(void)pg_run(Q_begin, NULL);
	res = pg_query(Q_token_find, (const char *const[]){argv[0]});
	if (PQntuples(res) != 1) {
		(void)fprintf(stderr,
		    PQntuples(res) == 0
			? "mcpboxctl: no token that works begins with %s, or "
			  "has this id (mcpboxctl token list)\n"
			: "mcpboxctl: more than one token begins with %s: name "
			  "it by its id\n",
		    argv[0]);
		PQclear(res);
		return 1;
	}
	id = pg_text(res, 0, "id");
	(void)pg_run(Q_token_revoke, (const char *const[]){id});
	after = about(res);
	pg_audit("revoke_token", "api_token", id, after);
	free(after);
	(void)pg_run(Q_commit, NULL);
	(void)printf("The token %s of %s is revoked.\n",
	    pg_text(res, 0, "name"), pg_text(res, 0, "username"));
	PQclear(res);
	return 0;
}
