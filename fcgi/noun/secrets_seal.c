/*
 * secrets_seal.c: a secret's value at rest.
 */
#include "noun/secrets_seal.h"

#include "crypt.h"
#include "keyring.h"
#include "log.h"
#include "settings.h"

#define PURPOSE "secrets"

static struct keyring *
keys(const struct settings *s)
{
	if (s->keys == NULL)
		log_panic("no master key in this process", NULL);
	return s->keys;
}

static struct str
row_identity(struct ctx *ctx, struct str server_id, struct str name)
{
	return str_from(arena_printf(ctx->arena, "server_secret:%.*s:%.*s",
	    STR_FMT(server_id), STR_FMT(name)));
}

void
secrets_seal(struct ctx *ctx, struct str server_id, struct str name,
    struct str value, struct buf *out)
{
	keyring_seal(keys(ctx->settings), PURPOSE,
	    row_identity(ctx, server_id, name), value, out);
}

static enum fail_code
does_not_open(struct ctx *ctx, struct str server_id, struct str name)
{
	log_error("a secret cannot be opened: was the encryption key changed?",
	    LOG_VIEW("server_id", server_id), LOG_VIEW("secret", name));
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "The secret %.*s cannot be opened: it was stored with another "
	    "encryption key. A person must set its value again, on the web "
	    "page.",
	    STR_FMT(name));
}

enum fail_code
secrets_unseal(struct ctx *ctx, struct str server_id, struct str name,
    struct str hex, struct secret **out)
{
	size_t n = hex.n / 2;
	char *sealed = arena_alloc(ctx->arena, n);

	*out = NULL;
	if (n <= CRYPT_SEALED(SECRET_MAX) && str_unhex(hex, sealed, n) &&
	    keyring_open(keys(ctx->settings), PURPOSE,
		row_identity(ctx, server_id, name), (struct str){sealed, n},
		out))
		return FAIL_NONE;
	return does_not_open(ctx, server_id, name);
}
