/*
 * table.h: the services of an instance, as `make up` writes them down.
 *
 * One directive a line, the first word names it, the rest of the line is its
 * value; '#' starts a comment line.  "service" opens a row:
 *
 *	service NAME           a-z, unique
 *	user NAME              runs as this user; absent: as the keeper does
 *	log PATH               standard output and error, appended
 *	stop SIGNAL SECONDS    how to end it; then KILL
 *	reload SIGNAL          how it takes new settings; absent: by a restart
 *	orphans SIGNAL         to what a dead service left in its process group
 *	unlink PATH            a socket to remove before the start, one each
 *	stamp WORD             of the program: restarted when it differs
 *	conf WORD              of the settings: reloaded when it differs
 *	env NAME=VALUE         the whole environment, one line each
 *	run PATH               the program, absolute
 *	arg TEXT               one line each
 */
#ifndef MCPBOX_KEEP_TABLE_H
#define MCPBOX_KEEP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

#define TABLE_SERVICES_MAX 8
#define TABLE_WORDS_MAX 32 /* arguments, environment: each */
#define TABLE_UNLINK_MAX 4
#define TABLE_STAMP_MAX 80

/* Strings point into the table's text. */
struct table_row {
	const char *name;
	const char *user; /* NULL: unchanged */
	const char *log;
	const char *program;
	const char *stamp;
	const char *conf;
	int stop_signal;
	int stop_seconds;
	int reload_signal;  /* 0: by a restart */
	int orphans_signal; /* 0: leave them */
	char *argv[TABLE_WORDS_MAX + 2];
	char *envp[TABLE_WORDS_MAX + 1];
	char *unlink[TABLE_UNLINK_MAX + 1];
};

struct table {
	char *text;
	size_t n;
	struct table_row row[TABLE_SERVICES_MAX];
};

/* Reads `path`.  NULL after a log line that says what is wrong and where. */
struct table *table_read(const char *path) ATTR_NODISCARD;
void table_free(struct table *t);
/* The row of that name, or NULL. */
const struct table_row *table_find(const struct table *t, const char *name);

#endif
