/*
 * note.h: what the client says without asking: notifications, and answers to
 * what the server asked; and what we tell the server ourselves.
 */
#ifndef MCPBOX_BRIDGE_NOTE_H
#define MCPBOX_BRIDGE_NOTE_H

#include "flight.h"

/* Takes the message over. */
void note_start(struct bridge *b, struct msg *m);
/* Tells a legacy server that nobody waits for this request any more. */
void note_cancelled(struct bridge *b, const json_t *id);
/* Is this flight one of these, so that the end waits for it? */
bool note_pending(const struct flight *f);

#endif
