/*
 * sandbox.h: questions to sandboxd that are no runs: its report, and kills.
 *
 * One connection a question, answered at once.  The blocking ones are for
 * request threads; the event loop sends kills by itself (loop_kill.c).
 */
#ifndef MCPBOX_SANDBOX_H
#define MCPBOX_SANDBOX_H

#include <jansson.h>
#include <stdint.h>

#include "box.h"
#include "buf.h"
#include "op/ctx.h"
#include "wire.h"

/*
 * Sends one frame and appends the payload of the answer, of type `want`, to
 * `out`; at most timeout_ms in all.  FAIL_UNAVAILABLE when there is none.
 */
enum fail_code sandbox_ask(struct fail *f, const char *socket_path,
    int64_t timeout_ms, const struct wire_frame *ask, enum wire_type want,
    struct buf *out) ATTR_NODISCARD;

/* Appends the KILL frame. */
void sandbox_put_kill(struct buf *b, const struct box_kill *k);
/* Reads the payload of KILLED: how many runs were ended. */
bool sandbox_get_killed(struct str payload, uint32_t *n_out) ATTR_NODISCARD;
/* Ends runs of this node, now; how many.  FAIL_UNAVAILABLE. */
enum fail_code sandbox_kill(
    struct ctx *ctx, const struct box_kill *k, uint32_t *n_out) ATTR_NODISCARD;

/*
 * The report of sandboxd (report.c of sandboxd/ says what is in it), borrowed
 * from the arena; at most max_age_ms old.  Asked for once at a time in a
 * process, whoever wants it.  FAIL_UNAVAILABLE, with a sentence, when it does
 * not answer or cannot be read.
 */
enum fail_code sandbox_report(
    struct ctx *ctx, int64_t max_age_ms, json_t **out) ATTR_NODISCARD;

#endif
