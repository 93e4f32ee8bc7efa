/*
 * user.c: people, for who is locked out of the page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "crypt.h"
#include "json.h"
#include "log.h"
#include "pg.h"
#include "rnd.h"
#include "secret.h"

#define HOURS_MAX 720

int
user_list(const struct config *c, int argc, char **argv)
{
	static const char *const columns[] = {
	    "username", "role", "state", "totp", "last_login"};
	PGresult *res;

	(void)c;
	(void)argv;
	if (argc != 0)
		return command_usage("user list");
	res = pg_query(Q_user_list, NULL);
	command_table(res, columns, NELEM(columns));
	PQclear(res);
	return 0;
}

/* In a transaction: the account of this name, or the end. */
static PGresult *
find(const char *name)
{
	PGresult *res = pg_query(Q_user_find, (const char *const[]){name});

	if (PQntuples(res) == 1)
		return res;
	(void)fprintf(stderr,
	    "mcpboxctl: there is no user %s (mcpboxctl user list)\n", name);
	exit(1);
}

/* {"username": ..., key: value}, to be freed. */
static char *
about(const char *username, const char *key, bool value)
{
	json_t *o = json_obj();
	char *text;

	json_put_str(o, "username", username);
	json_put_bool(o, key, value);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		log_panic("out of memory", "user");
	return text;
}

static int
set_active(const char *name, bool active)
{
	PGresult *who;
	const char *id;
	char *after;

	(void)pg_run(Q_begin, NULL);
	who = find(name);
	id = pg_text(who, 0, "id");
	(void)pg_run(Q_user_set_active,
	    (const char *const[]){id, active ? "true" : "false"});
	if (!active)
		(void)pg_run(Q_user_end_sessions, (const char *const[]){id});
	after = about(pg_text(who, 0, "username"), "is_active", active);
	pg_audit("update_user", "account", id, after);
	free(after);
	(void)pg_run(Q_commit, NULL);
	(void)printf("%s is %s.\n", pg_text(who, 0, "username"),
	    active ? "active" : "disabled, and signed out everywhere");
	PQclear(who);
	return 0;
}

int
user_disable(const struct config *c, int argc, char **argv)
{
	(void)c;
	return argc == 1 ? set_active(argv[0], false)
			 : command_usage("user disable");
}

int
user_enable(const struct config *c, int argc, char **argv)
{
	(void)c;
	return argc == 1 ? set_active(argv[0], true)
			 : command_usage("user enable");
}

static void
print_link(const struct config *c, const char *token)
{
	struct str base;

	if (c->public_url == NULL) {
		(void)printf("%s://%s/invite#%s\n",
		    c->tls_cert != NULL ? "https" : "http", c->listen, token);
		return;
	}
	base = str_from(c->public_url);
	while (str_ends(base, "/"))
		base.n--;
	(void)printf("%.*s/invite#%s\n", STR_FMT(base), token);
}

static int
reset(const struct config *c, const char *name, bool totp, const char *hours)
{
	char token[RND_TOKEN_MAX], hash[CRYPT_SHA256_HEX_MAX], *after;
	PGresult *who, *made;
	const char *id, *username;

	rnd_token(token);
	crypt_sha256_hex(str_from(token), hash);
	(void)pg_run(Q_begin, NULL);
	who = find(name);
	id = pg_text(who, 0, "id");
	username = pg_text(who, 0, "username");
	if (strcmp(pg_text(who, 0, "is_active"), "t") != 0) {
		(void)fprintf(stderr,
		    "mcpboxctl: %s is disabled: mcpboxctl user enable %s\n",
		    username, username);
		return 1;
	}
	(void)pg_run(Q_user_drop_resets, (const char *const[]){id});
	made = pg_query(Q_user_reset,
	    (const char *const[]){
		id, hash, totp ? "true" : "false", pg_actor(), hours});
	(void)pg_run(Q_user_forgive, (const char *const[]){username});
	after = about(username, "remove_totp", totp);
	pg_audit("reset_user", "account", id, after);
	free(after);
	(void)pg_run(Q_commit, NULL);
	(void)printf("A link for a new password of %s, until %s. It works "
		     "once.\n\n  ",
	    username, pg_text(made, 0, "expires_at"));
	print_link(c, token);
	secret_wipe(token, sizeof(token));
	PQclear(made);
	PQclear(who);
	return 0;
}

static bool
is_hours(const char *s)
{
	int64_t n;

	return str_to_i64(str_from(s), &n) && n >= 1 && n <= HOURS_MAX;
}

int
user_reset(const struct config *c, int argc, char **argv)
{
	const char *name = NULL, *hours = "24";
	bool totp = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--totp") == 0)
			totp = true;
		else if (strcmp(argv[i], "--hours") == 0 && i + 1 < argc)
			hours = argv[++i];
		else if (name == NULL && argv[i][0] != '-')
			name = argv[i];
		else
			return command_usage("user reset");
	}
	if (name == NULL || !is_hours(hours))
		return command_usage("user reset");
	return reset(c, name, totp, hours);
}
