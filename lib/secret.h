/*
 * secret.h: bytes that must not leak.
 *
 * The type is opaque, lives in its own pages (mlock'ed when allowed, left out
 * of core dumps), is zeroed when freed, and no log or JSON writer takes it.
 */
#ifndef MCPBOX_SECRET_H
#define MCPBOX_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"
#include "str.h"

struct secret;

/* A copy of n bytes (n <= SECRET_MAX, else it aborts).  `secret_free` it. */
#define SECRET_MAX (64 * 1024)
struct secret *secret_new(const void *p, size_t n) ATTR_RETURNS_NONNULL;
/* For arena_defer: takes the secret as void *.  NULL is allowed. */
void secret_free(void *s);
/* Borrowed view, NUL-terminated, valid until secret_free. */
struct str secret_view(const struct secret *s);
/* Constant-time in the length of b; false on different lengths. */
bool secret_equal(struct str a, struct str b);
/* Zeroing that the optimiser keeps. */
void secret_wipe(void *p, size_t n);

#endif
