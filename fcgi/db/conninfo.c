/*
 * conninfo.c: connection parameters.
 */
#include "db/conninfo.h"

#include <stdio.h>

/*
 * A statement must end before the web server gives up (75 s) and well before
 * a person does; a lock is waited for less; a transaction that we forgot does
 * not hold its locks for ever.
 */
#define OPTIONS                                                                \
	"-c statement_timeout=15s -c lock_timeout=5s"                          \
	" -c idle_in_transaction_session_timeout=30s"                          \
	" -c client_encoding=UTF8 -c search_path=mcpbox"

void
conninfo_build(
    struct conninfo *out, const struct settings *s, const char *application)
{
	size_t n = 0;

	*out = (struct conninfo){.keys = {NULL}};
	if (s->database_url == NULL)
		(void)snprintf(out->url, sizeof(out->url),
		    "postgresql:///mcpbox?host=%s/run/pg", s->home);

#define SET(key, value) (out->keys[n] = (key), out->values[n++] = (value))
	/* The URL comes first: what follows overrides it. */
	SET("dbname", s->database_url != NULL ? s->database_url : out->url);
	SET("user", s->db_user);
	if (s->db_password != NULL)
		SET("password", secret_view(s->db_password).p);
	SET("application_name", application);
	SET("options", OPTIONS);
	SET("connect_timeout", "5");
	SET("keepalives_idle", "30");
	SET("keepalives_interval", "10");
	SET("keepalives_count", "3");
	SET("tcp_user_timeout", "20000");
#undef SET
}
