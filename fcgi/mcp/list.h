/*
 * list.h: tools/list, resources/list, resources/templates/list, prompts/list.
 *
 * What of one kind may be called now, by name, a page at a time; at the
 * endpoint of one server what it has, in the order in which it was made.  A
 * page is built once and kept (cache.h); only the id and the cursor are the
 * caller's own.
 */
#ifndef MCPBOX_LIST_H
#define MCPBOX_LIST_H

#include "buf.h"
#include "mcp/message.h"
#include "noun/run.h"
#include "op/cachever.h"

#define LIST_PAGE_SIZE 100
/* Of all entries of one page: 100 tools with large schemas. */
#define LIST_PAGE_MAX ((size_t)32 * 1024 * 1024)
/* Nothing tells a client that the list has changed: it is stale at once. */
#define LIST_TTL_MS 0

struct listing {
	const char *member; /* of the result; also whose cursor it is */
	const char *kind;
	enum cache_topic topic; /* that says whether a page is still true */
	/* What comes first on the first page, and how many those are; NULL:
	 * nothing. */
	size_t (*head)(
	    struct buf *b, const struct ctx *ctx, const struct era *era);
	void (*put)(
	    struct buf *b, const struct era *era, const struct run_tool *tool);
};

enum step list_run(struct message *m, const struct listing *l);

/* "ttlMs" and "cacheScope" of what is this caller's alone; only modern. */
void list_caching(struct message *m);

#endif
