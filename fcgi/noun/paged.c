/*
 * paged.c: one page of a list.
 */
#include "noun/paged.h"

#include <string.h>

#include "log.h"

enum fail_code
paged(struct ctx *ctx, enum q q, const struct db_arg *args, size_t nargs,
    const struct field *fields, size_t row_size, struct opt_int page,
    struct opt_int page_size, struct page *out)
{
	struct db_arg all[PAGED_ARGS_MAX + 2];
	struct list first;
	int64_t total;
	enum fail_code rc;

	if (nargs > PAGED_ARGS_MAX)
		log_panic("too many arguments for a page", "paged");
	if (nargs > 0)
		memcpy(all, args, nargs * sizeof(*args));
	all[nargs] = DB_INT(page_size.v);
	all[nargs + 1] = DB_INT(page_offset(page, page_size));
	rc = db_page(
	    ctx, q, all, nargs + 2, fields, row_size, &out->items, &total);
	/* The total comes with the rows: without one, ask for the first. */
	if (rc == FAIL_NONE && out->items.n == 0 && page.v > 1) {
		all[nargs] = DB_INT(1);
		all[nargs + 1] = DB_INT(0);
		rc = db_page(
		    ctx, q, all, nargs + 2, fields, row_size, &first, &total);
	}
	if (rc == FAIL_NONE)
		page_fill(out, page.v, page_size.v, total);
	return rc;
}
