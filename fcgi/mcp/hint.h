/*
 * hint.h: what a tool says about things other than its own call.
 *
 *	{"note": "changed", "what": "tools" | "prompts" | "resources" | URI}
 *		the list of its server, or a resource of it, is not what it was
 *	{"note": "detach"}
 *		the client may go, and come back for the answer (live_drop)
 */
#ifndef MCPBOX_HINT_H
#define MCPBOX_HINT_H

#include <jansson.h>

#include "out/run.h"
#include "web/exchange.h"

/* Of one run; more are not told. */
#define HINT_CHANGES_MAX 100

/*
 * On the loop's thread: tells all workers what this note of `run` says has
 * changed.  `count` is the caller's, 0 at first.  Nothing for other notes.
 */
void hint_changed(
    struct loop *l, const struct run *run, const json_t *note, unsigned *count);

/* Does the note ask to let the client go? */
bool hint_is_detach(const json_t *note);

#endif
