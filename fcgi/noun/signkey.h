/*
 * signkey.h: this process's subkeys for signing, derived once.
 *
 * A subkey serves one purpose, so that what one signs means nothing to
 * another (HKDF, see lib/crypt).  They live until the process ends.
 */
#ifndef MCPBOX_SIGNKEY_H
#define MCPBOX_SIGNKEY_H

#include "settings.h"
#include "str.h"

enum signkey {
	SIGNKEY_JWT, /* access tokens */
	SIGNKEY_CSRF /* CSRF tokens of cookie sessions */
};

/* 32 bytes, borrowed for ever.  Thread-safe.  Aborts without a master key:
 * a pool that signs nothing must not ask. */
struct str signkey_get(const struct settings *s, enum signkey which);

#endif
