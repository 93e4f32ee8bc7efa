/*
 * tx.h: the end of a mutation.
 */
#ifndef MCPBOX_TX_H
#define MCPBOX_TX_H

#include "op/ctx.h"

/*
 * Commits when rc is FAIL_NONE, else rolls back and returns rc; ctx->fail says
 * what it said before.  So a service reads: begin, do it, tx_end.
 */
enum fail_code tx_end(struct ctx *ctx, enum fail_code rc) ATTR_NODISCARD;

/* Says what there is none of ("server") when rc is FAIL_NOT_FOUND. */
enum fail_code tx_not_found(
    struct ctx *ctx, enum fail_code rc, const char *what) ATTR_NODISCARD;

#endif
