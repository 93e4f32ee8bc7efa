/*
 * rnd.h: randomness from getrandom(2).  Failure aborts.
 */
#ifndef MCPBOX_RND_H
#define MCPBOX_RND_H

#include <stddef.h>

void rnd_bytes(void *out, size_t n);
/* UUIDv4 text (RFC 9562), 36 characters and a NUL. */
#define RND_UUID_MAX 37
void rnd_uuid(char out[RND_UUID_MAX]);
/* 32 random bytes as base64url, 43 characters and a NUL. */
#define RND_TOKEN_MAX 44
void rnd_token(char out[RND_TOKEN_MAX]);

#endif
