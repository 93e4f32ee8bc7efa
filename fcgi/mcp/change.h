/*
 * change.h: notifications that something else than an answer has changed.
 */
#ifndef MCPBOX_CHANGE_H
#define MCPBOX_CHANGE_H

#include <stdbool.h>

#include "buf.h"
#include "mcp/era.h"
#include "op/news.h"

/* What there is to say, and how a filter names it: one bit each. */
struct change {
	enum news_kind kind;
	const char *filter;  /* member of subscriptions/listen */
	const char *method;  /* of the notification */
	const char *feature; /* a method without which there is nothing to it */
};
#define CHANGES_MAX 4

/* The n-th, or NULL behind the last. */
const struct change *change_at(size_t n);
/* That of this kind, or NULL: nothing to tell a client. */
const struct change *change_of(enum news_kind kind);
/* Do we serve what it is about? */
bool change_served(const struct change *c, const struct era *era);

/* The notification.  uri: STR_NONE unless NEWS_UPDATED; id: the JSON text of
 * the subscription, STR_NONE in the legacy era. */
void change_put(
    struct buf *b, const struct change *c, struct str uri, struct str id);

#endif
