/*
 * round.h: what a call keeps between its rounds, sealed, for the client to
 * carry (MCP 2026-07-28: requestState).
 *
 * A call that asks has ended; the next one brings the answer, to any worker of
 * any node.  What came before travels with it: the answers of earlier rounds,
 * which the client does not send again, and the tool's own small state.  It is
 * encrypted (AES-256-GCM under a subkey of the instance's key that serves
 * nothing else) and bound to the caller, the method, the thing that is called,
 * its version's digest and the arguments; after ten minutes it does not open
 * any more.
 *
 * It opens as often as it is presented: nothing on the server would know that
 * it was used.  Who presents it again begins that round again, as who calls
 * the tool again does; it cannot be changed, nor used for another call.
 */
#ifndef MCPBOX_ROUND_H
#define MCPBOX_ROUND_H

#include <jansson.h>

#include "op/ctx.h"
#include "str.h"

/* Of the text that a client carries. */
#define ROUND_TEXT_MAX ((size_t)88 * 1024)
#define ROUND_LIFE_S 600

/* What it is good for. */
struct round_of {
	const char *method; /* "tools/call" */
	const char *name;   /* the full name */
	const char *digest; /* of the version, in hex */
	const json_t *arguments;
};

struct round {
	int64_t number;        /* rounds so far, from 1 */
	const json_t *answers; /* an object: those that were used */
	const json_t *state;   /* or NULL */
};

/*
 * The text, in the arena; another one each time.  FAIL_TOO_LARGE for more
 * than 64 KiB of answers and state.
 */
enum fail_code round_seal(struct ctx *ctx, const struct round_of *of,
    const struct round *r, const char **out) ATTR_NODISCARD;
/*
 * FAIL_INVALID, with a sentence, unless round_seal made it for this caller and
 * this call, not long ago.
 */
enum fail_code round_open(struct ctx *ctx, const struct round_of *of,
    struct str text, struct round *out) ATTR_NODISCARD;

#endif
