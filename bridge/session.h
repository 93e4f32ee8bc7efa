/*
 * session.h: what the bridge remembers for the legacy era.
 *
 * There, the HTTP side has a state that the stdio side lacks: the id that the
 * server gave out with its answer to `initialize`, the revision that was
 * agreed on, and a stream of what the server says unasked.
 */
#ifndef MCPBOX_BRIDGE_SESSION_H
#define MCPBOX_BRIDGE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"
#include "str.h"

#define SESSION_ID_MAX 1024
/* Messages that wait for the answer to initialize. */
#define SESSION_HELD_MAX 1024

struct bridge;
struct flight;
struct held;

struct session {
	bool opening;                /* `initialize` is under way */
	unsigned ready;              /* `notifications/initialized` under way */
	bool open;                   /* it was answered */
	bool lost;                   /* the server does not know it any more */
	char id[SESSION_ID_MAX + 1]; /* empty: the server uses none */
	char version[MSG_VERSION_MAX + 1];
	char old_id[SESSION_ID_MAX + 1]; /* of one that was replaced */
	struct held *first;              /* in order */
	struct held *last;
	size_t nheld;
	struct flight *stream; /* of what comes unasked, or NULL */
	int64_t stream_wait_ms;
};

void session_free(struct bridge *b);

/*
 * Must this message wait?  Legacy messages do while `initialize` or
 * `notifications/initialized` is under way: they need its outcome.
 */
bool session_must_hold(const struct bridge *b, const struct msg *m);
/* Takes the message over. False, and it is not, when too many wait. */
bool session_hold(struct bridge *b, struct msg *m);
/* Forgets a request that waits. True if there was one with this id. */
bool session_drop(struct bridge *b, const json_t *id);

/* `initialize` went out; is over without a session; was answered. */
void session_opening(struct bridge *b);
void session_not_opened(struct bridge *b);
void session_opened(struct bridge *b, struct str id, struct str answer);
/* `notifications/initialized` went out; came to its end, well or not. */
void session_ready_sent(struct bridge *b);
void session_ready_done(struct bridge *b, bool well);
/* Lets the messages go that waited, once they may. Not from an event. */
void session_release(struct bridge *b);
/* The server answered 404 to its id. */
void session_lost(struct bridge *b);
/* Tells the server that it is over. */
void session_goodbye(struct bridge *b);

#endif
