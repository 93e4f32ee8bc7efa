/*
 * pool.h: connections to servers, kept apart by who may use them.
 *
 * A pool belongs to one server (environment) and one set of grants: only runs
 * with the same of both share connections and cached names.  It is a libcurl
 * multi handle, driven by the loop.
 */
#ifndef MCPBOX_EGRESS_POOL_H
#define MCPBOX_EGRESS_POOL_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "egress/dns.h"
#include "sandboxd/loop.h"
#include "str.h"

struct pools;
struct pool;

/* Keeps at most `max` unused ones, each for `idle_ms`. */
struct pools *pools_new(struct loop *loop, size_t max, int64_t idle_ms);
void pools_free(struct pools *p);

/* The pool of this key, made when there is none; pool_put() it. */
struct pool *pool_get(struct pools *p, struct str key) ATTR_RETURNS_NONNULL;
void pool_put(struct pool *p);

/*
 * Starts a transfer.  `fn` is called when it is over, from the loop, with the
 * handle already taken out of the pool; not after pool_remove.
 */
struct pool_transfer {
	struct pool *pool; /* NULL = not in one */
	CURL *easy;
	void (*fn)(struct pool_transfer *t, CURLcode code);
};
void pool_add(struct pool *p, struct pool_transfer *t);
/* libcurl has a new socket.  It may have had the same number before, and have
 * closed it without a word. */
void pool_opened(struct pool *p, curl_socket_t fd);
void pool_remove(struct pool_transfer *t);

/* Names that were looked up for this pool, for as long as their owner says,
 * a minute at most.  NULL when not known (any more). */
const struct dns_answer *pool_name(struct pool *p, const char *name);
void pool_learn(
    struct pool *p, const char *name, const struct dns_answer *answer);

/* For tests and the log: pools there are, used or not. */
size_t pools_count(const struct pools *p);

#endif
