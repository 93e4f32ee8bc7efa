/*
 * command.h: the commands of mcpboxctl.
 *
 * Each gets the words behind its name, prints to stdout and returns the exit
 * status; wrong usage goes through command_usage.
 */
#ifndef MCPBOX_CTL_COMMAND_H
#define MCPBOX_CTL_COMMAND_H

#include <libpq-fe.h>

#include "config.h"

typedef int command_fn(const struct config *c, int argc, char **argv);

command_fn user_list, user_reset, user_disable, user_enable; /* user.c */
command_fn token_list, token_revoke;                         /* token.c */
command_fn key_rotate;                                       /* key.c */
command_fn audit_verify, audit_export;                       /* audit.c */

/* How a command is called, and what it does: to stderr; returns 2. */
int command_usage(const char *name);

/* Prints rows under their columns' names, aligned. */
void command_table(const PGresult *res, const char *const *columns, size_t n);

#endif
