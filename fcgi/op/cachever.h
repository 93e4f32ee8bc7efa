/*
 * cachever.h: is what I remember still true?
 *
 * A cache notes the version of its topic before it reads the database and
 * throws its copy away when the version is another.  Versions move when
 * PostgreSQL notifies (the event loop listens), when the listening connection
 * was lost and came back (something may have been missed), and when this very
 * process has committed a change (a notification is asynchronous: the writer
 * must see its own write at once).
 */
#ifndef MCPBOX_CACHEVER_H
#define MCPBOX_CACHEVER_H

#include <stdint.h>

/* CACHE_TOPIC(name, text): the text is what NOTIFY carries. */
#define CACHE_TOPICS(X)                                                        \
	X(TOOLS, "tools") /* servers, tools, versions, decisions */            \
	X(PROMPTS, "prompts")                                                  \
	X(RESOURCES, "resources")                                              \
	X(UPDATED, "updated")   /* the content of a resource */                \
	X(ACCOUNTS, "accounts") /* accounts, sessions, tokens */               \
	X(SETTINGS, "settings") /* what an admin may set */

enum cache_topic {
#define X(name, text) CACHE_##name,
	CACHE_TOPICS(X)
#undef X
	    CACHE__MAX
};

/* The channel that the triggers notify and the event loop listens to. */
#define CACHE_CHANNEL "mcpbox"

/* Any thread.  Only equality means something. */
uint64_t cache_version(enum cache_topic topic);
/*
 * Any thread.  `payload` is a topic, or a topic, ':' and anything (an id);
 * NULL or an unknown topic moves every version.  A writer calls it after its
 * commit.
 */
void cache_bump(const char *payload);

#endif
