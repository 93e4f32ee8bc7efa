/*
 * question.h: what a run asks its client (lib/box.h, ASK), and the answers.
 *
 * A tool's questions are the requests that MCP has for a client: a form or a
 * page for its user (elicitation/create), a message of its model (sampling/
 * createMessage), its folders (roots/list), each under a key of the tool's.
 * The child says them; nothing of that is taken on trust.
 *
 *	question_read(ctx, run, caps, &q)	when run->asking, or at the end
 *	question_requests(a, &q)		what a client is shown
 *	question_misfit(a, &q.v[i], answer)	for each answer that comes
 *	run_answer(run, …)			out/run.h
 */
#ifndef MCPBOX_QUESTION_H
#define MCPBOX_QUESTION_H

#include <jansson.h>
#include <stdbool.h>

#include "op/ctx.h"
#include "op/op.h"
#include "out/run.h"

/* At once. */
#define QUESTION_MOST 8
/* Rounds of one call. */
#define QUESTION_ROUNDS 16
#define QUESTION_KEY_MAX 64
/* How long a call waits for one answer, and in all. */
#define QUESTION_WAIT_MS 600000
#define QUESTION_PATIENCE_MS 1800000

struct question {
	const char *key;
	const char *method;
	const json_t *params; /* an object; empty for roots/list */
	const char *need;     /* the capability: "elicitation.form", … */
};

struct questions {
	struct question v[QUESTION_MOST];
	size_t n;
	const json_t *state; /* what the tool keeps until then, or NULL */
	const json_t *used;  /* keys of answers that it had and used, or NULL */
};

/*
 * Reads run->asked, without the run's secrets (but for the state, which is for
 * nobody's eyes: noun/round).  FAIL_CONFLICT with a sentence when it cannot be
 * read, is over a limit, or asks for what `caps` (the client's capabilities,
 * as MCP has them) does not have.
 */
enum fail_code question_read(struct ctx *ctx, const struct run *run,
    const json_t *caps, struct questions *out) ATTR_NODISCARD;

/*
 * Does the run end to become a task (mcp.become_task)?  Then out->n is 0, and
 * the rest is what the run of the task is given.
 */
bool question_becomes(struct ctx *ctx, const struct run *run,
    struct questions *out) ATTR_NODISCARD;

/* {key: {"method": …, "params": …}}, which is MCP's inputRequests. */
json_t *question_requests(struct arena *a, const struct questions *q);
/* "name (elicitation/create), …": for records. */
const char *question_text(struct arena *a, const struct questions *q);

/*
 * Why this is no answer to it, in words; NULL: it is one.  An answer is MCP's
 * result of the question's method; the content of a form must fit what was
 * asked for, where it was accepted.
 */
const char *question_misfit(
    struct arena *a, const struct question *q, const json_t *answer);

/* "elicitation" (which is form), "elicitation.url", "sampling.tools", …: does
 * a client that declares `caps` have it? */
bool question_able(const json_t *caps, struct str need);
/* These as an object like ClientCapabilities: {"elicitation": {"url": {}}}. */
json_t *question_needs(struct arena *a, const struct strs *needs);
/* Of the capabilities, what questions are about, for struct run_call's talk. */
json_t *question_caps(struct arena *a, const json_t *caps);

#endif
