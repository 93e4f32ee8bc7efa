/*
 * mcpboxctl: what an administrator does beside the page.
 *
 * Theory of operation.  A command line program of one process: it reads the
 * settings of an instance, connects to its database as the role of the admin
 * pool (whose password whoever may read it already has), does one thing in one
 * transaction, with its row in the audit trail, and ends.  It talks to no other
 * process: the workers look at the rows with each request, so that what is
 * done here holds at once.  It grants nothing that the role does not have: the
 * rules of the database hold for it, too.
 *
 * `audit verify --file` reads an export and needs neither instance nor
 * database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "log.h"
#include "pg.h"

static const struct command {
	const char *name; /* two words */
	const char *args;
	const char *doc;
	command_fn *fn;
	bool connects; /* before fn; else fn does when it needs to */
} commands[] = {
    {"user list", "", "people and their roles", user_list, true},
    {"user reset", "NAME [--totp] [--hours N]",
	"a one-time link for a new password; --totp: without second factor",
	user_reset, true},
    {"user disable", "NAME", "sign somebody out and keep them out",
	user_disable, true},
    {"user enable", "NAME", "let them in again", user_enable, true},
    {"token list", "", "API tokens that work", token_list, true},
    {"token revoke", "PREFIX|ID", "end an API token", token_revoke, true},
    {"key rotate", "[--now]", "another encryption key, without a pause",
	key_rotate, true},
    {"audit verify", "[--file FILE] [--head SEQ:HASH]",
	"recompute the chain of the audit trail", audit_verify, false},
    {"audit export", "[--after SEQ]", "the audit trail as JSON lines",
	audit_export, true},
};

static void
usage(FILE *out)
{
	(void)fputs("usage: mcpboxctl [-H folder] command\n\n", out);
	for (size_t i = 0; i < NELEM(commands); i++)
		(void)fprintf(out, "  %s%s%s\n", commands[i].name,
		    commands[i].args[0] != '\0' ? " " : "", commands[i].args);
}

static void
help(void)
{
	(void)puts("usage: mcpboxctl [-H folder] command\n");
	for (size_t i = 0; i < NELEM(commands); i++)
		(void)printf("  %s %s\n      %s\n", commands[i].name,
		    commands[i].args, commands[i].doc);
	(void)puts("\n  -H folder  the instance (MCPBOX_HOME, else ./var)\n"
		   "  --help     this text\n"
		   "  --version  the version\n\n"
		   "Exit status: 0 done, 1 refused or faults found, 2 wrong "
		   "usage.");
}

int
command_usage(const char *name)
{
	for (size_t i = 0; i < NELEM(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			(void)fprintf(stderr, "usage: mcpboxctl %s %s\n", name,
			    commands[i].args);
	return 2;
}

void
command_table(const PGresult *res, const char *const *columns, size_t n)
{
	int rows = PQntuples(res), width[16] = {0};

	if (n > NELEM(width))
		log_panic("too many columns", "command");
	for (size_t i = 0; i < n; i++) {
		width[i] = (int)strlen(columns[i]);
		for (int r = 0; r < rows; r++) {
			int w = (int)strlen(pg_text(res, r, columns[i]));

			width[i] = w > width[i] ? w : width[i];
		}
	}
	for (int r = -1; r < rows; r++) {
		for (size_t i = 0; i < n; i++)
			(void)printf("%-*s%s", i + 1 < n ? width[i] : 0,
			    r < 0 ? columns[i] : pg_text(res, r, columns[i]),
			    i + 1 < n ? "  " : "\n");
	}
}

static const struct command *
find(int argc, char **argv)
{
	for (size_t i = 0; argc >= 2 && i < NELEM(commands); i++) {
		struct str rest = str_from(commands[i].name);
		struct str first = str_split(&rest, ' ');

		if (str_eq_c(first, argv[0]) && str_eq_c(rest, argv[1]))
			return &commands[i];
	}
	return NULL;
}

static int
run(const struct command *cmd, const char *home, int argc, char **argv)
{
	struct config c;
	bool file = false;
	int status = 1;

	for (int i = 0; i < argc; i++)
		file |= strcmp(argv[i], "--file") == 0;
	/* An export is verified anywhere. */
	if (!cmd->connects && file) {
		memset(&c, 0, sizeof(c));
		return cmd->fn(&c, argc, argv);
	}
	if (config_load(&c, home)) {
		if (cmd->connects)
			pg_open(&c);
		status = cmd->fn(&c, argc, argv);
		pg_close();
	}
	config_free(&c);
	return status;
}

int
main(int argc, char **argv)
{
	const struct command *cmd;
	const char *home = NULL;
	int i = 1;

	log_init("mcpboxctl", LOG_LEVEL_INFO);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		help();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		(void)puts("mcpboxctl " MCPBOX_VERSION);
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "-H") == 0) {
		home = argv[2];
		i = 3;
	}
	cmd = find(argc - i, argv + i);
	if (cmd == NULL) {
		usage(stderr);
		return 2;
	}
	return run(cmd, home, argc - i - 2, argv + i + 2);
}
