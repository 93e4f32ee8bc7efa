/*
 * hold.h: runs of tasks, held by this worker.
 *
 * The exchange that took the call becomes the task's host: once the row is
 * committed its client gets the answer, its connection goes back to work, and
 * the exchange stays parked with its run, as long as that takes.  What becomes
 * of the run is written by the exchange's next step: the record of the run and
 * the end of the task in one transaction.
 *
 * That the worker lives is in the rows (mcptask_beat).  When it dies they say
 * so by their silence, and the tasks have failed; nobody takes a run over.
 */
#ifndef MCPBOX_HOLD_H
#define MCPBOX_HOLD_H

#include "mcp/call.h"
#include "mcp/message.h"
#include "noun/question.h"
#include "op/news.h"

/*
 * Makes the call a task, after turn_begin: begins its run, or says why not.
 * `q` is what a run ended with that asked before (mcp.become_task), or NULL.
 */
enum step hold_begin(struct message *m, struct user_call *call,
    const struct questions *q) ATTR_NODISCARD;

/* --- on the loop's thread ------------------------------------------------- */

/* Some news may have been missed. */
void hold_hear(struct loop *l, const struct news *n);
/* Says that this process lives, and looks for what it was not told. */
void hold_beat(struct loop *l);
void hold_free(struct loop *l);

#endif
