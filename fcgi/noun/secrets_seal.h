/*
 * secrets_seal.h: a secret's value at rest.
 *
 * The envelope of lib/crypt under a subkey of the instance's key that serves
 * nothing else; server and name are authenticated with it, so that a value
 * opens in the row that it was stored for, and in no other.
 */
#ifndef MCPBOX_SECRETS_SEAL_H
#define MCPBOX_SECRETS_SEAL_H

#include "buf.h"
#include "op/ctx.h"
#include "secret.h"

/* Appends CRYPT_SEALED(value.n) bytes to `out`. */
void secrets_seal(struct ctx *ctx, struct str server_id, struct str name,
    struct str value, struct buf *out);
/*
 * Opens an envelope given in hex; *out is the caller's to free.  FAIL_CONFLICT
 * with a sentence when it does not open: another key, another row, or damage.
 */
enum fail_code secrets_unseal(struct ctx *ctx, struct str server_id,
    struct str name, struct str hex, struct secret **out) ATTR_NODISCARD;

#endif
