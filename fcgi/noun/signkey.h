/*
 * signkey.h: this process's subkeys for signing.
 *
 * A subkey serves one purpose, so that what one signs means nothing to
 * another (HKDF, see lib/crypt).  They live until the process ends.  While the
 * instance changes its key (docs/secrets.md) there are two of each: the first
 * signs, and what either signed is taken.
 */
#ifndef MCPBOX_SIGNKEY_H
#define MCPBOX_SIGNKEY_H

#include "settings.h"
#include "str.h"

enum signkey {
	SIGNKEY_JWT,   /* access tokens */
	SIGNKEY_CSRF,  /* CSRF tokens of cookie sessions */
	SIGNKEY_CURSOR /* where a page of an MCP list begins */
};

/* How many there are: at least one. */
size_t signkey_count(const struct settings *s);
/* 32 bytes, borrowed for ever.  Thread-safe.  Aborts without a master key:
 * a pool that signs nothing must not ask. */
struct str signkey_at(const struct settings *s, enum signkey which, size_t i);
/* The one that signs. */
struct str signkey_get(const struct settings *s, enum signkey which);

#endif
