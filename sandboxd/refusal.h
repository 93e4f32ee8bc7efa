/*
 * refusal.h: the record of a request that never got to egress.
 *
 * Egress tells what became of each request (egress/record.h); one that
 * sandboxd refuses has the same record from here, so that the log of a run
 * has it, too: with its decision, its reason and no host, since no address
 * was looked at and no URL was read.
 */
#ifndef MCPBOX_SANDBOXD_REFUSAL_H
#define MCPBOX_SANDBOXD_REFUSAL_H

#include "buf.h"
#include "fetch.h"
#include "str.h"

/*
 * `payload`: of the FETCH frame with that id, from the child; what cannot be
 * read has no method and no URL.  At most REFUSAL_MAX bytes are written.
 */
#define REFUSAL_MAX ((size_t)32 * 1024)
void refusal_json(struct buf *b, uint32_t id, struct str payload,
    enum fetch_end end, const char *message);

#endif
