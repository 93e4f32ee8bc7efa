/*
 * cache.h: pages of lists as text, kept by the process.
 *
 * A page depends on the endpoint, on the list and the revision, on what the
 * caller may do, and on where it begins.  It is good while the version of what
 * it was made from stands (op/cachever.h), and for a few seconds at most:
 * should notifications fail to come, nothing stays wrong for long.
 */
#ifndef MCPBOX_CACHE_H
#define MCPBOX_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "mcp/era.h"
#include "str.h"

#define CACHE_ENTRIES 64
#define CACHE_AGE_MS 3000
#define CACHE_AFTER_MAX 128
#define CACHE_SCOPE_MAX 36

struct cache_key {
	enum era_revision revision;
	unsigned perms;
	char scope[CACHE_SCOPE_MAX + 1]; /* the server's id; "": of all */
	char after[CACHE_AFTER_MAX + 1];
	uint64_t version; /* cache_version() before the database was asked */
	const char *list; /* "tools"; a literal */
};

/* Shared by readers; release it when the text has been copied. */
struct cache_page {
	struct str text; /* "tools":[…] */
	bool more;       /* there is a page behind it */
	char last[CACHE_AFTER_MAX + 1];
};

/* A page, or NULL. */
struct cache_page *cache_get(const struct cache_key *key);
/* Keeps a copy for others, in the place of what was used least lately. */
struct cache_page *cache_put(const struct cache_key *key, struct str text,
    bool more, struct str last) ATTR_RETURNS_NONNULL;
void cache_release(struct cache_page *page);
/* Forgets all: for tests and the end of the process. */
void cache_clear(void);

#endif
