/*
 * decode.h: content codings of an answer's body, in bounded steps.
 *
 * libcurl would inflate whatever it has just read before anybody is asked, a
 * thousandfold if the server likes.  Here the reader says how much it can
 * take, and the rest of the input waits.
 */
#ifndef MCPBOX_EGRESS_DECODE_H
#define MCPBOX_EGRESS_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"
#include "str.h"

struct decode;

/* The coding named by Content-Encoding: gzip, x-gzip, deflate.  NULL for
 * none, and for one that is not known: the body is passed on as it is. */
struct decode *decode_new(struct str coding);
void decode_free(struct decode *d);

/*
 * Takes from the front of *in and fills at most `max` bytes of `out`; how
 * many, is *n_out.  False: the input is not that coding.
 */
bool decode_step(struct decode *d, struct str *in, char *out, size_t max,
    size_t *n_out) ATTR_NODISCARD;
/* There is more output for the same input. */
bool decode_more(const struct decode *d);
/* The input so far is whole (or there was none). */
bool decode_whole(const struct decode *d);

#endif
