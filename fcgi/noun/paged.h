/*
 * paged.h: one page of a list, from a statement that ends in LIMIT, OFFSET.
 */
#ifndef MCPBOX_PAGED_H
#define MCPBOX_PAGED_H

#include "db/db.h"
#include "op/ctx.h"
#include "op/op.h"

#define PAGED_ARGS_MAX 16

/*
 * Runs q with `args` (at most PAGED_ARGS_MAX), LIMIT and OFFSET, and fills
 * the page.  A page behind the last one is empty and still knows the total.
 */
enum fail_code paged(struct ctx *ctx, enum q q, const struct db_arg *args,
    size_t nargs, const struct field *fields, size_t row_size,
    struct opt_int page, struct opt_int page_size,
    struct page *out) ATTR_NODISCARD;

#endif
