/*
 * listen.h: what a subscriptions/listen wants to hear.
 */
#ifndef MCPBOX_LISTEN_H
#define MCPBOX_LISTEN_H

#include <jansson.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"
#include "fail.h"
#include "op/news.h"
#include "op/op.h"
#include "str.h"

/* Resources of one listener, and bytes of their URIs together. */
#define LISTEN_URIS 64
#define LISTEN_URIS_MAX ((size_t)16 * 1024)

struct listen_filter {
	unsigned kinds; /* 1 << enum news_kind */
	size_t nuris;   /* of resources; NEWS_UPDATED without any means none */
	struct str *uris;
	struct strs tasks; /* taskIds */
};

/*
 * From params.notifications, whatever that is; FAIL_INVALID with a message.
 * `served` has the kinds that there are: the others are left out.
 */
enum fail_code listen_read(struct arena *a, const json_t *notifications,
    unsigned served, struct listen_filter *out, struct fail *f) ATTR_NODISCARD;
/* What is honoured, as JSON. */
void listen_put(struct buf *b, const struct listen_filter *filter);

#endif
