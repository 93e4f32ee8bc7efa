/*
 * notes.h: what a tool says while it runs, as notifications.
 *
 * notifications/progress for a caller that gave a progressToken;
 * notifications/message at or above the level that the caller asked for (in
 * the request's _meta, or for its session).  Everything else is dropped where
 * it arrives.  A tool that lets its client go (DETACH) lets it go here.
 */
#ifndef MCPBOX_NOTES_H
#define MCPBOX_NOTES_H

#include "mcp/live.h"
#include "mcp/message.h"

/* RFC 5424 section 6.2.1: 0 is "debug", the least; -1: no such level. */
int notes_level(const char *name);

/*
 * What a run said as a JSON object, in the arena, with nothing in it that must
 * not leave; NULL if it is none.  This is the one way out for such texts.
 */
const json_t *notes_payload(
    struct run *run, struct arena *a, struct str payload);

/* Listens to m's run. */
void notes_attach(struct message *m, struct live *live);

#endif
