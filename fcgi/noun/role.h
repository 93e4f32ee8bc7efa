/*
 * role.h: what each role may do.
 *
 * A role is a set of permissions, in one table; a client (a model) that acts
 * with a person's token gets that set without what only people may do.
 */
#ifndef MCPBOX_ROLE_H
#define MCPBOX_ROLE_H

#include <stdbool.h>

#include "arena.h"
#include "op/op.h"

#define ROLE_CHOICES "viewer|operator|reviewer|admin"

/* Mask of enum perm; of an unknown or NULL role: nothing but PERM_ANYONE. */
unsigned role_perms(const char *role);

/* What is left to a person who must set up a second factor first. */
unsigned role_enrol_perms(void);

/*
 * What an API token may do, beside what its owner may (ROLE_SCOPES; others
 * count for nothing).  Nothing only people may do, and nothing of their own
 * affairs.
 */
#define ROLE_SCOPES "reader|caller|author"
unsigned role_scope_perms(const struct strs *scopes);
/* The same of a token that has a role, for the API. */
unsigned role_token_perms(const char *role);

/* The part of a person's permissions that a program may use. */
unsigned role_client_perms(unsigned perms);

/* The permissions of a client that needs no token (MCPBOX_MCP_AUTH=local):
 * reader, caller and author. */
unsigned role_local_perms(void);

/* Their names ("read", "edit", ...), in the order of enum perm. */
struct strs role_perm_names(struct arena *a, unsigned perms);

#endif
