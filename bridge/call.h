/*
 * call.h: a request of the client, until it is answered.
 *
 * Exactly one answer for each, unless the client cancels it: what the server
 * says, or an error of our own.
 */
#ifndef MCPBOX_BRIDGE_CALL_H
#define MCPBOX_BRIDGE_CALL_H

#include "flight.h"
#include "trouble.h"

/* Takes the message over. */
void call_start(struct bridge *b, struct msg *m);
/* The request with this id that is not answered yet, or NULL. */
struct flight *call_find(const struct bridge *b, const json_t *id);
/* Nobody wants its answer any more: ends it, or what comes is dropped. */
void call_cancel(struct flight *f);
/* Is this flight a request that still owes its answer? */
bool call_pending(const struct flight *f);
/* May the server have heard of it? */
bool call_was_sent(const struct flight *f);
/* Answers it with an error and frees it. */
void call_trouble(struct flight *f, enum trouble t, struct str more);

/* After the lists of tools were read again (relist.h): once more. */
void call_again(struct flight *f);
/* They could not be read: the error as the server gave it. */
void call_give_up(struct flight *f);

#endif
