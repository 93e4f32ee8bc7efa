/*
 * signkey.c: subkeys, derived on first use.
 */
#include "noun/signkey.h"

#include "attr.h"
#include "keyring.h"
#include "log.h"

static const char *const purposes[] = {
    [SIGNKEY_JWT] = "jwt",
    [SIGNKEY_CSRF] = "csrf",
    [SIGNKEY_CURSOR] = "mcp cursor",
};

static struct keyring *
keys(const struct settings *s)
{
	if (s->keys == NULL)
		log_panic("no master key in this process", NULL);
	return s->keys;
}

size_t
signkey_count(const struct settings *s)
{
	return keyring_count(keys(s));
}

struct str
signkey_at(const struct settings *s, enum signkey which, size_t i)
{
	return secret_view(keyring_subkey(keys(s), i, purposes[which]));
}

struct str
signkey_get(const struct settings *s, enum signkey which)
{
	return signkey_at(s, which, 0);
}
