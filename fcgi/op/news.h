/*
 * news.h: what PostgreSQL's notifications say.
 *
 * A payload is a word, and what it is about behind a colon.  On CACHE_CHANNEL
 * (op/cachever.h) it says what has changed for everybody:
 *
 *	tools, prompts, resources	the list of them; with ":ID" that of the
 *					server with this id only
 *	updated:URI			one resource's content
 *
 * on NEWS_SESSIONS, which only the gateway's workers hear, what has happened
 * to one session of a legacy client, by the number of its row:
 *
 *	end:7			it is over
 *	cancel:7:HASH		a request is not wanted any more (news_request)
 *	answer:7:ID		the client answered our question
 *	stream:7:NAME		a stream has new events, or another follower
 *	listen:7:SERIAL		this is its standalone stream now
 *
 * and to one task, by the number of its row (noun/mcptask.h):
 *
 *	task:7			it is not what it was
 *	input:7			its client answered what it was asked
 *	stop:7:WHY		it is over: its run has to end
 */
#ifndef MCPBOX_NEWS_H
#define MCPBOX_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "str.h"

#define NEWS_SESSIONS "mcpbox_session"

enum news_kind {
	NEWS_TOOLS,
	NEWS_PROMPTS,
	NEWS_RESOURCES,
	NEWS_UPDATED, /* what: the URI */
	NEWS_MISSED,  /* nothing was heard for a while: look for yourself */
	/* of one session */
	NEWS_END,
	NEWS_CANCEL, /* what: news_request's text */
	NEWS_ANSWER, /* what: the question's id */
	NEWS_STREAM, /* what: the stream's name */
	NEWS_LISTEN, /* what: the serial number */
	/* of one task */
	NEWS_TASK,
	NEWS_INPUT,
	NEWS_STOP /* what: why */
};
/* The first ones are about lists; the same as methods of notification. */
#define NEWS_LISTS 3

struct news {
	enum news_kind kind;
	int64_t session; /* or the task's number; 0: about neither */
	/* Into the payload.  Of a list: the ids of the servers that it is
	 * about, with commas between them; empty: of any. */
	struct str what;
};

/* Is this about what the endpoint of this server shows?  `server` is its id;
 * NULL: that of all. */
bool news_concerns(const struct news *n, const char *server);

/* False if this payload is nothing to a stream (a cache's topic, say). */
bool news_read(
    bool sessions, struct str payload, struct news *out) ATTR_NODISCARD;

/* A request id (JSON text) as cancel: has it; NUL-terminated. */
#define NEWS_REQUEST_MAX 33
void news_request(struct str id, char out[NEWS_REQUEST_MAX]);

#endif
