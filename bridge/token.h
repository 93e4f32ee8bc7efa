/*
 * token.h: the credential, from a file or the environment.
 */
#ifndef MCPBOX_BRIDGE_TOKEN_H
#define MCPBOX_BRIDGE_TOKEN_H

#include <stdbool.h>

#include "options.h"
#include "str.h"

#define TOKEN_MAX 8192

struct token;

/* NULL, after a sentence on standard error, when it cannot be read. */
struct token *token_new(const struct options *o);
void token_free(struct token *t);
/* The token to send now; empty when there is none.  A file that has changed
 * is read again. Valid until the next call. */
struct str token_now(struct token *t);

#endif
