/*
 * turn.h: a run that may ask its client, for every method that starts one.
 *
 *	if (!turn_begin(m, call))                  answered: an error
 *		return STEP_DONE;
 *	... run_begin(ctx, call); m->resume = resume; return STEP_PARK;
 *
 *	resume:
 *	if (turn_asks(m, &step))                   it goes on
 *		return step;
 *	... run_end(ctx, call, ..., &o)
 *	if (o.asked != NULL)
 *		return turn_input(m, call, o.asked);
 *
 * A modern client cannot be asked while it waits for an answer: the run ends
 * with its question, which is the answer (resultType "input_required"), and
 * the client calls again with answers and the requestState that it was given
 * (noun/round).  A legacy client with a session and a stream is asked there
 * (ask.h), and the run waits.  Any other can be asked nothing.
 */
#ifndef MCPBOX_TURN_H
#define MCPBOX_TURN_H

#include "mcp/message.h"
#include "noun/question.h"
#include "noun/run.h"

/*
 * Reads what the client brought, and sets what the run knows of its caller
 * (call->ask, patience_ms, talk).  call->tool and call->arguments must be
 * there.  False after an error has been written: a capability that the version
 * needs and the client lacks (-32021 to a modern one), inputResponses or a
 * requestState that are none (-32602).
 */
bool turn_begin(struct message *m, struct run_call *call) ATTR_NODISCARD;

/*
 * After turn_begin, for a call that becomes a task: what its run knows.  With
 * `before` it may ask before that, as any call, and ends by mcp.become_task
 * (question_becomes); else it is the task's own run, which waits for answers.
 * `q` is what the one before ended with, or NULL.  False after an error has
 * been written.
 */
bool turn_task(struct message *m, struct run_call *call, bool before,
    const struct questions *q) ATTR_NODISCARD;

/* In m->resume: true when the run is not over; *step_out is what to return. */
bool turn_asks(struct message *m, enum step *step_out) ATTR_NODISCARD;

/* Answers with the questions that it ended with. */
enum step turn_input(
    struct message *m, const struct run_call *call, const struct questions *q);

/* What the request's client declares, as MCP has it; NULL: nothing. */
const json_t *turn_caps(const struct message *m);

#endif
