/*
 * password.h: hashing passwords without falling over.
 *
 * One hash costs 64 MiB and a quarter of a second.  So at most PASSWORD_SLOTS
 * run in a process at a time, a few more wait a moment, and the rest are told
 * to come back: signing in never starves the other requests.
 */
#ifndef MCPBOX_PASSWORD_H
#define MCPBOX_PASSWORD_H

#include <stdbool.h>

#include "crypt.h"
#include "op/ctx.h"
#include "str.h"

#define PASSWORD_SLOTS 2
#define PASSWORD_QUEUE 1      /* waiting request threads */
#define PASSWORD_WAIT_MS 2000 /* at most */

#define PASSWORD_MIN 12 /* characters */
#define PASSWORD_MAX 128

/*
 * Takes a slot; FAIL_BUSY (with retry_after) when all are taken and the queue
 * is full, or the wait was too long.  Pair with password_leave.
 */
enum fail_code password_enter(struct ctx *ctx) ATTR_NODISCARD;
void password_leave(void);

/*
 * Does the password match?  `encoded` NULL (there is no such account) costs
 * the same and is false.  The caller holds a slot.
 */
bool password_verify(const char *encoded, struct str password);

/* Is the hash behind a missing account weaker than today's? For the test. */
bool password_dummy_stale(void);

/* Hashes for storage. The caller holds a slot. */
enum fail_code password_hash(struct ctx *ctx, struct str password,
    char out[CRYPT_PASSWORD_MAX]) ATTR_NODISCARD;

#endif
